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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What rounding has to know of a car."""

    unit_kw: float
    """Power for each tenth of an ampere."""
    step: int
    least: int
    most: int
    """Orders, tenths of an ampere."""
    accepts_kw: float
    groups: NDArray[np.int64]
    weight: Floats
    """kW on each of the groups for each tenth of an ampere."""
    limits: frozenset[int]
    """The same groups."""

    def kw_at(self, order: int) -> float:
        return min(order * self.unit_kw, self.accepts_kw)


@dataclass(slots=True)
class _Bench:
    """Orders under work and what they leave free."""

    problem: Problem
    kinds: list[_Kind]
    """For each car."""
    orders: Orders
    used_kw: Floats
    """Groups by slots."""
    charging_kw: Floats
    """All cars, for each slot."""
    peak_free_kw: Floats
    """For each slot: charging below which the planned peak is not raised."""
    beside_kw: Floats
    """For each slot: import of battery and expected cars."""
    window: Floats
    """Cars by slots: hours there."""
    free_kw: Floats
    """Groups by slots, before any charging."""
    short: Floats
    """For each car: energy that the orders leave it short of, kWh; negative where they offer more
    than it wants."""
    slots_by_cost: dict[int, Orders]
    """For cars that were asked for: the slots of the stay, the cheapest kWh first."""
    target_kwh: Floats
    """For each car: energy that the solver found possible."""

    def room(self, car: int, *, below_peak: bool) -> Orders:
        """Return by how much a car's order could rise in each slot, tenths of an ampere."""
        kind = self.kinds[car]
        steps = np.where(self.window[car] > 0, kind.most - self.orders[car], 0).astype(float)
        if len(kind.groups):
            left = self.free_kw[kind.groups] - self.used_kw[kind.groups] + EPSILON_KW
            np.minimum(steps, (left / kind.weight[:, None]).min(axis=0), out=steps)
        if below_peak:
            left = self.peak_free_kw - self.charging_kw + EPSILON_KW
            np.minimum(steps, left / kind.unit_kw, out=steps)
        room: Orders = np.maximum(steps, 0.0).astype(np.int64)
        return room // kind.step * kind.step

    def room_at(self, car: int, slot: int) -> int:
        """Return by how much a car's order could rise in one slot, the peak aside."""
        kind = self.kinds[car]
        top = kind.most - int(self.orders[car, slot])
        if not len(kind.groups):
            return top
        left = self.free_kw[kind.groups, slot] - self.used_kw[kind.groups, slot] + EPSILON_KW
        return max(0, min(top, int((left / kind.weight).min()))) // kind.step * kind.step

    def change(self, car: int, slot: int, by: int) -> None:
        """Raise (or lower) an order."""
        kind, before = self.kinds[car], int(self.orders[car, slot])
        self.orders[car, slot] = before + by
        self.charging_kw[slot] += by * kind.unit_kw
        self.used_kw[kind.groups, slot] += by * kind.weight
        more_kw = kind.kw_at(before + by) - kind.kw_at(before)
        self.short[car] -= more_kw * self.window[car, slot]

    def by_cost(self, car: int) -> Orders:
        """Return the slots of a car's stay, the cheapest kWh first."""
        if car not in self.slots_by_cost:
            self.slots_by_cost[car] = _by_cost(self.problem, car)
        return self.slots_by_cost[car]

    def short_kwh(self, car: int) -> float:
        """Energy that the orders leave a car short of, kWh; negative when they offer more."""
        return float(self.short[car])

    def lacking(self, turns: list[int], least_kwh: Floats | float) -> list[int]:
        """Return the cars that are short of more than that, in turn."""
        lacks = self.short > least_kwh
        return [car for car in turns if lacks[car]] if lacks.any() else []


def in_steps(problem: Problem, solution: Solution, weights: Weights, beside_kw: Floats) -> Orders:
    """Return orders in steps of the charger, close to the solver's powers.

    `beside_kw` is what battery and expected cars add to the import in each slot.

    Powers are rounded down; what that frees takes up what each car is then short of.
    """
    bench = _bench(problem, solution, weights, beside_kw)
    _top_up(bench, solution.power_kw)
    if not (bench.short > ENOUGH_KWH).any():
        return bench.orders
    turns = sorted(range(len(bench.kinds)), key=lambda car: turn(problem, car))
    for car in bench.lacking(turns, ENOUGH_KWH):
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
    given = solution.power_kw * problem.cell_hours
    kinds = _kinds(problem)
    accepts = np.array([kind.accepts_kw for kind in kinds])[problem.car]
    offered = np.minimum(cell_kw, accepts) * problem.cell_hours
    return _Bench(
        problem=problem,
        kinds=kinds,
        orders=orders,
        used_kw=weights.load_kw(problem, cell_kw),
        charging_kw=charging,
        peak_free_kw=peak_free,
        beside_kw=beside_kw,
        window=window,
        free_kw=weights.free_kw,
        short=problem.energy_kwh - np.bincount(problem.car, weights=offered, minlength=len(cars)),
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
    # Less than half a step is a crumb, for which a step elsewhere does.
    some = power_kw > np.maximum(EPSILON_KW, 0.5 * step * unit_kw)
    last = last_running(problem, some) & some & (deci == 0)
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


def _fits(bench: _Bench, car: int, slot: int, steps: int) -> bool:
    """Tell whether more steps keep the limits and the planned peak."""
    more_kw = steps * bench.kinds[car].unit_kw
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
    crumbs = np.maximum(CRUMB_KWH, 0.01 * problem.energy_kwh)
    for above_kw in (_one_step_kw(problem), 0.01 * peak_kw, 0.05 * peak_kw, whole_kw):
        raised = _peak_free(problem, peak_kw + above_kw, bench.beside_kw)
        bench.peak_free_kw = np.maximum(bench.peak_free_kw, raised)
        for car in bench.lacking(turns, crumbs):
            if bench.short[car] * problem.credit[car] > charge * above_kw:
                _refill(bench, car, below_peak=True)


def _kinds(problem: Problem) -> list[_Kind]:
    cars = problem.inputs.cars
    per_kw = np.zeros((len(cars), len(problem.groups)))
    for g, group in enumerate(problem.groups):
        per_kw[group.members, g] = group.weight
    groups_of: dict[bytes, tuple[NDArray[np.int64], frozenset[int]]] = {}
    kinds = []
    for car, mine in zip(cars, per_kw, strict=True):
        key = mine.tobytes()
        if key not in groups_of:
            groups = np.flatnonzero(mine)
            groups_of[key] = (groups, frozenset(groups.tolist()))
        groups, limits = groups_of[key]
        kinds.append(
            _Kind(
                unit_kw=car.kw_per_deci,
                step=car.step_deci,
                least=car.min_deci,
                most=car.max_deci,
                accepts_kw=car.accepts_kw,
                groups=groups,
                weight=mine[groups] * car.kw_per_deci,
                limits=limits,
            )
        )
    return kinds


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


def _refill(bench: _Bench, car: int, *, below_peak: bool) -> None:
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


def _worth_waking(bench: _Bench, car: int, slots: Orders) -> NDArray[np.bool_]:
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


def _by_cost(problem: Problem, car: int) -> Orders:
    """Slots of a car's window, the cheapest kWh first."""
    columns = problem.cell_of[car]
    columns = columns[columns >= 0]
    per_kwh = problem.cost[columns] / problem.cell_hours[columns]
    slots: Orders = problem.slot[columns][np.argsort(per_kwh, kind="stable")]
    return slots


def _make_room(bench: _Bench, turns: list[int]) -> None:
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


def _swap(bench: _Bench, car: int, slot: int, turns: list[int]) -> None:
    """Try one slot: others go down there, as far as needed, and refill elsewhere; or nothing."""
    kinds, mine = bench.kinds, bench.kinds[car]
    order = int(bench.orders[car, slot])
    least = mine.least if order == 0 else mine.step
    short = bench.short_kwh(car)
    step_kwh = mine.step * mine.unit_kw * float(bench.window[car, slot])
    need = math.ceil(short / step_kwh - 1e-9) * mine.step
    goal = min(max(need, least), mine.most - order)
    before = [one.copy() for one in (bench.orders, bench.used_kw, bench.charging_kw, bench.short)]
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
    bench.orders[:], bench.used_kw[:], bench.charging_kw[:], bench.short[:] = before
