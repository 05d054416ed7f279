"""Plans that change little: a price on changes of orders, and a limit on rises."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import optimizer
from ocpp_core.domain.plan import Fallback, LimitReason, PlanOptions, SiteSnapshot
from optimizer import check
from tests.optimizer.builders import car, circuit, site, snapshot
from tests.optimizer.strategies import snapshots


def garage(current_a: float = 0.0) -> SiteSnapshot:
    on = site(circuit("main", limit_a=63), connectors={"CP-1": "main", "CP-2": "main"})
    cars = [car(name, kwh=15, hours=4, current_a=current_a) for name in ("CP-1", "CP-2")]
    return snapshot(on, *cars, price=(0.19, 0.2, 0.2, 0.2))


def test_charging_rises_no_faster_than_allowed() -> None:
    options = PlanOptions(ramp_w_per_slot=9000.0)

    plan = optimizer.plan(garage(), options).plan

    rises = np.diff([0.0, *plan.charging_w])
    assert rises.max() <= 9000 + 1
    assert sum(plan.charging_w) > 29_900
    assert LimitReason.RAMP in {slot.reason for slot in plan.slots}


def test_the_check_finds_a_steep_rise() -> None:
    plan = optimizer.plan(garage()).plan

    found = check.findings(garage(), plan, PlanOptions(ramp_w_per_slot=9000.0))

    assert any("orders rise by" in one for one in found)


def test_a_price_on_changes_keeps_the_order_in_force() -> None:
    taken = garage(current_a=10.0)

    def first_a(price: float) -> list[float]:
        plan = optimizer.plan(taken, PlanOptions(change_price_per_a=price)).plan
        return [s.current_a for s in plan.slots if s.start == taken.taken_at]

    assert max(first_a(0.0)) > 15
    assert [10.0, 10.0] == first_a(0.1)


@settings(max_examples=40)
@given(snapshots(), st.sampled_from([0.0, 0.05]), st.sampled_from([None, 0.0, 5000.0]))
def test_calm_plans_pass_the_check_and_keep_their_bound(
    taken: SiteSnapshot, price: float, rise_w: float | None
) -> None:
    options = replace(PlanOptions(change_price_per_a=price), ramp_w_per_slot=rise_w)

    outcome = optimizer.plan(taken, options)

    assert not isinstance(outcome, Fallback), (outcome.why, outcome.findings)
    assert outcome.plan.bound is not None
    assert outcome.plan.objective is not None
    tolerance = 1e-6 * max(1.0, abs(outcome.plan.bound))
    assert outcome.plan.objective >= outcome.plan.bound - tolerance
