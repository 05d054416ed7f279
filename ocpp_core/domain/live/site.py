"""The state of the site now, built from stored messages and link changes only.

`LiveSite.apply` is a pure step without clock or I/O: applying the stored messages of yesterday
gives yesterday's state again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ocpp_core.domain.commands import (
    Accepted,
    ClearProfile,
    SetProfile,
    UpdateDynamicSchedule,
)
from ocpp_core.domain.events import (
    Booted,
    BootReply,
    ChargingNeedsNotified,
    Metered,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    StartReply,
    StatesChanged,
    StatusChanged,
    TransactionNotice,
    UpdateReply,
    WordReply,
)
from ocpp_core.domain.ids import (
    ChargePointId,
    ConnectorRef,
    SessionId,
    StationTransactionId,
    TransactionId,
)
from ocpp_core.domain.live.state import (
    LinkChange,
    LiveChargePoint,
    LiveConnector,
    OpenSession,
    opened,
)
from ocpp_core.domain.live.transactions import KnownTransaction, TransactionBook, adopted, begun
from ocpp_core.domain.messages import Direction, StoredMessage
from ocpp_core.domain.profile import DynamicValues, ProfileKind
from ocpp_core.domain.session import (
    DriverNeed,
    is_superseded,
    session_id_of,
    station_session_id,
)
from ocpp_core.domain.site import Site
from ocpp_core.domain.units import power_w

_UNKNOWN_RATING_W = 400_000.0
"""Stands in for the rating of a connector that is not known: more than any charger delivers."""


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
                    c.ref.connector_id: LiveConnector(
                        connector=c,
                        max_power_w=power_w(c.max_current_a, len(c.phases), site.voltage_v),
                        power_factor=point.power_factor,
                    )
                    for c in point.connectors
                },
            )
        self._register_factors = {
            point.charge_point_id: point.register_factor
            for point in site.charge_points
            if point.register_factor != 1.0
        }
        self._book = TransactionBook()
        self._waiting: dict[TransactionId, OpenSession] = {}
        """Transactions that run at a connector which their charger has not named yet."""

    # Questions ----------------------------------------------------------------------------------

    def connector(self, ref: ConnectorRef) -> LiveConnector | None:
        """Return a configured connector, or None."""
        point = self.charge_points.get(ref.charge_point_id)
        return point.connectors.get(ref.connector_id) if point else None

    def rating_w(self, ref: ConnectorRef) -> float:
        """Return what a connector can deliver, W; more than any does where it is not known."""
        live = self.connector(ref)
        return _UNKNOWN_RATING_W if live is None else live.max_power_w

    def open_sessions(self) -> tuple[OpenSession, ...]:
        """Return every transaction that runs, by connector."""
        return tuple(
            connector.session
            for point in self.charge_points.values()
            for connector in point.connectors.values()
            if connector.session is not None
        )

    @property
    def transactions(self) -> Mapping[TransactionId, KnownTransaction]:
        """Every transaction on record, by our number."""
        return self._book.known

    def transaction_for(self, session_id: SessionId) -> KnownTransaction | None:
        """Return the transaction that a repeated start already has, or None."""
        return self._book.of_session(session_id)

    def transaction_named(
        self, charge_point_id: ChargePointId, station_id: StationTransactionId
    ) -> KnownTransaction | None:
        """Return the last transaction that a charger gave an id of its own, or None."""
        return self._book.named(charge_point_id, station_id)

    def station_transaction_id(self, transaction_id: TransactionId) -> StationTransactionId | None:
        """Return the charger's own id of a transaction, or None where it has none."""
        known = self.transactions.get(transaction_id)
        return None if known is None else known.station_id

    def runs_at(self, transaction_id: TransactionId) -> ConnectorRef | None:
        """Return the connector where a transaction runs now, or None."""
        known = self.transactions.get(transaction_id)
        placed = known is not None and known.ref.connector_id and self._runs(known)
        return known.ref if known is not None and placed else None

    def next_transaction_id(self) -> TransactionId:
        """Take the next id; an id is never given twice, even when its start is not stored."""
        return self._book.next_id()

    @property
    def last_transaction_id(self) -> TransactionId:
        """Highest id ever given, also to starts whose commit failed."""
        return self._book.last_id

    # What the store remembers -------------------------------------------------------------------

    def remember(self, known: KnownTransaction) -> None:
        """Put a transaction on record, e.g. those of the store after a restart."""
        self._book.remember(known, most=self.REMEMBERED_TRANSACTIONS, runs=self._runs)
        if known.ended_at is not None:
            live = self.connector(known.ref)
            if live is not None and (live.ended is None or live.ended.number <= known.number):
                live.ended = known

    def state_need(self, session_id: SessionId, need: DriverNeed) -> bool:
        """Record what a driver asked for; False when no such session is open."""
        for session in self.open_sessions():
            if session.session_id == session_id:
                session.need = need
                return True
        return False

    def place(self, known: KnownTransaction) -> OpenSession | None:
        """Put a running transaction on its connector; None where it is not the one that runs.

        While its charger has not said which connector, it waits beside all of them.
        """
        if known.ref.connector_id == 0:
            waiting = self._waiting.get(known.transaction_id)
            if waiting is None:
                waiting = self._waiting[known.transaction_id] = self._opened(known)
            else:
                waiting.fill_in(known)
            return waiting
        live = self.connector(known.ref)
        if live is None:
            return None
        session = live.session
        if session is not None and session.transaction_id == known.transaction_id:
            session.fill_in(known)
            return session
        before = None if session is None else self.transactions.get(session.transaction_id)
        waited = self._waiting.pop(known.transaction_id, None)
        for other in (before, live.ended):
            if other is not None and is_superseded(known, other):
                return None
        live.session = waited or self._opened(known)
        live.session.fill_in(known)
        return live.session

    def _opened(self, known: KnownTransaction) -> OpenSession:
        return opened(known, self._register_factors.get(known.ref.charge_point_id, 1.0))

    # What happened ------------------------------------------------------------------------------

    def apply_link(self, change: LinkChange) -> None:
        """Take note of a link."""
        point = self._point(change.charge_point_id)
        if point.link_since is None or point.online is not change.online:
            point.link_since = change.at
        point.online = change.online
        if change.online:
            point.last_frame_at = change.at

    def apply(self, message: StoredMessage) -> None:
        """Take note of a stored message; unknown chargers and connectors gain no connectors."""
        point = self._point(message.charge_point_id)
        if message.direction is Direction.FROM_CHARGER or message.answer is not None:
            point.last_frame_at = message.at
        if isinstance(message.event, Metered):  # nearly always
            self._apply_metered(point, message.event, message.at)
            return
        match message.event, message.reply:
            case SessionUpdated() as update, _:
                self._apply_update(point, message, update)
            case Booted() as boot, BootReply(status=status):
                point.boot, point.boot_status = boot, status
                for connector in point.connectors.values():
                    connector.failed_locks = frozenset()  # it tells again what still fails
            case StatusChanged() as change, _:
                self._apply_status(point, change, message.at)
            case StatesChanged(changes=changes, locks=locks), _:
                for change in changes:
                    self._apply_status(point, change, message.at)
                for lock in locks:
                    if (live := point.connectors.get(lock.connector_id)) is not None:
                        live.take_lock(lock)
            case SessionStarted() as start, StartReply() as reply:
                self._apply_start(point, message, start, reply)
            case SessionStopped() as stop, _:
                self._apply_stop(point, message, stop)
            case ChargingNeedsNotified() as need, WordReply(status="Accepted"):
                self._apply_need(point, need)
            case _:
                point.liftings.take(message)
                self._apply_order(point, message)

    @staticmethod
    def _apply_order(point: LiveChargePoint, message: StoredMessage) -> None:
        """Remember what Dynamic profiles say now: the charger may ask for it again."""
        if not isinstance(message.result, Accepted):
            return
        match message.command:
            case SetProfile(profile=profile) if profile.kind is ProfileKind.DYNAMIC:
                period = profile.periods[0]
                point.dynamic[profile.profile_id] = DynamicValues(
                    limit=period.limit,
                    setpoint=period.setpoint,
                    discharge_limit=period.discharge_limit,
                )
            case UpdateDynamicSchedule() as update:
                before = point.dynamic.get(update.profile_id, DynamicValues())
                point.dynamic[update.profile_id] = DynamicValues(
                    limit=before.limit if update.limit is None else update.limit,
                    setpoint=before.setpoint if update.setpoint is None else update.setpoint,
                    discharge_limit=before.discharge_limit
                    if update.discharge_limit is None
                    else update.discharge_limit,
                )
            case ClearProfile(profile_id=profile_id) if profile_id is not None:
                point.dynamic.pop(profile_id, None)
            case _:
                pass

    def _point(self, charge_point_id: ChargePointId) -> LiveChargePoint:
        point = self.charge_points.get(charge_point_id)
        if point is None:
            point = LiveChargePoint(charge_point_id=charge_point_id)
            self.charge_points[charge_point_id] = point
        return point

    @staticmethod
    def _apply_status(point: LiveChargePoint, change: StatusChanged, at: datetime) -> None:
        if change.at is not None:
            point.clock.take(change.at, at)
        live = point.connectors.get(change.connector_id)
        if live is not None:
            live.take_status(change, at)

    def _apply_start(
        self,
        point: LiveChargePoint,
        message: StoredMessage,
        start: SessionStarted,
        reply: StartReply,
    ) -> None:
        session_id = message.session_id or session_id_of(
            self.site.site_id, point.charge_point_id, start
        )
        known = self.transaction_for(session_id)
        if known is None:
            known = begun(session_id, point.charge_point_id, start, reply)
        elif known.adopted:
            known = known.with_start(start, reply)
        else:
            return
        self._hear(point, known, message.at, start, start.notice)

    def _apply_update(
        self, point: LiveChargePoint, message: StoredMessage, update: SessionUpdated
    ) -> None:
        reply = message.reply if isinstance(message.reply, UpdateReply) else None
        known = self._adopted(message, update, update.notice)
        if known.ref.charge_point_id == point.charge_point_id:
            self._hear(point, known.with_update(update, reply), message.at, update, update.notice)

    def _apply_stop(
        self, point: LiveChargePoint, message: StoredMessage, stop: SessionStopped
    ) -> None:
        known = self.transactions.get(stop.transaction_id)
        if known is None and stop.notice is not None:
            known = self._adopted(message, stop, stop.notice)
        if known is None or known.ended_at is not None:
            return
        if known.ref.charge_point_id != point.charge_point_id:
            return  # an id of another charger's transaction ends nothing
        known = known.with_stop(stop)
        self.remember(known)
        point.liftings.session_ended(known.transaction_id, known.station_id)
        self._waiting.pop(known.transaction_id, None)
        live = self.connector(known.ref)
        if live is None or live.session is None:
            return
        running = self.transactions.get(live.session.transaction_id)
        stopped = live.session.transaction_id == known.transaction_id
        if running is not None and not is_superseded(known, running):
            # What seemed to run got no stop where a later one has come to an end.
            stopped = stopped or is_superseded(running, known)
        if stopped:
            live.session = None
            live.draws_nothing()

    def _adopted(
        self,
        message: StoredMessage,
        news: SessionUpdated | SessionStopped,
        notice: TransactionNotice,
    ) -> KnownTransaction:
        """Return the transaction that some news belong to; the first news of one adopt it."""
        known = self.transactions.get(news.transaction_id)
        if known is not None:
            return known
        session_id = message.session_id or station_session_id(
            self.site.site_id, message.charge_point_id, notice.station_id
        )
        return adopted(session_id, message.charge_point_id, notice.station_id, news)

    def _hear(
        self,
        point: LiveChargePoint,
        known: KnownTransaction,
        received_at: datetime,
        news: SessionStarted | SessionUpdated,
        notice: TransactionNotice | None,
    ) -> None:
        """Take note of what is known of a transaction now, and of what came with the news."""
        self.remember(known)
        if notice is None or not notice.offline:
            point.clock.take(news.at, received_at)
        if known.ended_at is not None:
            return
        session = self.place(known)
        if session is None:
            return
        if notice is not None:
            session.take_notice(notice, received_at)
        live = point.connectors.get(session.ref.connector_id)
        if news.readings:
            session.take_registers(news.readings, self.rating_w(session.ref))
            if live is not None:
                live.take_readings(news.readings)

    def _apply_need(self, point: LiveChargePoint, need: ChargingNeedsNotified) -> None:
        live = point.connectors.get(need.connector_id)
        session = None if live is None else live.session
        if session is not None:
            session.hear_need(need)

    def _apply_metered(
        self, point: LiveChargePoint, metered: Metered, received_at: datetime
    ) -> None:
        if not metered.readings:
            return
        point.clock.take(metered.readings[-1].taken_at, received_at)
        live = point.connectors.get(metered.connector_id)
        if live is None:
            return
        live.take_readings(metered.readings)
        session, transaction_id = live.session, metered.transaction_id
        # A reading without a transaction id is the connector's own register all the same.
        if session is not None and (
            transaction_id is None or transaction_id == session.transaction_id
        ):
            session.take_registers(metered.readings, live.max_power_w)

    def _runs(self, known: KnownTransaction) -> bool:
        if known.transaction_id in self._waiting:
            return True
        live = self.connector(known.ref)
        return (
            live is not None
            and live.session is not None
            and live.session.transaction_id == known.transaction_id
        )
