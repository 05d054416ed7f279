"""The state of the site now, built from stored messages and link changes only.

`LiveSite.apply` is a pure step without clock or I/O: applying the stored messages of yesterday
gives yesterday's state again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime

from ocpp_core.domain.events import (
    AuthorizationReply,
    AuthorizationStatus,
    Booted,
    BootReply,
    BootStatus,
    ChargingState,
    ConnectorStatus,
    Metered,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    StartReply,
    StatusChanged,
    TransactionNotice,
)
from ocpp_core.domain.ids import (
    ChargePointId,
    ConnectorId,
    ConnectorRef,
    IdToken,
    SessionId,
    StationTransactionId,
    TransactionId,
)
from ocpp_core.domain.messages import Direction, StoredMessage
from ocpp_core.domain.session import DriverNeed, session_id_of, station_session_id
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
    meter_start_wh: int | None
    """None until the first reading of a session whose start was not metered."""
    register_wh: float
    """Last register reading, Wh."""
    need: DriverNeed | None = None
    station_id: StationTransactionId | None = None
    """The charger's own id of the transaction (OCPP 2.x)."""
    state: ChargingState | None = None
    """What it does, where the charger says so (OCPP 2.x)."""
    last_sequence: int | None = None
    """Highest sequence number of its events (OCPP 2.x)."""

    @property
    def energy_wh(self) -> float:
        """Energy delivered so far, Wh."""
        if self.meter_start_wh is None:
            return 0.0
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
    meter_start_wh: int | None
    ended_at: datetime | None = None
    station_id: StationTransactionId | None = None
    """The charger's own id of the transaction (OCPP 2.x)."""
    adopted: bool = False
    """True: it was first heard of by something else than its start, which may still come."""


_STATUS_OF: dict[ChargingState | None, ConnectorStatus] = {
    ChargingState.CHARGING: ConnectorStatus.CHARGING,
    ChargingState.EV_CONNECTED: ConnectorStatus.PREPARING,
    ChargingState.SUSPENDED_EV: ConnectorStatus.SUSPENDED_EV,
    ChargingState.SUSPENDED_EVSE: ConnectorStatus.SUSPENDED_EVSE,
    ChargingState.IDLE: ConnectorStatus.FINISHING,
}
"""A connector's state by what its transaction does (OCPP 2.0.1 chapter E, 1.6 section 4.9)."""


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
        self._transaction_named: dict[
            tuple[ChargePointId, StationTransactionId], TransactionId
        ] = {}
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

    def transaction_named(
        self, charge_point_id: ChargePointId, station_id: StationTransactionId
    ) -> KnownTransaction | None:
        """Return the transaction that a charger gave an id of its own, or None."""
        transaction_id = self._transaction_named.get((charge_point_id, station_id))
        return None if transaction_id is None else self.transactions.get(transaction_id)

    def station_transaction_id(self, transaction_id: TransactionId) -> StationTransactionId | None:
        """Return the charger's own id of a transaction, or None where it has none."""
        known = self.transactions.get(transaction_id)
        return None if known is None else known.station_id

    def next_transaction_id(self) -> TransactionId:
        """Take the next id; an id is never given twice, even when its start is not stored."""
        self.last_transaction_id = TransactionId(self.last_transaction_id + 1)
        return self.last_transaction_id

    def remember(self, known: KnownTransaction) -> None:
        """Put a transaction on record, e.g. those of the store after a restart."""
        self.transactions[known.transaction_id] = known
        self.transactions.move_to_end(known.transaction_id)
        self._transaction_of[known.session_id] = known.transaction_id
        if known.station_id is not None:
            name = (known.ref.charge_point_id, known.station_id)
            self._transaction_named[name] = known.transaction_id
        self.last_transaction_id = max(self.last_transaction_id, known.transaction_id)
        if len(self.transactions) > self.REMEMBERED_TRANSACTIONS:
            kept = {known.transaction_id, *(s.transaction_id for s in self.open_sessions())}
            oldest = next((key for key in self.transactions if key not in kept), None)
            if oldest is not None:
                forgotten = self.transactions.pop(oldest)
                self._transaction_of.pop(forgotten.session_id, None)
                if forgotten.station_id is not None:
                    name = (forgotten.ref.charge_point_id, forgotten.station_id)
                    self._transaction_named.pop(name, None)

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
        point = self._point(change.charge_point_id)
        point.online = change.online
        if change.online:
            point.last_frame_at = change.at

    def _point(self, charge_point_id: ChargePointId) -> LiveChargePoint:
        point = self.charge_points.get(charge_point_id)
        if point is None:
            point = LiveChargePoint(charge_point_id=charge_point_id)
            self.charge_points[charge_point_id] = point
        return point

    def apply(self, message: StoredMessage) -> None:
        """Take note of a stored message; unknown chargers and connectors gain no connectors."""
        point = self._point(message.charge_point_id)
        if message.direction is Direction.FROM_CHARGER or message.answer is not None:
            point.last_frame_at = message.at
        match message.event, message.reply:
            case Metered() as metered, _:  # first, since nearly every message is one
                self._apply_metered(point, metered)
            case Booted() as boot, BootReply(status=status):
                point.boot, point.boot_status = boot, status
            case StatusChanged() as change, _:
                self._apply_status(point, change, message.at)
            case SessionStarted() as start, StartReply() as reply:
                self._apply_start(point, start, reply)
            case SessionUpdated() as update, _:
                self._apply_update(point, update)
            case SessionStopped() as stop, _:
                self._apply_stop(point, stop)
            case _, AuthorizationReply() | None | _:
                pass

    @staticmethod
    def _apply_status(point: LiveChargePoint, change: StatusChanged, at: datetime) -> None:
        live = point.connectors.get(change.connector_id)
        if live is None:
            return
        status = change.status
        if status is ConnectorStatus.OCCUPIED and live.session is not None:
            # The transaction's own state says more than that somebody is there.
            status = _STATUS_OF.get(live.session.state, status)
        live.status, live.status_at, live.error_code = status, at, change.error_code
        if change.status is ConnectorStatus.AVAILABLE:
            live.power_w, live.current_a = 0.0, {}

    def _apply_start(
        self, point: LiveChargePoint, start: SessionStarted, reply: StartReply
    ) -> None:
        session_id = session_id_of(self.site.site_id, point.charge_point_id, start)
        known = self.transaction_for(session_id)
        if known is not None and not known.adopted:
            return
        started = KnownTransaction(
            session_id=session_id,
            transaction_id=reply.transaction_id,
            ref=ConnectorRef(point.charge_point_id, start.connector_id),
            id_token=start.id_token,
            status=reply.status,
            started_at=start.at,
            meter_start_wh=start.meter_start_wh,
            station_id=None if start.notice is None else start.notice.station_id,
        )
        if known is not None:
            # Its start comes after other news of it: what is known since then stays.
            started = replace(
                started,
                ref=started.ref if start.connector_id else known.ref,
                id_token=start.id_token or known.id_token,
                ended_at=known.ended_at,
            )
        self.remember(started)
        if started.ended_at is None:
            session = self._open(started)
            if session is not None:
                self._take_notice(session, start.notice)
        if start.readings:
            self._apply_metered(
                point,
                Metered(
                    connector_id=start.connector_id,
                    transaction_id=reply.transaction_id,
                    readings=start.readings,
                ),
            )

    def _apply_update(self, point: LiveChargePoint, update: SessionUpdated) -> None:
        known = self.transactions.get(update.transaction_id)
        if known is None:
            known = KnownTransaction(
                session_id=station_session_id(
                    self.site.site_id, point.charge_point_id, update.notice.station_id
                ),
                transaction_id=update.transaction_id,
                ref=ConnectorRef(point.charge_point_id, update.connector_id or ConnectorId(0)),
                id_token=update.id_token or IdToken(""),
                status=AuthorizationStatus.UNKNOWN,
                started_at=update.at,
                meter_start_wh=None,
                station_id=update.notice.station_id,
                adopted=True,
            )
        elif known.ref.charge_point_id != point.charge_point_id:
            return
        known = replace(
            known,
            ref=ConnectorRef(point.charge_point_id, update.connector_id or known.ref.connector_id),
            id_token=known.id_token or update.id_token or IdToken(""),
        )
        self.remember(known)
        if known.ended_at is not None:
            return
        session = self._open(known)
        if session is not None:
            self._take_notice(session, update.notice)
        if update.readings:
            self._apply_metered(
                point,
                Metered(
                    connector_id=known.ref.connector_id,
                    transaction_id=known.transaction_id,
                    readings=update.readings,
                ),
            )

    def _open(self, known: KnownTransaction) -> OpenSession | None:
        """Put a running transaction on its connector; None while that is not known."""
        live = self.connector(known.ref)
        if live is None:
            return None
        session = live.session
        if session is None or session.transaction_id != known.transaction_id:
            session = live.session = OpenSession(
                session_id=known.session_id,
                transaction_id=known.transaction_id,
                ref=known.ref,
                id_token=known.id_token,
                status=known.status,
                started_at=known.started_at,
                meter_start_wh=known.meter_start_wh,
                register_wh=float(known.meter_start_wh or 0),
                station_id=known.station_id,
            )
            return session
        session.id_token, session.status = known.id_token, known.status
        session.started_at = known.started_at
        if known.meter_start_wh is not None:
            session.meter_start_wh = known.meter_start_wh
            session.register_wh = max(session.register_wh, float(known.meter_start_wh))
        return session

    def _take_notice(self, session: OpenSession, notice: TransactionNotice | None) -> None:
        if notice is None:
            return
        if session.last_sequence is not None and notice.sequence < session.last_sequence:
            return  # late news says nothing about now
        session.last_sequence = notice.sequence
        live = self.connector(session.ref)
        if notice.state is not None and live is not None:
            session.state = notice.state
            live.status = _STATUS_OF[notice.state]

    def _apply_stop(self, point: LiveChargePoint, stop: SessionStopped) -> None:
        known = self.transactions.get(stop.transaction_id)
        if known is None and stop.notice is not None:
            known = KnownTransaction(
                session_id=station_session_id(
                    self.site.site_id, point.charge_point_id, stop.notice.station_id
                ),
                transaction_id=stop.transaction_id,
                ref=ConnectorRef(point.charge_point_id, stop.connector_id or ConnectorId(0)),
                id_token=stop.id_token or IdToken(""),
                status=AuthorizationStatus.UNKNOWN,
                started_at=stop.at,
                meter_start_wh=None,
                station_id=stop.notice.station_id,
                adopted=True,
            )
        if known is None or known.ended_at is not None:
            return
        if known.ref.charge_point_id != point.charge_point_id:
            return  # an id of another charger's transaction ends nothing
        self.remember(replace(known, ended_at=stop.at))
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
            if session.meter_start_wh is None:
                session.meter_start_wh = round(register_wh)
            session.register_wh = max(session.register_wh, register_wh)
