"""What a store says of itself: whose it is, and from when to when it has something to show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteInfo:
    """The site that a store belongs to."""

    site_id: str
    name: str
    timezone: ZoneInfo
    currency: str
    limit_w: float | None
    """Limit of the grid connection as configured, W."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRange:
    """From when to when there is anything to show, UTC."""

    start: datetime
    end: datetime
