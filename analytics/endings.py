"""Sessions that get no stop: ended by rule, and opened again when news of them come after all.

A charger that loses a stop, or gives up sending it (1.6 section 3.7.1), leaves a transaction open
for ever. Three things say that it is over: the next one starts on its connector; its charger
started anew, and says that the connector is free; the connector is free for hours. The end is
then that of the first evidence. A stop that comes later takes the place of the rule, and so do
readings and events of the transaction from after that end. Nothing is ended while its charger
says that messages of it wait there (OCPP.md row 5).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from analytics.batch import Batch
from analytics.state import SessionRow

FREE_FOR = timedelta(hours=6)
"""A connector that is free for so long has no transaction."""

_NO_STOP = "no stop came: "


def is_ended_by_rule(row: SessionRow) -> bool:
    """Tell whether a rule ended a session: a stop always has a reason."""
    return row.ended_at is not None and row.end_inferred and row.stop_reason is None


def end_before(batch: Batch, row: SessionRow, following: SessionRow) -> None:
    """End a session when the next one starts on its connector."""
    free = batch.state.free.get(row.charge_point_id, {}).get(row.connector_id)
    at = following.started_at
    if free is not None and row.started_at <= free[0] < at:
        at = free[0]
    _end(batch, row, at, "ended since the next one started on its connector")


def end_idle(batch: Batch, charge_point_id: str, now: datetime) -> None:
    """End the sessions of a charger whose connectors are free, once that says enough."""
    state = batch.state
    for connector_id, (free_at, heard_at) in state.free.get(charge_point_id, {}).items():
        key = (charge_point_id, connector_id)
        row = state.open_at.get(key)
        if row is None or free_at < max(row.started_at, state.sampled_until.get(key, free_at)):
            continue
        booted_at = state.booted_at.get(charge_point_id)
        if booted_at is not None and row.started_at < booted_at <= heard_at:
            _end(batch, row, free_at, "ended since its charger restarted with a free connector")
        elif now - heard_at >= FREE_FOR:
            hours = FREE_FOR.total_seconds() / 3600
            _end(batch, row, free_at, f"ended since its connector was free for {hours:.0f} h")


def reopen(batch: Batch, row: SessionRow) -> None:
    """Take back the end that a rule gave."""
    row.ended_at, row.end_inferred = None, False
    row.forget_remark(_NO_STOP)
    batch.changed[row.session_id] = batch.unsettled[row.session_id] = row


def reopen_for(batch: Batch, row: SessionRow, at: datetime) -> None:
    """Take it back for news of an instant after it, unless another session runs there now."""
    key = (row.charge_point_id, row.connector_id)
    if row.ended_at is None or at <= row.ended_at or key in batch.state.open_at:
        return
    reopen(batch, row)
    batch.state.place(row)


def _end(batch: Batch, row: SessionRow, at: datetime, words: str) -> None:
    state = batch.state
    if row.ended_at is not None or row.session_id in state.queued:
        return
    row.ended_at, row.end_inferred = max(at, row.started_at), True
    row.remark(_NO_STOP + words)
    state.end(row)
    batch.changed[row.session_id] = batch.unsettled[row.session_id] = row
