"""Cars that give back (V2G): only at the meter, only what they have, only what they get back."""

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optimizer
from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.plan import (
    CircuitLimit,
    Discharge,
    Fallback,
    LimitReason,
    Plan,
    PlanOptions,
    SessionNeed,
    SiteSnapshot,
)
from ocpp_core.domain.tariff import site_cost
from ocpp_core.domain.units import Phase
from optimizer import check, lp, wire
from optimizer.giving import givers_of
from optimizer.model import read
from optimizer.problem import build
from tests.depth import times
from tests.optimizer.builders import START, car, circuit, ref, site, snapshot
from tests.optimizer.reference import least_cost
from tests.optimizer.strategies import snapshots
from tests.optimizer.test_plan import PLAIN

BACK = Discharge(max_current_a=16.0, available_wh=20_000, wear_per_kwh=0.02)
DEAR_EVENING = (0.3, 0.5, 0.5, 0.3, 0.1, 0.1, 0.1, 0.2)
GARAGE = site(circuit("main", limit_a=63), connectors={"CP-1": "main", "CP-2": "main"})

discharges = st.builds(
    Discharge,
    max_current_a=st.sampled_from([6.0, 16.0, 32.0]),
    available_wh=st.sampled_from([0.0, 4000.0, 30_000.0]),
    charge_efficiency=st.sampled_from([0.9, 1.0]),
    discharge_efficiency=st.sampled_from([0.9, 1.0]),
    wear_per_kwh=st.sampled_from([0.0, 0.05]),
)


@st.composite
def with_givers(draw: st.DrawFn, *, plain: bool = False) -> SiteSnapshot:
    """Sites on which half of the cars may give back."""
    taken = draw(snapshots(bad_luck=not plain, plain=plain))
    cars = [replace(one, discharge=draw(st.none() | discharges)) for one in taken.sessions]
    return replace(taken, sessions=tuple(cars))


def giver(
    name: str = "CP-1", *, kwh: float = 5.0, hours: float = 8.0, back: Discharge = BACK
) -> SessionNeed:
    return replace(car(name, kwh=kwh, hours=hours), discharge=back)


def evening(*cars: SessionNeed, **changes: object) -> SiteSnapshot:
    on = snapshot(GARAGE, *cars, slot_h=(1.0,) * 8, price=DEAR_EVENING, building_w=6000.0)
    return replace(on, **changes)  # type: ignore[arg-type]


def planned(taken: SiteSnapshot, options: PlanOptions = optimizer.DEFAULT_OPTIONS) -> Plan:
    outcome = optimizer.plan(taken, options)
    assert not isinstance(outcome, Fallback), (outcome.why, outcome.findings)
    assert () == check.findings(taken, outcome.plan, options)
    return outcome.plan


def currents(plan: Plan, name: str = "CP-1") -> list[float]:
    return [slot.current_a for slot in plan.slots if slot.ref == ref(name)]


def stored(plan: Plan) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """What the only car holds more than at first, at the end of each slot, Wh."""
    watts = [slot.power_w for slot in plan.slots]
    return np.cumsum([w * 0.95 if w > 0 else w / 0.95 for w in watts])


@settings(max_examples=times(20))
@given(with_givers())
def test_plans_with_givers_pass_the_independent_check(taken: SiteSnapshot) -> None:
    planned(taken)


@settings(max_examples=times(12))
@given(with_givers(plain=True))
def test_giving_never_costs_more_than_not_giving(taken: SiteSnapshot) -> None:
    silent = replace(taken, sessions=tuple(replace(c, discharge=None) for c in taken.sessions))

    with_it, without = planned(taken), planned(silent)

    assert with_it.objective is not None
    assert without.objective is not None
    slack = 1e-6 * (1 + abs(without.objective))
    assert with_it.objective <= without.objective + slack
    assert sum(u.energy_wh for u in with_it.unmet) <= sum(u.energy_wh for u in without.unmet) + 60


@settings(max_examples=times(15))
@given(with_givers(plain=True))
def test_before_repair_the_cost_equals_a_textbook_model_s(taken: SiteSnapshot) -> None:
    inputs = read(taken)
    givers, _ = givers_of(inputs, PLAIN)
    able = {one.car for one in givers}
    taken = replace(
        taken,
        sessions=tuple(
            one if n in able else replace(one, discharge=None)
            for n, one in enumerate(taken.sessions)
        ),
    )
    problem = build(inputs, PLAIN, givers=givers)
    expected = least_cost(taken, PLAIN.unmet_price_per_kwh)

    base_w = [1000 * (b - pv) for b, pv in zip(inputs.building_kw, inputs.pv_kw, strict=True)]
    sold = [min(p, f) for p, f in zip(inputs.price, inputs.feed_in, strict=True)]
    found = site_cost.energy_cost(base_w, inputs.hours, inputs.price, sold)
    found += lp.solve(problem, PLAIN).objective

    assert found == pytest.approx(expected, rel=1e-9, abs=1e-6)


@settings(max_examples=times(8))
@given(with_givers())
def test_fuses_hold_when_every_car_stops_giving(taken: SiteSnapshot) -> None:
    plan = planned(taken)
    stopped = tuple(
        replace(slot, current_a=0.0, power_w=0.0) if slot.current_a < 0 else slot
        for slot in plan.slots
    )

    found = check.findings(taken, replace(plan, slots=stopped))

    assert not [finding for finding in found if finding.startswith("circuit")]


def test_a_car_gives_in_dear_hours_and_gets_it_back_in_cheap_ones() -> None:
    plan = planned(evening(giver()))

    orders = currents(plan)
    assert [-8.6] * 3 == orders[:3]  # no more than the building draws: feed-in pays nothing
    assert max(orders[4:7]) > 0
    assert () == plan.unmet
    first = plan.slots[0]
    assert LimitReason.GIVES_BACK is first.reason
    assert (
        "gives back at 8.6 A: 0.300 EUR/kWh now, 0.100 when it charges, from 11:00" == first.words
    )
    assert first.power_w == pytest.approx(-8.6 * 690)
    assert plan.site_w[0] == pytest.approx(66.0)


def test_a_car_feeds_the_grid_where_that_pays() -> None:
    orders = currents(planned(evening(giver(), feed_in_per_kwh=(0.4,) * 8)))

    assert -16.0 == min(orders)


def test_wear_is_paid_only_where_it_is_worth_it() -> None:
    worn = replace(BACK, wear_per_kwh=0.5)

    assert 0 == min(currents(planned(evening(giver(back=worn)))))


def test_a_car_that_wants_nothing_may_give_and_leaves_with_what_it_has() -> None:
    plan = planned(evening(giver(kwh=0.0)))

    assert 0 == pytest.approx(stored(plan)[-1], abs=5)
    assert -20_000 - 5 <= stored(plan).min() < -10_000


def test_a_car_never_gives_what_must_stay_in_it() -> None:
    plan = planned(evening(giver(back=replace(BACK, available_wh=6000))))

    assert -6000 - 5 <= stored(plan).min() < -5000


def test_a_car_that_leaves_before_energy_is_cheap_gives_nothing() -> None:
    assert 0 <= min(currents(planned(evening(giver(hours=4.0)))))


def test_giving_makes_no_room_on_a_fuse() -> None:
    on = site(circuit("main", limit_a=20), connectors={"CP-1": "main", "CP-2": "main"})
    taken = replace(evening(giver(), car("CP-2", kwh=40, hours=3), building_w=(0.0,) * 8), site=on)

    assert max(currents(planned(taken), "CP-2")) <= 20


def test_what_flows_back_fits_the_fuse_by_itself() -> None:
    on = site(circuit("main", limit_a=20), connectors={"CP-1": "main", "CP-2": "main"})
    taken = evening(giver("CP-1"), giver("CP-2"), feed_in_per_kwh=(0.4,) * 8)
    wide, narrow = planned(taken), planned(replace(taken, site=on, building_w=(0.0,) * 8))

    def most(plan: Plan) -> float:
        pairs = zip(currents(plan, "CP-1"), currents(plan, "CP-2"), strict=True)
        return max(-a - b for a, b in pairs)

    assert 32 == most(wide)
    assert 12 <= most(narrow) <= 20


def test_an_ordered_limit_holds_for_what_flows_back() -> None:
    event = CircuitLimit(
        circuit_id=CircuitId("main"), limit_w=0.0, start=START, end=START + timedelta(hours=2)
    )

    orders = currents(planned(evening(giver(), limits=(event,))))

    assert [0.0, 0.0] == orders[:2]
    assert min(orders) < 0


def test_a_car_gives_to_keep_the_peak_low() -> None:
    load = (2000.0, 12_000.0, 2000.0, 2000.0, 2000.0, 2000.0, 2000.0, 2000.0)
    taken = evening(
        giver(kwh=2.0), building_w=load, energy_price_per_kwh=(0.3,) * 8, demand_charge_per_kw=10.0
    )

    plan = planned(taken)

    assert max(plan.site_w) < 8000
    [words] = [slot.words for slot in plan.slots if slot.current_a < 0]
    assert "keeps the peak at" in words


@pytest.mark.parametrize("price", [-0.3, 0.0])
def test_nobody_gives_where_energy_costs_nothing(price: float) -> None:
    taken = evening(giver(), energy_price_per_kwh=(price,) * 8, feed_in_per_kwh=(0.4,) * 8)

    assert 0 <= min(currents(planned(taken)))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"discharge": replace(BACK, available_wh=math.nan)}, "its numbers cannot be"),
        ({"discharge": replace(BACK, charge_efficiency=0.0)}, "its numbers cannot be"),
        ({"discharge": replace(BACK, discharge_efficiency=1.1)}, "its numbers cannot be"),
        ({"unmet_price_per_kwh": 0.3}, "an hour is dearer than what its energy is worth"),
    ],
)
def test_a_car_that_cannot_give_is_named_and_charged(changed: dict[str, object], why: str) -> None:
    plan = planned(evening(replace(giver(), **changed)))  # type: ignore[arg-type]

    assert (f"CP-1/1: gives nothing back: {why}",) == plan.notes
    assert 0 <= min(currents(plan))


def test_lines_with_angles_and_balanced_phases_are_not_fed() -> None:
    lines = site(
        circuit("main", limit_a=63, lines=[(1.0, 0.0, -1.0, 50.0)]), connectors={"CP-1": "main"}
    )
    even = site(
        circuit("main", limit_a=63, apart_a=10.0),
        connectors={"CP-1": "main"},
        phases={"CP-1": (Phase.L1,)},
    )
    single = replace(giver(), phases=(Phase.L1,))

    assert "with angles" in planned(evening(giver(), site=lines)).notes[0]
    assert "kept balanced" in planned(evening(single, site=even)).notes[0]


def test_the_check_finds_what_a_car_cannot_give() -> None:
    taken = evening(giver())
    plan = planned(taken)

    def found(**changes: object) -> str:
        first = replace(plan.slots[0], **changes)  # type: ignore[arg-type]
        return "\n".join(check.findings(taken, replace(plan, slots=(first, *plan.slots[1:]))))

    assert "6 to 16 A allowed" in found(current_a=-20.0, power_w=-20 * 690.0)
    assert "do not fit" in found(power_w=-9000.0)
    assert "not a step" in found(current_a=-8.65)
    assert "less than it has now" in found(current_a=-16.0, power_w=-16 * 690.0)
    mute = replace(taken, sessions=(replace(taken.sessions[0], discharge=None),))
    assert any("which it cannot" in finding for finding in check.findings(mute, plan))
    little = replace(taken.sessions[0], discharge=replace(BACK, available_wh=5000))
    findings = check.findings(replace(taken, sessions=(little,)), plan)
    assert any("Wh available" in finding for finding in findings)


def test_cars_that_give_cross_to_the_worker_as_they_are() -> None:
    taken = evening(giver())
    outcome = optimizer.plan(taken)
    sender, receiver = wire.Sender(), wire.Receiver()

    assert (1, taken, PlanOptions()) == receiver.unpack(sender.pack(1, taken, PlanOptions()))
    assert (2, outcome) == wire.unpack_outcome(wire.pack_outcome(2, outcome))


def test_on_a_site_that_is_too_large_nobody_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.giveback.MOST_CELLS", 3)

    plan = planned(evening(giver()))

    assert ("cars give nothing back: they are too many to plan it in time",) == plan.notes


def test_equal_shares_let_nobody_give() -> None:
    plan = optimizer.plan(evening(giver()), PlanOptions(time_limit_s=0.0)).plan

    assert 0 <= min(currents(plan))
