"""What we answer to each event: a pure decision over the live state and the token book.

The only trace it leaves is a transaction id that is taken and never given again, also when the
start that it was taken for is not stored in the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ocpp_core.domain.events import (
    AuthorizationAsked,
    AuthorizationReply,
    Booted,
    BootReply,
    BootStatus,
    DomainEvent,
    EmptyReply,
    Heartbeat,
    Metered,
    Reply,
    SessionStarted,
    SessionStopped,
    StartReply,
    StatusChanged,
    StopReply,
    TimeReply,
    TransferStatusChanged,
    VendorDataReply,
    VendorDataSent,
)
from ocpp_core.domain.ids import ChargePointId, ConnectorRef, SessionId, TransactionId
from ocpp_core.domain.live import KnownTransaction, LiveSite, OpenSession
from ocpp_core.domain.session import session_id_of
from ocpp_core.domain.tokens import TokenBook

CLOCK_SLACK = timedelta(minutes=5)
"""A stop may seem this much older than its start when the charger's clock was set in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What we answer and what we take the event to mean."""

    reply: Reply
    event: DomainEvent
    """As received, or with the transaction that it really belongs to."""
    session_id: SessionId | None = None
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BootPolicy:
    """How a boot is answered."""

    accepted: frozenset[ChargePointId]
    """Chargers of the site; others stay pending."""
    heartbeat_interval_s: int
    pending_interval_s: int
    """When a pending charger may boot again."""


def decide(
    live: LiveSite,
    tokens: TokenBook,
    event: DomainEvent,
    *,
    charge_point_id: ChargePointId,
    now: datetime,
    boot: BootPolicy,
) -> Decision:
    """Return the answer to `event` of a charger."""
    match event:
        case Heartbeat():
            return Decision(reply=TimeReply(at=now), event=event)
        case Booted():
            accepted = charge_point_id in boot.accepted
            reply = BootReply(
                status=BootStatus.ACCEPTED if accepted else BootStatus.PENDING,
                at=now,
                heartbeat_interval_s=(
                    boot.heartbeat_interval_s if accepted else boot.pending_interval_s
                ),
            )
            return Decision(reply=reply, event=event)
        case AuthorizationAsked():
            status = tokens.status(event.id_token, now)
            return Decision(reply=AuthorizationReply(status=status), event=event)
        case SessionStarted():
            return _start(live, tokens, event, charge_point_id, now)
        case SessionStopped():
            return _stop(live, tokens, event, charge_point_id, now)
        case Metered():
            return _metered(live, event, charge_point_id)
        case StatusChanged():
            return Decision(
                reply=EmptyReply(),
                event=event,
                findings=_connector_findings(live, charge_point_id, event.connector_id),
            )
        case VendorDataSent():
            return Decision(reply=VendorDataReply(), event=event)
        case TransferStatusChanged():
            return Decision(reply=EmptyReply(), event=event)


def _start(
    live: LiveSite,
    tokens: TokenBook,
    event: SessionStarted,
    charge_point_id: ChargePointId,
    now: datetime,
) -> Decision:
    session_id = session_id_of(live.site.site_id, charge_point_id, event)
    known = live.transaction_for(session_id)
    if known is not None:
        repeat = "the start of a transaction that is known: the same id given again"
        if known.ended_at is not None:
            repeat = "the start of a transaction that has ended: answered, not opened again"
        return Decision(
            reply=StartReply(transaction_id=known.transaction_id, status=known.status),
            event=event,
            session_id=session_id,
            findings=(repeat,),
        )
    findings = _connector_findings(live, charge_point_id, event.connector_id)
    if event.connector_id == 0:
        findings = ("a transaction cannot run on connector 0",)
    connector = live.connector(ConnectorRef(charge_point_id, event.connector_id))
    if connector is not None and connector.session is not None:
        findings += (
            f"the connector still had transaction {connector.session.transaction_id} open",
        )
    return Decision(
        reply=StartReply(
            transaction_id=live.next_transaction_id(), status=tokens.status(event.id_token, now)
        ),
        event=event,
        session_id=session_id,
        findings=findings,
    )


def _stop(
    live: LiveSite,
    tokens: TokenBook,
    event: SessionStopped,
    charge_point_id: ChargePointId,
    now: datetime,
) -> Decision:
    reply = StopReply(status=None if event.id_token is None else tokens.status(event.id_token, now))
    known = _own_transaction(live, charge_point_id, event.transaction_id)
    if known is not None:
        findings: tuple[str, ...] = ()
        if known.ended_at is not None:
            findings = ("the transaction has ended before: the first stop counts",)
        return Decision(reply=reply, event=event, session_id=known.session_id, findings=findings)
    unknown = f"transaction {event.transaction_id} is not known here"
    opened = _stoppable(_open_on(live, charge_point_id), event)
    if len(opened) == 1:
        match = opened[0]
        return Decision(
            reply=reply,
            event=replace(event, transaction_id=match.transaction_id),
            session_id=match.session_id,
            findings=(f"{unknown}: taken as {match.transaction_id} of {match.ref}",),
        )
    return Decision(
        reply=reply,
        event=event,
        findings=(f"{unknown}, {len(opened) or 'no'} open ones fit: the stop belongs to none",),
    )


def _stoppable(opened: Iterable[OpenSession], event: SessionStopped) -> list[OpenSession]:
    """Return the open sessions that a stop with a foreign id can mean (erratum 3.18)."""
    fitting = [
        session
        for session in opened
        if session.started_at <= event.at + CLOCK_SLACK
        and session.meter_start_wh <= event.meter_stop_wh
    ]
    if event.id_token is None:
        return fitting
    token = event.id_token.casefold()
    same = [session for session in fitting if session.id_token.casefold() == token]
    # A card of the same group may stop a transaction, but only a number that means "unknown" is
    # weak enough to go by the connector alone.
    return same or (fitting if event.transaction_id <= 0 else [])


def _metered(live: LiveSite, event: Metered, charge_point_id: ChargePointId) -> Decision:
    findings = _connector_findings(live, charge_point_id, event.connector_id)
    session_id: SessionId | None = None
    if event.transaction_id is not None:
        known = _own_transaction(live, charge_point_id, event.transaction_id)
        if known is None:
            findings += (f"transaction {event.transaction_id} is not known here",)
        else:
            session_id = known.session_id
    else:
        connector = live.connector(ConnectorRef(charge_point_id, event.connector_id))
        opened = connector.session if connector is not None else None
        if opened is not None and all(r.taken_at >= opened.started_at for r in event.readings):
            session_id = opened.session_id
    return Decision(reply=EmptyReply(), event=event, session_id=session_id, findings=findings)


def _own_transaction(
    live: LiveSite, charge_point_id: ChargePointId, transaction_id: TransactionId
) -> KnownTransaction | None:
    """Return a transaction if it is this charger's: a random id must not touch another's."""
    known = live.transactions.get(transaction_id)
    return known if known is not None and known.ref.charge_point_id == charge_point_id else None


def _open_on(live: LiveSite, charge_point_id: ChargePointId) -> tuple[OpenSession, ...]:
    point = live.charge_points.get(charge_point_id)
    if point is None:
        return ()
    return tuple(c.session for c in point.connectors.values() if c.session is not None)


def _connector_findings(
    live: LiveSite, charge_point_id: ChargePointId, connector_id: int
) -> tuple[str, ...]:
    point = live.charge_points.get(charge_point_id)
    if connector_id == 0 or (point is not None and connector_id in point.connectors):
        return ()
    return (f"connector {connector_id} is not configured",)
