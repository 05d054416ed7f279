"""What the store remembers that the running site goes on from."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from ampherd.runtime.sitemeter import QuarterHourProfile
from analytics import Reader

HISTORY = timedelta(days=28)
"""Span that forecasts of building load and PV learn from."""


def recall_profiles(
    reader: Reader, now: datetime, zone: ZoneInfo
) -> tuple[QuarterHourProfile, QuarterHourProfile]:
    """Return the usual building load and PV by local quarter hour; empty without history."""
    frame = reader.site_power(now - HISTORY, now, step_s=900)
    return _profile(frame, "building_w", zone), _profile(frame, "pv_w", zone)


def recall_peak_w(reader: Reader, now: datetime, zone: ZoneInfo) -> float:
    """Return the highest 15-minute mean of grid import of the running local month, W."""
    month = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    frame = reader.demand(month, now) if month < now else pd.DataFrame()
    peaks = frame["peak_w"].dropna() if not frame.empty else pd.Series(dtype=float)
    return float(peaks.max()) if not peaks.empty else 0.0


def _profile(frame: pd.DataFrame, column: str, zone: ZoneInfo) -> QuarterHourProfile:
    values: defaultdict[tuple[bool, int], list[float]] = defaultdict(list)
    for at, value in zip(frame["at"], frame[column], strict=True):
        if pd.notna(value):
            key = (at.weekday() < 5, at.hour * 4 + at.minute // 15)
            values[key].append(float(value))
    return QuarterHourProfile(zone, {key: sum(v) / len(v) for key, v in values.items()})
