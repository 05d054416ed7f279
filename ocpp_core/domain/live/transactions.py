"""What is remembered of transactions, open or closed, to answer repeats and late news.

Every transaction has our number. One that its charger named (OCPP 2.x) is found by that name, and
is adopted when something else than its start is heard first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ocpp_core.domain.events import (
    AuthorizationStatus,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    StartReply,
    UpdateReply,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTransaction:
    """What is remembered of a transaction."""

    session_id: SessionId
    transaction_id: TransactionId
    ref: ConnectorRef
    """Connector 0 until the charger says which (OCPP 2.x)."""
    id_token: IdToken
    """Empty until somebody presents one (OCPP 2.x)."""
    status: AuthorizationStatus
    started_at: datetime
    meter_start_wh: int | None
    ended_at: datetime | None = None
    station_id: StationTransactionId | None = None
    """The charger's own id of the transaction (OCPP 2.x)."""
    adopted: bool = False
    """True: it was first heard of by something else than its start, which may still come."""

    @property
    def number(self) -> int:
        """Our number of it."""
        return self.transaction_id

    def with_start(self, start: SessionStarted, reply: StartReply) -> KnownTransaction:
        """Fill in a start that comes after other news: what is known since then stays."""
        tokened = bool(self.id_token)
        return replace(
            self,
            ref=self._at(start.connector_id),
            id_token=self.id_token if tokened else start.id_token,
            status=self.status if tokened or not start.id_token else reply.status,
            started_at=start.at,
            meter_start_wh=start.meter_start_wh,
            adopted=False,
        )

    def with_update(self, update: SessionUpdated, reply: UpdateReply | None) -> KnownTransaction:
        """Fill in what an update is the first to say: the connector, the token."""
        ref = self._at(update.connector_id)
        known = self if ref is self.ref else replace(self, ref=ref)
        if not update.id_token or known.id_token:
            return known
        token = None if reply is None else reply.token
        return replace(
            known,
            id_token=update.id_token,
            status=known.status if token is None else token.status,
        )

    def with_stop(self, stop: SessionStopped) -> KnownTransaction:
        """Close it."""
        return replace(self, ref=self._at(stop.connector_id), ended_at=stop.at)

    def _at(self, connector_id: ConnectorId | None) -> ConnectorRef:
        if self.ref.connector_id or not connector_id:
            return self.ref
        return ConnectorRef(self.ref.charge_point_id, connector_id)


def begun(
    session_id: SessionId, charge_point_id: ChargePointId, start: SessionStarted, reply: StartReply
) -> KnownTransaction:
    """Return a transaction of which the start is the first news."""
    return KnownTransaction(
        session_id=session_id,
        transaction_id=reply.transaction_id,
        ref=ConnectorRef(charge_point_id, start.connector_id),
        id_token=start.id_token,
        status=reply.status,
        started_at=start.at,
        meter_start_wh=start.meter_start_wh,
        station_id=None if start.notice is None else start.notice.station_id,
    )


def adopted(
    session_id: SessionId,
    charge_point_id: ChargePointId,
    station_id: StationTransactionId,
    news: SessionUpdated | SessionStopped,
) -> KnownTransaction:
    """Return a transaction of which something else is the first news.

    Nobody knows its token, but its charger lets it run: as one that started without a token.
    """
    return KnownTransaction(
        session_id=session_id,
        transaction_id=news.transaction_id,
        ref=ConnectorRef(charge_point_id, news.connector_id or ConnectorId(0)),
        id_token=IdToken(""),
        status=AuthorizationStatus.ACCEPTED,
        started_at=min([news.at, *(reading.taken_at for reading in news.readings)]),
        meter_start_wh=None,
        station_id=station_id,
        adopted=True,
    )


class TransactionBook:
    """Transactions by number, session and the charger's own id."""

    def __init__(self) -> None:
        self.known: OrderedDict[TransactionId, KnownTransaction] = OrderedDict()
        self.last_id = TransactionId(0)
        """Highest number ever given, also to starts whose commit failed."""
        self._of_session: dict[SessionId, TransactionId] = {}
        self._named: dict[tuple[ChargePointId, StationTransactionId], TransactionId] = {}

    def of_session(self, session_id: SessionId) -> KnownTransaction | None:
        """Return the transaction of a session, or None."""
        transaction_id = self._of_session.get(session_id)
        return None if transaction_id is None else self.known.get(transaction_id)

    def named(
        self, charge_point_id: ChargePointId, station_id: StationTransactionId
    ) -> KnownTransaction | None:
        """Return the last transaction that a charger gave an id of its own, or None."""
        transaction_id = self._named.get((charge_point_id, station_id))
        return None if transaction_id is None else self.known.get(transaction_id)

    def next_id(self) -> TransactionId:
        """Take the next number; it is never given twice, even when its start is not stored."""
        self.last_id = TransactionId(self.last_id + 1)
        return self.last_id

    def remember(
        self, known: KnownTransaction, *, most: int, runs: Callable[[KnownTransaction], bool]
    ) -> None:
        """Put a transaction on record; the oldest that does not run is let go beyond `most`."""
        if self.known.get(known.transaction_id) is known:  # nothing new, as after most updates
            self.known.move_to_end(known.transaction_id)
            return
        self.known[known.transaction_id] = known
        self.known.move_to_end(known.transaction_id)
        self._of_session[known.session_id] = known.transaction_id
        if known.station_id is not None:
            name = (known.ref.charge_point_id, known.station_id)
            self._named[name] = max(
                known.transaction_id, self._named.get(name, known.transaction_id)
            )
        self.last_id = max(self.last_id, known.transaction_id)
        if len(self.known) > most:
            oldest = next((k for k in self.known.values() if k is not known and not runs(k)), None)
            if oldest is not None:
                self._forget(oldest)

    def _forget(self, known: KnownTransaction) -> None:
        del self.known[known.transaction_id]
        self._of_session.pop(known.session_id, None)
        if known.station_id is not None:
            name = (known.ref.charge_point_id, known.station_id)
            if self._named.get(name) == known.transaction_id:
                del self._named[name]
