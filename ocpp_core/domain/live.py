"""The state of the site now, built from stored messages and link changes only.

`LiveSite.apply` is a pure step without clock or I/O: applying the stored messages of yesterday
gives yesterday's state again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from ocpp_core.domain.events import (
    AuthorizationReply,
    AuthorizationStatus,
    Booted,
    BootReply,
    BootStatus,
    ConnectorStatus,
    Metered,
    SessionStarted,
    SessionStopped,
    StartReply,
    StatusChanged,
)
from ocpp_core.domain.ids import (
    ChargePointId,
    ConnectorId,
    ConnectorRef,
    IdToken,
    SessionId,
    TransactionId,
)
from ocpp_core.domain.messages import Direction, StoredMessage
from ocpp_core.domain.session import DriverNeed, session_id_of
from ocpp_core.domain.site import Connector, Site
from ocpp_core.domain.units import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChange:
    """A charger connected or its link ended."""

    charge_point_id: ChargePointId
    at: datetime
    online: bool
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class OpenSession:
    """A transaction that runs."""

    session_id: SessionId
    transaction_id: TransactionId
    ref: ConnectorRef
    id_token: IdToken
    status: AuthorizationStatus
    started_at: datetime
    meter_start_wh: int
    register_wh: float
    """Last register reading, Wh."""
    need: DriverNeed | None = None

    @property
    def energy_wh(self) -> float:
        """Energy delivered so far, Wh."""
        return max(0.0, self.register_wh - self.meter_start_wh)


@dataclass(slots=True, kw_only=True)
class LiveConnector:
    """One connector now."""

    connector: Connector
    status: ConnectorStatus | None = None
    """None until the charger told us."""
    status_at: datetime | None = None
    error_code: str = "NoError"
    session: OpenSession | None = None
    power_w: float = 0.0
    """Measured, W."""
    current_a: dict[Phase, float] = field(default_factory=dict)
    """Measured on each phase that the charger reported, A."""
    measured_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class LiveChargePoint:
    """One charger now."""

    charge_point_id: ChargePointId
    online: bool = False
    boot_status: BootStatus | None = None
    boot: Booted | None = None
    last_frame_at: datetime | None = None
    connectors: dict[ConnectorId, LiveConnector] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTransaction:
    """What is remembered of a transaction, open or closed, to answer repeats."""

    session_id: SessionId
    transaction_id: TransactionId
    ref: ConnectorRef
    id_token: IdToken
    status: AuthorizationStatus
    started_at: datetime
    meter_start_wh: int
    ended_at: datetime | None = None


class LiveSite:
    """The site now; the one place where live state changes."""

    REMEMBERED_TRANSACTIONS = 50_000

    def __init__(self, site: Site) -> None:
        self.site = site
        self.charge_points: dict[ChargePointId, LiveChargePoint] = {}
        for point in site.charge_points:
            self.charge_points[point.charge_point_id] = LiveChargePoint(
                charge_point_id=point.charge_point_id,
                connectors={
                    c.ref.connector_id: LiveConnector(connector=c) for c in point.connectors
                },
            )
        self.transactions: OrderedDict[TransactionId, KnownTransaction] = OrderedDict()
        self._transaction_of: dict[SessionId, TransactionId] = {}
        self.last_transaction_id = TransactionId(0)
        """Highest id ever given, also to starts whose commit failed."""

    def connector(self, ref: ConnectorRef) -> LiveConnector | None:
        """Return a configured connector, or None."""
        point = self.charge_points.get(ref.charge_point_id)
        return point.connectors.get(ref.connector_id) if point else None

    def open_sessions(self) -> tuple[OpenSession, ...]:
        """Return every transaction that runs, by connector."""
        return tuple(
            connector.session
            for point in self.charge_points.values()
            for connector in point.connectors.values()
            if connector.session is not None
        )

    def transaction_for(self, session_id: SessionId) -> KnownTransaction | None:
        """Return the transaction that a repeated start already has, or None."""
        transaction_id = self._transaction_of.get(session_id)
        return None if transaction_id is None else self.transactions.get(transaction_id)

    def next_transaction_id(self) -> TransactionId:
        """Take the next id; an id is never given twice, even when its start is not stored."""
        self.last_transaction_id = TransactionId(self.last_transaction_id + 1)
        return self.last_transaction_id

    def remember(self, known: KnownTransaction) -> None:
        """Put a transaction on record, e.g. those of the store after a restart."""
        self.transactions[known.transaction_id] = known
        self.transactions.move_to_end(known.transaction_id)
        self._transaction_of[known.session_id] = known.transaction_id
        self.last_transaction_id = max(self.last_transaction_id, known.transaction_id)
        if len(self.transactions) > self.REMEMBERED_TRANSACTIONS:
            kept = {known.transaction_id, *(s.transaction_id for s in self.open_sessions())}
            oldest = next((key for key in self.transactions if key not in kept), None)
            if oldest is not None:
                self._transaction_of.pop(self.transactions.pop(oldest).session_id, None)

    def resume(self, session: OpenSession) -> None:
        """Put a transaction that the store says is open back on its connector."""
        live = self.connector(session.ref)
        if live is not None:
            live.session = session

    def state_need(self, session_id: SessionId, need: DriverNeed) -> bool:
        """Record what a driver asked for; False when no such session is open."""
        for session in self.open_sessions():
            if session.session_id == session_id:
                session.need = need
                return True
        return False

    def apply_link(self, change: LinkChange) -> None:
        """Take note of a link."""
        point = self.charge_points.setdefault(
            change.charge_point_id, LiveChargePoint(charge_point_id=change.charge_point_id)
        )
        point.online = change.online
        if change.online:
            point.last_frame_at = change.at

    def apply(self, message: StoredMessage) -> None:
        """Take note of a stored message; unknown chargers and connectors gain no connectors."""
        point = self.charge_points.setdefault(
            message.charge_point_id, LiveChargePoint(charge_point_id=message.charge_point_id)
        )
        if message.direction is Direction.FROM_CHARGER or message.answer is not None:
            point.last_frame_at = message.at
        match message.event, message.reply:
            case Booted() as boot, BootReply(status=status):
                point.boot, point.boot_status = boot, status
            case StatusChanged() as change, _:
                self._apply_status(point, change, message.at)
            case SessionStarted() as start, StartReply() as reply:
                self._apply_start(point, start, reply)
            case SessionStopped() as stop, _:
                self._apply_stop(point, stop)
            case Metered() as metered, _:
                self._apply_metered(point, metered)
            case _, AuthorizationReply() | None | _:
                pass

    @staticmethod
    def _apply_status(point: LiveChargePoint, change: StatusChanged, at: datetime) -> None:
        live = point.connectors.get(change.connector_id)
        if live is None:
            return
        live.status, live.status_at, live.error_code = change.status, at, change.error_code
        if change.status is ConnectorStatus.AVAILABLE:
            live.power_w, live.current_a = 0.0, {}

    def _apply_start(
        self, point: LiveChargePoint, start: SessionStarted, reply: StartReply
    ) -> None:
        session_id = session_id_of(self.site.site_id, point.charge_point_id, start)
        if self.transaction_for(session_id) is not None:
            return
        ref = ConnectorRef(point.charge_point_id, start.connector_id)
        self.remember(
            KnownTransaction(
                session_id=session_id,
                transaction_id=reply.transaction_id,
                ref=ref,
                id_token=start.id_token,
                status=reply.status,
                started_at=start.at,
                meter_start_wh=start.meter_start_wh,
            )
        )
        live = point.connectors.get(start.connector_id)
        if live is not None:
            live.session = OpenSession(
                session_id=session_id,
                transaction_id=reply.transaction_id,
                ref=ref,
                id_token=start.id_token,
                status=reply.status,
                started_at=start.at,
                meter_start_wh=start.meter_start_wh,
                register_wh=float(start.meter_start_wh),
            )

    def _apply_stop(self, point: LiveChargePoint, stop: SessionStopped) -> None:
        known = self.transactions.get(stop.transaction_id)
        if known is None or known.ended_at is not None:
            return
        if known.ref.charge_point_id != point.charge_point_id:
            return  # an id of another charger's transaction ends nothing
        self.transactions[stop.transaction_id] = KnownTransaction(
            session_id=known.session_id,
            transaction_id=known.transaction_id,
            ref=known.ref,
            id_token=known.id_token,
            status=known.status,
            started_at=known.started_at,
            meter_start_wh=known.meter_start_wh,
            ended_at=stop.at,
        )
        live = self.connector(known.ref)
        if (
            live is not None
            and live.session is not None
            and live.session.transaction_id == stop.transaction_id
        ):
            live.session = None
            live.power_w, live.current_a = 0.0, {}

    @staticmethod
    def _apply_metered(point: LiveChargePoint, metered: Metered) -> None:
        live = point.connectors.get(metered.connector_id)
        if live is None or not metered.readings:
            return
        latest = max(reading.taken_at for reading in metered.readings)
        if live.measured_at is not None and latest < live.measured_at:
            return
        live.measured_at = latest
        currents: dict[Phase, float] = {}
        power_w: float | None = None
        phase_powers: list[float] = []
        register_wh: float | None = None
        for reading in metered.readings:
            if reading.taken_at != latest:
                continue
            layout, values = reading.layout, reading.values
            for phase, at in layout.currents:
                if phase is not None:
                    currents[phase] = values[at]
            if layout.power is not None:
                power_w = values[layout.power]
            phase_powers.extend(values[at] for at in layout.phase_powers)
            if layout.register is not None:
                register_wh = values[layout.register]
        if currents:
            live.current_a = currents
        if power_w is not None:
            live.power_w = power_w
        elif phase_powers:
            live.power_w = sum(phase_powers)
        session = live.session
        # A reading without a transaction id is the connector's own register all the same.
        if session is None or metered.transaction_id not in {None, session.transaction_id}:
            return
        if register_wh is not None:
            session.register_wh = max(session.register_wh, register_wh)
