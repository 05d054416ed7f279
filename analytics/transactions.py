"""What messages about transactions mean for the sessions: starts, updates, stops, in any order."""

from __future__ import annotations

from datetime import datetime

from analytics.batch import Batch
from analytics.endings import end_before, is_ended_by_rule, reopen, reopen_for
from analytics.state import SessionRow
from ocpp_core.domain.events import (
    AuthorizationStatus,
    Metered,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    StartReply,
    TransactionNotice,
    UpdateReply,
)
from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.metering import Reading
from ocpp_core.domain.session import session_id_of, station_session_id


def add_start(
    batch: Batch, message: StoredMessage, start: SessionStarted, findings: list[str]
) -> SessionRow | None:
    """Open a session, or fill in the start of one that was heard of before."""
    reply, state = message.reply, batch.state
    if not isinstance(reply, StartReply):
        return None
    charge_point_id = message.charge_point_id
    session_id = message.session_id or session_id_of(batch.site_id, charge_point_id, start)
    row = state.transaction(reply.transaction_id)
    if row is None or row.session_id != session_id:
        row = state.known_start(charge_point_id, session_id, start.at)
    if row is not None and not row.adopted:
        findings.append(
            "start of a session that is known"
            + (" and has ended; it stays ended" if row.ended_at else "")
        )
    elif row is None:
        row = SessionRow(
            session_id=session_id,
            site_id=batch.site_id,
            charge_point_id=charge_point_id,
            connector_id=start.connector_id,
            id_token=start.id_token,
            token_status=reply.status,
            transaction_id=reply.transaction_id,
            station_transaction_id=None if start.notice is None else start.notice.station_id,
            ocpp_version=message.ocpp_version,
            started_at=start.at,
            meter_start_wh=start.meter_start_wh,
        )
        _open(batch, row, findings)
        batch.changed[session_id] = row
    else:
        row.adopted = False
        row.started_at, row.meter_start_wh = start.at, start.meter_start_wh
        if start.id_token and not row.id_token:
            row.id_token, row.token_status = start.id_token, reply.status
        _move(batch, row, start.connector_id, findings)
        batch.changed[row.session_id] = row
        if row.ended_at is not None:
            batch.unsettled[row.session_id] = row
    if start.notice is not None:
        _add_event(batch, message, row, start, start.notice, "Started")
    if start.readings:
        _add_readings(batch, row, start.connector_id, start.readings)
    return row


def add_update(
    batch: Batch, message: StoredMessage, update: SessionUpdated, findings: list[str]
) -> SessionRow | None:
    """Add news of a transaction; what is told for the first time is filled in."""
    row = _numbered(
        batch, message, update.transaction_id, update.notice, update.at, update.readings, findings
    )
    if row is None:
        return None
    if update.id_token and not row.id_token:
        row.id_token = update.id_token
        reply = message.reply
        if isinstance(reply, UpdateReply) and reply.token is not None:
            row.token_status = reply.token.status
        batch.changed[row.session_id] = row
    if row.ended_at is None:
        _move(batch, row, update.connector_id, findings)
    elif is_ended_by_rule(row):
        reopen_for(batch, row, update.at)
    _add_event(batch, message, row, update, update.notice, "Updated")
    if update.readings:
        _add_readings(batch, row, update.connector_id, update.readings)
    return row


def add_stop(
    batch: Batch, message: StoredMessage, stop: SessionStopped, findings: list[str]
) -> SessionRow | None:
    """Close a session, however late; the first stop counts."""
    row = _stopped(batch, message, stop, findings)
    if row is None:
        findings.append(f"this charger never had transaction {stop.transaction_id}")
        return None
    if is_ended_by_rule(row):
        reopen(batch, row)
    batch.state.queued.discard(row.session_id)
    if stop.connector_id is not None and row.ended_at is None:
        _move(batch, row, stop.connector_id, findings)
    if row.ended_at is None:
        row.ended_at = max(stop.at, row.started_at)
        if stop.at < row.started_at:
            findings.append("stop before the start; the session is given no length")
        row.meter_stop_wh = stop.meter_stop_wh
        row.stop_reason = stop.reason
        row.end_inferred = stop.inferred
        if stop.inferred:
            row.remark("its stop named another transaction: matched by connector, token and times")
        if stop.notice is not None and stop.id_token and not row.id_token:
            row.id_token = stop.id_token
        batch.state.end(row)
        batch.changed[row.session_id] = batch.unsettled[row.session_id] = row
    elif (row.ended_at, row.meter_stop_wh) != (stop.at, stop.meter_stop_wh):
        conflict = (
            f"stop at {stop.meter_stop_wh} Wh conflicts with the first one at "
            f"{row.meter_stop_wh} Wh, which counts"
        )
        findings.append(conflict)
        row.remark(conflict)
        batch.changed[row.session_id] = row
    else:
        findings.append("stop of a session that has ended")
    if stop.notice is not None:
        _add_event(batch, message, row, stop, stop.notice, "Ended")
    if stop.readings:
        _add_readings(batch, row, stop.connector_id, stop.readings)
        batch.unsettled[row.session_id] = row
    return row


def add_metered(batch: Batch, message: StoredMessage, metered: Metered) -> SessionRow | None:
    """Add readings; those without a transaction join by connector and time."""
    key = (str(message.charge_point_id), int(metered.connector_id))
    row = None
    if metered.transaction_id is not None and metered.transaction_id > 0:
        row = batch.state.transaction(metered.transaction_id)
        if row is not None and row.charge_point_id != message.charge_point_id:
            row = None
        if row is not None and metered.readings and is_ended_by_rule(row):
            reopen_for(batch, row, max(reading.taken_at for reading in metered.readings))
    row = row or batch.state.open_at.get(key)
    batch.add_samples(key, metered.readings, row)
    if row is not None:
        _came_late(batch, row, metered.readings)
    return row


def _numbered(
    batch: Batch,
    message: StoredMessage,
    transaction_id: TransactionId,
    notice: TransactionNotice,
    at: datetime,
    readings: tuple[Reading, ...],
    findings: list[str],
) -> SessionRow | None:
    """Return the session of a transaction that its charger named; one not heard of is adopted."""
    state = batch.state
    row = state.transaction(transaction_id)
    session_id = (
        row.session_id
        if row is not None
        else message.session_id
        or station_session_id(batch.site_id, message.charge_point_id, notice.station_id)
    )
    row = row or state.by_id(session_id)
    if row is not None:
        if row.charge_point_id == message.charge_point_id:
            return row
        findings.append("the transaction belongs to another charger")
        return None
    row = SessionRow(
        session_id=session_id,
        site_id=batch.site_id,
        charge_point_id=message.charge_point_id,
        connector_id=ConnectorId(0),
        id_token=IdToken(""),
        token_status=AuthorizationStatus.ACCEPTED,
        transaction_id=transaction_id,
        station_transaction_id=notice.station_id,
        ocpp_version=message.ocpp_version,
        started_at=min([at, *(reading.taken_at for reading in readings)]),
        meter_start_wh=None,
        adopted=True,
    )
    _open(batch, row, findings)
    batch.changed[session_id] = row
    return row


def _stopped(
    batch: Batch, message: StoredMessage, stop: SessionStopped, findings: list[str]
) -> SessionRow | None:
    if stop.notice is not None:
        return _numbered(
            batch, message, stop.transaction_id, stop.notice, stop.at, stop.readings, findings
        )
    row = batch.state.transaction(stop.transaction_id)
    if row is not None and row.charge_point_id != message.charge_point_id:
        findings.append("the transaction belongs to another charger")
        return None
    return row


def _open(batch: Batch, row: SessionRow, findings: list[str]) -> None:
    batch.opened.append(row.session_id)
    batch.state.remember(row)
    batch.state.sequenced_until[row.session_id] = -1
    _place(batch, row, findings)


def _place(batch: Batch, row: SessionRow, findings: list[str]) -> None:
    if row.ended_at is None:
        before = batch.state.place(row)
        if before is not None:
            findings.append(f"transaction {before.transaction_id} before it never ended")
            end_before(batch, before, row)


def _move(
    batch: Batch, row: SessionRow, connector_id: ConnectorId | None, findings: list[str]
) -> None:
    """Put a session on the connector that a message names, when it was not known before."""
    if connector_id and connector_id != row.connector_id:
        if row.connector_id == 0:
            row.connector_id = connector_id
        else:
            findings.append(
                f"connector {connector_id} is named for a session on connector {row.connector_id}, "
                "which counts"
            )
        batch.changed[row.session_id] = row
    _place(batch, row, findings)


def _add_event(
    batch: Batch,
    message: StoredMessage,
    row: SessionRow,
    event: SessionStarted | SessionUpdated | SessionStopped,
    notice: TransactionNotice,
    kind: str,
) -> None:
    known = batch.state.sequenced_until.get(row.session_id)
    is_new = known is not None and notice.sequence > known
    if is_new:
        batch.state.sequenced_until[row.session_id] = notice.sequence
    elif row.ended_at is not None:
        batch.unsettled[row.session_id] = row  # it may close a gap
    reservation = None if isinstance(event, SessionStopped) else event.reservation_id
    (batch.rows.new if is_new else batch.rows.unsure)["transaction_event"].append(
        (
            row.charge_point_id, row.session_id, notice.sequence, kind, event.at, message.at,
            notice.trigger, notice.offline, notice.state, event.connector_id, notice.phase_count,
            notice.cable_max_current_a, notice.remote_start_id, reservation, len(event.readings),
            notice.operation_mode,
        )
    )  # fmt: skip


def _add_readings(
    batch: Batch, row: SessionRow, connector_id: ConnectorId | None, readings: tuple[Reading, ...]
) -> None:
    key = (row.charge_point_id, int(connector_id or row.connector_id))
    batch.add_samples(key, readings, row)
    _came_late(batch, row, readings)


def _came_late(batch: Batch, row: SessionRow, readings: tuple[Reading, ...]) -> None:
    """Settle an ended session anew when the course of its energy changes."""
    ended_at = row.ended_at
    if ended_at is not None and any(
        r.layout.has_register and r.taken_at <= ended_at for r in readings
    ):
        batch.unsettled[row.session_id] = row
