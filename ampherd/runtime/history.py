"""What the store remembers that the running site goes on from."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ampherd.config import Config
from ampherd.runtime.fromconfig import site_battery
from ampherd.runtime.limits import LimitBook
from ampherd.runtime.planner import SiteNow
from ampherd.runtime.sitebattery import BatteryNow
from ampherd.runtime.sitemeter import MeteredPower, MonthPeak
from analytics import Reader
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.live import LiveSite


def recall_site(reader: Reader, config: Config, live: LiveSite, clock: Clock) -> SiteNow:
    """Return the site with what outlasts a restart: the month's peak and the limits in force."""
    zone, now = config.site.timezone, clock.now()
    battery = site_battery(config)
    peak = MonthPeak(zone)
    peak.restore(now, recall_peak_w(reader, now, zone))
    return SiteNow(
        live=live,
        building=MeteredPower(),
        pv=MeteredPower(),
        peak=peak,
        limits=LimitBook(config.store_path.with_suffix(".limits.json"), config.site),
        battery=None if battery is None else BatteryNow(battery, clock),
    )


def recall_peak_w(reader: Reader, now: datetime, zone: ZoneInfo) -> float:
    """Return the highest 15-minute mean of grid import of the running local month, W.

    What was metered counts: imported sessions that are taken to have charged at full power may
    add up to more than the fuse lets through, and a plan would hold such a peak for paid.
    """
    month = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    peak_w = reader.metered_peak_w(month, now) if month < now else None
    return 0.0 if peak_w is None else peak_w
