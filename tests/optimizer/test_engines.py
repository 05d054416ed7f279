"""Every engine finds the same cost as the program straight from arrays to HiGHS."""

from dataclasses import replace

from hypothesis import assume, given, settings

import optimizer
from ocpp_core.domain.plan import Fallback, PlanOptions, SiteSnapshot
from optimizer import aggregate, check, lp
from optimizer.model import read
from optimizer.problem import Problem, build
from tests.optimizer import direct
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
