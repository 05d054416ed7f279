"""What one more ampere would save, from the duals of the relaxed program.

A dual is the slope of the cost at the limit as it is; the cost of a larger limit is convex, so a
whole ampere saves at most as much (Boyd and Vandenberghe, Convex Optimization, section 5.6).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.plan import CircuitPrice
from optimizer.arrays import Floats
from optimizer.lp import Solution
from optimizer.problem import Problem

NOTHING = 1e-9
"""Value below which an ampere counts as worth nothing, in the site's currency."""


def circuit_prices(problem: Problem, solution: Solution) -> Iterator[CircuitPrice]:
    """Sum the duals of a circuit's limits: one more ampere relaxes them all."""
    volts = problem.inputs.snapshot.site.voltage_v
    value: dict[tuple[CircuitId, int], float] = {}
    for row, dual in zip(solution.rows, solution.limit_dual.tolist(), strict=True):
        room = problem.groups[row.group].room
        kw_per_a = volts / 1000 * (3 if room.phase is None and not room.is_line else 1)
        key = (room.circuit_id, row.slot)
        value[key] = value.get(key, 0.0) - dual * kw_per_a
    for (circuit_id, slot), saved in sorted(value.items()):
        if saved > NOTHING:
            yield CircuitPrice(
                circuit_id=circuit_id, start=problem.inputs.starts[slot], value_per_a=saved
            )


def values_per_a(problem: Problem, solution: Solution) -> Floats:
    """Return what one more ampere for a car in a slot would save if nothing else stood in its way.

    Cars by slots, in the site's currency: what the limits, the peak and the car's own highest
    current that hold it back in this slot are worth together.
    """
    values = np.zeros(problem.cell_of.shape)
    earns = solution.duals.get("energy")
    if earns is None or not problem.size:
        return values
    # What a kW through the cell is worth to its car, beyond what it costs.
    worth_per_kw = -problem.cost + earns[problem.car] * problem.cell_hours
    kw_per_a = np.array([car.kw_per_deci for car in problem.inputs.cars]) * 10
    values[problem.car, problem.slot] = np.maximum(0.0, worth_per_kw) * kw_per_a[problem.car]
    return values
