"""What the store remembers that the running site goes on from."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from ampherd.config import Config
from ampherd.runtime.fromconfig import site_battery
from ampherd.runtime.limits import LimitBook
from ampherd.runtime.planner import SiteNow
from ampherd.runtime.sitebattery import BatteryNow
from ampherd.runtime.sitemeter import MeteredPower, MonthPeak
from ampherd.runtime.switching import NOTHING_YET, OrderedSoFar, Switched
from analytics import Reader
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.ids import SessionId
from ocpp_core.domain.live import LiveSite


def recall_site(reader: Reader, config: Config, live: LiveSite, clock: Clock) -> SiteNow:
    """Return the site with what outlasts a restart: the month's peak, limits, what was ordered."""
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
        so_far=recall_so_far(reader, live, now) if _counts(config) else NOTHING_YET,
    )


def _counts(config: Config) -> bool:
    options = config.planning.options()
    return options.min_run_s > 0 or options.max_starts is not None or config.spec.v2g is not None


def recall_so_far(reader: Reader, live: LiveSite, now: datetime) -> OrderedSoFar:
    """Return how often plans let each running session start, and what they told it to give."""
    since = min((session.started_at for session in live.open_sessions()), default=now)
    if since >= now:
        return NOTHING_YET
    rows = reader.orders_so_far(since, now).to_dict("records")
    return OrderedSoFar(
        switched={
            SessionId(row["session_id"]): Switched(
                starts=int(row["starts"]),
                running_since=None
                if pd.isna(row["running_since"])
                else row["running_since"].to_pydatetime(),
            )
            for row in rows
        },
        given_wh={SessionId(row["session_id"]): float(row["given_wh"]) for row in rows},
    )


def recall_peak_w(reader: Reader, now: datetime, zone: ZoneInfo) -> float:
    """Return the highest 15-minute mean of grid import of the running local month, W.

    Imported sessions that are taken to have charged at full power may add up to more than the
    grid connection carries: beyond its limit only what was metered counts.
    """
    month = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if month >= now:
        return 0.0
    peaks = reader.demand(month, now)["peak_w"].dropna()
    told_w, limit_w = 0.0 if peaks.empty else float(peaks.max()), reader.site.limit_w
    carried_w = told_w if limit_w is None else min(told_w, limit_w)
    return max(0.0, carried_w, reader.metered_peak_w(month, now) or 0.0)
