"""Powers in steps of the charger, and room for what rounding and minima left out.

What one slot cannot take is given in another one, first below the planned peak, then above it;
where nothing else helps, running cars make room. A car that needs less than its order in its last
slot simply gets done early.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from optimizer.arrays import Floats
from optimizer.lp import Solution
from optimizer.model import turn_of
from optimizer.problem import Problem
from optimizer.repair.bench import Bench, Orders, peak_free_kw, start
from optimizer.repair.pattern import EPSILON_KW, Weights, last_running

CRUMB_KWH = 0.05
"""Energy for which the peak is not raised, kWh."""

ENOUGH_KWH = 1e-6
"""Energy that is not looked for, kWh."""

MAKE_ROOM_TRIES = 60
"""Bound on the search for room in one plan; a try costs about half a millisecond."""


def in_steps(problem: Problem, solution: Solution, weights: Weights, beside_kw: Floats) -> Orders:
    """Return orders in steps of the charger, close to the solver's powers.

    `beside_kw` is what battery and expected cars add to the import in each slot.

    Powers are rounded down; what that frees takes up what each car is then short of.
    """
    bench = start(problem, solution, weights, beside_kw)
    _top_up(bench, solution.power_kw)
    if not (bench.short > ENOUGH_KWH).any():
        return bench.orders
    turns = sorted(range(len(bench.kinds)), key=lambda car: turn_of(problem.inputs, car))
    for car in bench.lacking(turns, ENOUGH_KWH):
        _refill(bench, car, below_peak=True)
    _above_peak(bench, turns, solution.peak_kw)
    _make_room(bench, turns)
    return bench.orders


def _one_step_kw(problem: Problem) -> float:
    cars = problem.inputs.cars
    return max((car.kw_per_deci * car.step_deci for car in cars), default=0.0)


def _top_up(bench: Bench, power_kw: Floats) -> None:
    """Give what rounding took: whole steps where they fit, the rest in the car's last slot.

    A step too many in the last slot costs no energy: the car gets done early.
    """
    problem, kinds = bench.problem, bench.kinds
    unit_kw = np.array([kind.unit_kw for kind in kinds])[problem.car]
    orders = bench.orders[problem.car, problem.slot]
    lost = np.where(orders > 0, power_kw - orders * unit_kw, 0.0)
    last = last_running(problem, orders > 0)
    lacks = bench.short[problem.car] > ENOUGH_KWH
    rounded = np.flatnonzero((lost > EPSILON_KW) & ~last & lacks)
    for cell in rounded[np.argsort(-lost[rounded], kind="stable")].tolist():
        car, slot = int(problem.car[cell]), int(problem.slot[cell])
        if bench.short[car] > ENOUGH_KWH and _fits(bench, car, slot, kinds[car].step):
            bench.change(car, slot, kinds[car].step)
    for cell in np.flatnonzero(last & lacks).tolist():
        car, slot = int(problem.car[cell]), int(problem.slot[cell])
        kind, hours = kinds[car], problem.cell_hours[cell]
        steps = math.ceil(bench.short[car] / hours / kind.unit_kw / kind.step - 1e-9) * kind.step
        if bench.short[car] > ENOUGH_KWH and _fits(bench, car, slot, steps):
            bench.change(car, slot, steps)


def _fits(bench: Bench, car: int, slot: int, steps: int) -> bool:
    """Tell whether more steps keep the limits and the planned peak."""
    more_kw = steps * bench.kinds[car].unit_kw
    if bench.charging_kw[slot] + more_kw > bench.peak_free_kw[slot] + EPSILON_KW:
        return False
    return bench.room_at(car, slot) >= steps


def _above_peak(bench: Bench, turns: list[int], peak_kw: float) -> None:
    """Give what is still missing above the planned peak where it is worth more than its charge.

    A rise is undone where it brings less than it costs: what is missing may not fit there. Not for
    crumbs, nor for what only many cars together lack: plans are made again and again, and a peak,
    once raised, is paid for all month.
    """
    problem = bench.problem
    charge = problem.inputs.demand_charge_per_kw if problem.peaks else 0.0
    whole_kw = max((car.max_kw for car in problem.inputs.cars), default=0.0)
    crumbs = np.maximum(CRUMB_KWH, 0.01 * problem.energy_kwh)
    for above_kw in (_one_step_kw(problem), 0.01 * peak_kw, 0.05 * peak_kw, whole_kw):
        worth = charge * above_kw / np.maximum(problem.credit, 1e-9)
        lacking = bench.lacking(turns, np.maximum(crumbs, worth))
        if not lacking:
            continue
        before, free_kw = bench.saved(), bench.peak_free_kw
        cost, forgone = charge * bench.peak_kw(peak_kw), bench.forgone()
        raised = peak_free_kw(problem, peak_kw + above_kw, bench.beside_kw)
        bench.peak_free_kw = np.maximum(free_kw, raised)
        for car in lacking:
            _refill(bench, car, below_peak=True)
        if forgone - bench.forgone() < charge * bench.peak_kw(peak_kw) - cost:
            bench.go_back(before)
            bench.peak_free_kw = free_kw


def _trim(bench: Bench, car: int) -> None:
    """Take back what is offered beyond the energy wanted, from the dearest slots."""
    kind = bench.kinds[car]
    excess = -bench.short_kwh(car) / kind.unit_kw
    if excess <= 0:
        return
    for slot in bench.by_cost(car)[::-1].tolist():
        order = int(bench.orders[car, slot])
        if order == 0:
            continue
        hours = float(bench.window[car, slot])
        if excess >= order * hours - 1e-9:
            cut = order
        else:
            whole = int(excess / hours) // kind.step * kind.step
            cut = max(0, min(whole, order - kind.least))
        if cut:
            bench.change(car, slot, -cut)
            excess -= cut * hours


def _refill(bench: Bench, car: int, *, below_peak: bool) -> None:
    """Give what is missing: raise running slots, then wake idle ones, the cheapest first."""
    kind = bench.kinds[car]
    if bench.short_kwh(car) <= 1e-9:
        return
    slots = bench.by_cost(car)
    slots = slots[bench.problem.cost[bench.problem.cell_of[car, slots]] < 0]
    room = bench.room(car, below_peak=below_peak)
    runs = bench.orders[car, slots] > 0
    running = slots[runs & (room[slots] > 0)]
    idle = slots[~runs & (room[slots] >= kind.least)]
    idle = idle[_worth_waking(bench, car, idle)]
    short = bench.short_kwh(car) / kind.unit_kw
    for slot in [*running.tolist(), *idle.tolist()]:
        if short <= 1e-9:
            break
        hours = float(bench.window[car, slot])
        need = math.ceil(short / hours / kind.step - 1e-9) * kind.step
        if bench.orders[car, slot] == 0:
            need = max(need, kind.least)
        more = min(need, int(room[slot]))
        bench.change(car, slot, more)
        short -= more * hours
    _trim(bench, car)


def _worth_waking(bench: Bench, car: int, slots: Orders) -> NDArray[np.bool_]:
    """Tell where a slot at the minimum costs less than going without what is missing.

    The minimum may be more than is missing; the rest is then taken back from a dearer slot.
    """
    problem, kind = bench.problem, bench.kinds[car]
    cells = problem.cell_of[car]
    here = cells[slots]
    minimum_kwh = kind.unit_kw * kind.least * problem.cell_hours[here]
    short = np.minimum(bench.short_kwh(car), minimum_kwh)
    ours = cells[(bench.orders[car] > 0) & (cells >= 0)]
    # Prices less the credit that every kWh earns alike.
    price = problem.cost[here] / problem.cell_hours[here]
    dearest = price
    if len(ours):
        dearest = np.full(len(slots), float((problem.cost[ours] / problem.cell_hours[ours]).max()))
    worth: NDArray[np.bool_] = short * price + (minimum_kwh - short) * (price - dearest) < 0
    return worth


def _make_room(bench: Bench, turns: list[int]) -> None:
    """Let cars that can catch up later lower their orders for those who are still short."""
    tries = 0
    wanted = bench.problem.energy_kwh
    # What the solver could not give either is not looked for.
    missing = np.maximum(0.0, wanted - bench.target_kwh) + np.maximum(0.01, 0.002 * wanted)
    for car in bench.lacking(turns, missing):
        for slot in bench.by_cost(car).tolist():
            if bench.short[car] <= missing[car]:
                break
            if tries >= MAKE_ROOM_TRIES:
                return
            tries += 1
            _swap(bench, car, slot, turns)


def _swap(bench: Bench, car: int, slot: int, turns: list[int]) -> None:
    """Try one slot: others go down there, as far as needed, and refill elsewhere; or nothing."""
    kinds, mine = bench.kinds, bench.kinds[car]
    order = int(bench.orders[car, slot])
    least = mine.least if order == 0 else mine.step
    short = bench.short_kwh(car)
    step_kwh = mine.step * mine.unit_kw * float(bench.window[car, slot])
    need = math.ceil(short / step_kwh - 1e-9) * mine.step
    goal = min(max(need, least), mine.most - order)
    before = bench.saved()
    donors = [
        donor
        for donor in reversed(turns)
        if donor != car
        and bench.orders[donor, slot] > kinds[donor].least
        and kinds[donor].limits & mine.limits
    ]
    gave = []
    short_of_donors = 0.0
    for donor in donors:
        lacking = goal - bench.room_at(car, slot)
        if lacking <= 0:
            break
        ratio = max(1.0, mine.unit_kw / kinds[donor].unit_kw)
        spare = int(bench.orders[donor, slot]) - kinds[donor].least
        short_of_donors += max(0.0, bench.short_kwh(donor))
        by = kinds[donor].step
        bench.change(donor, slot, -min(spare, math.ceil(lacking * ratio / by) * by))
        gave.append(donor)
    room = bench.room_at(car, slot)
    if gave and room >= least:
        bench.change(car, slot, min(room, goal))
        _trim(bench, car)  # a minimum may be more than it was short of: room for the donors
        for donor in gave:
            _refill(bench, donor, below_peak=False)
        lost = sum(max(0.0, bench.short_kwh(donor)) for donor in gave) - short_of_donors
        if short - max(0.0, bench.short_kwh(car)) > lost + 1e-6:
            return
    bench.go_back(before)
