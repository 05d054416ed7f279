"""Later slots become longer where the program of all of them does not come about in time."""

from dataclasses import replace
from datetime import timedelta

import pytest

import optimizer
from ocpp_core.domain.plan import Fallback, PlanOptions, SiteSnapshot
from optimizer import check, lp
from optimizer.coarse import FINE, as_planned, coarser
from optimizer.planner import OUT_OF_TIME
from optimizer.problem import Problem
from tests.optimizer.builders import START, car, circuit, site, snapshot

QUARTERS = 24


def day(*, price: float | list[float] = 0.2) -> SiteSnapshot:
    on = site(circuit("main", limit_a=30), connectors={"CP-1": "main", "CP-2": "main"})
    cars = car("CP-1", kwh=20, hours=5.6), car("CP-2", kwh=30, hours=6)
    rising = [1000.0 * n for n in range(QUARTERS)]
    return snapshot(on, *cars, slot_h=(0.25,) * QUARTERS, price=price, building_w=rising)


def test_the_next_hours_keep_their_slots_and_later_ones_are_hours() -> None:
    rough = coarser(day())

    assert rough is not None
    fine = [START + timedelta(minutes=15 * n) for n in range(8)]
    hours = [START + FINE + timedelta(hours=n) for n in range(4)]
    assert (*fine, *hours) == rough.slot_starts


def test_loads_of_longer_slots_are_means_and_high_loads_the_highest() -> None:
    high = tuple(2000.0 * n for n in range(QUARTERS))

    rough = coarser(replace(day(), building_high_w=high))

    assert rough is not None
    assert (9500.0, 13500.0, 17500.0, 21500.0) == rough.building_w[8:]
    assert (22000.0, 30000.0, 38000.0, 46000.0) == rough.building_high_w[8:]


def test_slots_of_different_prices_stay_apart() -> None:
    changing = [0.1 + 0.01 * n for n in range(QUARTERS)]

    assert coarser(day(price=changing)) is None


@pytest.mark.parametrize(
    "broken", [{"pv_w": (0.0,)}, {"horizon_end": START}], ids=["too few values", "no length"]
)
def test_what_is_broken_stays_as_it_is(broken: dict[str, object]) -> None:
    assert coarser(replace(day(), **broken)) is None  # type: ignore[arg-type]


def test_a_plan_that_takes_too_long_is_made_in_fewer_slots_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken, solve = day(), lp.Kept.solve

    def slow(self: lp.Kept, problem: Problem, options: PlanOptions) -> object:
        model, found = solve(self, problem, options)
        if len(problem.hours) == QUARTERS:
            found = replace(found, optimal=False, status="Time limit reached")
        return model, found

    monkeypatch.setattr(lp.Kept, "solve", slow)

    outcome = optimizer.plan(taken, PlanOptions())

    assert not isinstance(outcome, Fallback)
    rough = coarser(taken)
    assert rough is not None
    assert rough.slot_starts == outcome.plan.slot_starts
    assert rough == as_planned(taken, outcome.plan)
    assert () == check.findings(rough, outcome.plan)
    assert "2 cars in 24 slots took too long: later slots are an hour long, 12 slots in all" in (
        outcome.plan.notes
    )


def test_where_fewer_slots_take_too_long_as_well_there_are_equal_shares() -> None:
    outcome = optimizer.plan(day(), PlanOptions(time_limit_s=0.0))

    assert isinstance(outcome, Fallback)
    assert OUT_OF_TIME == outcome.why
