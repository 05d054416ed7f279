"""How cars switch: runs last long enough, starts are few, energy and limits go first."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optimizer
from ocpp_core.domain.plan import (
    Discharge,
    Fallback,
    LimitReason,
    Plan,
    PlanOptions,
    SessionNeed,
    SiteSnapshot,
)
from optimizer import check
from optimizer.runs import RunRule, broken
from tests.depth import times
from tests.optimizer.builders import START, car, circuit, ref, site, snapshot
from tests.optimizer.strategies import snapshots

GARAGE = site(circuit("main", limit_a=63), connectors={"CP-1": "main", "CP-2": "main"})
CHEAP_NOW_AND_THEN = (0.3, 0.1) * 8

rules = st.builds(
    PlanOptions,
    min_run_s=st.sampled_from([0.0, 900.0, 1800.0, 5400.0]),
    max_starts=st.sampled_from([None, 0, 1, 2]),
)


def day(*cars: SessionNeed, **changes: object) -> SiteSnapshot:
    taken = snapshot(GARAGE, *cars, slot_h=(0.25,) * 16, price=CHEAP_NOW_AND_THEN)
    return replace(taken, **changes)  # type: ignore[arg-type]


def planned(taken: SiteSnapshot, options: PlanOptions) -> Plan:
    outcome = optimizer.plan(taken, options)
    assert not isinstance(outcome, Fallback), (outcome.why, outcome.findings)
    assert () == check.findings(taken, outcome.plan, options)
    return outcome.plan


def currents(plan: Plan, name: str = "CP-1") -> list[float]:
    return [slot.current_a for slot in plan.slots if slot.ref == ref(name)]


def lengths(plan: Plan, name: str = "CP-1") -> list[int]:
    """Slots of each run."""
    groups = itertools.groupby(currents(plan, name), key=bool)
    return [len(list(slots)) for on, slots in groups if on]


@settings(max_examples=times(15))
@given(snapshots(), rules)
def test_every_plan_under_rules_passes_the_independent_check(
    taken: SiteSnapshot, options: PlanOptions
) -> None:
    planned(taken, options)


@settings(max_examples=times(20))
@given(
    st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), min_size=8, max_size=8),
    st.floats(1, 38),
    rules,
    st.sampled_from([0.0, 8.0]),
)
def test_one_car_keeps_its_rule_where_any_pattern_gives_its_energy(
    prices: list[float], kwh: float, options: PlanOptions, current_a: float
) -> None:
    one = car("CP-1", kwh=kwh, hours=3, current_a=current_a)  # it stays for longer than is planned
    taken = snapshot(GARAGE, one, slot_h=(0.25,) * 8, price=prices)
    running = current_a > 0
    rule = RunRule(
        min_run_h=options.min_run_s / 3600,
        starts_left=None
        if options.max_starts is None
        else max(0, options.max_starts - int(running)),
        running=running,
        ran_h=0.0,
    )
    most_kwh = 0.25 * 32 * 0.69
    wanted_kwh = min(kwh, 8 * most_kwh)
    there = (0.25,) * 8
    possible = any(
        not broken(rule, pattern, there, there) and sum(pattern) * most_kwh >= wanted_kwh - 1e-6
        for pattern in itertools.product((0, 1), repeat=8)
    )

    plan = planned(taken, options)

    assert not (possible and plan.broken_rules)
    short_wh = sum(one.energy_wh for one in plan.unmet)
    assert short_wh <= 1000 * (kwh - wanted_kwh) + 60


def test_without_rules_a_car_takes_every_cheap_quarter() -> None:
    assert [1, 1, 1] == lengths(planned(day(car("CP-1", kwh=15, hours=4)), PlanOptions()))


def test_runs_last_as_long_as_they_should() -> None:
    plan = planned(day(car("CP-1", kwh=15, hours=4)), PlanOptions(min_run_s=1800))

    assert min(lengths(plan)) >= 2
    assert not plan.unmet
    assert not plan.broken_rules


def test_a_car_starts_as_often_as_it_may() -> None:
    options = PlanOptions(max_starts=1)

    plan = planned(day(car("CP-1", kwh=15, hours=4), car("CP-2", kwh=20, hours=3)), options)

    assert 1 == len(lengths(plan, "CP-1")) == len(lengths(plan, "CP-2"))
    assert not plan.unmet
    assert not plan.broken_rules


def test_a_car_has_a_rule_of_its_own_before_the_site_s() -> None:
    free = replace(car("CP-1", kwh=15, hours=4), max_starts=9)

    plan = planned(day(free), PlanOptions(max_starts=1))

    assert 3 == len(lengths(plan))


def test_what_has_started_already_counts() -> None:
    started = replace(car("CP-1", kwh=15, hours=4), max_starts=3, starts=2)

    assert 1 == len(lengths(planned(day(started), PlanOptions())))


@pytest.mark.parametrize(("ran_min", "quarters"), [(0, 4), (30, 2), (60, 0)])
def test_a_running_car_goes_on_as_long_as_it_has_to(ran_min: int, quarters: int) -> None:
    running = replace(
        car("CP-1", kwh=4, hours=4, current_a=8.0),
        min_run_s=3600,
        running_since=START - timedelta(minutes=ran_min),
    )
    dear_first = (0.5,) * 8 + (0.1,) * 8

    plan = planned(day(running, energy_price_per_kwh=dear_first), PlanOptions())

    first = next((n for n, amps in enumerate(currents(plan)) if not amps), 16)
    assert quarters == first
    if quarters:
        assert LimitReason.RUN is plan.slots[0].reason
        said = "charges at 6 A: once started, it charges for 60 min at least"
        assert said == plan.slots[0].words


def test_energy_goes_before_rules_and_the_plan_says_so() -> None:
    waiting = car("CP-1", kwh=15, hours=4)

    plan = planned(day(waiting), PlanOptions(max_starts=0))

    assert () == plan.unmet
    [said] = plan.broken_rules
    assert "it starts 3 times more, 0 allowed: energy and limits go first" == said.words


def test_who_may_not_start_again_is_told() -> None:
    plan = planned(day(car("CP-1", kwh=4, hours=4)), PlanOptions(max_starts=1))

    words = [slot.words for slot in plan.slots]
    assert any(word.startswith("has all the energy") for word in words)
    used = replace(car("CP-1", kwh=40, hours=2), max_starts=1, starts=1)
    assert planned(day(used), PlanOptions()).broken_rules


def test_a_mixed_integer_program_keeps_the_rules() -> None:
    options = PlanOptions(min_run_s=1800, max_starts=2, milp_s=2.0)
    taken = day(car("CP-1", kwh=15, hours=4))

    plan, without = planned(taken, options), planned(taken, replace(options, milp_s=0.0))

    assert len(lengths(plan)) <= 2
    assert min(lengths(plan)) >= 2
    assert plan.objective is not None
    assert without.objective is not None
    assert plan.objective <= without.objective + 1e-9


def test_the_check_finds_what_switches_too_much() -> None:
    taken = day(car("CP-1", kwh=15, hours=4))
    plan = planned(taken, PlanOptions())

    def found(options: PlanOptions, at: SiteSnapshot = taken) -> str:
        return "\n".join(check.findings(at, plan, options))

    assert "stops after 900 s, 1800 s wanted" in found(PlanOptions(min_run_s=1800))
    assert "starts 3 times, 1 allowed" in found(PlanOptions(max_starts=1))
    running = replace(taken.sessions[0], current_a=8.0, min_run_s=7200)
    assert "stops after 0 s" in found(PlanOptions(), replace(taken, sessions=(running,)))


def test_a_car_under_rules_gives_nothing_back() -> None:
    giver = replace(
        car("CP-1", kwh=15, hours=4),
        discharge=Discharge(max_current_a=16.0, available_wh=20_000),
    )

    plan = planned(day(giver), PlanOptions(max_starts=2))

    assert ("CP-1/1: gives nothing back: it may not start and stop as it likes",) == plan.notes


def test_equal_shares_name_the_rules_that_they_break() -> None:
    running = replace(car("CP-1", kwh=0.5, hours=4, current_a=8.0), min_run_s=7200)

    outcome = optimizer.plan(day(running), PlanOptions(time_limit_s=0.0))

    assert isinstance(outcome, Fallback)
    assert "equal-share" == outcome.plan.engine
    assert outcome.plan.broken_rules
