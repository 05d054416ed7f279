"""Numbers and words about a plan agree with the plan."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

import optimizer
from ocpp_core.domain.plan import LimitReason, PlanOptions, SiteSnapshot
from optimizer import explain, lp
from optimizer.draft import Draft
from optimizer.model import read
from optimizer.problem import build
from tests.optimizer.builders import car, circuit, site, snapshot
from tests.optimizer.strategies import snapshots

PLAIN = PlanOptions(early_price_per_kwh=0.0, late_price_per_kwh=0.0)


def solved(taken: SiteSnapshot) -> tuple[float, explain.Explained]:
    problem = build(read(taken), PLAIN)
    solution = lp.solve(problem, PLAIN)
    draft = Draft.of(problem.inputs, [[0] * len(problem.hours)] * len(problem.inputs.cars))
    return solution.objective, explain.with_solver(draft, problem, solution)


def test_one_more_ampere_saves_what_its_price_says() -> None:
    on = site(circuit("main", limit_a=30), connectors={"CP-1": "main", "CP-2": "main"})
    taken = snapshot(
        on,
        car("CP-1", kwh=30, hours=4),
        car("CP-2", kwh=33, hours=4),
        price=[0.10, 0.15, 0.30, 0.40],
    )
    wider = replace(taken, site=replace(on, circuits=(replace(on.circuits[0], limit_a=30.01),)))

    cost, explained = solved(taken)
    less, _ = solved(wider)

    value = sum(price.value_per_a for price in explained.prices)
    assert value > 0
    assert cost - less == pytest.approx(0.01 * value, rel=1e-6)
    # One ampere more carries 0.69 kWh from the fourth hour into each of the cheaper ones.
    assert [0.69 * 0.30, 0.69 * 0.25, 0.69 * 0.10] == pytest.approx(
        [price.value_per_a for price in explained.prices]
    )


@settings(max_examples=40)
@given(snapshots())
def test_every_slot_of_every_stay_has_an_order_and_a_reason(taken: SiteSnapshot) -> None:
    plan = optimizer.plan(taken).plan

    keys = [(slot.ref, slot.session_id, slot.start) for slot in plan.slots]
    assert keys == sorted(keys)
    for slot in plan.slots:
        assert slot.words
        assert "  " not in slot.words
        if slot.reason is LimitReason.CIRCUIT:
            assert slot.binding_circuit in taken.site.circuits_by_id


@settings(max_examples=40)
@given(snapshots())
def test_an_ampere_is_never_worth_less_than_nothing(taken: SiteSnapshot) -> None:
    assert all(price.value_per_a > 0 for price in optimizer.plan(taken).plan.circuit_prices)


@settings(max_examples=40)
@given(snapshots())
def test_what_is_planned_and_what_is_missing_make_up_what_is_wanted(taken: SiteSnapshot) -> None:
    plan = optimizer.plan(taken).plan
    given_wh = dict.fromkeys((need.session_id for need in taken.sessions), 0.0)
    for slot in plan.slots:
        hours = (slot.end - slot.start).total_seconds() / 3600
        given_wh[slot.session_id] += slot.power_w * hours
    missing_wh = {unmet.session_id: unmet.energy_wh for unmet in plan.unmet}

    for need in taken.sessions:
        told = given_wh[need.session_id] + missing_wh.get(need.session_id, 0.0)
        assert told == pytest.approx(max(0.0, need.energy_wh), abs=explain.UNMET_WH + 0.01)


def test_a_plan_prints_as_a_table_of_orders_with_reasons() -> None:
    on = site(circuit("main", limit_a=30), connectors={"CP-1": "main"})

    shown = repr(optimizer.plan(snapshot(on, car("CP-1", kwh=30, hours=4))).plan)

    assert "CP-1/1                30.0 A  charges at 30 A: main L1 is full" in shown


def test_a_whole_ampere_is_worth_what_the_plan_says() -> None:
    on = site(circuit("main", limit_a=30), connectors={"CP-1": "main", "CP-2": "main"})
    cars = (car("CP-1", kwh=30, hours=4), car("CP-2", kwh=60, hours=4))
    taken = snapshot(on, *cars, price=[0.10, 0.15, 0.30, 0.40], demand_charge=0.1)
    wider = replace(taken, site=replace(on, circuits=(replace(on.circuits[0], limit_a=31),)))

    told = optimizer.plan(taken, PLAIN).plan.circuit_values

    cost, less = (lp.solve(build(read(s), PLAIN), PLAIN).objective for s in (taken, wider))
    assert ["main"] == [value.circuit_id for value in told]
    assert cost - less == pytest.approx(told[0].saved, rel=1e-6)
    assert 4 * 690 == pytest.approx(told[0].delivered_wh)


@settings(max_examples=30)
@given(snapshots(bad_luck=False))
def test_a_whole_ampere_saves_no_more_than_its_slope_promises(taken: SiteSnapshot) -> None:
    plan = optimizer.plan(taken).plan
    slope = dict.fromkeys((value.circuit_id for value in plan.circuit_values), 0.0)
    for price in plan.circuit_prices:
        if price.circuit_id in slope:
            slope[price.circuit_id] += price.value_per_a

    for value in plan.circuit_values:
        assert value.saved <= slope[value.circuit_id] + 1e-6 * (1 + slope[value.circuit_id])


def test_one_more_ampere_for_a_car_saves_what_its_slot_says() -> None:
    on = site(circuit("main", limit_a=100), connectors={"CP-1": "main"})
    taken = snapshot(on, car("CP-1", kwh=30, hours=3, max_a=16), price=[0.10, 0.15, 0.40, 0.5])
    quicker = replace(taken, sessions=(replace(taken.sessions[0], max_current_a=16.1),))

    cost, explained = solved(taken)
    less, _ = solved(quicker)

    value = sum(slot.value_per_a for slot in explained.slots)
    assert cost - less == pytest.approx(0.1 * value, rel=1e-6)
    assert [0.69 * 0.30, 0.69 * 0.25, 0.0] == pytest.approx(
        [slot.value_per_a for slot in explained.slots], abs=1e-9
    )
