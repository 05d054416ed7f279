"""What a whole ampere more on a circuit would be worth: the program solved again with it.

Duals only tell the slope at the limit as it is; a whole ampere can be worth less, because another
limit takes over.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.plan import CircuitPrice, CircuitValue
from optimizer.arrays import Floats
from optimizer.lp import Model, Solution
from optimizer.problem import Problem

AMPERE = 1.0
MOST_CIRCUITS = 3
"""Circuits that are solved again for each plan: those with the highest duals."""


def circuit_values(
    problem: Problem, model: Model, relaxed: Solution, prices: tuple[CircuitPrice, ...]
) -> tuple[CircuitValue, ...]:
    """Return what one more ampere on each phase is worth, for the circuits that bind most.

    `model`, as it was when it found `relaxed`, is solved again in place from there, and left with
    the limits as they are.
    """
    worth: dict[CircuitId, float] = defaultdict(float)
    for price in prices:
        worth[price.circuit_id] += price.value_per_a
    dearest = sorted(worth, key=lambda circuit_id: (-worth[circuit_id], circuit_id))
    found = []
    for circuit_id in dearest[:MOST_CIRCUITS]:
        _limit(model, _with_more(problem, circuit_id))
        wider = model.solve()
        if wider.optimal:
            found.append(_value(problem, circuit_id, relaxed, wider))
    _limit(model, np.array([row.free_kw for row in problem.rows]))
    return tuple(found)


def _limit(model: Model, free_kw: Floats) -> None:
    model.set_rows("limits", lower=np.full(len(free_kw), -np.inf), upper=free_kw)


def _with_more(problem: Problem, circuit_id: CircuitId) -> Floats:
    """Return the room of every limit row with one more ampere on a circuit, kW.

    A row stands for all limits that weigh the same cars alike; the next tightest takes over.
    """
    kw_per_a = problem.inputs.snapshot.site.voltage_v / 1000
    alike: dict[tuple[bytes, bytes], list[int]] = defaultdict(list)
    for g, group in enumerate(problem.groups):
        ratio = np.round(group.weight / group.weight[0], 9)
        alike[group.members.tobytes(), ratio.tobytes()].append(g)
    family = {g: gs for gs in alike.values() for g in gs}
    free = np.array([row.free_kw for row in problem.rows])
    for r, row in enumerate(problem.rows):
        weight = problem.groups[row.group].weight[0]
        if problem.groups[row.group].room.circuit_id != circuit_id:
            continue
        rooms = []
        for g in family[row.group]:
            group = problem.groups[g]
            room_kw = float(group.free_kw[row.slot])
            if group.room.circuit_id == circuit_id:
                room_kw += AMPERE * kw_per_a * (3 if group.room.phase is None else 1)
            rooms.append(room_kw / group.weight[0])
        free[r] = min(rooms) * weight
    return free


def _value(
    problem: Problem, circuit_id: CircuitId, relaxed: Solution, wider: Solution
) -> CircuitValue:
    more_kw = wider.power_kw - relaxed.power_kw
    charge = problem.inputs.demand_charge_per_kw if problem.peaks else 0.0
    return CircuitValue(
        circuit_id=circuit_id,
        saved=max(0.0, relaxed.objective - wider.objective),
        energy_saved=-float(problem.spent @ more_kw),
        demand_saved=charge * (relaxed.peak_kw - wider.peak_kw),
        delivered_wh=1000 * float(problem.cell_hours @ more_kw),
        hours=float(problem.hours.sum()),
    )
