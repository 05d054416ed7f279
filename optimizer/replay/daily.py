"""How a day went beside what it would have been without management, and at best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from optimizer.replay.hindsight import hindsight
from optimizer.replay.outcome import Outcome, SlotOutcome
from optimizer.replay.rules import UNMANAGED
from optimizer.replay.setup import Setup, demand_window, window_start
from optimizer.replay.simulate import simulate
from optimizer.replay.stay import RecordedStay


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaks:
    """The highest quarter of an hour of a billing month so far, on each course apart, W."""

    run_w: float = 0.0
    unmanaged_w: float = 0.0
    best_w: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A local day as it was."""

    day: date
    setup: Setup
    """The day's stays, each with what it took and still wanted; one bill."""
    unmanaged: tuple[RecordedStay, ...] | None = None
    """The day's stays, had everybody charged at once since they came; None: those of `setup`."""
    charged_wh: Mapping[datetime, float]
    """Energy charged in each quarter of an hour, by its start, Wh."""
    elsewhere_wh: float = 0.0
    """Charged at connectors that the site has no more, and in nothing of this, Wh."""
    before: Peaks = Peaks()
    """Of the days of its month that went before; each course pays for what it adds to its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One way that a day could go."""

    delivered_wh: float
    energy_cost: float
    """What charging adds to the cost of building and PV, in the site's currency."""
    peak_w: float
    """The month's highest quarter of an hour with this day, W."""
    demand_so_far: float
    """What that costs."""
    demand_before: float
    """What the month's highest quarter of an hour cost without this day."""

    @property
    def demand_charge(self) -> float:
        """What the day adds to the month's demand charge."""
        return self.demand_so_far - self.demand_before

    @property
    def total(self) -> float:
        """Energy, and what the day adds to the demand charge."""
        return self.energy_cost + self.demand_charge


@dataclass(frozen=True, slots=True, kw_only=True)
class DayQuality:
    """A day as run, unmanaged, and with everything about it known beforehand."""

    day: date
    sessions: int
    wanted_wh: float
    run: Course
    unmanaged: Course
    best: Course
    unpriced_h: float = 0.0
    """Time for which no price was known, h: the last one before counts, or else the first."""
    elsewhere_wh: float = 0.0
    """Charged at connectors that the site has no more, and in nothing of this, Wh."""

    @property
    def peaks(self) -> Peaks:
        """What the next day of the month goes on from."""
        return Peaks(
            run_w=self.run.peak_w, unmanaged_w=self.unmanaged.peak_w, best_w=self.best.peak_w
        )


def quality_of(day: Day) -> DayQuality:
    """Reckon a day three ways with the same prices, building load and PV.

    Unmanaged looks at no limit. The best is a bound (`hindsight`) on this day, given the peak that
    the best of the days before left. Raises HindsightError.
    """
    setup, before = day.setup, day.before
    alone = setup.stays if day.unmanaged is None else day.unmanaged
    unmanaged = replace(setup, stays=alone, peak_so_far_w=before.unmanaged_w)
    best = replace(setup, peak_so_far_w=before.best_w)
    run = _as_run(replace(day, setup=replace(setup, peak_so_far_w=before.run_w)))
    return DayQuality(
        day=day.day,
        sessions=len(setup.ordered),
        wanted_wh=sum(stay.energy_wh for stay in setup.ordered),
        run=_course(run, sum(day.charged_wh.values())),
        unmanaged=_of(simulate(unmanaged, UNMANAGED)),
        best=_of(hindsight(best)),
        unpriced_h=setup.unpriced_h,
        elsewhere_wh=day.elsewhere_wh,
    )


def _of(outcome: Outcome) -> Course:
    return _course(outcome, outcome.delivered_wh)


def _course(outcome: Outcome, delivered_wh: float) -> Course:
    money, setup = outcome.money(), outcome.setup
    before_w = max(0.0, setup.peak_so_far_w)
    return Course(
        delivered_wh=delivered_wh,
        energy_cost=money.energy,
        peak_w=max(outcome.peaks_w().values(), default=before_w),
        demand_so_far=money.demand,
        demand_before=setup.demand_charge_per_kw * before_w / 1000,
    )


def _as_run(day: Day) -> Outcome:
    slots = []
    for interval in day.setup.intervals:
        quarter = window_start(demand_window(interval.start, 900), 900)
        charging_w = 4 * day.charged_wh.get(quarter, 0.0)
        slots.append(
            SlotOutcome(
                interval=interval,
                charging_w=charging_w,
                battery_w=0.0,
                site_w=interval.building_w - interval.pv_w + charging_w,
                cars=0,
                limit_ratio=0.0,
            )
        )
    return Outcome(strategy="as-run", setup=day.setup, stays=(), slots=tuple(slots))
