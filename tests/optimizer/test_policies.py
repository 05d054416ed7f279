"""Who gets how much when any split costs the same."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import assume, given, settings

import optimizer
from ocpp_core.domain.plan import Fallback, Plan, PlanOptions, SiteSnapshot, SplitPolicy
from optimizer import lp
from optimizer.model import read
from optimizer.problem import Problem, build
from optimizer.split import share_out
from optimizer.split.shares import shares
from tests.depth import times
from tests.optimizer.builders import START, car, circuit, site, snapshot
from tests.optimizer.strategies import snapshots

RESOLUTION = 1 / 8 / 6 / 6
"""Width of the narrowest band: how exactly shares are evened out."""

NAMES = ("CP-1", "CP-2", "CP-3")


def crowded() -> SiteSnapshot:
    """Three equal cars, and room for two thirds of what they want."""
    on = site(circuit("main", limit_a=24), connectors=dict.fromkeys(NAMES, "main"))
    wishes = [car(name, kwh=33, hours=4, max_a=16) for name in NAMES]
    for i in range(len(NAMES)):
        wishes[i] = replace(wishes[i], plugged_in_at=START - timedelta(minutes=10 * (i + 1)))
    return snapshot(on, *wishes, slot_h=(0.25,) * 16)


def plan(taken: SiteSnapshot, policy: SplitPolicy) -> Plan:
    outcome = optimizer.plan(taken, PlanOptions(policy=policy))
    assert not isinstance(outcome, Fallback)
    return outcome.plan


def energy(made: Plan) -> dict[str, float]:
    given = dict.fromkeys(NAMES, 0.0)
    for slot in made.slots:
        hours = (slot.end - slot.start).total_seconds() / 3600
        given[slot.ref.charge_point_id] += slot.power_w * hours
    return given


def test_fairness_gives_equal_cars_equal_energy() -> None:
    made = plan(crowded(), SplitPolicy.FAIRNESS)

    given = energy(made)
    assert max(given.values()) - min(given.values()) < 0.03 * 33_000
    assert made.fairness is not None
    assert made.fairness.jain_index > 0.999
    assert made.fairness.least_share == pytest.approx(min(given.values()) / 33_000, abs=1e-6)


def test_fairness_counts_what_a_car_has_got_before() -> None:
    taken = crowded()
    first = replace(taken.sessions[0], taken_wh=10_000.0)

    given = energy(
        plan(replace(taken, sessions=(first, *taken.sessions[1:])), SplitPolicy.FAIRNESS)
    )

    shares = [(10_000 + given["CP-1"]) / 43_000, given["CP-2"] / 33_000, given["CP-3"] / 33_000]
    assert max(shares) - min(shares) < 0.05


def test_first_come_serves_who_came_first() -> None:
    given = energy(plan(crowded(), SplitPolicy.FIRST_COME))

    assert given["CP-1"] < given["CP-2"] < given["CP-3"]
    assert given["CP-3"] > 0.99 * 33_000


def test_least_laxity_serves_who_can_wait_least() -> None:
    taken = crowded()
    hasty = replace(taken.sessions[0], departure=START + timedelta(hours=3.2))

    given = energy(
        plan(replace(taken, sessions=(hasty, *taken.sessions[1:])), SplitPolicy.LEAST_LAXITY)
    )

    assert given["CP-1"] > 0.9 * 33_000


def test_who_charges_goes_on_where_interruptions_are_to_be_few() -> None:
    taken = crowded()
    running = replace(taken.sessions[1], current_a=16.0)
    sessions = (taken.sessions[0], running, taken.sessions[2])

    made = plan(replace(taken, sessions=sessions), SplitPolicy.FEWEST_INTERRUPTIONS)

    orders = [slot.current_a for slot in made.slots if slot.ref.charge_point_id == "CP-2"]
    assert orders[0] == 16
    assert energy(made)["CP-2"] > 0.9 * 33_000


@settings(max_examples=times(40))
@given(snapshots(bad_luck=False, plain=True, least=2))
def test_a_policy_costs_nothing(taken: SiteSnapshot) -> None:
    costs = [_money(taken, policy) for policy in SplitPolicy]

    scale = 1 + abs(costs[0])
    assert max(costs) - min(costs) < 2e-3 * scale


def _money(taken: SiteSnapshot, policy: SplitPolicy) -> float:
    """What the program pays before repair, without the tiny prices that decide turns."""
    options = PlanOptions(policy=policy, late_price_per_kwh=0.0)
    problem = build(read(taken), options)
    solution = lp.solve(problem, options)
    given = solution.power_kw @ problem.cell_hours
    short = float(problem.energy_kwh.sum() - given)
    demand = problem.inputs.demand_charge_per_kw * solution.peak_kw if problem.peaks else 0.0
    surplus = _bought_in_surplus(problem, solution)
    unmet = options.unmet_price_per_kwh if not problem.size else float(problem.credit.min())
    return float(problem.spent @ solution.power_kw) + surplus + demand + unmet * short


def _bought_in_surplus(problem: Problem, solution: lp.Solution) -> float:
    charged = np.bincount(
        problem.slot,
        weights=solution.power_kw * problem.cell_hours,
        minlength=len(problem.hours),
    )
    bought = np.maximum(0.0, charged - problem.surplus_kw * problem.hours)
    return float(problem.import_premium @ bought)


@settings(max_examples=times(40))
@given(snapshots(bad_luck=False, least=2, equals=True))
def test_no_split_leaves_anybody_a_larger_least_share_than_fairness(taken: SiteSnapshot) -> None:
    options = PlanOptions(late_price_per_kwh=0.0, early_price_per_kwh=0.0)
    problem = build(read(taken), options)
    assume(problem.size)
    plain = lp.solve(problem, options)

    fair = share_out(lp.Model(problem, options, fair=True), problem, plain)

    assert float(shares(problem, fair.power_kw).min()) >= (
        float(shares(problem, plain.power_kw).min()) - RESOLUTION
    )
    unmet = [
        float(problem.energy_kwh.sum() - s.power_kw @ problem.cell_hours) for s in (plain, fair)
    ]
    assert unmet[0] == pytest.approx(unmet[1], abs=1e-4)
