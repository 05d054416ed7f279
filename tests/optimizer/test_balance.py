"""Phases of a circuit that should carry alike."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

import optimizer
from ocpp_core.domain.plan import PlanOptions, SiteSnapshot
from ocpp_core.domain.units import Phase
from optimizer import check
from optimizer.balance import balances, hold_balance
from optimizer.model import read
from tests.optimizer.builders import car, circuit, site, snapshot
from tests.optimizer.strategies import snapshots


def garage(apart_a: float | None) -> SiteSnapshot:
    on: dict[str, tuple[Phase, ...]] = {"CP-1": (Phase.L1,), "CP-2": (Phase.L2,)}
    cars = [car(name, kwh=3.0, hours=4, phases=phases) for name, phases in on.items()]
    at = site(
        circuit("main", limit_a=63, apart_a=apart_a),
        connectors=dict.fromkeys(on, "main"),
        phases=on,
    )
    return snapshot(at, *cars, price=(0.1, 0.2, 0.2, 0.2))


def apart_a(taken: SiteSnapshot) -> float:
    """The furthest that L1 and L2 are planned apart from the idle L3, over the slots."""
    plan = optimizer.plan(taken).plan
    currents: dict[object, list[float]] = {}
    for slot in plan.slots:
        currents.setdefault(slot.start, []).append(slot.current_a)
    return max(max(c) for c in currents.values())


def test_phases_are_held_together_where_the_circuit_says_so() -> None:
    assert apart_a(garage(None)) > 13
    assert apart_a(garage(8.0)) <= 8


def test_a_price_lets_phases_charge_at_the_same_time() -> None:
    taken = garage(None)
    early, late = taken.sessions
    early = replace(early, departure=taken.slot_starts[1])
    taken = replace(taken, sessions=(early, late), energy_price_per_kwh=(0.3, 0.1, 0.3, 0.3))

    def begins(price: float) -> int:
        plan = optimizer.plan(taken, PlanOptions(imbalance_price_per_a=price)).plan
        first = min(s.start for s in plan.slots if s.ref == late.ref and s.current_a > 0)
        return plan.slot_starts.index(first)

    assert 1 == begins(0.0)
    assert 0 == begins(1.0)


def test_the_check_finds_phases_apart() -> None:
    taken = garage(8.0)
    plan = optimizer.plan(taken).plan
    uneven = replace(plan, slots=(replace(plan.slots[0], current_a=9.0), *plan.slots[1:]))

    assert any("apart, 8 A allowed" in found for found in check.findings(taken, uneven))


@settings(max_examples=30)
@given(snapshots())
def test_lowered_orders_keep_every_balance_and_rise_nowhere(taken: SiteSnapshot) -> None:
    inputs = read(taken)
    most = [[car.max_deci] * len(inputs.hours) for car in inputs.cars if not car.unable]
    if len(most) < len(inputs.cars) or not most:
        return
    orders = np.array(most, dtype=np.int64)

    held = hold_balance(inputs, orders)

    assert (held <= orders).all()
    least = np.array([car.min_deci for car in inputs.cars])[:, None]
    assert ((held == 0) | (held >= least)).all()
    for balance in balances(inputs):
        assert float(balance.apart_a(held / 10).max()) <= balance.limit_a + 1e-6


@pytest.mark.parametrize("most", [0.0, float("nan")])
def test_a_limit_of_nothing_or_no_number_is_planned_around(most: float) -> None:
    outcome = optimizer.plan(garage(most))

    assert () == check.findings(garage(most), outcome.plan)
