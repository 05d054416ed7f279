"""The peak that the month is going to reach anyway, by the days on record.

For each past day the lowest peak is reckoned with which all its cars could have been served, had
everything been known. The rest of the month is so many days like them, so that the highest of
them has a distribution; a low quantile of it is what a plan may take as given. Expecting too much
costs the demand charge of the difference, expecting too little only what would have been saved.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from optimizer.forecast.history import SATURDAY, Floats, History

GRID_H = 0.5
"""Step of the instants between which a day's need is looked at, h."""
HALF_LIFE_D = 30.0
LEAST_DAYS = 3
"""Days of a class (workdays, others) on record from which they say something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPeak:
    """The lowest peak that a local day could have had."""

    day: date
    peak_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseLoad:
    """Building less PV: means of half hours from `start_h` (hours since 1970) on; 0 outside."""

    start_h: float
    kw: Floats

    def at(self, hours: Floats) -> Floats:
        """Return the mean of the half hour in which each instant is, kW."""
        index = np.floor((hours - self.start_h) / GRID_H + 1e-9).astype(np.int64)
        inside = (index >= 0) & (index < len(self.kw))
        found: Floats = np.where(inside, self.kw[np.clip(index, 0, len(self.kw) - 1)], 0.0)
        return found


NO_BASE = BaseLoad(start_h=0.0, kw=np.zeros(1))


def least_peak_w(
    arrival_h: Floats,
    departure_h: Floats,
    energy_kwh: Floats,
    most_kw: float,
    base: BaseLoad = NO_BASE,
) -> float:
    """Return a peak below which these cars cannot all be served, W.

    Between any two instants must flow what each car cannot take outside them at its highest power;
    that energy over the time between them is a lower bound of the peak (the intensity of an
    interval: Yao, Demers, Shenker, FOCS 1995, eq. 1, with a rate limit for each job). Intervals
    are those of a half-hourly grid; sets of several intervals would bound it higher at times.
    """
    if not len(arrival_h):
        return 0.0
    first = np.floor(arrival_h.min() / GRID_H) * GRID_H
    last = np.ceil(departure_h.max() / GRID_H) * GRID_H
    grid = np.arange(first, last + GRID_H / 2, GRID_H)
    loads = base.at(grid[:-1])
    below = np.concatenate([[0.0], np.cumsum(loads * GRID_H)])
    stay = departure_h - arrival_h
    wanted = np.minimum(energy_kwh, most_kw * stay)
    highest = float(np.max(loads, initial=0.0))
    for n, start in enumerate(grid[:-1]):
        ends = grid[n + 1 :]
        inside = np.minimum(ends[:, None], departure_h) - np.maximum(start, arrival_h)
        outside = stay - np.clip(inside, 0.0, None)
        forced = np.clip(wanted - most_kw * outside, 0.0, None).sum(axis=1)
        means = (forced + below[n + 1 :] - below[n]) / (ends - start)
        highest = max(highest, float(means.max()))
    return 1000 * highest


def day_peaks(
    history: History,
    *,
    at: datetime,
    most_kw: float,
    longest_h: float = 24.0,
    base: BaseLoad = NO_BASE,
) -> tuple[DayPeak, ...]:
    """Return the lowest peak of each whole local day on record before the day of `at`.

    A stay belongs to the day on which it began; `longest_h` cuts those that go on for days. Days
    without a car have the peak 0.
    """
    known = history.known_at(at)
    if not known.any():
        return ()
    today = at.astimezone(history.zone).date()
    peaks = []
    for ordinal in range(int(history.day[known].min()), today.toordinal()):
        stays = np.flatnonzero(known & (history.day == ordinal))
        arrival = history.arrived_h[stays]
        leaves = np.minimum(history.left_h[stays], arrival + longest_h)
        least = least_peak_w(arrival, leaves, history.energy_kwh[stays], most_kw, base)
        peaks.append(DayPeak(day=date.fromordinal(ordinal), peak_w=least))
    return tuple(peaks)


def expected_peak_w(
    days: Sequence[DayPeak], *, at: datetime, zone: ZoneInfo, so_far_w: float, quantile: float
) -> float:
    """Return a quantile of the peak that the running local month will have reached at its end, W.

    At least what it has reached. Never more than the highest day on record, and nothing beyond
    `so_far_w` while fewer than three days of a class are.
    """
    local = at.astimezone(zone)
    last = monthrange(local.year, local.month)[1]
    left = [date(local.year, local.month, n) for n in range(local.day, last + 1)]
    classes = []
    for other in (False, True):
        mine = [p for p in days if (p.day.weekday() >= SATURDAY) == other]
        coming = sum((day.weekday() >= SATURDAY) == other for day in left)
        if len(mine) >= LEAST_DAYS and coming:
            classes.append((mine, coming))
    candidates = sorted({p.peak_w for mine, _ in classes for p in mine if p.peak_w > so_far_w})
    expected = so_far_w
    for candidate in candidates:
        # The chance that the month stays below the candidate; of n days the highest is exceeded by
        # a further one with 1 / (n + 1), whatever the distribution is.
        below = 1.0
        for mine, coming in classes:
            weight = np.array([0.5 ** ((local.date() - p.day).days / HALF_LIFE_D) for p in mine])
            under = np.array([p.peak_w < candidate for p in mine])
            below *= float((weight @ under) / (weight.sum() + weight.mean())) ** coming
        if below > quantile:
            break
        expected = candidate
    return expected
