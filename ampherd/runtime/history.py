"""What the store remembers that the running site goes on from."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from ampherd.config import Config
from ampherd.runtime.limits import LimitBook
from ampherd.runtime.planner import SiteNow
from ampherd.runtime.sitemeter import MeteredPower, MonthPeak
from analytics import Reader
from ocpp_core.domain.live import LiveSite


def recall_site(reader: Reader, config: Config, live: LiveSite, now: datetime) -> SiteNow:
    """Return the site with what outlasts a restart: the month's peak and the limits in force."""
    zone = config.site.timezone
    peak = MonthPeak(zone)
    peak.restore(now, recall_peak_w(reader, now, zone))
    return SiteNow(
        live=live,
        building=MeteredPower(),
        pv=MeteredPower(),
        peak=peak,
        limits=LimitBook(config.store_path.with_suffix(".limits.json"), config.site),
    )


def recall_peak_w(reader: Reader, now: datetime, zone: ZoneInfo) -> float:
    """Return the highest 15-minute mean of grid import of the running local month, W."""
    month = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    frame = reader.demand(month, now) if month < now else pd.DataFrame()
    peaks = frame["peak_w"].dropna() if not frame.empty else pd.Series(dtype=float)
    return float(peaks.max()) if not peaks.empty else 0.0
