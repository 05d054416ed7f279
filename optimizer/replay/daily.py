"""How a day went beside what it would have been without management, and at best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from optimizer.replay.hindsight import hindsight
from optimizer.replay.outcome import Outcome, SlotOutcome
from optimizer.replay.rules import UNMANAGED
from optimizer.replay.setup import Setup, demand_window, window_start
from optimizer.replay.simulate import simulate


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A local day as it was."""

    day: date
    setup: Setup
    """The day's stays, each with what it took and still wanted; one bill."""
    charged_wh: Mapping[datetime, float]
    """Energy charged in each quarter of an hour, by its start, Wh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One way that a day could go."""

    delivered_wh: float
    energy_cost: float
    """What charging adds to the cost of building and PV, in the site's currency."""
    demand_charge: float
    """For the day's highest quarter of an hour, as if it were the month's."""

    @property
    def total(self) -> float:
        """Both together."""
        return self.energy_cost + self.demand_charge


@dataclass(frozen=True, slots=True, kw_only=True)
class DayQuality:
    """A day as run, unmanaged, and with everything known beforehand."""

    day: date
    sessions: int
    wanted_wh: float
    run: Course
    unmanaged: Course
    best: Course

    @property
    def regret_share(self) -> float | None:
        """How much more it cost than at best, of that; None where the best costs nothing."""
        return None if self.best.total <= 0 else self.run.total / self.best.total - 1


def quality_of(day: Day) -> DayQuality:
    """Reckon a day three ways with the same prices, building load and PV.

    Unmanaged looks at no limit. The best is a bound (`hindsight`). Raises HindsightError.
    """
    setup = day.setup
    return DayQuality(
        day=day.day,
        sessions=len(setup.ordered),
        wanted_wh=sum(stay.energy_wh for stay in setup.ordered),
        run=_course(_as_run(day), sum(day.charged_wh.values())),
        unmanaged=_of(simulate(setup, UNMANAGED)),
        best=_of(hindsight(setup)),
    )


def _of(outcome: Outcome) -> Course:
    return _course(outcome, outcome.delivered_wh)


def _course(outcome: Outcome, delivered_wh: float) -> Course:
    money = outcome.money()
    return Course(delivered_wh=delivered_wh, energy_cost=money.energy, demand_charge=money.demand)


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
