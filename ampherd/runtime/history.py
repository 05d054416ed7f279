"""What the store remembers that the running site goes on from."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from analytics import Reader


def recall_peak_w(reader: Reader, now: datetime, zone: ZoneInfo) -> float:
    """Return the highest 15-minute mean of grid import of the running local month, W."""
    month = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    frame = reader.demand(month, now) if month < now else pd.DataFrame()
    peaks = frame["peak_w"].dropna() if not frame.empty else pd.Series(dtype=float)
    return float(peaks.max()) if not peaks.empty else 0.0
