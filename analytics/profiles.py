"""Charging profiles in the tables: every order and answer, and what each charger holds by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from analytics.batch import Batch
from analytics.state import ProfileRow
from ocpp_core.domain.commands import (
    Accepted,
    ClearProfile,
    GetComposite,
    GetProfiles,
    Rejected,
    SetProfile,
    UpdateDynamicSchedule,
)
from ocpp_core.domain.events import (
    ChargingLimitCleared,
    ChargingLimitNotified,
    ProfilesReported,
)
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.profile import ChargingProfile, ProfilePurpose, SchedulePeriod


def add_profile_order(batch: Batch, message: StoredMessage) -> None:
    """Add an order to set or clear profiles, or the schedule that a charger says is in force."""
    result = message.result
    match message.command:
        case SetProfile(connector_id=connector_id, profile=profile):
            cells = _profile_cells(profile)
            _add_order(
                batch, message, int(connector_id), "ordered", cells, recurrency=profile.recurrency
            )
            if isinstance(result, Accepted):
                _hold(batch, message, int(connector_id), profile, "ordered")
        case ClearProfile(connector_id=connector_id) as clear:
            cells = (clear.profile_id, clear.purpose, None, clear.stack_level) + (None,) * 5
            _add_order(batch, message, int(connector_id or 0), "cleared", cells)
            if isinstance(result, Accepted):
                _end(batch, message.charge_point_id, message.at, _matching(batch, message, clear))
        case UpdateDynamicSchedule() as update if isinstance(result, Accepted):
            _renew(batch, message, update)
        case GetProfiles() as asked if isinstance(result, Accepted):
            # Whatever of these there still is follows, as a report.
            _end(batch, message.charge_point_id, message.at, _asked(batch, message, asked))
        case GetComposite(connector_id=connector_id) if (
            isinstance(result, Accepted) and result.composite is not None
        ):
            found = result.composite
            cells = (
                None, None, None, None, found.rate_unit, found.start, found.duration_s,
                periods_text(found.periods), None,
            )  # fmt: skip
            _add_order(batch, message, int(connector_id), "in-force", cells)
        case _:
            pass


def add_reported_profiles(batch: Batch, message: StoredMessage, reported: ProfilesReported) -> None:
    """Take what a charger says it holds."""
    for profile in reported.profiles:
        _hold(batch, message, int(reported.connector_id), profile, reported.source)


def end_transaction_profiles(
    batch: Batch, charge_point_id: str, transaction_id: int | None, at: datetime
) -> None:
    """A transaction ended: its profiles are gone (OCPP 1.6 section 3.13.1)."""
    held = batch.state.profiles.get(charge_point_id, {})
    _end(
        batch,
        charge_point_id,
        at,
        [k for k, row in held.items() if transaction_id and row.transaction_id == transaction_id],
    )


def add_limit(
    batch: Batch, message: StoredMessage, event: ChargingLimitNotified | ChargingLimitCleared
) -> None:
    """Take a limit that somebody else set, or that one is gone; said again it is the same one."""
    key = (str(message.charge_point_id), int(event.connector_id or 0), event.source)
    known = batch.state.limits.get(key)
    new = None
    if isinstance(event, ChargingLimitNotified):
        schedules = "; ".join(
            f"{schedule.rate_unit} {periods_text(schedule.periods)}" for schedule in event.schedules
        )
        new = (*key, message.at, event.grid_critical, schedules, None)
        if known is not None and tuple(known[4:6]) == new[4:6]:
            return
    rows = batch.rows.new["charging_limit"]
    if known is not None:
        rows.append((*known[:6], message.at))
        del batch.state.limits[key]
    if new is not None:
        rows.append(new)
        batch.state.limits[key] = new


def periods_text(periods: Sequence[SchedulePeriod]) -> str:
    """Write `0:16 3600:8`; a hyphen stands where a period has no limit."""
    return " ".join(f"{p.start_s}:{'-' if p.limit is None else f'{p.limit:g}'}" for p in periods)


def _add_order(
    batch: Batch,
    message: StoredMessage,
    connector_id: int,
    step: str,
    cells: tuple[Any, ...],
    *,
    recurrency: str | None = None,
) -> None:
    result = message.result
    running = batch.state.open_at.get((message.charge_point_id, connector_id))
    batch.rows.new["charging_profile"].append(
        (
            message.charge_point_id, connector_id, message.at, message.message_id, step,
            message.outcome, result.status if isinstance(result, Accepted | Rejected) else "",
            *cells, message.session_id or (running.session_id if running else None), recurrency,
        )
    )  # fmt: skip


def _profile_cells(profile: ChargingProfile) -> tuple[Any, ...]:
    return (
        profile.profile_id, profile.purpose, profile.kind, profile.stack_level, profile.rate_unit,
        profile.start, profile.duration_s,
        periods_text(profile.periods),
        profile.transaction_id,
    )  # fmt: skip


def _hold(
    batch: Batch, message: StoredMessage, connector_id: int, profile: ChargingProfile, source: str
) -> None:
    """Book that a charger holds a profile; the same id, or purpose and level, is replaced.

    Sources: OCPP 1.6 section 3.13.2, 2.0.1 K01.FR.05 and 06.
    """
    if profile.transaction_id is not None:
        session = batch.state.transaction(profile.transaction_id)
        if session is not None and session.ended_at is not None:
            return  # the order crossed the end: the profile died with its transaction
    held = batch.state.profiles.setdefault(message.charge_point_id, {})
    key = (connector_id, profile.purpose.value, profile.stack_level)
    row = ProfileRow(
        charge_point_id=message.charge_point_id,
        connector_id=connector_id,
        purpose=profile.purpose,
        stack_level=profile.stack_level,
        profile_id=profile.profile_id,
        kind=profile.kind,
        rate_unit=profile.rate_unit,
        schedule_start=profile.start,
        duration_s=profile.duration_s,
        periods=periods_text(profile.periods),
        valid_from=profile.valid_from,
        valid_to=profile.valid_to,
        transaction_id=profile.transaction_id,
        source=source,
        since=message.at,
        changed_at=message.at,
        recurrency=profile.recurrency,
    )
    same_id = [k for k, old in held.items() if old.profile_id == profile.profile_id and k != key]
    _end(batch, message.charge_point_id, message.at, same_id)
    known = held.get(key)
    if source != "ordered" and known is not None and known.profile_id == profile.profile_id:
        # Reported as it was ordered: what is known of it is more than a report says.
        row.source, row.since = known.source, known.since
    held[key] = row
    batch.rows.new["profile_in_force"].append(row.cells())


def _matching(
    batch: Batch, message: StoredMessage, clear: ClearProfile
) -> list[tuple[int, str, int]]:
    """Return what an order to clear means (OCPP 1.6 section 5.6: an id, or all criteria)."""
    held = batch.state.profiles.get(message.charge_point_id, {})
    if clear.profile_id is not None:
        return [key for key, row in held.items() if row.profile_id == clear.profile_id]
    return [
        key
        for key, row in held.items()
        if row.purpose != ProfilePurpose.EXTERNAL_CONSTRAINTS
        and clear.connector_id in (None, row.connector_id)
        and clear.purpose in (None, row.purpose)
        and clear.stack_level in (None, row.stack_level)
    ]


def _renew(batch: Batch, message: StoredMessage, update: UpdateDynamicSchedule) -> None:
    """Book the limit that a Dynamic profile has from now on (OCPP 2.1 K28)."""
    for row in batch.state.profiles.get(message.charge_point_id, {}).values():
        if row.profile_id == update.profile_id and update.limit is not None:
            row.periods, row.changed_at = f"0:{update.limit:g}", message.at
            batch.rows.new["profile_in_force"].append(row.cells())


def _asked(batch: Batch, message: StoredMessage, asked: GetProfiles) -> list[tuple[int, str, int]]:
    """Return the profiles that others set and that a report which was asked for covers."""
    held = batch.state.profiles.get(message.charge_point_id, {})
    return [
        key
        for key, row in held.items()
        if row.source != "ordered"
        and asked.connector_id in (None, row.connector_id)
        and asked.purpose in (None, row.purpose)
        and asked.stack_level in (None, row.stack_level)
        and asked.source in (None, row.source)
        and (not asked.profile_ids or row.profile_id in asked.profile_ids)
    ]


def _end(
    batch: Batch, charge_point_id: str, at: datetime, keys: Iterable[tuple[int, str, int]]
) -> None:
    held = batch.state.profiles.get(charge_point_id, {})
    for key in keys:
        row = held.pop(key)
        row.ended_at = row.changed_at = at
        batch.rows.new["profile_in_force"].append(row.cells())
