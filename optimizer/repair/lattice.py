"""What rows allow when every car takes whole steps of its charger.

A vertex of the program has whole steps wherever its right-hand sides have: then rounding takes
nothing away. So room and peak are rounded down, and energies up: a car that is offered the rest of
a step gets done early. (The matrix of energies and one limit is totally unimodular: Hoffman and
Kruskal, Integral Boundary Points of Convex Polyhedra, 1956. Where limits weigh cars differently a
few powers stay in between, which are rounded one by one.)
"""

from __future__ import annotations

import numpy as np

from optimizer.arrays import Floats
from optimizer.lp import Solution, Steps
from optimizer.problem import Problem

WHOLE = 1e-6
"""Part of a step that counts as none."""

SLIGHT_RISE = 5e-4
"""Share by which a peak that is raised anyhow may be raised further for whole steps."""


def whole_steps(problem: Problem, relaxed: Solution) -> Steps | None:
    """Return the rows in whole steps; None where what is planned beside cars has none."""
    if problem.battery is not None or problem.arrivals is not None or not problem.size:
        return None
    step_kw = np.array([car.kw_per_deci * car.step_deci for car in problem.inputs.cars])
    rows = {"energy": _energy(problem, step_kw), "limits": _limits(problem, step_kw)}
    peak_kw = relaxed.peak_kw
    if problem.peaks:
        energy = float((rows["energy"] - problem.energy_kwh).sum())
        if peak_kw > problem.peak_floor_kw * (1 + SLIGHT_RISE):
            share = energy / max(float(problem.energy_kwh.sum()), 1e-9)
            least = float(step_kw[np.unique(problem.car)].min())
            peak_kw += min(share * peak_kw + least, SLIGHT_RISE * peak_kw)
        rows["peaks"] = _peaks(problem, step_kw, peak_kw)
    return Steps(rows=rows, peak_kw=peak_kw)


def _energy(problem: Problem, step_kw: Floats) -> Floats:
    """Round energies up to whole steps in the longest slot, of cars that take whole steps."""
    longest = np.zeros(len(step_kw))
    np.maximum.at(longest, problem.car, problem.cell_hours)
    step_kwh = step_kw * longest
    times = np.array([car.max_kw for car in problem.inputs.cars]) / step_kw
    some = (step_kwh > 0) & (problem.energy_kwh > 0) & (np.abs(times - np.round(times)) < WHOLE)
    steps = np.ceil(problem.energy_kwh / np.where(some, step_kwh, 1.0) - WHOLE)
    return np.where(some, steps * step_kwh, problem.energy_kwh)


def _limits(problem: Problem, step_kw: Floats) -> Floats:
    groups = {row.group: problem.groups[row.group] for row in problem.rows}
    units = {g: _unit(group.weight * step_kw[group.members]) for g, group in groups.items()}
    free = np.array([row.free_kw for row in problem.rows])
    return _down(free, np.array([units[row.group] for row in problem.rows]))


def _peaks(problem: Problem, step_kw: Floats, peak_kw: float) -> Floats:
    unit = _unit(step_kw[np.unique(problem.car)])
    room = np.array([peak_kw - row.base_kw for row in problem.peaks])
    share = np.array([row.share[0] if np.ptp(row.share) < WHOLE else 0.0 for row in problem.peaks])
    return _down(room, unit * share) - peak_kw


def _unit(steps_kw: Floats) -> float:
    """Return the smallest step when all others are multiples of it, else 0."""
    least = float(steps_kw.min(initial=np.inf))
    if not np.isfinite(least) or least <= 0:
        return 0.0
    times = steps_kw / least
    return least if float(np.abs(times - np.round(times)).max()) < WHOLE else 0.0


def _down(room_kw: Floats, unit_kw: Floats) -> Floats:
    """Round down to units; a unit of 0 leaves it as it is, and so does room below nothing."""
    some = (unit_kw > 0) & (room_kw > 0)
    unit = np.where(some, unit_kw, 1.0)
    return np.where(some, np.floor(room_kw / unit + WHOLE) * unit, room_kw)
