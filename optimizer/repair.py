"""From the solver's powers to what chargers can do: 0 or at least the minimum, in steps of 0.1 A.

Never by dropping energy: what one slot cannot take is given in another one, first below the
planned peak, then above it; where nothing else helps, running cars make room. Orders are rounded
down; a car that needs less than its order in its last slot simply gets done early.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Floats, Problem, patience_h

Orders = NDArray[np.int64]
"""Cars by slots, tenths of an ampere."""

CRUMB_KWH = 0.05
"""Energy for which the peak is not raised, kWh."""

EPSILON_KW = 1e-6
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
    groups_of: list[tuple[NDArray[np.int64], Floats]]
    """For each car: its groups, and kW on them for each step of its order."""
    limits_of: list[frozenset[int]]
    """For each car: the same groups."""
    window: Floats
    """Cars by slots: hours there."""
    free_kw: Floats
    """Groups by slots, before any charging."""
    by_cost: list[list[int]]
    """For each car: the slots of its stay, the cheapest kWh first."""
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
        return room

    def room_at(self, car: int, slot: int) -> int:
        """Return by how much a car's order could rise in one slot, the peak aside."""
        groups, weight = self.groups_of[car]
        top = self.problem.inputs.cars[car].max_deci - int(self.orders[car, slot])
        if not len(groups):
            return top
        left = self.free_kw[groups, slot] - self.used_kw[groups, slot] + EPSILON_KW
        return max(0, min(top, int((left / weight).min())))

    def change(self, car: int, slot: int, by: int) -> None:
        """Raise (or lower) an order."""
        self.orders[car, slot] += by
        self.charging_kw[slot] += by * self.problem.inputs.cars[car].kw_per_deci
        groups, weight = self.groups_of[car]
        self.used_kw[groups, slot] += by * weight

    def short_kwh(self, car: int) -> float:
        """Energy that the orders leave a car short of, kWh; negative when they offer more."""
        offered = self.orders[car] @ self.window[car] * self.problem.inputs.cars[car].kw_per_deci
        return float(self.problem.energy_kwh[car] - offered)


def repair(problem: Problem, power_kw: Floats, peak_kw: float) -> Orders:
    """Return orders that chargers can follow, close to the solver's powers."""
    inputs = problem.inputs
    shape = problem.cell_of.shape
    wanted = np.zeros(shape)
    wanted[problem.car, problem.slot] = power_kw
    window = np.zeros(shape)
    window[problem.car, problem.slot] = problem.cell_hours
    groups_of = _groups_of(problem)
    bench = _Bench(
        problem=problem,
        orders=np.zeros(shape, dtype=np.int64),
        used_kw=np.zeros((len(problem.groups), shape[1])),
        charging_kw=np.zeros(shape[1]),
        peak_free_kw=_peak_free(problem, peak_kw),
        groups_of=groups_of,
        limits_of=[frozenset(groups.tolist()) for groups, _ in groups_of],
        window=window,
        free_kw=_free_kw(problem),
        by_cost=[_by_cost(problem, car) for car in range(shape[0])],
        target_kwh=(wanted * window).sum(axis=1),
    )
    steps = np.array([car.kw_per_deci for car in inputs.cars])
    lowest = np.array([car.min_deci for car in inputs.cars])
    deci = np.floor(wanted / steps[:, None] + 1e-6).astype(np.int64)
    running = deci >= lowest[:, None]
    for car, slot in zip(*np.nonzero(running), strict=True):
        bench.change(int(car), int(slot), int(deci[car, slot]))

    turns = sorted(range(len(inputs.cars)), key=lambda car: turn(problem, car))
    _wake(bench, (wanted > EPSILON_KW) & ~running, turns)
    for car in turns:
        _trim(bench, car)
    for car in turns:
        _refill(bench, car, below_peak=True)
    # Above the planned peak only as far as needed, and not for crumbs that rounding left: plans
    # are made again and again, and a peak, once raised, is paid for all month.
    one_step_kw = float(steps.max(initial=0.0))
    for above_kw in (one_step_kw, 0.01 * peak_kw, 0.05 * peak_kw, np.inf):
        bench.peak_free_kw = _peak_free(problem, peak_kw + above_kw)
        for car in turns:
            if bench.short_kwh(car) > max(CRUMB_KWH, 0.01 * float(problem.energy_kwh[car])):
                _refill(bench, car, below_peak=True)
    _make_room(bench, turns)
    return bench.orders


def _free_kw(problem: Problem) -> Floats:
    shape = (len(problem.groups), len(problem.hours))
    return np.array([group.free_kw for group in problem.groups]).reshape(shape)


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


def pattern_bounds(problem: Problem, orders: Orders) -> tuple[Floats, Floats]:
    """Return bounds for each cell: what is on stays at the minimum or more, what is off stays off.

    A car whose minima alone are more than it wants keeps no lower bounds: it gets done early.
    """
    cars = problem.inputs.cars
    step = np.array([car.kw_per_deci for car in cars])[problem.car]
    least = np.array([car.min_deci for car in cars])[problem.car] * step
    on = orders[problem.car, problem.slot] > 0
    minima = np.bincount(problem.car, weights=least * problem.cell_hours * on, minlength=len(cars))
    tight = (minima > problem.energy_kwh - 1e-6)[problem.car]
    return np.where(on & ~tight, least, 0.0), np.where(on, problem.upper_kw, 0.0)


def turn(problem: Problem, car: int) -> tuple[float, float, int]:
    """Order in which cars are served when not all can be: class, time left to wait, name.

    Waiting costs laxity and charging does not, so that cars take turns and none starves.
    """
    model = problem.inputs.cars[car]
    return (-model.need.priority, patience_h(problem.inputs, model), car)


def _peak_free(problem: Problem, peak_kw: float) -> Floats:
    free = np.full(len(problem.hours), np.inf)
    if problem.peaks:
        base = np.array(problem.inputs.building_kw) - np.array(problem.inputs.pv_kw)
        free = np.maximum(0.0, peak_kw - base)
    return free


def _wake(bench: _Bench, small: NDArray[np.bool_], turns: list[int]) -> None:
    """Raise powers below the minimum to the minimum, first slots and urgent cars first."""
    cars = bench.problem.inputs.cars
    for slot in np.flatnonzero(small.any(axis=0)).tolist():
        for car in turns:
            if not small[car, slot] or bench.short_kwh(car) <= 0:
                continue
            if bench.room(car, below_peak=True)[slot] >= cars[car].min_deci:
                bench.change(car, slot, cars[car].min_deci)


def _trim(bench: _Bench, car: int) -> None:
    """Take back what is offered beyond the energy wanted, from the dearest slots."""
    model = bench.problem.inputs.cars[car]
    excess = -bench.short_kwh(car) / model.kw_per_deci
    if excess <= 0:
        return
    for slot in reversed(bench.by_cost[car]):
        order = int(bench.orders[car, slot])
        if order == 0:
            continue
        hours = float(bench.window[car, slot])
        if excess >= order * hours - 1e-9:
            cut = order
        else:
            cut = max(0, min(int(excess / hours), order - model.min_deci))
        if cut:
            bench.change(car, slot, -cut)
            excess -= cut * hours


def _refill(bench: _Bench, car: int, *, below_peak: bool) -> None:
    """Give what is missing: raise running slots, then wake idle ones, the cheapest first."""
    model = bench.problem.inputs.cars[car]
    if bench.short_kwh(car) <= 1e-9:
        return
    slots = bench.by_cost[car]
    room = bench.room(car, below_peak=below_peak)
    running = [s for s in slots if bench.orders[car, s] > 0 and room[s] > 0]
    idle = [s for s in slots if bench.orders[car, s] == 0 and room[s] >= model.min_deci]
    short = bench.short_kwh(car) / model.kw_per_deci
    for slot in [*running, *idle]:
        if short <= 1e-9:
            break
        hours = float(bench.window[car, slot])
        need = math.ceil(short / hours - 1e-9)
        if bench.orders[car, slot] == 0:
            need = max(need, model.min_deci)
        more = min(need, int(room[slot]))
        bench.change(car, slot, more)
        short -= more * hours
    _trim(bench, car)


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
        for slot in bench.by_cost[car]:
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
    least = cars[car].min_deci if order == 0 else 1
    short = bench.short_kwh(car)
    need = math.ceil(short / cars[car].kw_per_deci / float(bench.window[car, slot]) - 1e-9)
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
        bench.change(donor, slot, -min(spare, math.ceil(lacking * ratio)))
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
