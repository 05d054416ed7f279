"""How a charger writes instants, and how it reads them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

type Stamp = Callable[[datetime], str]
"""Writes an instant as the charger's own clock shows it."""


def utc(at: datetime) -> str:
    """Write an instant as UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """Read an instant; one without a zone is UTC (OCPP 1.6 section 3.15)."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
