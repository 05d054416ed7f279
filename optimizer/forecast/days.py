"""Past days as wholes: how many cars came when, and how much a day says of another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from optimizer.forecast.distribution import distribution
from optimizer.forecast.history import SATURDAY, Flags, Floats, History, Ints, weekday_of

WEEKDAY_K = 2.0
CLASS_K = 0.5
"""Days at which a level (the same weekday; both workdays or both not) and all more general ones
count the same, as in `likeness`."""
HALF_LIVES_D = (60.0, 20.0, 7.0)
"""A day this much older counts half; the best of the last weeks is taken, so that a site that
grows or empties is followed."""
TRIED_DAYS = 28
LEAST_DAYS = 3
"""Days on record below which nothing is said: an empty history expects no car."""
SILENCE_D = 14
"""So many days without a single car were not recorded, and say nothing."""
LEAST_SPREAD = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Whole local days on record, and on which of them each stay began."""

    history: History
    ordinals: Ints
    """Of each day, from the first arrival to yesterday."""
    recorded: Flags
    """False within long silences."""
    day_of: Ints
    """Of each stay: index of its day, or -1."""
    half_life_d: float

    @classmethod
    def of(cls, history: History, at: datetime) -> Days | None:
        """Return the days before that of `at`; None when they are too few."""
        known = history.known_at(at)
        if not known.any():
            return None
        today = at.astimezone(history.zone).date().toordinal()
        first = int(history.day[known].min())
        if today - first < LEAST_DAYS:
            return None
        day_of = np.where(known & (history.day < today), history.day - first, -1)
        counts = np.bincount(day_of[day_of >= 0], minlength=today - first).astype(np.float64)
        ordinals = np.arange(first, today)
        recorded = _recorded(counts)
        return cls(
            history=history,
            ordinals=ordinals,
            recorded=recorded,
            day_of=day_of,
            half_life_d=_best_half_life(ordinals, counts, recorded),
        )

    def weights(self, day: date) -> Floats:
        """Return how much each day says of `day`; sums to 1."""
        return _weights(self.ordinals, self.recorded, day.toordinal(), self.half_life_d)

    def alike_so_far(self, hour: float, came: int) -> Floats:
        """Return how much each day was like one on which `came` cars had come by an hour.

        A bell over the difference in numbers, as wide as such numbers vary by chance.
        """
        apart = self.counts(0.0, hour) - came
        likeness: Floats = np.exp(-0.5 * apart**2 / (came + LEAST_SPREAD) / 2)
        return likeness + 1e-6

    def within(self, first_h: float, last_h: float) -> Flags:
        """Tell of each stay whether it began between two local hours of its day."""
        hour = self.history.hour
        return (self.day_of >= 0) & (hour >= first_h) & (hour < last_h)

    def counts(self, first_h: float, last_h: float) -> Floats:
        """Return the number of arrivals between two hours of each day."""
        began = self.day_of[self.within(first_h, last_h)]
        return np.bincount(began, minlength=len(self.ordinals)).astype(np.float64)

    def stretch(self, weights: Floats, first_h: float, share: float) -> float:
        """Return the quantile of the number of arrivals from an hour on, over its mean."""
        counts = self.counts(first_h, 24.0)
        mean = float(counts @ weights)
        if mean <= 0.0:
            return 1.0
        spread = distribution(counts, weights, evidence=float(len(counts)), prior_share=0.0)
        return spread.quantile(share) / mean


def _recorded(counts: Floats) -> Flags:
    """Tell which days belong to no long silence."""
    busy = np.flatnonzero(counts)
    recorded = np.ones(len(counts), dtype=np.bool_)
    for before, after in zip(busy, [*busy[1:], len(counts)], strict=True):
        if after - before > SILENCE_D:
            recorded[before + 1 : after] = False
    return recorded


def _weights(ordinals: Ints, recorded: Flags, day: int, half_life_d: float) -> Floats:
    mine = day - 1
    weekday = weekday_of(ordinals)
    recent = np.where(recorded, 0.5 ** ((ordinals[-1] + 1 - ordinals) / half_life_d), 0.0)
    same_class = (weekday >= SATURDAY) == (mine % 7 >= SATURDAY)
    weights, left = np.zeros(len(recent)), 1.0
    for members, k in ((weekday == mine % 7, WEEKDAY_K), (same_class, CLASS_K)):
        alike = np.where(members, recent, 0.0)
        count = float(alike.sum())
        if count > 0.0:
            share = left * count / (count + k)
            weights += share * alike / count
            left -= share
    weights += left * recent / recent.sum()
    return weights


def _best_half_life(ordinals: Ints, counts: Floats, recorded: Flags) -> float:
    """Return the half-life by which the numbers of the last weeks would have been told best."""
    errors = np.zeros(len(HALF_LIVES_D))
    for day in range(max(7, len(counts) - TRIED_DAYS), len(counts)):
        if not recorded[day] or not recorded[:day].any():
            continue
        for n, life in enumerate(HALF_LIVES_D):
            weights = _weights(ordinals[:day], recorded[:day], int(ordinals[day]), life)
            errors[n] += abs(float(weights @ counts[:day]) - counts[day])
    return HALF_LIVES_D[int(np.argmin(errors))]
