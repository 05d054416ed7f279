"""Who is on in which slot: the program again and again, with its half-hearted cells decided.

A vertex of the program leaves few cells between 0 and the minimum current, about one for each
limit that binds. Each round decides them car by car, so that a car keeps as many slots at its
minimum as its energy there needs, and lets the program move the rest. The last running slot of a
car may stay below the minimum: ordered at the minimum, the car just gets done early.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.lp import Solution
from optimizer.problem import Floats, Ints, Problem

EPSILON_KW = 1e-6
ROUNDS = 6
"""Programs solved again at most; each starts from the last basis and costs a few milliseconds."""

LAST_ROUNDS = 3
"""Rounds after those in which nothing is turned on any more."""

type Resolve = Callable[[Floats, Floats], Solution]
"""Solves the program again within lower and upper powers of each cell, kW."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What the cars of a problem weigh on its limits."""

    least_kw: Floats
    """For each cell: power at the minimum current."""
    per_kw: Floats
    """Groups by cars: kW on the limit for each kW of the car, 0 for those that are not under it."""
    free_kw: Floats
    """Groups by slots."""

    @classmethod
    def of(cls, problem: Problem) -> Weights:
        """Return the weights of a problem."""
        cars, slots = problem.inputs.cars, len(problem.hours)
        per_kw = np.zeros((len(problem.groups), len(cars)))
        for row, group in zip(per_kw, problem.groups, strict=True):
            row[group.members] = group.weight
        free = np.array([group.free_kw for group in problem.groups])
        least = np.array([car.min_deci * car.kw_per_deci for car in cars])
        return cls(
            least_kw=least[problem.car],
            per_kw=per_kw,
            free_kw=free.reshape(len(problem.groups), slots),
        )

    def load_kw(self, problem: Problem, power_kw: Floats) -> Floats:
        """Return what powers of the cells add up to, groups by slots, kW."""
        load = np.zeros_like(self.free_kw)
        for g in range(len(load)):
            weighed = self.per_kw[g, problem.car] * power_kw
            load[g] = np.bincount(problem.slot, weights=weighed, minlength=len(problem.hours))
        return load


def choose(problem: Problem, relaxed: Solution, resolve: Resolve, weights: Weights) -> Solution:
    """Return a solution whose cells are 0, at least the minimum, or the last of a car's slots.

    Cells that are still in between after `ROUNDS` are left as they are.
    """
    decided = np.zeros(problem.size, dtype=np.int8)  # 1: at least the minimum, -1: off
    best = relaxed
    for turn in range(ROUNDS + LAST_ROUNDS):
        undecided = between(problem, best.power_kw, weights)
        if not len(undecided):
            break
        on = best.power_kw >= weights.least_kw - EPSILON_KW
        if turn < ROUNDS:
            _decide(problem, best.power_kw, undecided, on, weights, decided)
        else:
            decided[best.power_kw <= EPSILON_KW] = -1
            decided[undecided] = -1
        # What runs may stop again while the program finds its feet, and not any more later.
        held = (decided > 0) | (on & (decided >= 0) & (turn > 0))
        lower = _bearable(problem, np.where(held, weights.least_kw, 0.0))
        found = resolve(lower, np.where(decided < 0, 0.0, problem.upper_kw))
        if not found.optimal:
            break
        best = found
    return best


def between(problem: Problem, power_kw: Floats, weights: Weights) -> Ints:
    """Return the cells between 0 and the minimum, but for last slots with room for the minimum."""
    running = power_kw > EPSILON_KW
    small = running & (power_kw < weights.least_kw - EPSILON_KW)
    last = small & last_running(problem, running) & _satisfied(problem, power_kw)[problem.car]
    if last.any():
        load = weights.load_kw(problem, power_kw)
        for cell in np.flatnonzero(last).tolist():
            car, slot = problem.car[cell], problem.slot[cell]
            load[:, slot] += weights.per_kw[:, car] * (weights.least_kw[cell] - power_kw[cell])
            if (load[:, slot] > weights.free_kw[:, slot] + EPSILON_KW).any():
                load[:, slot] -= weights.per_kw[:, car] * (weights.least_kw[cell] - power_kw[cell])
                last[cell] = False
    return np.flatnonzero(small & ~last)


def last_running(problem: Problem, running: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell of each cell whether it is the last one of its car that runs."""
    cells = np.flatnonzero(running)  # by car, then by slot
    final = np.zeros(problem.size, dtype=bool)
    if len(cells):
        cars = problem.car[cells]
        final[cells[np.append(cars[1:] != cars[:-1], True)]] = True
    return final


def _satisfied(problem: Problem, power_kw: Floats) -> NDArray[np.bool_]:
    """Tell of each car whether it gets all that it wants."""
    return _energy(problem, power_kw) >= problem.energy_kwh - EPSILON_KW


def _energy(problem: Problem, power_kw: Floats) -> Floats:
    cars = len(problem.energy_kwh)
    return np.bincount(problem.car, weights=power_kw * problem.cell_hours, minlength=cars)


def _decide(
    problem: Problem,
    power_kw: Floats,
    undecided: Ints,
    on: NDArray[np.bool_],
    weights: Weights,
    decided: NDArray[np.int8],
) -> None:
    """Turn cells on, the nearest to their minimum first, while their car has energy for it."""
    hours, least = problem.cell_hours, weights.least_kw
    load = weights.load_kw(problem, np.where(on, least, 0.0))
    cars = len(problem.energy_kwh)
    ours = problem.car[undecided]
    energy = np.bincount(ours, weights=(power_kw * hours)[undecided], minlength=cars)
    spare = _energy(problem, (problem.upper_kw - power_kw) * on)
    nearest = np.argsort(-(power_kw / least)[undecided], kind="stable")
    for cell in undecided[nearest].tolist():
        car, slot = problem.car[cell], problem.slot[cell]
        minimum_kwh = least[cell] * hours[cell]
        here = weights.per_kw[:, car] * least[cell]
        wanted = energy[car] >= 0.5 * minimum_kwh or spare[car] < energy[car] > EPSILON_KW
        if wanted and (load[:, slot] + here <= weights.free_kw[:, slot] + EPSILON_KW).all():
            decided[cell] = 1
            load[:, slot] += here
            energy[car] -= minimum_kwh
            spare[car] += (problem.upper_kw[cell] - least[cell]) * hours[cell]
        else:
            decided[cell] = -1


def _bearable(problem: Problem, lower_kw: Floats) -> Floats:
    """Return lower bounds under which no car must take more than it wants."""
    for _ in range(2):
        over = _energy(problem, lower_kw) > problem.energy_kwh + 1e-9
        if not over.any():
            return lower_kw
        # Its last slot may fall below the minimum.
        loose = over[problem.car] & last_running(problem, lower_kw > 0)
        lower_kw = np.where(loose, 0.0, lower_kw)
    over = _energy(problem, lower_kw) > problem.energy_kwh + 1e-9
    return np.where(over[problem.car], 0.0, lower_kw)
