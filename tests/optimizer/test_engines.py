"""Every engine finds the same cost as the program straight from arrays to HiGHS."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

import optimizer
from ocpp_core.domain.plan import Fallback, PlanOptions, SiteSnapshot
from optimizer import aggregate, check, lp
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


@settings(max_examples=40)
@given(snapshots(least=1))
def test_the_program_in_parts_costs_what_the_arrays_cost(taken: SiteSnapshot) -> None:
    problem = problem_of(direct.known_part(taken))

    assert direct.same(problem, direct.solve(problem)) == lp.solve(problem, OPTIONS).objective


@settings(max_examples=80)
@given(snapshots(least=1))
def test_pools_cost_what_single_cars_cost(taken: SiteSnapshot) -> None:
    problem = problem_of(direct.known_part(taken), alike=True)

    found = aggregate.solve(problem, OPTIONS)

    assert found is not None
    assert found.optimal
    assert direct.same(problem, direct.solve(problem)) == found.objective
    assert direct.same(problem, found.objective) == direct.cost_of(problem, found.power_kw)


@settings(max_examples=40)
@given(snapshots(least=1))
def test_a_plan_by_pools_passes_the_check_and_is_never_below_its_bound(taken: SiteSnapshot) -> None:
    taken = direct.known_part(taken)

    outcome = optimizer.plan(taken, replace(OPTIONS, engine="aggregate"))

    assert not isinstance(outcome, Fallback), (outcome.why, outcome.findings)
    assert () == check.findings(taken, outcome.plan)
    assert outcome.plan.bound is not None
    assert outcome.plan.objective is not None
    assert outcome.plan.objective >= outcome.plan.bound - 1e-6 * max(1.0, abs(outcome.plan.bound))


@settings(max_examples=25)
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
