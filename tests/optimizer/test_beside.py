"""What is planned beside cars: a stationary battery, and cars that are expected."""

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import optimizer
from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.plan import ExpectedArrival, Fallback, Plan, SiteBattery, SiteSnapshot
from ocpp_core.domain.units import THREE_PHASES
from optimizer import check, lp
from optimizer.model import read
from optimizer.problem import build
from tests.optimizer.builders import START, car, circuit, site, snapshot

BATTERY = SiteBattery(
    circuit_id=CircuitId("main"),
    capacity_wh=20_000,
    energy_wh=10_000,
    max_charge_w=10_000,
    max_discharge_w=10_000,
)


def garage(**changes: object) -> SiteSnapshot:
    on = site(circuit("main", limit_a=63), connectors={"CP-1": "main"})
    taken = snapshot(on, car("CP-1", kwh=10, hours=4), building_w=2000.0)
    return replace(taken, **{"battery": BATTERY, **changes})  # type: ignore[arg-type]


def planned(taken: SiteSnapshot) -> Plan:
    outcome = optimizer.plan(taken)
    assert not isinstance(outcome, Fallback), (outcome.why, outcome.findings)
    assert () == check.findings(taken, outcome.plan)
    return outcome.plan


def test_a_battery_stores_cheap_energy_and_gives_when_it_is_dear() -> None:
    taken = garage(energy_price_per_kwh=(0.1, 0.5, 0.1, 0.5), sessions=())

    watts = planned(taken).battery_w

    assert watts[0] + watts[2] > 12_000
    assert -2000 == pytest.approx(watts[1])  # no more than the building draws: feed-in pays nothing
    assert -2000 == pytest.approx(watts[3])


def test_a_battery_without_a_reason_rests() -> None:
    assert (0.0,) * 4 == planned(garage()).battery_w


def test_a_battery_stores_what_solar_power_leaves() -> None:
    taken = garage(sessions=(), pv_w=(9000.0, 0.0, 0.0, 0.0))

    assert 7000 == pytest.approx(planned(taken).battery_w[0])


def test_a_battery_lowers_the_peak() -> None:
    building_w = (2000.0, 9000.0, 2000.0, 2000.0)
    taken = garage(sessions=(), building_w=building_w, demand_charge_per_kw=15.0)

    plan = planned(taken)

    assert max(plan.site_w) < 4000


def test_wear_is_paid_only_where_it_is_worth_it() -> None:
    prices = (0.1, 0.25, 0.1, 0.25)
    worn = replace(BATTERY, cycle_cost_per_kwh=0.3)

    assert min(planned(garage(energy_price_per_kwh=prices, sessions=())).battery_w) < 0
    dear = planned(garage(energy_price_per_kwh=prices, sessions=(), battery=worn))
    assert 0 == min(dear.battery_w)


def test_a_reserve_stays_in_the_battery() -> None:
    kept = replace(BATTERY, reserve_wh=9000)
    taken = garage(energy_price_per_kwh=(0.5, 0.5, 0.1, 0.1), sessions=(), battery=kept)

    given_wh = -sum(w for w in planned(taken).battery_w[:2] if w < 0)

    assert 950 == pytest.approx(given_wh, abs=1)


def test_storing_leaves_the_fuse_to_cars() -> None:
    on = site(circuit("main", limit_a=20), connectors={"CP-1": "main"})
    taken = replace(
        snapshot(on, car("CP-1", kwh=13.5, hours=1), price=(0.1, 0.5, 0.5, 0.5)), battery=BATTERY
    )

    plan = planned(taken)

    assert () == plan.unmet
    assert plan.battery_w[0] < 400


def test_giving_makes_no_room_on_a_fuse() -> None:
    on = site(circuit("main", limit_a=10), connectors={"CP-1": "main"})
    taken = replace(snapshot(on, car("CP-1", kwh=20, hours=1)), battery=BATTERY)

    assert 10.0 == planned(taken).slots[0].current_a


@pytest.mark.parametrize("price", [-500.0, 0.0])
def test_a_battery_never_stores_and_gives_at_once(price: float) -> None:
    planned(garage(energy_price_per_kwh=(price,) * 4, sessions=()))


@pytest.mark.parametrize(
    "broken",
    [
        replace(BATTERY, capacity_wh=math.nan),
        replace(BATTERY, charge_efficiency=0.0),
        replace(BATTERY, discharge_efficiency=1.2),
        replace(BATTERY, max_charge_w=-1.0),
        replace(BATTERY, circuit_id=CircuitId("elsewhere")),
    ],
)
def test_a_battery_that_cannot_be_is_left_out_and_said_so(broken: SiteBattery) -> None:
    plan = planned(garage(battery=broken))

    assert {0.0} == set(plan.battery_w)
    assert any(note.startswith("battery: ") for note in plan.notes)


def test_the_check_follows_what_is_stored() -> None:
    taken = garage(sessions=())
    plan = planned(taken)
    empty = replace(plan, battery_w=(-9000.0, -9000.0, 0.0, 0.0))
    strong = replace(plan, battery_w=(-30_000.0, 0.0, 0.0, 0.0))

    assert any("Wh stored" in found for found in check.findings(taken, empty))
    assert any("more than it can" in found for found in check.findings(taken, strong))
    over = replace(taken, building_w=(42_000.0,) * 4)
    full = replace(plan, battery_w=(9000.0, 0.0, 0.0, 0.0))
    assert any("allowed" in found for found in check.findings(over, full))


def test_room_is_left_for_cars_that_are_expected() -> None:
    on = site(circuit("main", limit_a=20), connectors={"CP-1": "main"})
    alone = snapshot(on, car("CP-1", kwh=13, hours=4), price=(0.2, 0.1, 0.2, 0.2))
    comer = ExpectedArrival(
        arrival=START + timedelta(hours=1),
        departure=START + timedelta(hours=2),
        energy_wh=13_800,
        max_current_a=32,
        phases=THREE_PHASES,
        circuit_id=CircuitId("main"),
    )

    first, second = planned(alone), planned(replace(alone, expected_arrivals=(comer,)))

    assert np.argmax(first.charging_w) == 1
    assert 0 == second.charging_w[1]
    assert {slot.ref for slot in second.slots} == {slot.ref for slot in first.slots}


def test_a_car_that_is_there_is_not_left_for_one_that_may_come() -> None:
    on = site(circuit("main", limit_a=20), connectors={"CP-1": "main"})
    comer = ExpectedArrival(
        arrival=START,
        departure=START + timedelta(hours=1),
        energy_wh=13_000,
        max_current_a=32,
        phases=THREE_PHASES,
        circuit_id=CircuitId("main"),
    )
    taken = replace(snapshot(on, car("CP-1", kwh=13, hours=1)), expected_arrivals=(comer,))

    assert planned(taken).charging_w[0] == pytest.approx(13_000, rel=0.02)


def crowd(cars: float = 2.0) -> ExpectedArrival:
    """Return cars that are expected in two hours, for two hours."""
    return ExpectedArrival(
        arrival=START + timedelta(hours=2),
        departure=START + timedelta(hours=4),
        energy_wh=13_800,
        max_current_a=32,
        phases=THREE_PHASES,
        circuit_id=CircuitId("main"),
        cars=cars,
    )


def test_where_not_all_can_be_served_the_hours_before_are_used() -> None:
    """A peak that is held down for the cars that are known is no use to those that come."""
    on = site(circuit("main", limit_a=20), connectors={"CP-1": "main"})
    alone = snapshot(on, car("CP-1", kwh=27.6, hours=4), demand_charge=10)

    held, used = planned(alone), planned(replace(alone, expected_arrivals=(crowd(),)))

    assert held.charging_w == pytest.approx((6_900,) * 4, rel=0.02)
    assert used.charging_w == pytest.approx((13_800, 13_800, 0, 0), rel=0.02, abs=1)


def test_a_plan_says_for_how_many_cars_it_leaves_room() -> None:
    on = site(circuit("main", limit_a=20), connectors={"CP-1": "main"})
    alone = snapshot(on, car("CP-1", kwh=27.6, hours=4), demand_charge=10)

    enough = planned(replace(alone, expected_arrivals=(crowd(),)))
    short = planned(replace(alone, expected_arrivals=(crowd(3.0),)))
    crumbs = planned(replace(alone, expected_arrivals=(crowd(0.02),)))

    assert ("leaves room for about 2 cars expected until 09:00 (28 kWh)",) == enough.notes
    assert ("leaves room for about 3 cars expected until 09:00 (28 of 41 kWh)",) == short.notes
    assert () == crumbs.notes == planned(alone).notes


@given(cars=st.floats(0.1, 4.0), kwh=st.floats(1.0, 40.0))
def test_expected_cars_take_no_energy_from_cars_that_are_there(cars: float, kwh: float) -> None:
    on = site(circuit("main", limit_a=20), connectors={"CP-1": "main"})
    alone = snapshot(on, car("CP-1", kwh=kwh, hours=4), demand_charge=10)

    def delivered_kwh(taken: SiteSnapshot) -> float:
        problem = build(read(taken), optimizer.DEFAULT_OPTIONS)
        found = lp.solve(problem, optimizer.DEFAULT_OPTIONS)
        return float(found.power_kw @ problem.cell_hours)

    with_others = delivered_kwh(replace(alone, expected_arrivals=(crowd(cars),)))

    assert with_others >= delivered_kwh(alone) - 1e-6
