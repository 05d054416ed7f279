"""Powers in steps of the charger, and room for what rounding and minima left out.

What one slot cannot take is given in another one, first below the planned peak, then above it;
where nothing else helps, running cars make room. A car that needs less than its order in its last
slot simply gets done early.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.lp import Solution
from optimizer.model import patience_h
from optimizer.problem import Floats, Problem
from optimizer.repair.pattern import EPSILON_KW, Weights, last_running

Orders = NDArray[np.int64]
"""Cars by slots, tenths of an ampere."""

CRUMB_KWH = 0.05
"""Energy for which the peak is not raised, kWh."""

ENOUGH_KWH = 1e-6
"""Energy that is not looked for, kWh."""

MAKE_ROOM_TRIES = 60
"""Bound on the search for room in one plan; a try costs about half a millisecond."""


@dataclass(slots=True)
class _Bench:
    """Orders under work and what they leave free."""

    problem: Problem
    orders: Orders
    used_kw: Floats
    """Groups by slots."""
    charging_kw: Floats
    """All cars, for each slot."""
    peak_free_kw: Floats
    """For each slot: charging below which the planned peak is not raised."""
    beside_kw: Floats
    """For each slot: import of battery and expected cars."""
    groups_of: list[tuple[NDArray[np.int64], Floats]]
    """For each car: its groups, and kW on them for each step of its order."""
    limits_of: list[frozenset[int]]
    """For each car: the same groups."""
    window: Floats
    """Cars by slots: hours there."""
    free_kw: Floats
    """Groups by slots, before any charging."""
    slots_by_cost: dict[int, list[int]]
    """For cars that were asked for: the slots of the stay, the cheapest kWh first."""
    target_kwh: Floats
    """For each car: energy that the solver found possible."""

    def room(self, car: int, *, below_peak: bool) -> Orders:
        """Return by how much a car's order could rise in each slot, tenths of an ampere."""
        model = self.problem.inputs.cars[car]
        groups, weight = self.groups_of[car]
        top = np.where(self.window[car] > 0, model.max_deci - self.orders[car], 0)
        steps = top.astype(float)
        if len(groups):
            left = self.free_kw[groups] - self.used_kw[groups] + EPSILON_KW
            np.minimum(steps, (left / weight[:, None]).min(axis=0), out=steps)
        if below_peak:
            left = self.peak_free_kw - self.charging_kw + EPSILON_KW
            np.minimum(steps, left / model.kw_per_deci, out=steps)
        room: Orders = np.maximum(steps, 0.0).astype(np.int64)
        return room // model.step_deci * model.step_deci

    def room_at(self, car: int, slot: int) -> int:
        """Return by how much a car's order could rise in one slot, the peak aside."""
        groups, weight = self.groups_of[car]
        step = self.problem.inputs.cars[car].step_deci
        top = self.problem.inputs.cars[car].max_deci - int(self.orders[car, slot])
        if not len(groups):
            return top
        left = self.free_kw[groups, slot] - self.used_kw[groups, slot] + EPSILON_KW
        return max(0, min(top, int((left / weight).min()))) // step * step

    def change(self, car: int, slot: int, by: int) -> None:
        """Raise (or lower) an order."""
        self.orders[car, slot] += by
        self.charging_kw[slot] += by * self.problem.inputs.cars[car].kw_per_deci
        groups, weight = self.groups_of[car]
        self.used_kw[groups, slot] += by * weight

    def by_cost(self, car: int) -> list[int]:
        """Return the slots of a car's stay, the cheapest kWh first."""
        if car not in self.slots_by_cost:
            self.slots_by_cost[car] = _by_cost(self.problem, car)
        return self.slots_by_cost[car]

    def short_kwh(self, car: int) -> float:
        """Energy that the orders leave a car short of, kWh; negative when they offer more."""
        model = self.problem.inputs.cars[car]
        power = np.minimum(self.orders[car] * model.kw_per_deci, model.accepts_kw)
        return float(self.problem.energy_kwh[car] - power @ self.window[car])


def in_steps(problem: Problem, solution: Solution, weights: Weights, beside_kw: Floats) -> Orders:
    """Return orders in steps of the charger, close to the solver's powers.

    `beside_kw` is what battery and expected cars add to the import in each slot.

    Powers are rounded down; what that frees takes up what each car is then short of.
    """
    bench = _bench(problem, solution, weights, beside_kw)
    _top_up(bench, solution.power_kw)
    turns = sorted(range(len(problem.inputs.cars)), key=lambda car: turn(problem, car))
    for car in turns:
        if bench.short_kwh(car) > ENOUGH_KWH:
            _refill(bench, car, below_peak=True)
    _above_peak(bench, turns, solution.peak_kw)
    _make_room(bench, turns)
    return bench.orders


def _one_step_kw(problem: Problem) -> float:
    cars = problem.inputs.cars
    return max((car.kw_per_deci * car.step_deci for car in cars), default=0.0)


def _bench(problem: Problem, solution: Solution, weights: Weights, beside_kw: Floats) -> _Bench:
    cars, shape = problem.inputs.cars, problem.cell_of.shape
    window = np.zeros(shape)
    window[problem.car, problem.slot] = problem.cell_hours
    solved = np.bincount(problem.slot, weights=solution.power_kw, minlength=shape[1])
    peak_free = np.maximum(_peak_free(problem, solution.peak_kw, beside_kw), solved)
    orders, cell_kw = _rounded_down(problem, solution.power_kw, weights, peak_free)
    charging = np.bincount(problem.slot, weights=cell_kw, minlength=shape[1])
    groups_of = _groups_of(problem)
    given = solution.power_kw * problem.cell_hours
    return _Bench(
        problem=problem,
        orders=orders,
        used_kw=weights.load_kw(problem, cell_kw),
        charging_kw=charging,
        peak_free_kw=peak_free,
        beside_kw=beside_kw,
        groups_of=groups_of,
        limits_of=[frozenset(groups.tolist()) for groups, _ in groups_of],
        window=window,
        free_kw=weights.free_kw,
        slots_by_cost={},
        target_kwh=np.bincount(problem.car, weights=given, minlength=len(cars)),
    )


def _rounded_down(
    problem: Problem, power_kw: Floats, weights: Weights, peak_free_kw: Floats
) -> tuple[Orders, Floats]:
    """Return whole steps, and the power of each cell that they allow, kW.

    A car's last slot is ordered at the minimum where it is below and there is room: it gets done
    early.
    """
    cars = problem.inputs.cars
    unit_kw = np.array([car.kw_per_deci for car in cars])[problem.car]
    least = np.array([car.min_deci for car in cars], dtype=np.int64)[problem.car]
    step = np.array([car.step_deci for car in cars], dtype=np.int64)[problem.car]
    deci = np.floor(power_kw / unit_kw + 1e-6).astype(np.int64) // step * step
    deci[deci < least] = 0
    last = last_running(problem, power_kw > EPSILON_KW) & (power_kw > EPSILON_KW) & (deci == 0)
    if last.any():
        load = weights.load_kw(problem, deci * unit_kw)
        charging = np.bincount(problem.slot, weights=deci * unit_kw, minlength=len(peak_free_kw))
        for cell in np.flatnonzero(last).tolist():
            slot = problem.slot[cell]
            here = weights.per_kw[:, problem.car[cell]] * weights.least_kw[cell]
            all_kw = charging[slot] + weights.least_kw[cell]
            fits = (load[:, slot] + here <= weights.free_kw[:, slot] + EPSILON_KW).all()
            if fits and all_kw <= peak_free_kw[slot] + EPSILON_KW:
                deci[cell] = least[cell]
                load[:, slot] += here
                charging[slot] = all_kw
    orders = np.zeros(problem.cell_of.shape, dtype=np.int64)
    orders[problem.car, problem.slot] = deci
    return orders, deci * unit_kw


def _top_up(bench: _Bench, power_kw: Floats) -> None:
    """Give what rounding took: whole steps where they fit, the rest in the car's last slot.

    A step too many in the last slot costs no energy: the car gets done early.
    """
    problem = bench.problem
    cars = problem.inputs.cars
    unit_kw = np.array([car.kw_per_deci for car in cars])[problem.car]
    step = np.array([car.step_deci for car in cars], dtype=np.int64)[problem.car]
    orders = bench.orders[problem.car, problem.slot]
    lost = np.where(orders > 0, power_kw - orders * unit_kw, 0.0)
    last = last_running(problem, orders > 0)
    short = bench.problem.energy_kwh - np.bincount(
        problem.car, weights=orders * unit_kw * problem.cell_hours, minlength=len(cars)
    )
    for cell in np.argsort(-lost, kind="stable").tolist():
        if lost[cell] <= EPSILON_KW:
            break
        car, slot = int(problem.car[cell]), int(problem.slot[cell])
        more = int(step[cell])
        step_kwh = more * unit_kw[cell] * problem.cell_hours[cell]
        if not last[cell] and short[car] > ENOUGH_KWH and _fits(bench, car, slot, more):
            bench.change(car, slot, more)
            short[car] -= step_kwh
    for cell in np.flatnonzero(last).tolist():
        car, slot = int(problem.car[cell]), int(problem.slot[cell])
        hours = problem.cell_hours[cell]
        more = int(step[cell])
        steps = math.ceil(short[car] / hours / unit_kw[cell] / more - 1e-9) * more
        if short[car] > ENOUGH_KWH and _fits(bench, car, slot, steps):
            bench.change(car, slot, steps)


def _fits(bench: _Bench, car: int, slot: int, steps: int) -> bool:
    """Tell whether more steps keep the limits and the planned peak."""
    more_kw = steps * bench.problem.inputs.cars[car].kw_per_deci
    if bench.charging_kw[slot] + more_kw > bench.peak_free_kw[slot] + EPSILON_KW:
        return False
    return bench.room_at(car, slot) >= steps


def _above_peak(bench: _Bench, turns: list[int], peak_kw: float) -> None:
    """Give what is still missing above the planned peak where it is worth more than its charge.

    Not for crumbs: plans are made again and again, and a peak, once raised, is paid for all month.
    """
    problem = bench.problem
    charge = problem.inputs.demand_charge_per_kw if problem.peaks else 0.0
    whole_kw = max((car.max_kw for car in problem.inputs.cars), default=0.0)
    for above_kw in (_one_step_kw(problem), 0.01 * peak_kw, 0.05 * peak_kw, whole_kw):
        raised = _peak_free(problem, peak_kw + above_kw, bench.beside_kw)
        bench.peak_free_kw = np.maximum(bench.peak_free_kw, raised)
        for car in turns:
            short = bench.short_kwh(car)
            crumb = max(CRUMB_KWH, 0.01 * float(problem.energy_kwh[car]))
            if short > crumb and short * problem.credit[car] > charge * above_kw:
                _refill(bench, car, below_peak=True)


def _groups_of(problem: Problem) -> list[tuple[NDArray[np.int64], Floats]]:
    cars = problem.inputs.cars
    found: list[list[tuple[int, float]]] = [[] for _ in cars]
    for g, group in enumerate(problem.groups):
        for car, weight in zip(group.members.tolist(), group.weight.tolist(), strict=True):
            found[car].append((g, weight * cars[car].kw_per_deci))
    return [
        (np.array([g for g, _ in mine], dtype=np.int64), np.array([kw for _, kw in mine]))
        for mine in found
    ]


def turn(problem: Problem, car: int) -> tuple[float, float, int]:
    """Order in which cars are served when not all can be: class, time left to wait, name.

    Waiting costs laxity and charging does not, so that cars take turns and none starves.
    """
    model = problem.inputs.cars[car]
    return (-model.need.priority, patience_h(problem.inputs, model), car)


def _peak_free(problem: Problem, peak_kw: float, beside_kw: Floats) -> Floats:
    free = np.full(len(problem.hours), np.inf)
    if problem.peaks:
        base = np.array(problem.inputs.building_kw) - np.array(problem.inputs.pv_kw)
        free = np.maximum(0.0, peak_kw - base - beside_kw)
    return free


def _trim(bench: _Bench, car: int) -> None:
    """Take back what is offered beyond the energy wanted, from the dearest slots."""
    model = bench.problem.inputs.cars[car]
    excess = -bench.short_kwh(car) / model.kw_per_deci
    if excess <= 0:
        return
    for slot in reversed(bench.by_cost(car)):
        order = int(bench.orders[car, slot])
        if order == 0:
            continue
        hours = float(bench.window[car, slot])
        if excess >= order * hours - 1e-9:
            cut = order
        else:
            whole = int(excess / hours) // model.step_deci * model.step_deci
            cut = max(0, min(whole, order - model.min_deci))
        if cut:
            bench.change(car, slot, -cut)
            excess -= cut * hours


def _refill(bench: _Bench, car: int, *, below_peak: bool) -> None:
    """Give what is missing: raise running slots, then wake idle ones, the cheapest first."""
    model = bench.problem.inputs.cars[car]
    if bench.short_kwh(car) <= 1e-9:
        return
    cells = bench.problem.cell_of[car]
    slots = [s for s in bench.by_cost(car) if bench.problem.cost[cells[s]] < 0]
    room = bench.room(car, below_peak=below_peak)
    running = [s for s in slots if bench.orders[car, s] > 0 and room[s] > 0]
    idle = [
        s
        for s in slots
        if bench.orders[car, s] == 0 and room[s] >= model.min_deci and _worth_waking(bench, car, s)
    ]
    short = bench.short_kwh(car) / model.kw_per_deci
    for slot in [*running, *idle]:
        if short <= 1e-9:
            break
        hours = float(bench.window[car, slot])
        need = math.ceil(short / hours / model.step_deci - 1e-9) * model.step_deci
        if bench.orders[car, slot] == 0:
            need = max(need, model.min_deci)
        more = min(need, int(room[slot]))
        bench.change(car, slot, more)
        short -= more * hours
    _trim(bench, car)


def _worth_waking(bench: _Bench, car: int, slot: int) -> bool:
    """Tell whether a slot at the minimum costs less than going without what is missing.

    The minimum may be more than is missing; the rest is then taken back from a dearer slot.
    """
    problem = bench.problem
    cells = problem.cell_of[car]
    here = cells[slot]
    minimum_kwh = problem.inputs.cars[car].kw_per_deci * problem.inputs.cars[car].min_deci
    minimum_kwh *= float(problem.cell_hours[here])
    short = min(bench.short_kwh(car), minimum_kwh)
    ours = cells[(bench.orders[car] > 0) & (cells >= 0)]
    per_kwh = problem.cost[ours] / problem.cell_hours[ours]
    # Prices less the credit that every kWh earns alike.
    here_price = float(problem.cost[here] / problem.cell_hours[here])
    dearest = float(per_kwh.max()) if len(ours) else here_price
    return short * here_price + (minimum_kwh - short) * (here_price - dearest) < 0


def _by_cost(problem: Problem, car: int) -> list[int]:
    """Slots of a car's window, the cheapest kWh first."""
    columns = problem.cell_of[car]
    columns = columns[columns >= 0]
    per_kwh = problem.cost[columns] / problem.cell_hours[columns]
    slots: list[int] = problem.slot[columns][np.argsort(per_kwh, kind="stable")].tolist()
    return slots


def _make_room(bench: _Bench, turns: list[int]) -> None:
    """Let cars that can catch up later lower their orders for those who are still short."""
    tries = 0
    for car in turns:
        for slot in bench.by_cost(car):
            # What the solver could not give either is not looked for.
            wanted = float(bench.problem.energy_kwh[car])
            missing = max(0.0, wanted - float(bench.target_kwh[car]))
            if bench.short_kwh(car) <= missing + max(0.01, 0.002 * wanted):
                break
            if tries >= MAKE_ROOM_TRIES:
                return
            tries += 1
            _swap(bench, car, slot, turns)


def _swap(bench: _Bench, car: int, slot: int, turns: list[int]) -> None:
    """Try one slot: others go down there, as far as needed, and refill elsewhere; or nothing."""
    cars = bench.problem.inputs.cars
    order = int(bench.orders[car, slot])
    step = cars[car].step_deci
    least = cars[car].min_deci if order == 0 else step
    short = bench.short_kwh(car)
    step_kwh = step * cars[car].kw_per_deci * float(bench.window[car, slot])
    need = math.ceil(short / step_kwh - 1e-9) * step
    goal = min(max(need, least), cars[car].max_deci - order)
    before = (bench.orders.copy(), bench.used_kw.copy(), bench.charging_kw.copy())
    donors = [
        donor
        for donor in reversed(turns)
        if donor != car
        and bench.orders[donor, slot] > cars[donor].min_deci
        and bench.limits_of[donor] & bench.limits_of[car]
    ]
    gave = []
    short_of_donors = 0.0
    for donor in donors:
        lacking = goal - bench.room_at(car, slot)
        if lacking <= 0:
            break
        ratio = max(1.0, cars[car].kw_per_deci / cars[donor].kw_per_deci)
        spare = int(bench.orders[donor, slot]) - cars[donor].min_deci
        short_of_donors += max(0.0, bench.short_kwh(donor))
        by = cars[donor].step_deci
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
    bench.orders[:], bench.used_kw[:], bench.charging_kw[:] = before
