"""Visits each charger once after its boot, and keeps what is learned of all of them.

One task for each charger that is being visited; a charger that goes away ends its visit, and its
next link or boot begins another one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from ampherd.provisioning.library import Library
from ampherd.provisioning.visit import DefaultCheck, Host, LinkLost, Pace, Visit
from ocpp_core.domain.charger_profile import (
    ChargerProfile,
    DesiredSetting,
    Drift,
    Evidence,
    Fact,
    Finding,
    ModelKey,
    Watcher,
)
from ocpp_core.domain.clock import Clock, sleep
from ocpp_core.domain.commands import SetProfile
from ocpp_core.domain.composite import Session
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.events import Booted, BootReply, BootStatus
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.lifecycle import Startable
from ocpp_core.domain.live import LinkChange, LiveSite
from ocpp_core.domain.messages import Direction, StoredMessage
from ocpp_core.domain.ports import Commander
from ocpp_core.domain.site import ChargePoint, Connector

log = structlog.get_logger(__name__)

type Wishes = Callable[[ChargePointId, ModelKey], tuple[DesiredSetting, ...]]
"""What a charger should be set to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Everything that is known of one charger now."""

    charge_point_id: ChargePointId
    profile: ChargerProfile
    drifts: tuple[Drift, ...] = ()
    checks: tuple[DefaultCheck, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the provisioner asks of the rest of the running site."""

    version_of: Callable[[ChargePointId], str | None]
    """Subprotocol of a charger's link."""
    is_proven: Callable[[Connector], bool]
    """Whether a connector has confirmed its default since its boot."""
    seen_at_link: Callable[[ChargePointId], dict[Fact, str]]
    """What its connection and its answers to orders show."""
    likely: Callable[[ChargePointId, ChargerProfile], None]
    """Told what to begin with, before a charger that has booted gets its first order."""
    tell: Callable[[Learned], None]
    """Told what was learned, to keep it."""


class Provisioner(Startable):
    """Sets chargers as desired and learns what they are like."""

    def __init__(
        self,
        live: LiveSite,
        commander: Commander,
        clock: Clock,
        *,
        surroundings: Surroundings,
        wishes: Wishes,
        library: Library,
        pace: Pace | None = None,
        verify: bool = True,
    ) -> None:
        self._live, self._commander, self._clock = live, commander, clock
        self._around, self._wishes, self._library = surroundings, wishes, library
        self._pace, self._verify = pace or Pace(), verify
        self._points = {p.charge_point_id: p for p in live.site.charge_points}
        self._watchers: dict[ChargePointId, Watcher] = {}
        self._visits: dict[ChargePointId, asyncio.Task[None]] = {}
        self._reports: dict[ChargePointId, Learned] = {}
        self._visited: set[ChargePointId] = set()
        """Visited since their last boot."""
        self._changed: set[ChargePointId] = set()
        """Something became known that was not told yet."""
        self._keeping = asyncio.Lock()
        self._running = False

    # Life ---------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Visit who comes from now on, and who is here already."""
        self._running = True
        for point_id in self._points:
            if self._around.version_of(point_id) is not None:
                self._begin(point_id)

    async def stop(self) -> None:
        """End every visit; what was sent stays sent."""
        self._running = False
        visits = tuple(self._visits.values())
        for visit in visits:
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
        self._visits.clear()

    # Facts --------------------------------------------------------------------------------------

    def remember(self, charge_point_id: ChargePointId, profile: ChargerProfile) -> None:
        """Take up what a charger said and showed before a restart of ours."""
        if charge_point_id in self._points:
            prior = self._library.prior(profile.model)
            self._watchers[charge_point_id] = Watcher(prior.found(profile.findings))

    def committed(self, message: StoredMessage) -> None:
        """Take note of a stored message; before the guard does, which orders at a boot."""
        point_id = message.charge_point_id
        if point_id not in self._points:
            return
        match message.event, message.reply:
            case Booted() as boot, BootReply(status=BootStatus.ACCEPTED):
                self._booted(point_id, boot)
                return
            case _:
                pass
        if message.direction is Direction.TO_CHARGER and message.result is None:
            return  # it has left; how it ended comes with the next record
        if self._watcher(point_id).take(message):
            self._changed.add(point_id)
        if isinstance(message.command, SetProfile) and self._see(point_id):
            self._tell(point_id)  # the form of orders has to be on record before the next one

    def link_changed(self, change: LinkChange) -> None:
        """Take note of a link: a charger that reconnects need not boot (1.6-J erratum 3.11)."""
        point_id = change.charge_point_id
        if point_id not in self._points:
            return
        if not change.online:
            self._end(point_id)
            return
        self._around.likely(point_id, self._watcher(point_id).profile)
        if point_id not in self._visited and point_id not in self._visits:
            self._begin(point_id)

    async def keep(self) -> None:
        """Tell what became known since it was told last, and keep what is known of models."""
        for point_id in self._watchers:
            if self._see(point_id):
                self._changed.add(point_id)
        changed, self._changed = self._changed, set()
        for point_id in changed:
            self._tell(point_id)
        profiles = [watcher.profile for watcher in self._watchers.values()]
        try:
            async with self._keeping:
                await asyncio.to_thread(self._library.learn, profiles)
        except StoreError as error:
            log.warning("charger profiles not kept", reason=str(error))

    # Questions ----------------------------------------------------------------------------------

    def learned(self, charge_point_id: ChargePointId) -> Learned | None:
        """Return what is known of a charger now; None: it is not configured."""
        if charge_point_id not in self._points:
            return None
        profile = self._watcher(charge_point_id).profile
        report = self._reports.get(charge_point_id)
        return Learned(
            charge_point_id=charge_point_id,
            profile=profile,
            drifts=() if report is None else report.drifts,
            checks=() if report is None else report.checks,
        )

    def models(self) -> tuple[ChargerProfile, ...]:
        """Return what is known of every model."""
        return self._library.profiles()

    def alarms(self) -> Iterable[str]:
        """Return what needs a person, one sentence each."""
        for point_id, report in self._reports.items():
            for check in report.checks:
                if check.state == "differs":
                    place = f"{point_id}/{check.connector_id}"
                    yield f"{place} does not report the limits that it accepted. {check.words}"

    # -------------------------------------------------------------------------------------------

    def _watcher(self, point_id: ChargePointId) -> Watcher:
        watcher = self._watchers.get(point_id)
        if watcher is None:
            live = self._live.charge_points.get(point_id)
            model = _key(live.boot) if live is not None and live.boot is not None else _NOBODY
            watcher = self._watchers[point_id] = Watcher(self._library.prior(model))
        return watcher

    def _booted(self, point_id: ChargePointId, boot: Booted) -> None:
        watcher, model = self._watcher(point_id), _key(boot)
        if watcher.profile.model != model:
            # Another firmware, or another charger under this name: nothing is known of it.
            watcher.profile = self._library.prior(model)
            self._reports.pop(point_id, None)
        self._around.likely(point_id, watcher.profile)
        self._visited.discard(point_id)
        self._end(point_id)
        self._begin(point_id)

    def _begin(self, point_id: ChargePointId) -> None:
        if not self._running or point_id in self._visits:
            return
        visit = asyncio.create_task(self._visit(self._points[point_id]), name=f"visit {point_id}")
        self._visits[point_id] = visit

        def ended(task: asyncio.Task[None]) -> None:
            if self._visits.get(point_id) is task:
                del self._visits[point_id]

        visit.add_done_callback(ended)

    def _end(self, point_id: ChargePointId) -> None:
        visit = self._visits.pop(point_id, None)
        if visit is not None:
            visit.cancel()

    async def _visit(self, point: ChargePoint) -> None:
        point_id = point.charge_point_id
        await sleep(self._clock, self._pace.settle_s)
        version = self._around.version_of(point_id)
        if version is None:
            return
        watcher = self._watcher(point_id)
        verified = point.connectors if point.managed and self._verify else ()
        visit = Visit(
            Host(
                charge_point_id=point_id,
                version=version,
                voltage_v=self._live.site.voltage_v,
                connectors=verified,
                commander=self._commander,
                clock=self._clock,
                is_proven=self._around.is_proven,
                session_of=self._session_of,
            ),
            watcher,
            self._wishes(point_id, watcher.profile.model),
            self._pace,
        )
        try:
            await visit.run(lambda done: self._attempted(point_id, done))
            self._visited.add(point_id)
        except LinkLost:
            log.info("visit cut short, the charger went away", charge_point=point_id)
        except Exception:
            # A bug of ours must not end what else there is to do.
            log.exception("visit failed", charge_point=point_id)

    def _attempted(self, point_id: ChargePointId, visit: Visit) -> None:
        off = [drift.name for drift in visit.drifts if drift.is_off]
        if off:
            log.info("settings differ", charge_point=point_id, settings=", ".join(off[:8]))
        self._see(point_id)
        watcher = self._watcher(point_id)
        self._reports[point_id] = Learned(
            charge_point_id=point_id,
            profile=watcher.profile,
            drifts=visit.drifts,
            checks=visit.checks,
        )
        self._changed.discard(point_id)
        self._tell(point_id)

    def _see(self, point_id: ChargePointId) -> bool:
        """Take in what the link shows; return whether that is new."""
        watcher, at = self._watcher(point_id), self._clock.now()
        fresh = {
            fact: Finding(value=value, evidence=Evidence.OBSERVED, first_at=at, last_at=at)
            for fact, value in self._around.seen_at_link(point_id).items()
            if watcher.profile.value(fact) != value
        }
        watcher.profile = watcher.profile.found(fresh)
        return bool(fresh)

    def _tell(self, point_id: ChargePointId) -> None:
        learned = self.learned(point_id)
        if learned is not None:
            self._around.tell(learned)

    def _session_of(self, connector: Connector) -> Session | None:
        live = self._live.connector(connector.ref)
        if live is None or live.session is None:
            return None
        session = live.session
        return Session(started_at=session.started_at, transaction_id=session.transaction_id)


_NOBODY = ModelKey(vendor="", model="", firmware="")


def _key(boot: Booted) -> ModelKey:
    return ModelKey(vendor=boot.vendor, model=boot.model, firmware=boot.firmware_version)
