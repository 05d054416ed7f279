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
from datetime import date, datetime, time, tzinfo

import numpy as np

from optimizer.forecast.days import Days
from optimizer.forecast.distribution import Distribution, distribution
from optimizer.forecast.history import SATURDAY, Floats, History, hour_of_day, hours_of

GRID_H = 0.5
"""Step of the instants between which a day's need is looked at, h."""
HALF_LIFE_D = 30.0
SINCE_D = 120
"""Days on record that the month's peak is told from."""
MOST_DAYS = 40
"""Past days that today may go on like."""
LONGEST_H = 24.0
LEAST_DAYS = 3
"""Days of a class (workdays, others) on record from which they say something."""

_HALF_HOURS: Floats = GRID_H * np.arange(round(24 / GRID_H), dtype=np.float64)


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

    @classmethod
    def of(
        cls, starts: Sequence[datetime], watts: Sequence[float], *, first: datetime, end: datetime
    ) -> BaseLoad:
        """Return a measured load over [first, end); where it was not measured, as it usually is.

        Usual is the mean at the same half hour of the day (UTC); with nothing measured at all, 0.
        """
        start = np.floor(hours_of(first) / GRID_H)
        count = max(1, int(np.ceil(hours_of(end) / GRID_H) - start))
        at = np.floor(np.array([hours_of(one) for one in starts]) / GRID_H) - start
        kw = np.array(watts, dtype=np.float64) / 1000
        known = np.isfinite(kw) & (at >= 0) & (at < count)
        index, kw = at[known].astype(np.int64), kw[known]
        per_day = round(24 / GRID_H)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.bincount(index, kw, count) / np.bincount(index, minlength=count)
            usual = np.bincount(index % per_day, kw, per_day)
            usual = usual / np.bincount(index % per_day, minlength=per_day)
        usual = np.where(np.isfinite(usual), usual, float(kw.mean()) if len(kw) else 0.0)
        filled = np.where(np.isfinite(mean), mean, usual[np.arange(count) % per_day])
        return cls(start_h=float(start) * GRID_H, kw=filled)


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
    spans = _Spans.over(arrival_h.min(), departure_h.max(), base)
    forced = spans.forced_kwh(arrival_h, departure_h, energy_kwh, most_kw)
    return 1000 * float(spans.peaks_kw(forced.sum(axis=0)))


@dataclass(frozen=True, slots=True)
class _Spans:
    """Every interval between two instants of a grid."""

    start_h: Floats
    end_h: Floats
    base_kwh: Floats
    highest_base_kw: float

    @classmethod
    def over(cls, first_h: float, last_h: float, base: BaseLoad) -> _Spans:
        first, last = np.floor(first_h / GRID_H), np.ceil(last_h / GRID_H)
        grid = GRID_H * np.arange(first, max(last, first + 1) + 1)
        loads = base.at(grid[:-1])
        below = np.concatenate([[0.0], np.cumsum(loads * GRID_H)])
        start, end = np.triu_indices(len(grid), 1)
        return cls(
            grid[start], grid[end], below[end] - below[start], float(np.max(loads, initial=0.0))
        )

    def forced_kwh(
        self, arrival_h: Floats, departure_h: Floats, energy_kwh: Floats, most_kw: float
    ) -> Floats:
        """Return what each car (row) cannot take outside of each interval (column)."""
        stay = (departure_h - arrival_h)[:, None]
        inside = np.minimum(self.end_h, departure_h[:, None])
        inside = inside - np.maximum(self.start_h, arrival_h[:, None])
        wanted = np.minimum(energy_kwh[:, None], most_kw * stay)
        forced: Floats = np.maximum(wanted - most_kw * (stay - np.maximum(inside, 0.0)), 0.0)
        return forced

    def peaks_kw(self, forced_kwh: Floats) -> Floats:
        """Return the least peak for each row of summed energies."""
        means = (forced_kwh + self.base_kwh) / (self.end_h - self.start_h)
        peaks: Floats = np.maximum(means.max(axis=-1), self.highest_base_kw)
        return peaks


@dataclass(frozen=True, slots=True, kw_only=True)
class CarsHere:
    """Cars that are here now: until when, and what they still want."""

    departure_h: Floats
    """Hours since 1970."""
    energy_kwh: Floats


def coming_peaks(
    history: History,
    *,
    at: datetime,
    here: CarsHere,
    came_today: int,
    most_kw: float,
    base: BaseLoad = NO_BASE,
) -> Distribution | None:
    """Return the least peak, W, of the rest of today, if it goes on as one of the past days did.

    The cars that are here are joined by those that came on a past day after this time of day.
    Days count by weekday and age, and by whether as many cars had come by then as today. None
    without days on record.
    """
    days = Days.of(history, at)
    if days is None:
        return None
    local = at.astimezone(history.zone)
    now_h = hours_of(at)
    hour = hour_of_day(local)
    weights = days.weights(local.date()) * days.alike_so_far(hour, came_today)
    chosen = np.argsort(-weights)[:MOST_DAYS]
    place = np.full(len(weights), -1)
    place[chosen] = np.arange(len(chosen))
    later = np.flatnonzero((days.day_of >= 0) & (history.hour >= hour))
    later = later[place[days.day_of[later]] >= 0]
    arrival = now_h + history.hour[later] - hour
    leaves = np.minimum(arrival + history.stay_h[later], now_h + LONGEST_H)
    leaving = np.minimum(np.maximum(here.departure_h, now_h), now_h + LONGEST_H)
    last = max([now_h + GRID_H, *leaves.tolist(), *leaving.tolist()])
    spans = _Spans.over(now_h, last, base)
    now = np.full(len(leaving), now_h)
    present = spans.forced_kwh(now, leaving, here.energy_kwh, most_kw).sum(axis=0)
    forced = spans.forced_kwh(arrival, leaves, history.energy_kwh[later], most_kw)
    by_day = np.zeros((len(chosen), len(present)))
    np.add.at(by_day, place[days.day_of[later]], forced)
    return distribution(
        1000 * spans.peaks_kw(by_day + present),
        weights[chosen],
        evidence=float(1 / np.sum((weights[chosen] / weights[chosen].sum()) ** 2)),
        prior_share=0.0,
    )


def day_peaks(
    history: History,
    *,
    at: datetime,
    most_kw: float,
    longest_h: float = 24.0,
    base: BaseLoad = NO_BASE,
    since_d: int = SINCE_D,
) -> tuple[DayPeak, ...]:
    """Return the lowest peak of each whole local day on record before the day of `at`.

    A stay belongs to the day on which it began; `longest_h` cuts those that go on for days. Days
    without a car have that of the base load. Only the last `since_d` days are looked at.
    """
    known = history.known_at(at)
    if not known.any():
        return ()
    today = at.astimezone(history.zone).date().toordinal()
    peaks = []
    for ordinal in range(max(today - since_d, int(history.day[known].min())), today):
        stays = np.flatnonzero(known & (history.day == ordinal))
        arrival = history.arrived_h[stays]
        leaves = np.minimum(history.left_h[stays], arrival + longest_h)
        least = least_peak_w(arrival, leaves, history.energy_kwh[stays], most_kw, base)
        day = date.fromordinal(ordinal)
        if base is not NO_BASE:
            midnight = datetime.combine(day, time(), tzinfo=history.zone)
            least = max(least, 1000 * float(base.at(hours_of(midnight) + _HALF_HOURS).max()))
        peaks.append(DayPeak(day=day, peak_w=least))
    return tuple(peaks)


def expected_peak_w(
    days: Sequence[DayPeak],
    *,
    at: datetime,
    zone: tzinfo,
    so_far_w: float,
    quantile: float,
    today: Distribution | None = None,
) -> float:
    """Return a quantile of the peak that the running local month will have reached at its end, W.

    At least what it has reached. Never more than the highest day on record, and nothing beyond
    `so_far_w` while fewer than three days of a class are. `today` is what is known of the rest of
    today (`coming_peaks`); without it, today is as unknown as the days to come.
    """
    local = at.astimezone(zone)
    last = monthrange(local.year, local.month)[1]
    left = [
        date(local.year, local.month, n) for n in range(local.day + (today is not None), last + 1)
    ]
    classes = []
    for other in (False, True):
        mine = [p for p in days if (p.day.weekday() >= SATURDAY) == other]
        coming = sum((day.weekday() >= SATURDAY) == other for day in left)
        if len(mine) >= LEAST_DAYS and coming:
            classes.append((mine, coming))
    candidates = {p.peak_w for mine, _ in classes for p in mine if p.peak_w > so_far_w}
    if today is not None:
        candidates |= {w for w in today.values.tolist() if w > so_far_w}
    expected = so_far_w
    for candidate in sorted(candidates):
        # The chance that the month stays below the candidate; of n days the highest is exceeded by
        # a further one with 1 / (n + 1), whatever the distribution is.
        below = 1.0
        for mine, coming in classes:
            weight = np.array([0.5 ** ((local.date() - p.day).days / HALF_LIFE_D) for p in mine])
            under = np.array([p.peak_w < candidate for p in mine])
            below *= float((weight @ under) / (weight.sum() + weight.mean())) ** coming
        if today is not None:
            below *= today.share_below(candidate) * today.evidence / (today.evidence + 1)
        if below > quantile:
            break
        expected = candidate
    return expected
