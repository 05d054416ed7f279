"""What holds for every plan, whatever the site, the cars and the luck."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

import optimizer
from ocpp_core.domain.plan import Fallback, Optimal, PlanOptions, SiteSnapshot
from ocpp_core.domain.tariff import site_cost
from optimizer import check, lp
from optimizer.model import read
from optimizer.problem import build
from tests.depth import times
from tests.optimizer.builders import START, car, circuit, site, snapshot
from tests.optimizer.reference import least_cost
from tests.optimizer.strategies import snapshots

PLAIN = PlanOptions(
    unmet_price_per_kwh=50.0, early_price_per_kwh=0.0, late_price_per_kwh=0.0, energy_first=False
)
"""Money only: what the reference knows."""


@settings(max_examples=times(150))
@given(snapshots())
def test_every_plan_of_the_solver_passes_the_independent_check(taken: SiteSnapshot) -> None:
    outcome = optimizer.plan(taken)

    assert not isinstance(outcome, Fallback), (outcome.why, outcome.findings)
    assert () == check.findings(taken, outcome.plan)


@settings(max_examples=times(60))
@given(snapshots(bad_luck=False, plain=True))
def test_before_repair_the_cost_equals_a_textbook_model_s(taken: SiteSnapshot) -> None:
    inputs = read(taken)
    problem = build(inputs, PLAIN)
    expected = least_cost(taken, PLAIN.unmet_price_per_kwh)

    base_w = [1000 * (b - pv) for b, pv in zip(inputs.building_kw, inputs.pv_kw, strict=True)]
    sold = [min(p, f) for p, f in zip(inputs.price, inputs.feed_in, strict=True)]
    found = site_cost.energy_cost(base_w, inputs.hours, inputs.price, sold)
    found += lp.solve(problem, PLAIN).objective

    assert found == pytest.approx(expected, rel=1e-9, abs=1e-6)


@settings(max_examples=times(40))
@given(snapshots())
def test_equal_snapshots_give_equal_plans(taken: SiteSnapshot) -> None:
    one, other = optimizer.plan(taken).plan, optimizer.plan(taken).plan

    assert replace(one, solve_s=0) == replace(other, solve_s=0)


@settings(max_examples=times(40))
@given(snapshots())
def test_a_plan_never_costs_less_than_its_bound(taken: SiteSnapshot) -> None:
    made = optimizer.plan(taken).plan

    assert made.bound is not None
    assert made.objective is not None
    assert made.objective >= made.bound - 1e-6 * max(1.0, abs(made.bound))


@settings(max_examples=times(40))
@given(snapshots(bad_luck=False))
def test_more_current_never_costs_more(taken: SiteSnapshot) -> None:
    wider = replace(
        taken,
        limits=(),
        site=replace(
            taken.site,
            circuits=tuple(
                replace(c, limit_a=None if c.limit_a is None else c.limit_a + 5)
                for c in taken.site.circuits
            ),
        ),
    )
    narrow = replace(taken, limits=())
    problems = [build(read(s), PLAIN) for s in (narrow, wider)]
    if not problems[0].size:
        return
    tight, loose = (lp.solve(problem, PLAIN).objective for problem in problems)

    assert loose <= tight + 1e-7 * max(1.0, abs(tight))


def one_car(kwh: float = 10.0, hours: float = 3.0, max_a: float = 32.0) -> SiteSnapshot:
    on = site(circuit("main", limit_a=63.0), connectors={"CP-1": "main"})
    return snapshot(on, car("CP-1", kwh=kwh, hours=hours, max_a=max_a))


@pytest.mark.parametrize(
    "taken",
    [
        pytest.param(snapshot(one_car().site), id="no sessions"),
        pytest.param(replace(one_car(), slot_starts=(), horizon_end=START), id="no slots"),
        pytest.param(one_car(kwh=0.0), id="no energy wanted"),
        pytest.param(one_car(kwh=-5.0), id="negative energy"),
        pytest.param(one_car(kwh=math.nan), id="energy is not a number"),
        pytest.param(one_car(max_a=math.nan), id="current is not a number"),
        pytest.param(one_car(max_a=5.0), id="maximum below minimum"),
        pytest.param(one_car(hours=0.0), id="leaves now"),
        pytest.param(one_car(hours=-30.0), id="left yesterday"),
        pytest.param(one_car(hours=1e-6), id="leaves in a moment"),
        pytest.param(replace(one_car(), energy_price_per_kwh=(math.nan,) * 4), id="no price"),
        pytest.param(replace(one_car(), energy_price_per_kwh=()), id="price missing"),
        pytest.param(replace(one_car(), energy_price_per_kwh=(-500.0,) * 4), id="price of -500"),
        pytest.param(replace(one_car(), building_w=(1e9,) * 4), id="limit below building load"),
        pytest.param(replace(one_car(), demand_charge_per_kw=math.inf), id="infinite charge"),
    ],
)
def test_bad_luck_is_planned_around(taken: SiteSnapshot) -> None:
    outcome = optimizer.plan(taken)

    assert not isinstance(outcome, Fallback), (outcome.why, outcome.findings)
    assert () == check.findings(taken, outcome.plan)


def test_slots_without_a_length_get_no_orders() -> None:
    taken = one_car()
    starts = (START, START, *taken.slot_starts[2:])

    made = optimizer.plan(replace(taken, slot_starts=starts)).plan

    assert all(slot.end > slot.start for slot in made.slots)
    assert "slots without a length are left out" in made.notes


def test_a_car_that_should_have_left_is_charged_at_once() -> None:
    made = optimizer.plan(one_car(kwh=5.0, hours=-0.5)).plan

    assert 32.0 == made.slots[0].current_a or made.slots[0].power_w > 4900


def test_a_session_at_an_unknown_connector_is_named_and_not_ordered() -> None:
    taken = one_car()
    stranger = car("CP-9", kwh=3.0, hours=2.0)

    made = optimizer.plan(replace(taken, sessions=(*taken.sessions, stranger))).plan

    assert {slot.ref for slot in made.slots} == {taken.sessions[0].ref}
    assert "connector CP-9/1 is not part of the site" in made.unmet[0].words


def test_an_easy_day_is_planned_optimally() -> None:
    outcome = optimizer.plan(one_car())

    assert isinstance(outcome, Optimal)
    assert outcome.gap <= 1e-3
    assert outcome.plan.cost == pytest.approx(10.0 * 0.2)


def test_a_solver_that_is_out_of_time_leads_to_a_named_fallback() -> None:
    outcome = optimizer.plan(one_car(), PlanOptions(time_limit_s=0.0))

    assert isinstance(outcome, Fallback)
    assert "the solver stopped: Time limit reached" == outcome.why
    assert outcome.plan.slots[0].current_a > 0


def test_a_planner_that_breaks_leads_to_a_named_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr("optimizer.planner.repair", broken)

    outcome = optimizer.plan(one_car())

    assert isinstance(outcome, Fallback)
    assert "ZeroDivisionError: boom" in outcome.why
    assert () == check.findings(one_car(), outcome.plan)


def test_a_plan_that_fails_the_check_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = one_car()
    real = optimizer.plan(taken).plan
    found = iter([("circuit main: too much",), ()])
    monkeypatch.setattr(check, "findings", lambda *_: next(found))

    outcome = optimizer.plan(taken)

    assert isinstance(outcome, Fallback)
    assert ("circuit main: too much",) == outcome.findings
    assert "equal-share" == outcome.plan.engine != real.engine


def test_the_last_minutes_of_a_stay_are_kept_free_where_it_costs_nothing() -> None:
    on = site(circuit("main", limit_a=63.0), connectors={"CP-1": "main"})
    slots = (0.25,) * 8
    taken = snapshot(on, car("CP-1", kwh=11.0, hours=2.0), slot_h=slots, price=(0.2,) * 8)

    made = optimizer.plan(taken).plan

    last = made.slots[-1]
    assert START + timedelta(hours=1.75) == last.start
    assert 0 == last.current_a


def test_limits_leave_room_for_the_high_building_load_and_the_peak_for_the_expected_one() -> None:
    on = site(circuit("main", limit_w=20_000), connectors={"CP-1": "main"})
    taken = snapshot(
        on, car("CP-1", kwh=40, hours=4), building_w=8_000, demand_charge=10.0, peak_w=16_000
    )
    cautious = replace(taken, building_high_w=(15_000.0,) * 4)

    usual, careful = optimizer.plan(taken).plan, optimizer.plan(cautious).plan

    assert max(usual.charging_w) > 5_000
    assert max(careful.charging_w) == pytest.approx(5_000, abs=100)
    assert max(careful.site_w) == pytest.approx(13_000, abs=100)
    assert check.findings(cautious, replace(usual, plan_id=careful.plan_id))


@pytest.mark.parametrize("high_w", [(), (math.nan,) * 4, (1_000.0,), (-5.0,) * 9])
def test_a_high_building_load_that_says_nothing_changes_no_order(high_w: tuple[float, ...]) -> None:
    on = site(circuit("main", limit_w=20_000), connectors={"CP-1": "main"})
    taken = snapshot(on, car("CP-1", kwh=40, hours=4), building_w=8_000)

    found = optimizer.plan(replace(taken, building_high_w=high_w)).plan

    assert optimizer.plan(taken).plan.slots == found.slots
