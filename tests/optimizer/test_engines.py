"""Every engine finds the same cost as the program straight from arrays to HiGHS."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import optimizer
from ocpp_core.domain.plan import Fallback, Optimal, PlanOptions, SiteSnapshot, SplitPolicy
from optimizer import aggregate, check, lp, planner
from optimizer.aggregate.flow import _augmented, split
from optimizer.aggregate.pools import Pool
from optimizer.model import read
from optimizer.problem import Problem, build
from tests.depth import times
from tests.optimizer import direct
from tests.optimizer.builders import START, car, circuit, site, snapshot
from tests.optimizer.strategies import snapshots

OPTIONS = PlanOptions()


def problem_of(taken: SiteSnapshot, *, alike: bool = False) -> Problem:
    problem = build(read(taken), OPTIONS, alike=alike)
    assume(problem.size)
    assume(not (alike and problem.balances))  # left to the full program
    return problem


@settings(max_examples=times(40))
@given(snapshots(least=1))
def test_the_program_in_parts_costs_what_the_arrays_cost(taken: SiteSnapshot) -> None:
    problem = problem_of(direct.known_part(taken))

    assert direct.same(problem, direct.solve(problem)) == lp.solve(problem, OPTIONS).objective


@settings(max_examples=times(80))
@given(snapshots(least=1))
def test_pools_cost_what_single_cars_cost(taken: SiteSnapshot) -> None:
    problem = problem_of(direct.known_part(taken), alike=True)

    found = aggregate.solve(problem, OPTIONS)

    assert found is not None
    assert found.optimal
    assert direct.same(problem, direct.solve(problem)) == found.objective
    assert direct.same(problem, found.objective) == direct.cost_of(problem, found.power_kw)


@settings(max_examples=times(40))
@given(snapshots(least=1))
def test_a_plan_by_pools_passes_the_check_and_is_never_below_its_bound(taken: SiteSnapshot) -> None:
    taken = direct.known_part(taken)

    outcome = optimizer.plan(taken, replace(OPTIONS, engine="aggregate"))

    assert not isinstance(outcome, Fallback), (outcome.why, outcome.findings)
    assert () == check.findings(taken, outcome.plan)
    assert outcome.plan.bound is not None
    assert outcome.plan.objective is not None
    assert outcome.plan.objective >= outcome.plan.bound - 1e-6 * max(1.0, abs(outcome.plan.bound))


@settings(max_examples=times(25))
@given(snapshots(least=1))
def test_what_pools_say_an_ampere_is_worth_proves_their_cost(taken: SiteSnapshot) -> None:
    """Weak duality: no prices promise more than the best plan costs, unless they are wrong."""
    problem = problem_of(direct.known_part(taken), alike=True)

    found = aggregate.solve(problem, OPTIONS)

    assert found is not None
    assert direct.same(problem, direct.bound_of(problem, found)) == found.objective


@settings(max_examples=times(8))
@given(
    st.randoms(use_true_random=False),
    st.sampled_from([0.2, 0.5, 0.8]),
    st.sampled_from([PlanOptions(), PlanOptions(late_price_per_kwh=0.0)]),
)
def test_a_day_of_many_slots_costs_the_same_by_pools(
    chance: Random, limit_share: float, options: PlanOptions
) -> None:
    """Prices in steps, a peak and a limit that hold for hours, cars that come during the day."""
    names = [f"CP-{n}" for n in range(30)]
    limit = circuit("main", limit_a=limit_share * 32 * len(names))
    wishes = [
        car(name, kwh=chance.uniform(2, 40), hours=chance.randint(9, 48) / 4) for name in names
    ]
    prices = [0.05 + 0.1 * chance.randint(0, 3) for _ in range(4)]
    taken = snapshot(
        site(limit, connectors=dict.fromkeys(names, "main")),
        *wishes,
        slot_h=[0.25] * 48,
        price=[prices[t // 12] for t in range(48)],
        demand_charge=chance.choice([0.5, 5.0]),
    )
    arrivals = {n: START + timedelta(minutes=15 * chance.randint(0, 8)) for n in range(20)}
    problem = build(read(taken), options, arrivals, alike=True)

    found = aggregate.solve(problem, options)

    assert found is not None
    assert direct.same(problem, direct.solve(problem)) == found.objective
    assert direct.same(problem, found.objective) == direct.cost_of(problem, found.power_kw)
    assert direct.same(problem, direct.bound_of(problem, found)) == found.objective


def test_a_car_alone_in_its_only_slot_has_its_price_from_its_own_energy() -> None:
    """It wants less than it could take there, and shares the slot with one that wants more."""
    names = ["CP-1", "CP-2"]
    on = site(circuit("main", limit_a=31), connectors=dict.fromkeys(names, "main"))
    taken = snapshot(
        on,
        car("CP-1", kwh=1, hours=0, max_a=16),
        car("CP-2", kwh=0.5, hours=0.25, max_a=16),
        slot_h=[0.05],
        price=0.0,
    )
    problem = build(read(taken), OPTIONS, alike=True)

    found = aggregate.solve(problem, OPTIONS)

    assert found is not None
    assert direct.same(problem, direct.bound_of(problem, found)) == found.objective


@pytest.mark.parametrize("engine", ["aggregate", "pulp-highs"])
def test_pools_share_out_what_does_not_suffice_as_the_policy_says(engine: str) -> None:
    names = [f"CP-{n}" for n in range(6)]
    on = site(circuit("main", limit_a=16), connectors=dict.fromkeys(names, "main"))
    came = [2, 4, 0, 5, 3, 1]
    wishes = [
        replace(
            car(name, kwh=4 + 3 * n, hours=4, max_a=16),
            plugged_in_at=START - timedelta(minutes=10 - came[n]),
        )
        for n, name in enumerate(names)
    ]
    taken = snapshot(on, *wishes, slot_h=[0.25] * 16)

    even = optimizer.plan(taken, PlanOptions(engine=engine)).plan
    in_turn = optimizer.plan(taken, PlanOptions(engine=engine, policy=SplitPolicy.FIRST_COME)).plan

    assert even.fairness is not None
    assert even.fairness.jain_index > 0.99
    short = {str(one.session_id) for one in in_turn.unmet if one.energy_wh > 700}
    assert {f"session-{names[n]}" for n in (1, 3, 4)} == short


def test_a_large_site_is_rounded_by_the_program_where_it_loses_much_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [f"CP-{n}" for n in range(8)]
    on = site(circuit("main", limit_a=26), connectors=dict.fromkeys(names, "main"))
    cars = [car(name, kwh=7 + 5 * n % 11, hours=3 + n % 7) for n, name in enumerate(names)]
    price = [0.1 if n % 8 < 3 else 0.3 for n in range(40)]
    taken = snapshot(on, *cars, slot_h=(0.25,) * 40, price=price, demand_charge=0.5)
    monkeypatch.setattr(planner, "MOST_CELLS", 0)

    outcome = optimizer.plan(taken, PlanOptions(engine="aggregate"))

    assert "aggregate" == outcome.plan.engine
    assert isinstance(outcome, Optimal)


def test_what_cars_that_want_nothing_cannot_take_is_told_of_a_split() -> None:
    asked = np.array([1.0, 0.0])

    found = split(_pool(most_kwh=[[5.0], [5.0]], energy_kwh=[0.0]), np.zeros(1), asked)

    assert 1.0 == found.short_kwh
    assert [[True, False]] == [short.tolist() for short in found.short_in]


def test_power_far_beyond_what_is_asked_for_is_split() -> None:
    """A whole number of 32 bits has no room for so many units of the largest amount."""
    pool = _pool(most_kwh=[[9e3, 9e3, 0], [9e3, 0, 9e3]], energy_kwh=[1e-3, 1e-3, 1e-3])
    asked = np.array([1.5e-3, 1.5e-3])

    found = _augmented(pool, pool.energy_kwh, asked, np.zeros((2, 3)))

    assert found.short_kwh < 1e-9
    assert np.allclose(asked, found.kwh.sum(axis=1))


def _pool(*, most_kwh: list[list[float]], energy_kwh: list[float]) -> Pool:
    most = np.array(most_kwh)
    slots, cars = most.shape
    return Pool(
        cars=np.arange(cars),
        slots=np.arange(slots),
        hours=np.ones(slots),
        most_kwh=most,
        energy_kwh=np.array(energy_kwh),
        cost=np.zeros(slots),
    )
