"""What is particular to a car: its steps, what it takes, its price and its weight."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import optimizer
from ocpp_core.domain.plan import PlanOptions, SessionNeed, SiteSnapshot, Taper
from ocpp_core.domain.units import Phase
from optimizer import check
from tests.optimizer.builders import START, car, circuit, site, snapshot


def garage(*cars: SessionNeed, limit_a: float = 63.0) -> SiteSnapshot:
    names = dict.fromkeys((c.ref.charge_point_id for c in cars), "main")
    on = site(
        circuit("main", limit_a=limit_a),
        connectors={str(name): at for name, at in names.items()},
        phases={str(c.ref.charge_point_id): c.phases for c in cars},
    )
    return snapshot(on, *cars)


def orders(taken: SiteSnapshot, options: PlanOptions | None = None) -> dict[str, list[float]]:
    outcome = optimizer.plan(taken, options or PlanOptions())
    assert () == check.findings(taken, outcome.plan)
    found: dict[str, list[float]] = {}
    for slot in outcome.plan.slots:
        found.setdefault(str(slot.ref.charge_point_id), []).append(slot.current_a)
    return found


def test_orders_are_steps_of_the_charger() -> None:
    cars = [replace(car(f"CP-{n}", kwh=9, hours=3), step_a=8.0) for n in (1, 2, 3)]

    found = orders(garage(*cars, limit_a=30.0))

    assert {0.0, 8.0, 16.0, 24.0} >= {amps for amperes in found.values() for amps in amperes}
    plan = optimizer.plan(garage(*cars, limit_a=30.0)).plan
    assert () == plan.unmet


def test_the_check_finds_an_order_between_steps() -> None:
    taken = garage(replace(car("CP-1", kwh=5, hours=3), step_a=8.0))
    plan = optimizer.plan(taken).plan
    between = replace(plan, slots=(replace(plan.slots[0], current_a=10.0), *plan.slots[1:]))

    assert any("not a step of 8 A" in found for found in check.findings(taken, between))


def test_what_a_car_takes_is_planned_and_not_what_it_is_offered() -> None:
    slow = replace(car("CP-1", kwh=6.6, hours=2, phases=(Phase.L1,)), accepts_w=6600.0)
    taken = garage(slow)

    plan = optimizer.plan(taken).plan

    assert plan.charging_w[0] == pytest.approx(6600.0)
    assert 28.7 == plan.slots[0].current_a
    assert () == plan.unmet


def test_a_car_that_takes_less_than_the_minimum_still_gets_the_minimum() -> None:
    taken = garage(replace(car("CP-1", kwh=1, hours=2, phases=(Phase.L1,)), accepts_w=900.0))

    plan = optimizer.plan(taken).plan

    assert 6.0 == plan.slots[0].current_a
    assert plan.slots[0].power_w == pytest.approx(900.0)


def test_a_car_with_a_price_of_its_own_waits_where_energy_costs_more() -> None:
    taken = replace(
        garage(replace(car("CP-1", kwh=20, hours=2), unmet_price_per_kwh=0.25)),
        energy_price_per_kwh=(0.3, 0.2, 0.2, 0.2),
    )

    assert [0.0, 29.0] == orders(taken)["CP-1"]


def test_weights_share_out_what_does_not_suffice() -> None:
    one, two = car("CP-1", kwh=20, hours=2), replace(car("CP-2", kwh=20, hours=2), weight=2.0)
    taken = garage(one, two, limit_a=20.0)

    plan = optimizer.plan(taken).plan

    got = {u.ref: 20_000 - u.energy_wh for u in plan.unmet}
    assert got[two.ref] == pytest.approx(2 * got[one.ref], rel=0.03)


def test_an_expected_peak_may_be_used_and_the_real_one_is_reported() -> None:
    taken = replace(
        garage(car("CP-1", kwh=20, hours=4)),
        demand_charge_per_kw=15.0,
        energy_price_per_kwh=(0.1, 0.2, 0.2, 0.2),
    )

    low = optimizer.plan(taken).plan
    high = optimizer.plan(replace(taken, expected_peak_w=15_000.0)).plan

    assert max(low.site_w) < 6000
    assert max(high.site_w) == pytest.approx(15_000, rel=0.02)
    assert high.cost > low.cost


def test_emissions_move_charging_when_they_have_a_price() -> None:
    taken = replace(
        garage(car("CP-1", kwh=10, hours=4)),
        energy_price_per_kwh=(0.20, 0.25, 0.25, 0.25),
        carbon_kg_per_kwh=(0.8, 0.8, 0.1, 0.8),
    )

    assert 0.0 == orders(taken)["CP-1"][2]
    found = orders(taken, PlanOptions(carbon_price_per_kg=0.2))["CP-1"]
    assert [0.0, 0.0, 0.0] == [found[0], found[1], found[3]]


def test_a_car_that_tapers_gets_done_before_its_last_minutes() -> None:
    plain = car("CP-1", kwh=20, hours=4)
    taken = replace(garage(plain), energy_price_per_kwh=(0.2, 0.2, 0.2, 0.1))
    slow = replace(plain, taper=Taper(rest_wh=10_000))

    late = PlanOptions(late_price_per_kwh=0.2)

    assert orders(taken, late)["CP-1"][3] > 0
    assert 0 == orders(replace(taken, sessions=(slow,)), late)["CP-1"][3]


@pytest.mark.parametrize(
    "odd",
    [
        {"step_a": math.nan},
        {"step_a": 0.0},
        {"step_a": 50.0},
        {"accepts_w": math.nan},
        {"accepts_w": -5.0},
        {"weight": 0.0},
        {"unmet_price_per_kwh": math.nan},
        {"taper": Taper(rest_wh=math.nan)},
        {"taper": Taper(rest_wh=1e9, least_share=0.0)},
    ],
)
def test_odd_cars_are_planned_around(odd: dict[str, object]) -> None:
    taken = garage(replace(car("CP-1", kwh=5, hours=3), **odd))  # type: ignore[arg-type]

    orders(taken)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"departure": START - timedelta(hours=2)}, "its departure is over, 60 min more assumed"),
        ({"energy_wh": -1.0}, "energy wanted is negative, 0 assumed"),
        ({"energy_wh": math.nan}, "energy wanted is not a number, 0 assumed"),
    ],
)
def test_what_is_assumed_of_a_car_is_said(change: dict[str, Any], words: str) -> None:
    on = site(circuit("main", limit_a=40), connectors={"CP-1": "main"})
    taken = snapshot(on, replace(car("CP-1", kwh=2, hours=3), **change))

    assert (f"CP-1/1: {words}",) == optimizer.plan(taken).plan.notes
