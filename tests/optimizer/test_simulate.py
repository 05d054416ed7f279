"""The closed loop: what flows, what is kept, and that nothing beats hindsight."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings

from ocpp_core.domain.ids import CircuitId, SessionId
from ocpp_core.domain.plan import SiteBattery
from ocpp_core.domain.tariff import PriceSeries, SiteTariff
from ocpp_core.domain.units import THREE_PHASES
from optimizer.replay import (
    EDF,
    EQUAL_SHARE,
    LLF,
    UNMANAGED,
    Information,
    Outcome,
    Pilots,
    Planned,
    Rule,
    Series,
    Setup,
    Situation,
    hindsight,
    simulate,
)
from tests.optimizer.builders import START, VOLTS, circuit, site
from tests.optimizer.replay_world import delta, setup, stay, worlds

RULES = (UNMANAGED, EDF, LLF, EQUAL_SHARE)
MANAGED = (EDF, LLF, EQUAL_SHARE)
ONE = site(circuit("main", limit_a=32), connectors={"CP-1": "main", "CP-2": "main"})


def delivered_kwh(outcome: Outcome) -> list[float]:
    return [one.delivered_wh / 1000 for one in outcome.stays]


def currents_a(outcome: Outcome) -> list[float]:
    return [slot.charging_w / 3 / VOLTS for slot in outcome.slots]


def cost_with_unmet(outcome: Outcome) -> float:
    """Cost with every undelivered kWh at a price that no energy is worth, as hindsight has it."""
    return outcome.money().total + 1000 * (outcome.asked_wh - outcome.delivered_wh) / 1000


@settings(max_examples=25)
@given(worlds())
def test_energy_is_neither_made_nor_lost(world: Setup) -> None:
    for rule in RULES:
        outcome = simulate(world, rule)
        flowed_wh = sum(slot.charging_w * slot.interval.hours for slot in outcome.slots)

        assert flowed_wh == pytest.approx(outcome.delivered_wh, abs=1e-6)
        for one in outcome.stays:
            assert one.delivered_wh <= one.stay.energy_wh + 1e-6


@settings(max_examples=40)
@given(worlds())
def test_no_rule_but_unmanaged_passes_a_limit(world: Setup) -> None:
    for rule in MANAGED:
        outcome = simulate(world, rule)

        assert 0 == outcome.over_s, rule.name


@settings(max_examples=25)
@given(worlds())
def test_nothing_beats_hindsight(world: Setup) -> None:
    best = hindsight(world)
    for rule in MANAGED:
        outcome = simulate(world, rule)

        assert outcome.delivered_wh <= best.delivered_wh + 1e-3, rule.name
        assert cost_with_unmet(outcome) >= cost_with_unmet(best) - 1e-3, rule.name
    assert max(slot.limit_ratio for slot in best.slots) <= 1 + 2e-6


@settings(max_examples=10)
@given(worlds())
def test_a_replay_repeats_itself(world: Setup) -> None:
    for rule in RULES:
        first, second = (replace(simulate(world, rule), cpu_ms=()) for _ in range(2))

        assert first == second


def test_the_earliest_deadline_goes_first() -> None:
    world = setup(
        ONE,
        stay("CP-1", comes_min=0, leaves_min=240, kwh=30),
        stay("CP-2", comes_min=0, leaves_min=60, kwh=30),
    )

    assert [30, 22.08] == pytest.approx(delivered_kwh(simulate(world, EDF)))


def test_the_least_laxity_goes_first() -> None:
    world = setup(
        ONE,
        stay("CP-1", comes_min=0, leaves_min=120, kwh=44),
        stay("CP-2", comes_min=0, leaves_min=60, kwh=1),
    )

    assert currents_a(simulate(world, LLF))[0] == pytest.approx(32)
    assert delivered_kwh(simulate(world, LLF))[0] > 42


def test_equal_shares_are_equal_until_one_has_enough() -> None:
    world = setup(
        ONE,
        stay("CP-1", comes_min=0, leaves_min=60, kwh=20),
        stay("CP-2", comes_min=0, leaves_min=60, kwh=4),
    )
    outcome = simulate(world, EQUAL_SHARE)

    assert [18.08, 4] == pytest.approx(delivered_kwh(outcome), abs=0.15)


def test_what_is_left_below_the_minimum_current_is_nobodys() -> None:
    world = setup(
        site(circuit("main", limit_a=11), connectors={"CP-1": "main", "CP-2": "main"}),
        stay("CP-1", comes_min=0, leaves_min=60, kwh=20),
        stay("CP-2", comes_min=0, leaves_min=60, kwh=20),
    )

    for rule in MANAGED:
        assert {11.0} == {round(amps, 6) for amps in currents_a(simulate(world, rule))[:4]}


def test_orders_are_whole_steps() -> None:
    seen: list[float] = []

    def spying(situation: Situation, pilots: Pilots) -> dict[SessionId, float]:
        orders = EQUAL_SHARE.orders(situation, pilots)
        seen.extend(orders.values())
        return orders

    world = setup(
        delta(17.3),
        stay("CP-1", comes_min=0, leaves_min=60, kwh=20, phases=(THREE_PHASES[0],)),
        stay("CP-4", comes_min=0, leaves_min=60, kwh=20),
        pilots=Pilots(step_a=1.0),
    )
    simulate(world, Rule("spy", spying))

    assert seen
    assert all(amps == round(amps) and amps >= 6 for amps in seen)


def test_a_car_takes_no_more_than_it_accepts() -> None:
    world = setup(ONE, stay("CP-1", comes_min=0, leaves_min=60, kwh=20, accepts_w=6600))

    assert 6600 == pytest.approx(simulate(world, UNMANAGED).slots[0].charging_w)


def test_a_tapering_car_takes_longer() -> None:
    ideal, tapering = (
        simulate(
            setup(ONE, stay("CP-1", comes_min=0, leaves_min=240, kwh=20, taper_share=share)),
            UNMANAGED,
        ).stays[0]
        for share in (0.0, 0.3)
    )

    assert [20_000, 20_000] == pytest.approx([ideal.delivered_wh, tapering.delivered_wh], abs=1)
    assert tapering.charging_s > ideal.charging_s * 1.2


def test_what_is_not_a_managers_business_is_counted_and_not_corrected() -> None:
    world = setup(
        ONE,
        stay("CP-1", comes_min=0, leaves_min=60, kwh=40),
        stay("CP-2", comes_min=30, leaves_min=60, kwh=40),
    )
    outcome = simulate(world, UNMANAGED)

    assert 1800 == outcome.over_s
    assert 2.0 == pytest.approx(outcome.summary().highest_ratio)


def test_a_driver_who_says_too_little_still_gets_what_there_is() -> None:
    world = setup(
        ONE, stay("CP-1", comes_min=0, leaves_min=180, kwh=20, stated_kwh=2, stated_min=60)
    )

    assert [20] == pytest.approx(
        delivered_kwh(simulate(world, EDF, information=Information.STATED))
    )


def test_a_car_that_is_full_before_its_driver_thought_is_left_alone() -> None:
    world = setup(
        ONE,
        stay("CP-1", comes_min=0, leaves_min=180, kwh=2, stated_kwh=60, stated_min=60),
        stay("CP-2", comes_min=0, leaves_min=180, kwh=40, stated_kwh=40, stated_min=180),
    )
    outcome = simulate(world, EDF, information=Information.STATED)

    assert [2, 40] == pytest.approx(delivered_kwh(outcome))


def test_the_planner_keeps_limits_and_comes_near_hindsight() -> None:
    world = setup(
        site(circuit("main", limit_a=40), connectors={"CP-1": "main", "CP-2": "main"}),
        stay("CP-1", comes_min=0, leaves_min=180, kwh=15),
        stay("CP-2", comes_min=37, leaves_min=220, kwh=15),
    )
    planned, best = simulate(world, Planned()), hindsight(world)

    assert 0 == planned.over_s
    assert 0 == planned.fallbacks
    assert 30_000 == pytest.approx(planned.delivered_wh, abs=50)
    assert best.money().total <= planned.money().total <= simulate(world, EDF).money().total


def test_hindsight_buys_when_it_is_cheap_and_as_evenly_as_it_can() -> None:
    world = setup(ONE, stay("CP-1", comes_min=0, leaves_min=240, kwh=16))

    assert 4.0 == pytest.approx(hindsight(world).summary().peak_kw)


def test_pv_surplus_costs_what_it_would_have_earned() -> None:
    world = replace(
        setup(ONE, stay("CP-1", comes_min=0, leaves_min=60, kwh=10)),
        pv=Series(starts=(START,), values=(30_000.0,), last_s=86_400),
    )
    outcome = simulate(world, UNMANAGED)

    assert 0 == pytest.approx(outcome.money().energy)
    assert 0 == outcome.summary().peak_kw
    assert 0 == pytest.approx(hindsight(world).money().total)


def test_a_battery_gives_back_what_it_stored() -> None:
    battery = SiteBattery(
        circuit_id=CircuitId("main"),
        capacity_wh=10_000,
        energy_wh=5_000,
        max_charge_w=5_000,
        max_discharge_w=20_000,
        discharge_efficiency=0.8,
    )
    world = replace(setup(ONE, stay("CP-1", comes_min=0, leaves_min=60, kwh=10)), battery=battery)
    outcome, best = simulate(world, UNMANAGED), hindsight(world)

    assert -4_000 == pytest.approx(sum(s.battery_w * s.interval.hours for s in outcome.slots))
    assert best.money().total <= outcome.money().total


def test_the_planner_fills_a_battery_where_power_is_cheap_and_gives_it_where_it_is_dear() -> None:
    battery = SiteBattery(
        circuit_id=CircuitId("main"),
        capacity_wh=8_000,
        energy_wh=1_000,
        max_charge_w=8_000,
        max_discharge_w=8_000,
        charge_efficiency=0.9,
        discharge_efficiency=0.9,
        reserve_wh=1_000,
    )
    prices = PriceSeries(
        starts=tuple(START + timedelta(hours=n) for n in range(8)),
        values=tuple(Decimal(price) for price in ("0.1 " * 2 + "0.6 " * 2 + "0.1 " * 4).split()),
        step_s=3600,
    )
    world = replace(
        setup(
            ONE,
            stay("CP-1", comes_min=120, leaves_min=230, kwh=10),
            hours=8,
            tariff=SiteTariff(currency="EUR", energy=prices),
        ),
        battery=battery,
        building=Series(starts=(START,), values=(4_000.0,), last_s=8 * 3600),
    )
    planned, best = simulate(world, Planned()), hindsight(world)
    stored_wh = battery.energy_wh
    for slot in planned.slots:
        flow_wh = slot.battery_w * slot.interval.hours
        stored_wh += 0.9 * flow_wh if flow_wh > 0 else flow_wh / 0.9
        assert battery.reserve_wh - 1 <= stored_wh <= battery.capacity_wh + 1

    assert 0 == planned.fallbacks
    assert [10.0] == pytest.approx(delivered_kwh(planned), abs=0.01)
    assert 7_000 / 0.9 == pytest.approx(
        sum(s.battery_w * s.interval.hours for s in planned.slots[:8]), rel=0.01
    )
    assert -7_000 * 0.9 == pytest.approx(
        sum(s.battery_w * s.interval.hours for s in planned.slots if s.battery_w < 0), rel=0.01
    )
    assert best.money().total <= planned.money().total < simulate(world, EDF).money().total


@pytest.mark.parametrize("step_s", [700, 3600])
def test_long_steps_change_neither_peak_nor_prices(step_s: int) -> None:
    prices = PriceSeries(
        starts=tuple(START + timedelta(minutes=15 * n) for n in range(16)),
        values=tuple(Decimal(n) / 10 for n in range(16)),
        step_s=900,
    )
    tariff = SiteTariff(currency="EUR", energy=prices, demand_charge_per_kw=Decimal(8))
    world = setup(ONE, stay("CP-1", comes_min=0, leaves_min=240, kwh=60), tariff=tariff)
    fine, coarse = simulate(world, UNMANAGED), simulate(replace(world, step_s=step_s), UNMANAGED)

    assert 22.08 == pytest.approx(coarse.summary().peak_kw)
    assert fine.money().total == pytest.approx(coarse.money().total)


def test_demand_is_charged_by_local_month() -> None:
    world = setup(ONE, stay("CP-1", comes_min=0, leaves_min=60, kwh=10))
    later = stay("CP-2", comes_min=31 * 24 * 60, leaves_min=31 * 24 * 60 + 60, kwh=5)
    long = replace(world, stays=(*world.stays, later), end=START + timedelta(days=32))
    outcome = simulate(long, UNMANAGED)

    assert ["2026-03", "2026-04"] == list(outcome.peaks_w())
    assert 8 * sum(outcome.peaks_w().values()) / 1000 == pytest.approx(outcome.money().demand)


def test_a_stay_that_began_before_or_ends_after_the_period_counts_as_far_as_it_is_inside() -> None:
    world = setup(ONE, stay("CP-1", comes_min=-60, leaves_min=30, kwh=40))

    assert [11.04] == pytest.approx(delivered_kwh(simulate(world, UNMANAGED)))
    assert 11_040 == pytest.approx(hindsight(world).delivered_wh)
