"""What a simulated charger is and does, apart from how it answers the server: see `charger`."""

from __future__ import annotations

import asyncio
import ssl
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Self

from ocpp_core.domain.car import Car
from ocpp_core.domain.clock import AlarmClock
from ocpp_core.domain.commands import ReserveNow, ResetKind
from ocpp_core.domain.events import StopReason
from ocpp_core.domain.ids import ChargePointId, ConnectorId, IdToken
from ocpp_core.domain.profile import ChargingProfile
from ocpp_core.domain.site import ChargePoint
from ocpp_core.sim import faults
from ocpp_core.sim.admission import Admission
from ocpp_core.sim.bay import Bay, RemoteOrder, Transaction
from ocpp_core.sim.board import PowerBoard
from ocpp_core.sim.device import DeviceModel, Name
from ocpp_core.sim.dialect import Nameplate
from ocpp_core.sim.dialects import dialect_of
from ocpp_core.sim.distortion import refusal_of, stamp_of
from ocpp_core.sim.faults import (
    AppliesLate,
    IgnoresProfiles,
    RejectsProfiles,
)
from ocpp_core.sim.keys import ConfigurationKeys
from ocpp_core.sim.link import FrameWitness
from ocpp_core.sim.mischief import Mischief
from ocpp_core.sim.outbox import Letter
from ocpp_core.sim.outlet import Outlet, PowerListener
from ocpp_core.sim.restarts import Restarts
from ocpp_core.sim.sessions import Sessions
from ocpp_core.sim.stack import Refusal
from ocpp_core.sim.stamp import Stamp
from ocpp_core.sim.statuses import Statuses
from ocpp_core.sim.terminal import AnsweredListener, Terminal
from ocpp_core.sim.traits import ChargerTraits
from ocpp_core.sim.upkeep import Upkeep
from ocpp_core.sim.wire import ErrorReply, Payload, Reply


class ChargerBody(ABC):
    """One charger with its connectors: its parts, its drivers, and what a server may ask for."""

    def __init__(
        self,
        *,
        point: ChargePoint,
        url: str,
        clock: AlarmClock,
        voltage_v: float = 230.0,
        password: bytes | None = None,
        meter_interval_s: int = 60,
        traits: ChargerTraits | None = None,
        registers_wh: dict[ConnectorId, float] | None = None,
        on_power: PowerListener | None = None,
        on_answered: AnsweredListener | None = None,
        seed: int = 0,
        tls: ssl.SSLContext | None = None,
        witness: FrameWitness | None = None,
    ) -> None:
        self.point = point
        self.traits = traits or ChargerTraits()
        self.voltage_v = voltage_v
        self.keys = ConfigurationKeys(
            MeterValueSampleInterval=str(meter_interval_s),
            NumberOfConnectors=str(len(point.connectors)),
        )
        self.clock = clock
        self.board = PowerBoard(
            point=point,
            clock=clock,
            voltage_v=voltage_v,
            reaction_s=self.traits.reaction_s
            + sum(fault.seconds for fault in faults.of(self.traits.faults, AppliesLate)),
            obeys_profiles=self.traits.obeys_profiles
            and not faults.has(self.traits.faults, IgnoresProfiles),
            rules=self.traits.version.stacking,
            registers_wh=registers_wh or {},
            on_power=on_power,
        )
        self.bays = self.board.bays
        counters: Counter[str] = Counter()

        def note(kind: str) -> None:
            counters[f"fault:{kind}"] += 1

        self._seed = f"{point.charge_point_id}/{seed}"
        self._note_fault = note
        self.stamp: Stamp = stamp_of(self.traits.faults, clock.now())
        self.dialect = dialect_of(self.traits.version, self.stamp)
        self.device = DeviceModel(self.keys, point, version=self.traits.version)
        self.device.on_secret = lambda text: self.terminal.link.use_password(text.encode())
        self.device.state = self._shown
        self.received: dict[int, Payload] = {}
        """Profiles as they came, by their ids (OCPP 2)."""
        self.costs: dict[str, float] = {}
        """What the server said that transactions cost, by their names (OCPP 2)."""
        self.plate = Nameplate(
            vendor=self.traits.vendor,
            model=self.traits.model,
            serial_number=point.charge_point_id,
            firmware=self.traits.firmware,
        )
        self.terminal = Terminal(
            url=url,
            charge_point_id=point.charge_point_id,
            clock=clock,
            keys=self.keys,
            version=self.traits.version,
            boot=lambda reason: self.dialect.boot(self.plate, reason),
            answer=self._answer,
            on_ready=self._came_online,
            on_lost=lambda: self.board.link(online=False),
            on_answered=on_answered,
            password=password,
            policy=self.traits.policy,
            seed=seed,
            mischief=Mischief(self.traits.faults, seed=self._seed, count=note),
            counters=counters,
            tls=tls,
            witness=witness,
        )
        self.statuses = Statuses(
            bays=self.bays, terminal=self.terminal, dialect=self.dialect, clock=clock
        )
        self.admission = Admission(
            clock=clock,
            keys=self.keys,
            bays=self.bays,
            tell=self.statuses.tell,
            ended=self._reservation_ended,
        )
        self.upkeep = Upkeep(
            clock=clock,
            keys=self.keys,
            charge_point_id=point.charge_point_id,
            dialect=self.dialect,
            traits=self.traits.transfers,
            write=lambda said, lasting: self.terminal.write(said, lasting=lasting),
            restart=self._restart_with,
        )
        self.sessions = Sessions(
            clock=clock,
            keys=self.keys,
            admission=self.admission,
            terminal=self.terminal,
            board=self.board,
            dialect=self.dialect,
            statuses=self.statuses,
            traits=self.traits,
            seed=self._seed,
            note_fault=note,
            spawn=self.spawn,
            on_end=self._transaction_ended,
        )
        self.restarts = Restarts(
            bays=self.bays,
            terminal=self.terminal,
            sessions=self.sessions,
            statuses=self.statuses,
            spawn=self.spawn,
        )
        self._main: asyncio.Task[None] | None = None
        self._group: asyncio.TaskGroup | None = None

    # Life --------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self._main = asyncio.create_task(self.run(), name=f"charger {self.charge_point_id}")
        # The group of tasks exists after the first turn.
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._main is not None:
            self._main.cancel()
            with suppress(asyncio.CancelledError):
                await self._main

    async def run(self) -> None:
        """Be a charger until cancelled; a fault of the simulation itself is raised here."""
        try:
            async with asyncio.TaskGroup() as self._group:
                self._group.create_task(self.terminal.run())
                self._group.create_task(self.admission.run())
                self._group.create_task(self.upkeep.run())
                for trouble in self._troubles():
                    self._group.create_task(trouble)
        finally:
            for bay in self.bays.values():
                if bay.transaction is not None:
                    bay.transaction.started.cancel()

    async def ready(self) -> None:
        """Wait until the link is up and the server has accepted the boot."""
        await self.terminal.ready.wait()

    # What can be seen --------------------------------------------------------------------------

    @property
    def charge_point_id(self) -> ChargePointId:
        """The identity it connects with."""
        return self.point.charge_point_id

    @property
    def connected(self) -> bool:
        """Whether its WebSocket is open and the boot accepted."""
        return self.terminal.ready.is_set()

    @property
    def counters(self) -> Counter[str]:
        """CALLs by action and by how they ended (`answered`, `refused`), profiles by fate."""
        return self.terminal.counters

    @property
    def findings(self) -> deque[str]:
        """The last refusals of either side, in words."""
        return self.terminal.findings

    @property
    def queued(self) -> int:
        """How many transaction messages are not yet answered."""
        return self.terminal.outbox.lasting

    @property
    def discarded(self) -> tuple[Letter, ...]:
        """Transaction messages that were given up after too many attempts."""
        return tuple(self.terminal.outbox.discarded)

    def outlet(self, connector_id: ConnectorId) -> Outlet:
        """Return a connector's physics, brought to the present."""
        outlet = self.bays[connector_id].outlet
        outlet.advance(self.clock.now())
        return outlet

    # What a driver does ------------------------------------------------------------------------

    async def plug_in(
        self, connector_id: ConnectorId, car: Car, id_token: IdToken | None = None
    ) -> Transaction | None:
        """Plug a car in and present a token; without one the car waits for a remote start.

        Returns when StartTransaction has been answered, or at once when the charger is offline or
        nothing was started.
        """
        bay = self.bays[connector_id]
        if bay.outlet.car is not None:
            raise ValueError(f"{bay.connector.ref} is occupied")
        with self.clock.hold():
            now = self.clock.now()
            bay.outlet.plug(car, now)
            bay.finished = False
            self.statuses.tell(bay)
            order, bay.order = bay.order, None
            if order is not None and order.until > now:
                return await self.sessions.begin(
                    bay, order.id_token, order.profile, remote=True, number=order.remote_start_id
                )
            if id_token is None:
                return None
            return await self.sessions.begin(bay, id_token)

    async def unplug(self, connector_id: ConnectorId) -> float:
        """Unplug the car, ending its transaction, and return what it got, Wh."""
        bay = self.bays[connector_id]
        with self.clock.hold():
            if bay.transaction is not None:
                self.sessions.end(bay, StopReason.EV_DISCONNECTED)
            delivered_wh = bay.outlet.unplug(self.clock.now())
            bay.finished = False
            last = self.statuses.tell(bay)
            if last is not None:
                await last.outcome
        return delivered_wh

    # What the server may ask for (see `remote`, `remote2`) -------------------------------------

    def remote_start(
        self,
        bay: Bay,
        id_token: IdToken,
        profile: ChargingProfile | None,
        remote_start_id: int | None = None,
    ) -> None:
        """Start a transaction for the car that is plugged, or for the next one."""
        if bay.outlet.car is None:
            patience = timedelta(seconds=self.keys.number("ConnectionTimeOut"))
            bay.order = RemoteOrder(
                id_token=id_token,
                profile=profile,
                until=self.clock.now() + patience,
                remote_start_id=remote_start_id,
            )
        else:
            self.spawn(
                self.sessions.begin(bay, id_token, profile, remote=True, number=remote_start_id)
            )

    def say_status(self, connector_id: ConnectorId) -> None:
        """Send StatusNotification whether or not anything changed."""
        self.statuses.say(connector_id)

    def say_meter(self, bay: Bay, context: str, *, outside: bool = False) -> None:
        """Send the meter's reading now; `outside`: as no part of the transaction."""
        self.sessions.say_meter(bay, context, outside=outside)

    def stop(self, bay: Bay, reason: StopReason) -> None:
        """End a connector's transaction; its car stays plugged."""
        self.sessions.end(bay, reason)

    def install(self, place: ConnectorId, profile: ChargingProfile) -> Refusal | None:
        """Keep a profile, or say why not."""
        refusal = refusal_of(self.traits.faults, profile, self.voltage_v)
        if refusal is not None:
            self._note_fault(RejectsProfiles.kind)
            return refusal
        return self.board.install(place, profile)

    def waits_to_tell(self, name: str | None) -> bool:
        """Tell whether messages of a transaction (None: of any) are not delivered yet."""
        return self.terminal.outbox.holds(name)

    def keys_changed(self) -> None:
        """Take up intervals that may have changed."""
        self.terminal.keys_changed()
        for bay in self.bays.values():
            self.sessions.intervals_changed(bay)

    def set_operative(self, bays: Iterable[Bay], *, operative: bool) -> None:
        """Let connectors be used or not, from the end of what they run now."""
        for bay in bays:
            bay.operative = operative
            self.statuses.tell(bay)

    def go_offline(self) -> None:
        """Lose the link until `come_back`; what runs goes on."""
        self.terminal.link.forbid()

    def come_back(self) -> None:
        """Connect again after `go_offline`."""
        self.terminal.link.allow()

    # How it works ------------------------------------------------------------------------------

    def _came_online(self) -> None:
        self.board.link(online=True)
        self.statuses.tell_all()

    def _transaction_ended(self) -> None:
        self.restarts.transaction_ended()

    def _reservation_ended(self, reservation: ReserveNow) -> None:
        said = self.dialect.reservation_expired(reservation.reservation_id)
        if said is not None:
            self.terminal.write(said)

    def _restart_with(self, firmware: str) -> None:
        self.plate = replace(self.plate, firmware=firmware or self.plate.firmware)
        self.restarts.reset(ResetKind.SOFT)

    @abstractmethod
    def _answer(self, action: str, payload: Payload) -> Reply | ErrorReply:
        """Answer one CALL of the server."""

    @abstractmethod
    def _shown(self, name: Name) -> str | None:
        """Return a variable that follows from what the charger is; None: the model keeps it."""

    @abstractmethod
    def _troubles(self) -> Iterable[Coroutine[None, None, None]]:
        """Return what comes over the charger in the course of time."""

    def spawn(self, work: Coroutine[None, None, object]) -> None:
        """Run a task as long as the charger runs."""
        if self._group is None:
            work.close()
            raise RuntimeError(f"charger {self.charge_point_id} does not run")
        self._group.create_task(work)
