"""Which cars are still to come: how many by the hour, for how long and with how much.

Not a list of cars but a handful of typical ones for each hour, each with the number that is
expected of its kind: a plan that leaves room for them in its aggregate needs no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from optimizer.forecast.distribution import distribution
from optimizer.forecast.history import SATURDAY, Flags, Floats, History, Ints, weekday_of
from optimizer.forecast.likeness import HALF_LIFE_D

KINDS = 2
"""Typical cars for each step of time: the shorter and the longer stays."""
TODAY_K = 10.0
"""Cars expected until now from which today's own number counts as much as other days'."""
WEEKDAY_K = 2.0
CLASS_K = 0.5
"""Days at which a level (the same weekday; both workdays or both not) and all more general ones
count the same, as in `likeness`."""
LEAST_NUMBER = 0.02
"""Typical cars of which fewer are expected are left out."""
LEAST_DAYS = 3
"""Days on record below which nothing is expected: an empty history expects no car."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypicalCar:
    """A kind of car that is expected, and how many of it."""

    arrival: datetime
    departure: datetime
    energy_wh: float
    """Of one car, Wh."""
    number: float
    """Expected number of such cars; mostly a fraction."""


def arrivals_forecast(
    history: History,
    *,
    at: datetime,
    end: datetime,
    came_today: int | None = None,
    step_s: int = 3600,
    count_quantile: float | None = None,
) -> tuple[TypicalCar, ...]:
    """Return the cars to be expected in [at, end), by what was over at `at`.

    `came_today` (cars since local midnight) tells a busy day from a quiet one: the rest of the
    day is scaled by (came + k) / (expected until now + k). With `count_quantile` the number is
    not the expected one but that quantile over days alike.
    """
    days = _Days.of(history, at)
    if days is None:
        return ()
    cars: list[TypicalCar] = []
    start = at.astimezone(UTC)
    while start < end:
        local = start.astimezone(history.zone)
        offset_h = (local - local.replace(hour=0, minute=0, second=0, microsecond=0)) / _HOUR
        # Steps begin on a grid of the local day, so that hours are not split anew each time.
        step_h = step_s / 3600
        until = min(end, start + (step_h - offset_h % step_h) * _HOUR)
        first_h, last_h = offset_h, offset_h + (until - start) / _HOUR
        weights = days.weights(local.date())
        scale = 1.0
        if came_today is not None and local.date() == at.astimezone(history.zone).date():
            before = days.expected(weights, 0.0, _hour_in_day(at, history))
            scale = (came_today + TODAY_K) / (before + TODAY_K)
        if count_quantile is not None:
            scale *= days.stretch(weights, first_h, count_quantile)
        cars += _typical(history, days, weights, first_h, last_h, start, scale)
        start = until
    return tuple(cars)


def expected_number(cars: Sequence[TypicalCar]) -> float:
    """Return how many cars are expected together."""
    return sum(car.number for car in cars)


_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Days:
    """Whole local days on record, and on which of them each stay began."""

    history: History
    today: date
    ordinals: Ints
    """Of each day, from the first arrival to yesterday."""
    day_of: Ints
    """Of each stay: index of its day, or -1."""

    @classmethod
    def of(cls, history: History, at: datetime) -> _Days | None:
        known = history.known_at(at)
        if not known.any():
            return None
        today = at.astimezone(history.zone).date()
        first = int(history.day[known].min())
        count = today.toordinal() - first
        if count < LEAST_DAYS:
            return None
        inside = known & (history.day < today.toordinal())
        return cls(
            history=history,
            today=today,
            ordinals=np.arange(first, first + count),
            day_of=np.where(inside, history.day - first, -1),
        )

    def weights(self, day: date) -> Floats:
        """How much each day says of `day`; sums to 1."""
        weekday = weekday_of(self.ordinals)
        recent = 0.5 ** ((self.today.toordinal() - self.ordinals) / HALF_LIFE_D)
        same_class = (weekday >= SATURDAY) == (day.weekday() >= SATURDAY)
        weights, left = np.zeros(len(recent)), 1.0
        for members, k in ((weekday == day.weekday(), WEEKDAY_K), (same_class, CLASS_K)):
            mine = np.where(members, recent, 0.0)
            count = float(mine.sum())
            if count > 0.0:
                share = left * count / (count + k)
                weights += share * mine / count
                left -= share
        weights += left * recent / recent.sum()
        return weights

    def within(self, first_h: float, last_h: float) -> Flags:
        """Tell of each stay whether it began between two local hours of its day."""
        hour = self.history.hour
        return (self.day_of >= 0) & (hour >= first_h) & (hour < last_h)

    def expected(self, weights: Floats, first_h: float, last_h: float) -> float:
        """Return the mean number of arrivals between two hours."""
        inside = self.within(first_h, last_h)
        return float(weights[self.day_of[inside]].sum())

    def stretch(self, weights: Floats, first_h: float, share: float) -> float:
        """Return the quantile of the number of arrivals from an hour on, over its mean."""
        inside = self.within(first_h, 24.0)
        counts = np.bincount(self.day_of[inside], minlength=len(self.ordinals)).astype(np.float64)
        mean = float(counts @ weights)
        if mean <= 0.0:
            return 1.0
        spread = distribution(counts, weights, evidence=float(len(counts)), prior_share=0.0)
        return spread.quantile(share) / mean


def _hour_in_day(at: datetime, history: History) -> float:
    local = at.astimezone(history.zone)
    return (local - local.replace(hour=0, minute=0, second=0, microsecond=0)) / _HOUR


def _typical(
    history: History,
    days: _Days,
    weights: Floats,
    first_h: float,
    last_h: float,
    start: datetime,
    scale: float,
) -> list[TypicalCar]:
    inside = np.flatnonzero(days.within(first_h, last_h))
    if not len(inside):
        return []
    inside = inside[np.argsort(history.stay_h[inside], kind="stable")]
    number = weights[days.day_of[inside]]
    total = float(number.sum())
    kind = np.minimum(KINDS - 1, (KINDS * (np.cumsum(number) - number / 2) / total)).astype(int)
    cars = []
    for which in range(KINDS):
        mine = kind == which
        count = float(number[mine].sum())
        if scale * count < LEAST_NUMBER:
            continue
        share = number[mine] / count
        stays = inside[mine]
        arrival = start + (float(share @ history.hour[stays]) - first_h) * _HOUR
        cars.append(
            TypicalCar(
                arrival=arrival,
                departure=arrival + float(share @ history.stay_h[stays]) * _HOUR,
                energy_wh=1000 * float(share @ history.energy_kwh[stays]),
                number=scale * count,
            )
        )
    return cars
