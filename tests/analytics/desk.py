"""Decides, stores and applies what chargers send, as the server does, without sockets."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from analytics.reader import Reader
from analytics.store import Store
from analytics.writer import CommitPolicy
from ocpp_core.csms.answers import AnswerPolicy, decide
from ocpp_core.csms.decision import Decision
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.commands import Accepted, Command, CommandResult
from ocpp_core.domain.events import (
    AuthorizationStatus,
    ChargingState,
    ConnectorStatus,
    DomainEvent,
    Metered,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    StatusChanged,
    StopReason,
    TransactionNotice,
)
from ocpp_core.domain.ids import (
    UNRESOLVED,
    ChargePointId,
    ConnectorId,
    IdToken,
    MessageId,
    StationTransactionId,
    TransactionId,
)
from ocpp_core.domain.live import LiveSite
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.metering import Reading, readings_of
from ocpp_core.domain.site import Site
from ocpp_core.domain.tariff import DriverTariff, TariffBook
from ocpp_core.domain.tokens import KnownToken, MemoryTokenBook
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, make_site, register

CP = ChargePointId("CP-1")


class Desk:
    """A server's memory: live state and store, restarted when a test says so."""

    def __init__(
        self,
        path: Path,
        site: Site | None = None,
        *,
        waits: bool = True,
        url: str | None = None,
        tariff: DriverTariff | TariffBook = TARIFF,
    ) -> None:
        """`waits=False` goes on while messages are being committed, which is quicker."""
        self.path = path
        self.url = url or path
        self.site = site or make_site(chargers=2, connectors=2)
        self.tokens = MemoryTokenBook(others=AuthorizationStatus.ACCEPTED)
        self.number = 0
        self.tariff = tariff
        self.clock = ManualClock(NOON)
        self.waits = waits
        self._under_way: list[asyncio.Future[None]] = []
        self._open()

    def _open(self) -> None:
        self.store = Store.open(
            self.url,
            site=self.site,
            driver_tariff=self.tariff,
            site_tariff=SITE_TARIFF,
            clock=self.clock,
            policy=CommitPolicy(window_s=0),
        )
        self.live = LiveSite(self.site)
        self.store.load_live(self.live)

    def know(self, token: KnownToken) -> None:
        self.tokens.put(token)

    async def settled(self) -> None:
        """Return when everything is committed; raises what was not."""
        under_way, self._under_way = self._under_way, []
        await asyncio.gather(*under_way)

    async def restart(self) -> None:
        await self.settled()
        await self.store.close()
        self._open()

    async def hear(
        self,
        event: DomainEvent,
        at: datetime,
        *,
        charge_point_id: ChargePointId = CP,
        message_id: str | None = None,
    ) -> Decision:
        """Take one message of a charger, as often as it comes."""
        decision = decide(
            self.live,
            self.tokens,
            event,
            charge_point_id=charge_point_id,
            now=at,
            policy=AnswerPolicy(
                accepted=frozenset({CP}), heartbeat_interval_s=60, pending_interval_s=60
            ),
        )
        name = message_id or self._name()
        await self._keep(
            StoredMessage(
                at=at,
                charge_point_id=charge_point_id,
                direction=Direction.FROM_CHARGER,
                message_id=MessageId(name),
                action=type(event).__name__,
                ocpp_version="ocpp2.0.1",
                frame=f'[2,"{name}","{type(event).__name__}",{{}}]',
                answer=f'[3,"{name}",{{}}]',
                outcome=Outcome.ANSWERED,
                event=decision.event,
                reply=decision.reply,
                session_id=decision.session_id,
                findings=decision.findings,
            )
        )
        return decision

    async def tell(
        self,
        command: Command,
        result: CommandResult | None = None,
        at: datetime = NOON,
        charge_point_id: ChargePointId = CP,
        message_id: str | None = None,
    ) -> None:
        """Send a command and take how it ended: two records, as the server makes them."""
        name = message_id or self._name()
        for outcome, ended in ((Outcome.SENT, None), (Outcome.ANSWERED, result or Accepted())):
            await self._keep(
                StoredMessage(
                    at=at,
                    charge_point_id=charge_point_id,
                    direction=Direction.TO_CHARGER,
                    message_id=MessageId(name),
                    action=type(command).__name__,
                    ocpp_version="ocpp2.0.1",
                    frame=f'[2,"{name}","{type(command).__name__}",{{}}]',
                    answer=None if ended is None else f'[3,"{name}",{{}}]',
                    outcome=outcome,
                    command=command,
                    result=ended,
                )
            )

    async def _keep(self, message: StoredMessage) -> None:
        committed = self.store.append(message)
        if self.waits:
            await committed
        else:
            self._under_way.append(committed)
        self.live.apply(message)

    def _name(self) -> str:
        self.number += 1
        return f"m-{self.number}"

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        return self.store._database.connection.execute(select).fetchall()

    def ask(self) -> Reader:
        return self.store.reader()

    def session(self) -> pd.Series[Any]:
        """The only session there is."""
        with self.ask() as reader:
            found = reader.sessions(NOON.replace(year=2000), NOON.replace(year=2100))
        assert 1 == len(found), found
        return found.iloc[0]


def notice(
    sequence: int, name: str = "tx", state: ChargingState | None = None, **fields: Any
) -> TransactionNotice:
    return TransactionNotice(
        station_id=StationTransactionId(name),
        sequence=sequence,
        state=state,
        **{"trigger": "MeterValuePeriodic", **fields},
    )


def read(at: datetime, *values: float) -> tuple[Reading, ...]:
    return readings_of([register(at, value) for value in values])


def started(
    at: datetime,
    sequence: int = 0,
    name: str = "tx",
    *,
    connector: int = 1,
    token: str = "TOKEN-1",
    meter_wh: int | None = 1000,
    state: ChargingState | None = ChargingState.EV_CONNECTED,
    reservation_id: int | None = None,
    readings: tuple[Reading, ...] = (),
    **fields: Any,
) -> SessionStarted:
    return SessionStarted(
        connector_id=ConnectorId(connector),
        id_token=IdToken(token),
        at=at,
        meter_start_wh=meter_wh,
        reservation_id=reservation_id,
        notice=notice(sequence, name, state, **fields),
        readings=readings,
    )


def updated(
    at: datetime,
    sequence: int,
    name: str = "tx",
    *,
    connector: int | None = None,
    token: str | None = None,
    register_wh: float | None = None,
    state: ChargingState | None = ChargingState.CHARGING,
    **fields: Any,
) -> SessionUpdated:
    return SessionUpdated(
        transaction_id=UNRESOLVED,
        connector_id=None if connector is None else ConnectorId(connector),
        at=at,
        notice=notice(sequence, name, state, **fields),
        id_token=None if token is None else IdToken(token),
        readings=() if register_wh is None else read(at, register_wh),
    )


def ended(
    at: datetime,
    sequence: int,
    name: str = "tx",
    *,
    meter_wh: int | None = 3000,
    connector: int | None = None,
    readings: tuple[Reading, ...] = (),
    **fields: Any,
) -> SessionStopped:
    return SessionStopped(
        transaction_id=UNRESOLVED,
        at=at,
        meter_stop_wh=meter_wh,
        reason=StopReason.EV_DISCONNECTED,
        connector_id=None if connector is None else ConnectorId(connector),
        notice=notice(sequence, name, None, **fields),
        readings=readings,
    )


def metered(at: datetime, register_wh: float, *, connector: int = 1) -> Metered:
    return Metered(
        connector_id=ConnectorId(connector),
        transaction_id=None,
        readings=read(at, register_wh),
    )


def status(at: datetime, word: ConnectorStatus, connector: int = 1) -> StatusChanged:
    return StatusChanged(connector_id=ConnectorId(connector), status=word, at=at)


def start16(
    at: datetime, meter_wh: int = 1000, token: str = "TOKEN-1", connector: int = 1
) -> SessionStarted:
    return SessionStarted(
        connector_id=ConnectorId(connector),
        id_token=IdToken(token),
        at=at,
        meter_start_wh=meter_wh,
    )


def stop16(
    at: datetime, transaction_id: int, meter_wh: int = 3000, token: str | None = None
) -> SessionStopped:
    return SessionStopped(
        transaction_id=TransactionId(transaction_id),
        at=at,
        meter_stop_wh=meter_wh,
        id_token=None if token is None else IdToken(token),
    )
