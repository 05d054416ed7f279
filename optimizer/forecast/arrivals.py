"""Which cars are still to come: how many by the hour, for how long and with how much.

Not a list of cars but a handful of typical ones for each hour, each with the number that is
expected of its kind: a plan that leaves room for them in its aggregate needs no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from optimizer.forecast.days import Days
from optimizer.forecast.history import Floats, History, hour_of_day

KINDS = 2
"""Typical cars for each step of time: the shorter and the longer stays."""
TODAY_K = 10.0
"""Cars expected until now from which today's own number counts as much as other days'."""
LEAST_NUMBER = 0.02
"""Typical cars of which fewer are expected are left out."""


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
    days = Days.of(history, at)
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
            by_now = days.counts(0.0, hour_of_day(at.astimezone(history.zone)))
            before = float(weights @ by_now)
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


def _typical(
    history: History,
    days: Days,
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
