"""Stamps of chargers that do not know the time yet: dated anew by when they were received.

A charger without a battery for its clock starts in 1970 and learns the time from the answer to its
boot (OCPP 1.6 section 4.2); what it says before is stamped with nonsense.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from ocpp_core.domain.events import (
    DomainEvent,
    Metered,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    StatesChanged,
    StatusChanged,
)
from ocpp_core.domain.metering import Reading

EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)
"""No charger spoke OCPP-J before: an older stamp is that of a clock which was never set."""


def dated(event: DomainEvent, now: datetime) -> tuple[DomainEvent, tuple[str, ...]]:
    """Return an event with stamps that can be, and a finding where they had to be made."""
    match event:
        case Metered():
            readings = event.readings
            if not readings or readings[-1].taken_at >= EARLIEST:
                return event, ()
            latest = max(reading.taken_at for reading in readings)
            return replace(event, readings=_moved(readings, latest, now)), _finding(latest)
        case SessionStarted() | SessionUpdated() | SessionStopped() if event.at < EARLIEST:
            readings = _moved(event.readings, event.at, now)
            return replace(event, at=now, readings=readings), _finding(event.at)
        case StatusChanged() if event.at is not None and event.at < EARLIEST:
            return replace(event, at=now), _finding(event.at)
        case StatesChanged(changes=changes):
            told = [dated(change, now) for change in changes]
            findings = tuple(dict.fromkeys(finding for _, found in told for finding in found))
            if not findings:
                return event, ()
            meant = (change for change, _ in told if isinstance(change, StatusChanged))
            return replace(event, changes=tuple(meant)), findings
        case _:
            return event, ()


def _moved(
    readings: tuple[Reading, ...], stamped_at: datetime, now: datetime
) -> tuple[Reading, ...]:
    """Move readings by as much as the stamp of their message; those that can be stay."""
    return tuple(
        reading
        if reading.taken_at >= EARLIEST
        else replace(reading, taken_at=min(now, now + (reading.taken_at - stamped_at)))
        for reading in readings
    )


def _finding(stamped_at: datetime) -> tuple[str, ...]:
    return (f"stamped {stamped_at:%Y-%m-%d %H:%M:%S}, which cannot be: dated as it was received",)
