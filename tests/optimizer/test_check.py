"""The independent check finds every fault that a plan could have."""

from dataclasses import replace
from datetime import timedelta

import pytest

import optimizer
from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.plan import CircuitLimit, Plan, PlanSlot, Reserve, SiteSnapshot
from ocpp_core.domain.units import Phase
from optimizer import check
from tests.optimizer.builders import START, car, circuit, ref, site, snapshot


@pytest.fixture
def taken() -> SiteSnapshot:
    on = site(
        circuit("main", limit_a=40, limit_w=26_000),
        circuit("feeder", under="main", limit_a=20),
        connectors={"CP-1": "feeder", "CP-2": "main"},
    )
    return snapshot(on, car("CP-1", kwh=20, hours=3), car("CP-2", kwh=20, hours=3))


@pytest.fixture
def plan(taken: SiteSnapshot) -> Plan:
    return optimizer.plan(taken).plan


def with_first(plan: Plan, **changes: object) -> Plan:
    first = replace(plan.slots[0], **changes)  # type: ignore[arg-type]  # values are what is tested
    return replace(plan, slots=(first, *plan.slots[1:]))


def test_a_sound_plan_has_no_findings(taken: SiteSnapshot, plan: Plan) -> None:
    assert () == check.findings(taken, plan)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"current_a": 5.9, "power_w": 0.0}, "below the minimum of 6 A"),
        ({"current_a": 32.1, "power_w": 0.0}, "above the 32 A that car and connector take"),
        ({"current_a": 10.05, "power_w": 0.0}, "not a step of 0.1 A"),
        ({"current_a": float("nan")}, "not a number"),
        ({"current_a": 0.0, "power_w": 100.0}, "power without current"),
        ({"current_a": 6.0, "power_w": 9000.0}, "do not fit an order of 6 A"),
        ({"ref": ref("CP-7")}, "no such session"),
        ({"end": START + timedelta(hours=2)}, "not a slot of the snapshot"),
    ],
)
def test_an_order_that_chargers_cannot_follow_is_found(
    taken: SiteSnapshot, plan: Plan, changes: dict[str, object], fault: str
) -> None:
    assert any(fault in found for found in check.findings(taken, with_first(plan, **changes)))


def order_all(taken: SiteSnapshot, plan: Plan, current_a: float) -> Plan:
    def ordered(slot: PlanSlot) -> PlanSlot:
        return replace(slot, current_a=current_a, power_w=0.0)

    return replace(plan, slots=tuple(map(ordered, plan.slots)))


def test_each_circuit_is_held_on_each_phase(taken: SiteSnapshot, plan: Plan) -> None:
    found = check.findings(taken, order_all(taken, plan, 21.0))

    assert "circuit feeder at 07:00: 21.00 A on L2, 20 A allowed" in found
    assert "circuit main at 07:00: 42.00 A on L1, 40 A allowed" in found
    assert "circuit main at 07:00: 28980 W, 26000 W allowed" in found


def test_building_reserves_and_orders_from_outside_count(taken: SiteSnapshot, plan: Plan) -> None:
    assert () == check.findings(taken, order_all(taken, plan, 18.0))

    for tighter in (
        replace(taken, building_w=(6900.0,) * 4),
        replace(taken, reserves=(Reserve(ref=ref("CP-1"), current_a=25.0),)),
        replace(taken, limits=(CircuitLimit(circuit_id=CircuitId("main"), limit_a=30.0),)),
        replace(taken, limits=(CircuitLimit(circuit_id=CircuitId("main"), limit_w=20_000.0),)),
    ):
        assert check.findings(tighter, order_all(taken, plan, 18.0))


def test_a_car_loads_its_own_phases_only() -> None:
    on = site(
        circuit("main", limit_a=16),
        connectors={"CP-1": "main", "CP-2": "main"},
        phases={"CP-1": (Phase.L1,), "CP-2": (Phase.L2,)},
    )
    one, two = car("CP-1", kwh=7, hours=2), car("CP-2", kwh=7, hours=2)
    apart = snapshot(on, replace(one, phases=(Phase.L1,)), replace(two, phases=(Phase.L2,)))
    together = snapshot(on, replace(one, phases=(Phase.L1,)), replace(two, phases=(Phase.L1,)))
    made = order_all(apart, optimizer.plan(apart).plan, 16.0)

    assert () == check.findings(apart, made)
    assert check.findings(together, made)


def test_energy_beyond_the_wish_and_orders_after_departure_are_found(
    taken: SiteSnapshot, plan: Plan
) -> None:
    satisfied = tuple(replace(need, energy_wh=1000.0) for need in taken.sessions)
    gone = tuple(replace(need, departure=START + timedelta(minutes=30)) for need in taken.sessions)

    wrong = check.findings(replace(taken, sessions=satisfied), plan)
    late = check.findings(replace(taken, sessions=gone), order_all(taken, plan, 6.0))

    assert any("Wh planned, 1000 Wh wanted" in found for found in wrong)
    assert any("the car has left" in found for found in late)


def test_a_plan_for_other_slots_is_found(taken: SiteSnapshot, plan: Plan) -> None:
    moved = replace(plan, horizon_end=plan.horizon_end + timedelta(hours=1))
    twice = replace(plan, slots=(*plan.slots, plan.slots[0]))
    short = replace(plan, site_w=plan.site_w[1:], cost=float("inf"))

    assert "the plan is about other slots than the snapshot" in check.findings(taken, moved)
    assert any("ordered twice" in found for found in check.findings(taken, twice))
    assert {"site_w is not one number for each slot", "the cost is not a number"} <= set(
        check.findings(taken, short)
    )
