"""Orders in steps of the charger under work, and the room that they leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.arrays import Floats
from optimizer.lp import Solution
from optimizer.problem import Problem
from optimizer.repair.pattern import EPSILON_KW, Weights, last_running

Orders = NDArray[np.int64]
"""Cars by slots, tenths of an ampere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
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
        """Return what the car takes of an order, kW."""
        return min(order * self.unit_kw, self.accepts_kw)


@dataclass(slots=True)
class Bench:
    """Orders under work and what they leave free."""

    problem: Problem
    kinds: list[Kind]
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

    def forgone(self) -> float:
        """Return what the energy is worth that the orders leave cars short of."""
        return float(np.maximum(0.0, self.short) @ self.problem.credit)

    def peak_kw(self, least_kw: float) -> float:
        """Return the highest import of any slot, or `least_kw` where that is more."""
        inputs = self.problem.inputs
        base = np.array(inputs.building_kw) - np.array(inputs.pv_kw) + self.beside_kw
        return max(least_kw, float((base + self.charging_kw).max(initial=0.0)))

    def saved(self) -> tuple[Orders, Floats, Floats, Floats]:
        """Return what `go_back` needs."""
        orders, used, charging = self.orders.copy(), self.used_kw.copy(), self.charging_kw.copy()
        return orders, used, charging, self.short.copy()

    def go_back(self, saved: tuple[Orders, Floats, Floats, Floats]) -> None:
        """Undo every change since."""
        self.orders[:], self.used_kw[:], self.charging_kw[:], self.short[:] = saved

    def lacking(self, turns: list[int], least_kwh: Floats | float) -> list[int]:
        """Return the cars that are short of more than that, in turn."""
        lacks = self.short > least_kwh
        return [car for car in turns if lacks[car]] if lacks.any() else []


def start(problem: Problem, solution: Solution, weights: Weights, beside_kw: Floats) -> Bench:
    """Put a solution on the bench, its powers rounded down to steps of the charger."""
    cars, shape = problem.inputs.cars, problem.cell_of.shape
    window = np.zeros(shape)
    window[problem.car, problem.slot] = problem.cell_hours
    solved = np.bincount(problem.slot, weights=solution.power_kw, minlength=shape[1])
    peak_free = np.maximum(peak_free_kw(problem, solution.peak_kw, beside_kw), solved)
    orders, cell_kw = _rounded_down(problem, solution.power_kw, weights, peak_free)
    charging = np.bincount(problem.slot, weights=cell_kw, minlength=shape[1])
    given = solution.power_kw * problem.cell_hours
    kinds = _kinds(problem)
    accepts = np.array([kind.accepts_kw for kind in kinds])[problem.car]
    offered = np.minimum(cell_kw, accepts) * problem.cell_hours
    return Bench(
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


def _kinds(problem: Problem) -> list[Kind]:
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
            Kind(
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


def peak_free_kw(problem: Problem, peak_kw: float, beside_kw: Floats) -> Floats:
    """Return what cars may charge in each slot below a peak, kW; any without its charge."""
    free = np.full(len(problem.hours), np.inf)
    if problem.peaks:
        base = np.array(problem.inputs.building_kw) - np.array(problem.inputs.pv_kw)
        free = np.maximum(0.0, peak_kw - base - beside_kw)
    return free


def _by_cost(problem: Problem, car: int) -> Orders:
    """Slots of a car's window, the cheapest kWh first."""
    columns = problem.cell_of[car]
    columns = columns[columns >= 0]
    per_kwh = problem.cost[columns] / problem.cell_hours[columns]
    slots: Orders = problem.slot[columns][np.argsort(per_kwh, kind="stable")]
    return slots
