"""Who is on in which slot: the program again and again, with its half-hearted cells decided.

A vertex of the program leaves few cells between 0 and the minimum current, about one for each
limit that binds. Each round decides them car by car, so that a car keeps as many slots at its
minimum as its energy there needs, and lets the program move the rest. The last running slot of a
car may stay below the minimum: ordered at the minimum, the car just gets done early.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.arrays import Floats, Ints
from optimizer.beside import planned_beside
from optimizer.lp import Solution, Steps
from optimizer.problem import Problem

EPSILON_KW = 1e-6
ROUNDS = 2
"""Programs solved again at most; each starts from the last basis and costs a few milliseconds.

In the last one nothing may start that did not run: in more rounds before, as many new cells come to
lie in between as are decided.
"""

PATIENT_ROUNDS = 3
"""The same where something may start in all of them."""

FEW = 0.01
"""Share of the running cells up to which what is in between is left to the rounding."""

LOST_KWH = 1e-3
"""Energy that a car may lose by what was decided before it is decided again, kWh."""

type Resolve = Callable[[Floats, Floats, Steps | None], Solution]
"""Solves the program again within lower and upper powers of each cell, kW, in whole steps."""


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
        least = np.array([car.least_kw for car in cars])
        return cls(
            least_kw=least[problem.car],
            per_kw=per_kw,
            free_kw=free.reshape(len(problem.groups), slots),
        )

    def load_kw(self, problem: Problem, power_kw: Floats) -> Floats:
        """Return what powers of the cells add up to, groups by slots, kW."""
        load = np.zeros_like(self.free_kw)
        for g in range(len(self.per_kw)):
            weighed = self.per_kw[g, problem.car] * power_kw
            load[g] = np.bincount(problem.slot, weights=weighed, minlength=len(problem.hours))
        return load


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What is repaired, and how far the repair may go."""

    problem: Problem
    weights: Weights
    relaxed: Solution
    steps: Steps | None = None
    """What rows allow in whole steps of chargers."""
    may_raise_peak: bool = False
    """A plan is made again every few minutes, and a peak, once raised, is paid for all month: so
    only where a plan would lose much without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """What minima may still use: limits that hold, and a peak that has its price."""

    problem: Problem
    weights: Weights
    load_kw: Floats
    """Groups by slots."""
    charging_kw: Floats
    """For each slot."""
    below_peak_kw: Floats
    """For each slot: charging up to which the planned peak is not raised."""
    may_raise: bool
    """Whether the peak may rise for energy that is worth more than its charge."""

    @classmethod
    def of(cls, aim: Aim, power_kw: Floats) -> _Room:
        """Return the room that powers of the cells leave."""
        problem, relaxed = aim.problem, aim.relaxed
        slots = len(problem.hours)
        below = np.full(slots, np.inf)
        if problem.peaks:
            base = np.array(problem.inputs.building_kw) - np.array(problem.inputs.pv_kw)
            solved = np.bincount(problem.slot, weights=relaxed.power_kw, minlength=slots)
            beside = planned_beside(
                problem.battery, problem.arrivals, relaxed.values, problem.hours
            )
            peak_kw = relaxed.peak_kw if aim.steps is None else aim.steps.peak_kw
            below = np.maximum(peak_kw - base - beside.net_kw, solved)
        return cls(
            problem=problem,
            weights=aim.weights,
            load_kw=aim.weights.load_kw(problem, power_kw),
            charging_kw=np.bincount(problem.slot, weights=power_kw, minlength=slots),
            below_peak_kw=below,
            may_raise=aim.may_raise_peak,
        )

    def take(self, cell: int, more_kw: float, stake_kwh: float) -> bool:
        """Take room for a cell, if there is; `stake_kwh` is what its car may lose without."""
        problem = self.problem
        car, slot = problem.car[cell], problem.slot[cell]
        load = self.load_kw[:, slot] + self.weights.per_kw[:, car] * more_kw
        if (load > self.weights.free_kw[:, slot] + EPSILON_KW).any():
            return False
        above_kw = self.charging_kw[slot] + more_kw - self.below_peak_kw[slot]
        if above_kw > EPSILON_KW:
            charge = problem.inputs.demand_charge_per_kw * above_kw
            if not self.may_raise or charge > stake_kwh * problem.credit[car]:
                return False
            self.below_peak_kw[:] += above_kw
        self.load_kw[:, slot] = load
        self.charging_kw[slot] += more_kw
        return True


def choose(aim: Aim, resolve: Resolve, *, patient: bool = False) -> Solution:
    """Return a solution whose cells are 0, at least the minimum, or the last of a car's slots.

    A few may be left in between: each program that is solved again leaves new ones. `patient`: cars
    may start in other slots to the end.
    """
    problem, weights = aim.problem, aim.weights
    decided = np.zeros(problem.size, dtype=np.int8)  # 1: at least the minimum, -1: off
    best, promised = aim.relaxed, _energy(problem, aim.relaxed.power_kw)
    if aim.steps is not None:
        best = replace(best, peak_kw=aim.steps.peak_kw)
    dropped = np.zeros(problem.size)
    for turn in range(PATIENT_ROUNDS if patient else ROUNDS):
        power = best.power_kw
        undecided = between(aim, power)
        lost = promised - _energy(problem, power) > LOST_KWH
        on = power >= weights.least_kw - EPSILON_KW
        restored = _restore(aim, lost, dropped, on, decided)
        whole = turn > 0 or aim.steps is None
        if whole and not restored and len(undecided) <= FEW * np.count_nonzero(on):
            break
        _decide(aim, power, undecided, on, decided)
        off = undecided[decided[undecided] < 0]
        dropped[off] = power[off]
        # What runs may stop again while the program finds its feet, and not any more later.
        final = turn == ROUNDS - 1 and not patient
        held = (decided > 0) | (on & (decided >= 0) & (turn > 0))
        left = held | ((power > EPSILON_KW) & (decided == 0))
        found = _within(aim, held, ~left if final else decided < 0, resolve, early=final)
        if not found.optimal:
            break
        best = found
    return best


def again(
    aim: Aim, on: NDArray[np.bool_], resolve: Resolve, *, early: bool = False
) -> Solution | None:
    """Solve once more with what is on at its minimum or more, and the rest off; see `_within`."""
    found = _within(aim, on, ~on, resolve, early=early)
    return found if found.optimal else None


def _within(
    aim: Aim,
    held: NDArray[np.bool_],
    off: NDArray[np.bool_],
    resolve: Resolve,
    *,
    early: bool = False,
) -> Solution:
    """Solve again with what is held at its minimum or more, and what is off at 0.

    A car whose minima are more than it wants may stay below in its last slot, or, with `early`, has
    room for the minimum there and gets done early: where the last slot is full, nothing is below.
    """
    problem, steps = aim.problem, aim.steps
    lower, wanted = np.where(held, aim.weights.least_kw, 0.0), problem.energy_kwh
    if early and steps is not None:
        minima, energy = _energy(problem, lower), steps.rows["energy"]
        last = last_running(problem, held)
        over = minima - energy
        done = (over > 0) & (over < _energy(problem, np.where(last, lower, 0.0)))
        wanted = np.where(done, minima, wanted)
        steps = replace(steps, rows={**steps.rows, "energy": np.where(done, minima, energy)})
    lower = _bearable(problem, lower, wanted)
    found = resolve(lower, np.where(off, 0.0, problem.upper_kw), steps)
    return _without_excess(problem, found, wanted) if found.optimal else found


def _without_excess(problem: Problem, found: Solution, offered_kwh: Floats) -> Solution:
    """Return what cars take of what they are offered: less in the last slot."""
    excess = np.where(offered_kwh > problem.energy_kwh, offered_kwh - problem.energy_kwh, 0.0)
    if not excess.any():
        return found
    last = np.flatnonzero(last_running(problem, found.power_kw > EPSILON_KW))
    less = np.minimum(excess[problem.car[last]] / problem.cell_hours[last], found.power_kw[last])
    power = found.power_kw.copy()
    power[last] -= less
    return replace(
        found, power_kw=power, objective=found.objective - float(problem.cost[last] @ less)
    )


def _restore(
    aim: Aim,
    lost: NDArray[np.bool_],
    dropped: Floats,
    on: NDArray[np.bool_],
    decided: NDArray[np.int8],
) -> int:
    """Turn the largest cell on that was dropped of each car that lost energy by it."""
    cells = np.flatnonzero((dropped > 0) & lost[aim.problem.car])
    if not len(cells):
        return 0
    room = _Room.of(aim, np.where(on | (decided > 0), aim.weights.least_kw, 0.0))
    done: set[int] = set()
    for cell in cells[np.argsort(-dropped[cells], kind="stable")].tolist():
        car = int(aim.problem.car[cell])
        stake_kwh = dropped[cell] * aim.problem.cell_hours[cell]
        if car not in done and room.take(cell, aim.weights.least_kw[cell], stake_kwh):
            decided[cell] = 1
            dropped[cell] = 0.0
            done.add(car)
    return len(done)


def between(aim: Aim, power_kw: Floats) -> Ints:
    """Return the cells between 0 and the minimum, but for last slots with room for the minimum.

    Planned is the mean of such a slot; but plans are made again within it, and what a car leaves
    free when it gets done would be filled up. So the minimum has to fit below the peak too.
    """
    problem, weights = aim.problem, aim.weights
    running = power_kw > EPSILON_KW
    small = running & (power_kw < weights.least_kw - EPSILON_KW)
    last = small & last_running(problem, running) & _satisfied(problem, power_kw)[problem.car]
    if last.any():
        room = _Room.of(aim, power_kw)
        for cell in np.flatnonzero(last).tolist():
            stake_kwh = power_kw[cell] * problem.cell_hours[cell]
            last[cell] = room.take(cell, weights.least_kw[cell] - power_kw[cell], stake_kwh)
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
    aim: Aim,
    power_kw: Floats,
    undecided: Ints,
    on: NDArray[np.bool_],
    decided: NDArray[np.int8],
) -> None:
    """Turn cells on, the nearest to their minimum first, while their car has energy for it."""
    problem = aim.problem
    hours, least = problem.cell_hours, aim.weights.least_kw
    room = _Room.of(aim, np.where(on, least, 0.0))
    cars = len(problem.energy_kwh)
    ours = problem.car[undecided]
    energy = np.bincount(ours, weights=(power_kw * hours)[undecided], minlength=cars)
    spare = _energy(problem, (problem.upper_kw - power_kw) * on)
    nearest = np.argsort(-(power_kw / least)[undecided], kind="stable")
    for cell in undecided[nearest].tolist():
        car = problem.car[cell]
        minimum_kwh = least[cell] * hours[cell]
        wanted = energy[car] >= 0.5 * minimum_kwh or spare[car] < energy[car] > EPSILON_KW
        if wanted and room.take(cell, least[cell], max(0.0, energy[car] - spare[car])):
            decided[cell] = 1
            energy[car] -= minimum_kwh
            spare[car] += (problem.upper_kw[cell] - least[cell]) * hours[cell]
        else:
            decided[cell] = -1


def _bearable(problem: Problem, lower_kw: Floats, wanted_kwh: Floats) -> Floats:
    """Return lower bounds under which no car must take more than it wants."""
    for _ in range(2):
        over = _energy(problem, lower_kw) > wanted_kwh + 1e-9
        if not over.any():
            return lower_kw
        # Its last slot may fall below the minimum.
        loose = over[problem.car] & last_running(problem, lower_kw > 0)
        lower_kw = np.where(loose, 0.0, lower_kw)
    over = _energy(problem, lower_kw) > wanted_kwh + 1e-9
    return np.where(over[problem.car], 0.0, lower_kw)
