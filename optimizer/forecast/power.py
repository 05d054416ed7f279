"""Building load and PV in the hours ahead, from the same hours of past days and from today.

What is usual is a mean over past days at the same local time, in which older days count less;
today is that, times how today went so far compared with it. How fast days grow old and how far
ahead today's ratio is worth something is learned from the last weeks (persistence of a ratio, no
clear-sky model). Around that lie the values of past days, as far apart as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

import numpy as np

from optimizer.forecast.distribution import Distribution, distribution
from optimizer.forecast.history import SATURDAY, Floats

LOOK_BACK = timedelta(hours=3)
"""Span of measurements before now that is compared with what is usual."""
HALF_LIVES_D = (0.3, 1.0, 4.0, 14.0, 42.0)
OTHER_DAYS = (0.01, 0.3)
FADES_H = (0.0, 1.0, 3.0, 8.0, 24.0)
"""Times after which today's ratio counts 1/e; 0: never. Of all, the best on past days is taken."""
TRIED_DAYS = 28
TRIED_HOURS = (6, 9, 12, 15)
TRIED_AHEAD_H = 8
SPREAD_HALF_LIFE_D = 28.0
"""For the spread around the expected value, which needs more days than the value itself."""
OTHER_CLASS = 0.07
"""How alike a workday and another day are, against two of a kind."""
LEAST_SHARE = 0.02
"""Share of the usual mean that is added to both sides of a ratio, so that dusk is no noise."""
RATIOS = (0.2, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerHistory:
    """A measured power as days by slots of the local day, W; NaN where it was not measured."""

    zone: tzinfo
    by_weekday: bool
    """Weekdays differ: building load, not the sun."""
    slot_s: int
    first: date
    """The first day."""
    value_w: Floats
    half_life_d: float = 14.0
    other_day: float = 0.3
    """How alike two workdays, or two others, of different weekdays are; the same weekday: 1."""
    fade_h: float = 3.0
    """See `learned`."""

    @classmethod
    def of(
        cls,
        starts: Sequence[datetime],
        values_w: Sequence[float],
        *,
        zone: tzinfo,
        by_weekday: bool,
        slot_s: int = 900,
    ) -> PowerHistory:
        """Return the history of means of slots; what is not finite is left out.

        The hour that a clock shows twice in autumn counts as the mean of both.
        """
        rows = [
            (at.astimezone(zone), value)
            for at, value in zip(starts, values_w, strict=True)
            if np.isfinite(value)
        ]
        first = min((at.date() for at, _ in rows), default=date.min)
        days = max(((at.date() - first).days + 1 for at, _ in rows), default=0)
        total = np.zeros((days, 86400 // slot_s))
        count = np.zeros_like(total)
        for at, value in rows:
            cell = (at.date() - first).days, _slot_of_day(at, slot_s)
            total[cell] += value
            count[cell] += 1
        with np.errstate(invalid="ignore"):
            mean = total / count
        return cls(zone=zone, by_weekday=by_weekday, slot_s=slot_s, first=first, value_w=mean)


def learned(history: PowerHistory, *, at: datetime) -> PowerHistory:
    """Return the history with the ageing and fading that were best on the last weeks before `at`.

    Judged by the mean absolute error over the next 8 hours, from several hours of each day.
    """
    ahead = TRIED_AHEAD_H * 3600 // history.slot_s
    today = (at.astimezone(history.zone).date() - history.first).days
    others = OTHER_DAYS if history.by_weekday else OTHER_DAYS[:1]
    ways = [
        replace(history, half_life_d=life, other_day=other)
        for life in HALF_LIVES_D
        for other in others
    ]
    errors = np.zeros((len(ways), len(FADES_H)))
    lead_h = (np.arange(ahead) + 0.5) * history.slot_s / 3600
    for day in range(max(2, today - TRIED_DAYS), min(today, len(history.value_w))):
        usual_of = [_usual(way, day) for way in ways]
        for hour in TRIED_HOURS:
            first = hour * 3600 // history.slot_s
            real = history.value_w[day, first : first + ahead]
            for n, way in enumerate(ways):
                usual = usual_of[n]
                ratio = _ratio(way, usual, day, first)
                for m, fade in enumerate(FADES_H):
                    factor = 1 + (ratio - 1) * _fading(lead_h[: len(real)], fade)
                    wrong = np.abs(usual[first : first + ahead] * factor - real)
                    errors[n, m] += float(np.nansum(wrong))
    if not errors.any():
        return history
    way_at, fade_at = divmod(int(np.argmin(errors)), len(FADES_H))
    return replace(ways[way_at], fade_h=FADES_H[fade_at])


def power_forecast(
    history: PowerHistory, instants: Sequence[datetime], *, at: datetime
) -> tuple[Distribution | None, ...]:
    """Return what the power may be at each instant, W, by what was measured before `at`.

    None where nothing was measured at this time of day.
    """
    local = at.astimezone(history.zone)
    today = (local.date() - history.first).days
    now_slot = _slot_of_day(local, history.slot_s)
    ratio = ratio_today(history, at=at)
    usual_by_day: dict[int, Floats] = {}
    found: list[Distribution | None] = []
    for instant in instants:
        then = instant.astimezone(history.zone)
        day = (then.date() - history.first).days
        slot = _slot_of_day(then, history.slot_s)
        past = history.value_w[: max(0, today + (1 if slot < now_slot else 0)), slot]
        if day not in usual_by_day:
            usual_by_day[day] = _usual(history, day, known_days=today)
        centre = float(usual_by_day[day][slot])
        known = np.isfinite(past)
        if not known.any() or not np.isfinite(centre):
            found.append(None)
            continue
        lead_h = np.array([max(0.0, (instant - at).total_seconds() / 3600)])
        centre *= 1 + (ratio - 1) * float(_fading(lead_h, history.fade_h)[0])
        weights = _weights(history, day, len(past), SPREAD_HALF_LIFE_D)[known]
        spread = distribution(past[known], weights, evidence=float(weights.sum()), prior_share=0.0)
        middle = spread.quantile(0.5)
        scale = centre / middle if middle > 0 else 1.0
        found.append(replace(spread, values=spread.values * scale))
    return tuple(found)


def ratio_today(history: PowerHistory, *, at: datetime) -> float:
    """Return the power of the last hours over what is usual for them; 1 when nothing is known."""
    local = at.astimezone(history.zone)
    day = (local.date() - history.first).days
    if not 0 <= day < len(history.value_w):
        return 1.0
    usual = _usual(history, day)
    return _ratio(history, usual, day, _slot_of_day(local, history.slot_s))


def _ratio(history: PowerHistory, usual: Floats, day: int, slot: int) -> float:
    """Return measured over usual in the slots of a day before `slot`."""
    first = max(0, slot - int(LOOK_BACK.total_seconds()) // history.slot_s)
    measured, normal = history.value_w[day, first:slot], usual[first:slot]
    both = np.isfinite(measured) & np.isfinite(normal)
    if not both.any() or not np.isfinite(usual).any():
        return 1.0
    floor = LEAST_SHARE * float(np.nanmean(usual)) * int(both.sum())
    below = float(normal[both].sum()) + floor
    return float(np.clip((measured[both].sum() + floor) / below, *RATIOS)) if below > 0 else 1.0


def _usual(history: PowerHistory, day: int, known_days: int | None = None) -> Floats:
    """Return the weighted mean of whole days before a day, for each slot; NaN where none is known.

    `known_days` are the days that are over, by default all before `day`.
    """
    count = max(0, min(day, len(history.value_w) if known_days is None else known_days))
    past = history.value_w[:count]
    weights = _weights(history, day, len(past), history.half_life_d)[:, None] * np.isfinite(past)
    total = weights.sum(axis=0)
    with np.errstate(invalid="ignore"):
        usual: Floats = (weights * np.nan_to_num(past)).sum(axis=0) / total
    return usual


def _weights(history: PowerHistory, day: int, count: int, half_life_d: float) -> Floats:
    """Return how much each of the first `count` days says of a day."""
    index = np.arange(count)
    weights: Floats = 0.5 ** (np.abs(day - index) / half_life_d)
    if history.by_weekday:
        start = history.first.weekday()
        weekday, mine = (start + index) % 7, (start + day) % 7
        same_class = (weekday >= SATURDAY) == (mine >= SATURDAY)
        weights = weights * np.where(
            weekday == mine,
            1.0,
            np.where(same_class, history.other_day, OTHER_CLASS * history.other_day),
        )
    return weights


def _fading(lead_h: Floats, fade_h: float) -> Floats:
    if fade_h <= 0:
        return np.zeros_like(lead_h)
    fading: Floats = np.exp(-lead_h / fade_h)
    return fading


def _slot_of_day(local: datetime, slot_s: int) -> int:
    return (local.hour * 3600 + local.minute * 60 + local.second) // slot_s
