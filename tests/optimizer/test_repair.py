"""What chargers can do, nobody starving, and calm."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings

import optimizer
from ocpp_core.domain.ids import SessionId
from ocpp_core.domain.plan import Fallback, PlanOptions, SiteSnapshot
from optimizer import lp
from optimizer.model import read
from optimizer.problem import build
from optimizer.repair import repair
from tests.optimizer.builders import START, VOLTS, car, circuit, site, snapshot
from tests.optimizer.strategies import snapshots


@settings(max_examples=60)
@given(snapshots(least=1))
def test_orders_are_nothing_or_at_least_the_minimum(taken: SiteSnapshot) -> None:
    inputs = read(taken)
    problem = build(inputs, PlanOptions())
    assume(problem.size)
    model = lp.Model(problem, PlanOptions())

    orders = repair(problem, model.solve(), model.solve_within).orders

    for of in inputs.cars:
        assert all(order == 0 or of.min_deci <= order <= of.max_deci for order in orders[of.index])


def follow(taken: SiteSnapshot, minutes: int, steps: int) -> dict[SessionId, list[float]]:
    """Plan again every few minutes; cars draw what they are ordered. Returns orders in force."""
    history: dict[SessionId, list[float]] = defaultdict(list)
    step = timedelta(minutes=minutes)
    length = taken.horizon_end - taken.taken_at
    for n in range(steps):
        now = START + n * step
        taken = replace(
            taken,
            taken_at=now,
            slot_starts=tuple(now + t * (length / len(taken.slot_starts)) for t in range(8)),
            horizon_end=now + length,
        )
        orders = {
            slot.session_id: slot.current_a
            for slot in optimizer.plan(taken).plan.slots
            if slot.start == now
        }
        sessions = []
        for need in taken.sessions:
            current_a = orders.get(need.session_id, 0.0)
            history[need.session_id].append(current_a)
            drawn_wh = current_a * len(need.phases) * VOLTS * minutes / 60
            rest_wh = max(0.0, need.energy_wh - drawn_wh)
            sessions.append(replace(need, energy_wh=rest_wh, current_a=current_a))
        taken = replace(taken, sessions=tuple(sessions))
    return history


def test_cars_that_cannot_all_run_take_turns_and_none_starves() -> None:
    """OCPP.md row 44."""
    names = [f"CP-{n}" for n in range(1, 6)]
    on = site(circuit("main", limit_a=14), connectors=dict.fromkeys(names, "main"))
    wishes = (car(name, kwh=12, hours=6, max_a=16) for name in names)
    taken = snapshot(on, *wishes, slot_h=(0.25,) * 8)

    history = follow(taken, minutes=5, steps=60)

    for orders in history.values():
        waits = "".join("x" if amps else "." for amps in orders).split("x")
        assert any(orders)
        assert max(map(len, waits)) * 5 <= 150, "waited more than two and a half hours"


def test_turns_last_at_least_a_quarter_of_an_hour() -> None:
    names = ["CP-1", "CP-2", "CP-3"]
    on = site(circuit("main", limit_a=14), connectors=dict.fromkeys(names, "main"))
    wishes = (car(name, kwh=12, hours=6, max_a=16) for name in names)
    taken = snapshot(on, *wishes, slot_h=(0.25,) * 8)

    history = follow(taken, minutes=5, steps=24)

    starts = sum(
        before == 0 < after for orders in history.values() for before, after in pairwise(orders)
    )
    assert starts <= 24 * 5 / 15


def test_everything_feasible_is_delivered_under_a_binding_limit() -> None:
    names = [f"CP-{n}" for n in range(1, 7)]
    on = site(circuit("main", limit_a=40), connectors=dict.fromkeys(names, "main"))
    wishes = [
        car(name, kwh=4 + 2 * n, hours=1.5 + 0.5 * n, max_a=16) for n, name in enumerate(names)
    ]
    taken = snapshot(on, *wishes, slot_h=(0.25,) * 8)

    history = follow(taken, minutes=5, steps=54)

    for need in wishes:
        stay = int((need.departure - START) / timedelta(minutes=5))
        taken_wh = sum(history[need.session_id][:stay]) * 3 * VOLTS / 12
        assert taken_wh >= 0.995 * need.energy_wh


@pytest.mark.parametrize("limit_a", [20, 24, 33])
def test_rounding_loses_no_energy(limit_a: int) -> None:
    names = [f"CP-{n}" for n in range(1, 9)]
    on = site(circuit("main", limit_a=limit_a), connectors=dict.fromkeys(names, "main"))
    wishes = [car(name, kwh=limit_a * 0.69 * 4 / 8 * 0.98, hours=4) for name in names]
    taken = snapshot(on, *wishes, slot_h=(0.25,) * 16, demand_charge=10.0)

    made = optimizer.plan(taken).plan

    assert () == made.unmet


def test_the_peak_is_not_raised_for_energy_that_is_worth_less() -> None:
    """Half an hour is too short: a kW brings half a kWh, worth 10, and costs 15.5."""
    on = site(circuit("main", limit_a=100), connectors={"CP-1": "main"})
    taken = snapshot(
        on,
        car("CP-1", kwh=10, hours=0.5),
        slot_h=(0.25,) * 8,
        demand_charge=15.5,
        peak_w=4968,
    )

    made = optimizer.plan(taken, PlanOptions(energy_first=False, unmet_price_per_kwh=20)).plan

    assert max(made.site_w) == pytest.approx(4968)


def test_steps_of_chargers_cost_next_to_nothing() -> None:
    names = [f"CP-{n}" for n in range(1, 31)]
    on = site(circuit("main", limit_a=251.7), connectors=dict.fromkeys(names, "main"))
    wishes = [
        car(name, kwh=3.3 + 0.77 * n % 9, hours=2 + 0.25 * (n % 9), max_a=16)
        for n, name in enumerate(names)
    ]
    price = [0.2, 0.3, 0.1, 0.2] * 4
    taken = snapshot(on, *wishes, slot_h=(0.25,) * 16, price=price, demand_charge=0.5)

    outcome = optimizer.plan(taken)

    assert not isinstance(outcome, Fallback)
    assert outcome.gap <= 0.002
    assert () == outcome.plan.unmet


def test_the_mixed_integer_program_only_ever_improves_on_the_repair() -> None:
    names = [f"CP-{n}" for n in range(1, 6)]
    on = site(circuit("main", limit_a=20), connectors=dict.fromkeys(names, "main"))
    wishes = [car(name, kwh=2.9 + n, hours=1 + 0.5 * n, max_a=16) for n, name in enumerate(names)]
    price = [0.1, 0.3, 0.2, 0.4, 0.1, 0.3, 0.5, 0.2, 0.3, 0.1, 0.4, 0.2]
    taken = snapshot(on, *wishes, slot_h=(0.25,) * 12, price=price)

    quick = optimizer.plan(taken)
    thorough = optimizer.plan(taken, PlanOptions(milp_s=2.0))

    assert not isinstance(thorough, Fallback)
    assert not isinstance(quick, Fallback)
    assert thorough.gap <= quick.gap + 1e-9
    assert quick.gap > 0
