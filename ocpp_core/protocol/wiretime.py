"""Instants on the wire: RFC 3339, as charitably read as chargers write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)
"""Before OCPP 1.5 no charger spoke JSON: an earlier time is a clock that was never set."""
LATEST_AHEAD = timedelta(days=3650)
"""Further ahead of the receipt than this, a time is a fault and no drift."""

_LOOSE = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T t]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d*)?)?"
    r"\s*(?:(Z)|([+-])(\d{2}):?(\d{2})?)?",
    re.IGNORECASE,
)


def write(instant: datetime) -> str:
    """Write an instant as UTC with milliseconds and `Z`; some chargers read nothing else."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def read(value: datetime, received_at: datetime, findings: list[str]) -> datetime:
    """Return a charger's instant in UTC; the time of receipt where its clock cannot be meant.

    A time without zone is read as UTC (OCPP.md row 28: it mostly is); every change is a finding.
    """
    if value.tzinfo is None:
        findings.append(f"time {value.isoformat()} has no zone: read as UTC")
        value = value.replace(tzinfo=UTC)
    elif value.tzinfo is not UTC:
        try:
            value = value.astimezone(UTC)
        except OverflowError:
            findings.append(f"time {value.isoformat()} is out of range: time of receipt taken")
            return received_at
    if value < EARLIEST or value - received_at > LATEST_AHEAD:
        findings.append(f"time {value.isoformat()} is no set clock: time of receipt taken")
        return received_at
    return value


def read_or_receipt(
    value: datetime | None, received_at: datetime, findings: list[str], name: str = "timestamp"
) -> datetime:
    """Return a charger's instant in UTC; the time of receipt where it names none."""
    if value is None:
        findings.append(f"field {name} is missing: time of receipt taken")
        return received_at
    return read(value, received_at, findings)


def mend(text: str) -> str | None:
    """Return RFC 3339 for a time that is written in another way, or None for what is no time."""
    match = _LOOSE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, zulu, sign, off_h, off_m = match.groups()
    try:
        value = datetime(  # noqa: DTZ001 - the zone follows as it was written, or is missing
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0)
        )
    except ValueError:
        return None
    zone = "Z" if zulu else f"{sign}{off_h}:{off_m or '00'}" if sign else ""
    return value.isoformat() + zone
