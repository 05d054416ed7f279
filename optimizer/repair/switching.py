"""Orders that keep the shortest run and the number of starts, car by car.

For one car, with what all others leave free, the cheapest pattern of runs is a walk over its slots:
off, in a run that has to go on, or in one that may stop. A price of energy decides how much it
takes; the lowest at which the car gets what it had is found by halving. Energy goes first: where no
pattern gives it, the number of starts or the shortest run is given up, and said so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from optimizer.arrays import Floats
from optimizer.cars import Car
from optimizer.model import turn_of
from optimizer.problem import Problem
from optimizer.repair.bench import Orders
from optimizer.repair.pattern import EPSILON_KW, Weights
from optimizer.runs import EPSILON_H, RunRule, broken

PEAKS = (1.0, 1.01, 1.03, 1.1, 1.25, 1.5, 2.0, np.inf)
"""How far above the planned peak charging may go for a rule, tried one after the other."""

DEAR = 1e4
"""Price of a kWh above which more of it brings no more energy."""

CLOSE = 1e-5
"""Price of a kWh to which the one is found at which a car gets its energy."""

ENOUGH_KWH = 0.01
"""Energy that a car may lose by keeping a rule, kWh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Path:
    """One car's slots: what each could take, and what a kWh costs there."""

    slots: tuple[int, ...]
    hours: tuple[float, ...]
    """Length of the slot."""
    there_h: tuple[float, ...]
    """For how long of it the car is there."""
    most: tuple[int, ...]
    """Highest order, tenths of an ampere; 0 where the lowest does not fit."""
    least: int
    cost: tuple[float, ...]
    """Of a kWh."""
    car: Car

    def energy(self, place: int, order: int) -> float:
        """Return what an order brings in a slot, kWh."""
        return self.car.kw_at(order) * self.there_h[place]


def keep_rules(
    problem: Problem, weights: Weights, orders: Orders, *, peak_kw: float, beside_kw: Floats
) -> Orders:
    """Return orders in which as many cars as possible keep their rules."""
    inputs, made = problem.inputs, orders.copy()
    unit = np.array([car.kw_per_deci for car in inputs.cars])
    base = np.array(inputs.building_kw) - np.array(inputs.pv_kw) + beside_kw
    for index in sorted(problem.rules, key=lambda car: turn_of(inputs, car)):
        rule, mine = problem.rules[index], made[index].copy()
        if not broken(rule, mine.tolist(), inputs.hours, inputs.present_h[index]):
            continue
        made[index] = 0
        per_deci = weights.per_kw[:, index] * unit[index]
        load = (weights.per_kw * unit) @ made
        left = weights.free_kw - load + EPSILON_KW
        bound = np.full(len(problem.hours), np.inf)
        for g in np.flatnonzero(per_deci > 0):
            np.minimum(bound, left[g] / per_deci[g], out=bound)
        charging = unit @ made
        wanted = _energy(problem, index, mine)
        found = None
        for softer in _softer(rule):
            for above in PEAKS if problem.peaks else (np.inf,):
                most = bound
                if above < np.inf:
                    own_kw = np.maximum(0.0, peak_kw * above - base - charging)
                    most = np.minimum(bound, own_kw / unit[index] + 1e-6)
                found = _pattern(problem, index, softer, most, wanted)
                if found is not None:
                    break
            if found is not None:
                break
        made[index] = mine if found is None else found
        # What one car raised the peak to is paid for, and free for the others.
        peak_kw = max(peak_kw, float((base + unit @ made)[made[index] > 0].max(initial=0.0)))
    return made


def _softer(rule: RunRule) -> Iterator[RunRule]:
    yield rule
    if rule.starts_left is not None and rule.min_run_h > 0:
        yield replace(rule, starts_left=None)
        yield replace(rule, min_run_h=0.0)


def _energy(problem: Problem, index: int, orders: NDArray[np.int64]) -> float:
    car, there = problem.inputs.cars[index], problem.inputs.present_h[index]
    offered = sum(car.kw_at(int(o)) * h for o, h in zip(orders, there, strict=True))
    return min(float(problem.energy_kwh[index]), float(offered))


def _pattern(
    problem: Problem, index: int, rule: RunRule, most: Floats, wanted_kwh: float
) -> NDArray[np.int64] | None:
    """Return a car's orders by a rule, or None where they would bring less than is wanted."""
    path = _path(problem, index, most)
    best, less = _walk(path, rule, DEAR), None
    if not path.slots or best is None or _sum(path, best) < wanted_kwh - ENOUGH_KWH:
        return None
    low, high, dearest = min(path.cost), DEAR, max(path.cost)
    for guess in (dearest + CLOSE, 2 * dearest - low, 10 * dearest - 9 * low + 1.0):
        found = _walk(path, rule, guess)
        if found is not None and _sum(path, found) >= wanted_kwh - ENOUGH_KWH:
            best, high = found, guess
            break
        less, low = found, guess
    while high - low > CLOSE * max(1.0, high):
        middle = (low + high) / 2
        found = _walk(path, rule, middle)
        if found is not None and _sum(path, found) >= wanted_kwh - ENOUGH_KWH:
            best, high = found, middle
        else:
            less, low = found, middle
    # No price leads to patterns in between: the next smaller one may do, as full as it gets.
    either = [
        _trimmed(path, one, wanted_kwh) for one in (best, less and _filled(path, less)) if one
    ]
    enough = [one for one in either if _sum(path, one) >= wanted_kwh - ENOUGH_KWH]
    orders = np.zeros(len(problem.hours), dtype=np.int64)
    orders[list(path.slots)] = min(enough, key=lambda one: _cost(path, one, wanted_kwh))
    return orders


def _filled(path: _Path, orders: list[int]) -> list[int]:
    return [most if order else 0 for most, order in zip(path.most, orders, strict=True)]


def _cost(path: _Path, orders: list[int], wanted_kwh: float) -> float:
    """Return what orders cost; beyond its energy a car takes nothing."""
    total, rest = 0.0, wanted_kwh
    for n, order in enumerate(orders):
        taken = min(rest, path.energy(n, order))
        total, rest = total + path.cost[n] * taken, rest - taken
    return total


def _path(problem: Problem, index: int, most: Floats) -> _Path:
    car = problem.inputs.cars[index]
    cells = problem.cell_of[index]
    slots = np.flatnonzero((cells >= 0) & (problem.hours > 0))
    highest = np.minimum(np.floor(np.minimum(most, car.max_deci)), car.max_deci).astype(np.int64)
    highest = highest // car.step_deci * car.step_deci
    highest[highest < car.min_deci] = 0
    there = problem.cell_hours[cells[slots]]
    # Less the credit, which every kWh earns alike.
    cost = problem.cost[cells[slots]] / there + problem.credit[index]
    return _Path(
        slots=tuple(slots.tolist()),
        hours=tuple(problem.hours[slots].tolist()),
        there_h=tuple(there.tolist()),
        most=tuple(highest[slots].tolist()),
        least=car.min_deci,
        cost=tuple(cost.tolist()),
        car=car,
    )


def _walk(path: _Path, rule: RunRule, price: float) -> list[int] | None:
    """Return the orders that earn the most where a kWh is worth `price`; None where none may be."""
    count = len(path.slots)
    orders = [
        0 if not most else most if price > cost else path.least
        for most, cost in zip(path.most, path.cost, strict=True)
    ]
    worth = [(price - path.cost[n]) * path.energy(n, orders[n]) for n in range(count)]
    blocked = [0, *accumulate(not order for order in orders)]
    must = _must(path, rule.min_run_h)
    most_starts = count if rule.starts_left is None else min(rule.starts_left, count)
    levels = 1 if rule.starts_left is None else most_starts + 1
    spent = 0 if rule.starts_left is None else 1
    sums = [0.0, *accumulate(worth)]
    off = [[0.0] * levels for _ in range(count + 1)]
    on = [[0.0] * levels for _ in range(count + 1)]
    for n in range(count - 1, -1, -1):
        after = must[n] + 1
        run = sums[after] - sums[n]
        free = blocked[after] == blocked[n]
        for k in range(levels):
            stay = off[n + 1][k]
            starts = free and k >= spent
            off[n][k] = max(stay, run + on[after][k - spent]) if starts else stay
            on[n][k] = max(stay, worth[n] + on[n + 1][k]) if orders[n] else stay
    return _back(path, rule, orders, (off, on, must), levels - 1, spent)


type _Table = tuple[list[list[float]], list[list[float]], list[int]]


def _back(
    path: _Path, rule: RunRule, orders: list[int], table: _Table, k: int, spent: int
) -> list[int] | None:
    """Follow the best way through the table."""
    off, on, must = table
    count, n = len(path.slots), 0
    made = [0] * count
    running = rule.running
    owed = rule.owed_h
    while running and owed > EPSILON_H and n < count:
        made[n] = orders[n]
        owed -= path.hours[n]
        n += 1
    while n < count:
        if running:
            if on[n][k] > off[n + 1][k]:
                made[n] = orders[n]
            else:
                running = False
            n += 1
        elif off[n][k] > off[n + 1][k]:
            after = must[n] + 1
            made[n:after] = orders[n:after]
            n, k, running = after, k - spent, True
        else:
            n += 1
    kept = not broken(rule, made, path.hours, path.there_h)
    return made if kept else None


def _must(path: _Path, min_run_h: float) -> list[int]:
    """Return for each slot the last one of the shortest run that begins there."""
    must, last, length = [], -1, 0.0
    count = len(path.slots)
    for n in range(count):
        while last + 1 < count and (last < n or length < min_run_h - EPSILON_H):
            last += 1
            length += path.hours[last]
        must.append(max(last, n))
        length -= path.hours[n]
    return must


def _sum(path: _Path, orders: list[int]) -> float:
    return sum(path.energy(n, order) for n, order in enumerate(orders))


def _trimmed(path: _Path, orders: list[int], wanted_kwh: float) -> list[int]:
    """Take back what is more than wanted, from the dearest slots; what runs goes on running."""
    made, excess = list(orders), _sum(path, orders) - wanted_kwh
    step = path.car.step_deci
    dearest = sorted(range(len(made)), key=lambda n: -path.cost[n])
    for n in dearest:
        if excess <= 0:
            break
        while made[n] - step >= path.least:
            less = path.energy(n, made[n]) - path.energy(n, made[n] - step)
            if less > excess:
                break
            made[n] -= step
            excess -= less
    return made
