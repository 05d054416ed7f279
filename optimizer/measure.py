"""What a draft costs by the solver's own measure, and how far that is from the bound."""

from __future__ import annotations

import numpy as np

from optimizer.draft import Draft
from optimizer.problem import Problem


def relative_gap(objective: float, bound: float) -> float:
    """Return by how much an objective is above the bound; below one unit of money, absolutely."""
    return max(0.0, objective - bound) / max(abs(bound), 1.0)


def objective_of(problem: Problem, draft: Draft) -> float:
    """Return what a draft costs by the solver's own measure, credit for energy included."""
    powers = draft.power_kw
    given = np.maximum(0.0, -powers)
    # Means over the whole slot, while columns are powers while the car is there.
    energy = (np.maximum(0.0, powers) * problem.hours)[problem.car, problem.slot]
    per_kwh = problem.cost / problem.cell_hours
    total = float(per_kwh @ energy + problem.credit @ problem.energy_kwh)
    if problem.giving is not None:
        total += problem.giving.cost_of(given)
    beside = draft.beside
    total += beside.cost - problem.free_of_cost
    marginal = problem.charged - problem.import_premium
    total += float((marginal * problem.hours) @ beside.battery_kw)
    charging = powers.sum(axis=0) + beside.battery_kw + beside.expected_mean_kw
    bought = np.maximum(0.0, charging - problem.surplus_kw)
    total += float(problem.import_premium @ (bought * problem.hours))
    if problem.peaks:
        present = np.zeros_like(powers)
        present[problem.car, problem.slot] = energy / problem.cell_hours
        at_once = present.sum(axis=0) - given.sum(axis=0) + beside.net_kw
        means = [float(row.share @ at_once[row.slots]) + row.base_kw for row in problem.peaks]
        total += problem.inputs.demand_charge_per_kw * max([problem.peak_floor_kw, *means])
    if problem.calm is not None:
        total += problem.calm.cost(energy / problem.cell_hours)
    if any(one.price for one in problem.balances):
        cells = np.zeros_like(powers)
        cells[problem.car, problem.slot] = energy / problem.cell_hours
        phases = np.array([max(1, len(car.phases)) / car.ordered for car in problem.inputs.cars])
        volts = problem.inputs.snapshot.site.voltage_v
        current_a = cells * 1000 / volts / phases[:, None]
        for one in problem.balances:
            total += one.price * float(one.apart_a(current_a) @ problem.hours)
    return total
