"""Answers about transactions: repeats, late news, numbers that mean nothing, tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from ocpp_core.csms.decision import Decision, connector_findings, quick_decision
from ocpp_core.domain.events import (
    AuthorizationStatus,
    DomainEvent,
    EmptyReply,
    Metered,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    StartReply,
    StopReply,
    TokenState,
    TransactionNotice,
    UpdateReply,
)
from ocpp_core.domain.ids import ChargePointId, ConnectorRef, IdToken, SessionId, TransactionId
from ocpp_core.domain.live import KnownTransaction, LiveSite, OpenSession
from ocpp_core.domain.session import renewed_session_id, session_id_of, station_session_id
from ocpp_core.domain.tokens import TokenBook

_RECEIVED, _NOTED = EmptyReply(), UpdateReply()

CLOCK_SLACK = timedelta(minutes=5)
"""A stop may seem this much older than its start when the charger's clock was set in between."""


def decide_start(
    live: LiveSite,
    tokens: TokenBook,
    event: SessionStarted,
    sent: DomainEvent,
    charge_point_id: ChargePointId,
    now: datetime,
) -> Decision:
    """Answer a start: always with a number, the same one to the same start."""
    # A repeat carries the stamp that was sent before, also where it was dated anew.
    sent = sent if isinstance(sent, SessionStarted) else event
    session_id = session_id_of(live.site.site_id, charge_point_id, sent)
    known = live.transaction_for(session_id)
    findings: tuple[str, ...] = ()
    if event.notice is not None:
        known = live.transaction_named(charge_point_id, event.notice.station_id) or known
        session_id = session_id if known is None else known.session_id
        if known is not None and sent is event and _is_another(known, event):
            findings = (f"transaction id {event.notice.station_id} is used a second time",)
            session_id = renewed_session_id(
                live.site.site_id, charge_point_id, event.notice.station_id, event.at
            )
            known = None
    if known is not None and not known.adopted:
        repeat = "the start of a transaction that is known: the same id given again"
        if known.ended_at is not None:
            repeat = "the start of a transaction that has ended: answered, not opened again"
        return Decision(
            reply=StartReply(
                transaction_id=known.transaction_id,
                token=replace(tokens.state(event.id_token, now), status=known.status),
                names_token=_names_token(event),
            ),
            event=replace(event, transaction_id=known.transaction_id),
            session_id=session_id,
            findings=(repeat,),
        )
    findings += connector_findings(live, charge_point_id, event.connector_id)
    if event.connector_id == 0 and event.notice is None:
        findings += ("a transaction cannot run on connector 0",)
    connector = live.connector(ConnectorRef(charge_point_id, event.connector_id))
    if (
        connector is not None
        and connector.session is not None
        and connector.session.session_id != session_id
    ):
        findings += (
            f"the connector still had transaction {connector.session.transaction_id} open",
        )
    if known is not None:
        findings += ("the start came after other news of the transaction",)
    transaction_id = live.next_transaction_id() if known is None else known.transaction_id
    return Decision(
        reply=StartReply(
            transaction_id=transaction_id,
            token=_token_state(live, tokens, event.id_token, now, transaction_id),
            names_token=_names_token(event),
        ),
        event=replace(event, transaction_id=transaction_id),
        session_id=session_id,
        findings=findings,
    )


def _is_another(known: KnownTransaction, start: SessionStarted) -> bool:
    """Tell whether a start reuses the id of a transaction that was over before it.

    Ids have to be unique within the charger (OCPP 2.0.1 chapter E), but some count from 1 again.
    """
    return known.ended_at is not None and start.at > known.ended_at and start.at != known.started_at


def _names_token(event: SessionStarted) -> bool:
    """Tell whether somebody was at the reader: a 2.x transaction may start with the cable."""
    return event.notice is None or bool(event.id_token or event.token_type)


def _token_state(
    live: LiveSite,
    tokens: TokenBook,
    id_token: IdToken,
    now: datetime,
    transaction_id: TransactionId,
) -> TokenState:
    """Return a token's state for a transaction; ConcurrentTx when it may run only one."""
    if not id_token:
        # OCPP 2.x: nobody has presented a token yet, or none is needed (free charging).
        return TokenState(status=AuthorizationStatus.ACCEPTED)
    state = tokens.state(id_token, now)
    if state.status is AuthorizationStatus.ACCEPTED and tokens.is_single(id_token):
        token = id_token.casefold()
        if any(
            session.id_token.casefold() == token
            and session.transaction_id != transaction_id
            and session.status is AuthorizationStatus.ACCEPTED
            for session in live.open_sessions()
        ):
            return replace(state, status=AuthorizationStatus.CONCURRENT_TX)
    return state


def _named(
    live: LiveSite, charge_point_id: ChargePointId, notice: TransactionNotice
) -> tuple[TransactionId, SessionId, KnownTransaction | None]:
    """Look up a transaction by the charger's own id, or take a number for it."""
    known = live.transaction_named(charge_point_id, notice.station_id)
    if known is not None:
        return known.transaction_id, known.session_id, known
    session_id = station_session_id(live.site.site_id, charge_point_id, notice.station_id)
    return live.next_transaction_id(), session_id, None


def decide_update(
    live: LiveSite,
    tokens: TokenBook,
    event: SessionUpdated,
    charge_point_id: ChargePointId,
    now: datetime,
) -> Decision:
    """Answer news of a transaction that its charger named; one not heard of is adopted."""
    transaction_id, session_id, known = _named(live, charge_point_id, event.notice)
    findings: tuple[str, ...] = ()
    if known is None:
        findings = (f"transaction {event.notice.station_id} was not announced: adopted",)
    elif known.ended_at is not None:
        findings = ("an update of a transaction that has ended: stored, not opened again",)
    if event.connector_id is not None:
        findings += connector_findings(live, charge_point_id, event.connector_id)
    token = None
    if event.id_token is not None:
        token = _token_state(live, tokens, event.id_token, now, transaction_id)
    return quick_decision(
        reply=_NOTED if token is None else UpdateReply(token=token),
        event=event.belonging_to(transaction_id),
        session_id=session_id,
        findings=findings,
    )


def decide_stop(
    live: LiveSite,
    tokens: TokenBook,
    event: SessionStopped,
    charge_point_id: ChargePointId,
    now: datetime,
) -> Decision:
    """Answer an end, and find the transaction that it means."""
    reply = StopReply(token=None if event.id_token is None else tokens.state(event.id_token, now))
    findings: tuple[str, ...] = ()
    if event.notice is not None:
        transaction_id, session_id, known = _named(live, charge_point_id, event.notice)
        if known is None:
            findings = (f"transaction {event.notice.station_id} was not announced: adopted",)
        elif known.ended_at is not None:
            findings = ("the transaction has ended before: the first end counts",)
        return Decision(
            reply=reply,
            event=replace(event, transaction_id=transaction_id),
            session_id=session_id,
            findings=findings,
        )
    known = _own_transaction(live, charge_point_id, event.transaction_id)
    if known is not None:
        if known.ended_at is not None:
            findings = ("the transaction has ended before: the first stop counts",)
        elif not _may_stop(tokens, known.id_token, event.id_token, now):
            findings = (
                f"stopped with token {event.id_token}: not the one that started it, nor its group",
            )
        return Decision(reply=reply, event=event, session_id=known.session_id, findings=findings)
    unknown = f"transaction {event.transaction_id} is not known here"
    over = _ended_by(live, charge_point_id, event)
    if over is not None:
        return Decision(
            reply=reply,
            event=replace(event, transaction_id=over.transaction_id, inferred=True),
            session_id=over.session_id,
            findings=(f"{unknown}: the end of {over.transaction_id}, given again",),
        )
    opened = _stoppable(_open_on(live, charge_point_id), event, tokens, now)
    if len(opened) == 1:
        match = opened[0]
        return Decision(
            reply=reply,
            event=replace(event, transaction_id=match.transaction_id, inferred=True),
            session_id=match.session_id,
            findings=(f"{unknown}: taken as {match.transaction_id} of {match.ref}",),
        )
    return Decision(
        reply=reply,
        event=event,
        findings=(f"{unknown}, {len(opened) or 'no'} open ones fit: the stop belongs to none",),
    )


def _ended_by(
    live: LiveSite, charge_point_id: ChargePointId, event: SessionStopped
) -> KnownTransaction | None:
    """Return the transaction that this very stop has ended before; it must not end another."""
    point = live.charge_points.get(charge_point_id)
    ended = () if point is None else (c.ended for c in point.connectors.values())
    return next((known for known in ended if known and known.ended_at == event.at), None)


def _may_stop(
    tokens: TokenBook, started_by: IdToken, stopped_by: IdToken | None, now: datetime
) -> bool:
    """Tell whether a token may stop what another one started (1.6 section 3.5.1, parentIdTag)."""
    if stopped_by is None or started_by.casefold() == stopped_by.casefold():
        return True
    group = tokens.state(started_by, now).group_token
    other = tokens.state(stopped_by, now).group_token
    return group is not None and other is not None and group.casefold() == other.casefold()


def _stoppable(
    opened: Iterable[OpenSession], event: SessionStopped, tokens: TokenBook, now: datetime
) -> list[OpenSession]:
    """Return the open sessions that a stop with a foreign id can mean (erratum 3.18)."""
    fitting = [
        session
        for session in opened
        if session.started_at <= event.at + CLOCK_SLACK
        and (
            session.meter_start_wh is None
            or event.meter_stop_wh is None
            or session.register_factor != 1.0  # one of them may bear a wrong unit
            or session.meter_start_wh <= event.meter_stop_wh
        )
        and event.connector_id in (None, session.ref.connector_id)
    ]
    if event.id_token is None:
        return fitting
    token = event.id_token.casefold()
    same = [session for session in fitting if session.id_token.casefold() == token]
    same = same or [s for s in fitting if _may_stop(tokens, s.id_token, event.id_token, now)]
    # Only a number that means "unknown" is weak enough to go by the connector alone.
    return same or (fitting if event.transaction_id <= 0 else [])


def decide_metered(live: LiveSite, event: Metered, charge_point_id: ChargePointId) -> Decision:
    """Answer readings, and find the session that they belong to."""
    findings = connector_findings(live, charge_point_id, event.connector_id)
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
    return quick_decision(reply=_RECEIVED, event=event, session_id=session_id, findings=findings)


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
