"""The linear program in PuLP, solved by HiGHS: dual simplex without presolve, one thread.

Transport problems have nothing to presolve, and vertices charge few cars at part load.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pulp

from ocpp_core.domain.plan import PlanOptions
from optimizer.problem import Floats, Problem

FAIR_BANDS = 8
"""Steps of the energy share that are evened out when not everybody can be served."""

FAIR_TILT = 0.02
"""Extra credit for a car's first band, as a share of its credit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What the solver found."""

    optimal: bool
    status: str
    """The solver's own word."""
    power_kw: Floats
    """For each cell."""
    peak_kw: float
    """Peak that the demand charge is paid for; the month's so far when there is no charge."""
    objective: float
    """Including the constant credit of all energy wanted, so that it is a cost; see `bound`."""
    limit_dual: Floats
    """For each limit row: change of the objective per kW of room, never above 0."""


def solve(problem: Problem, options: PlanOptions, *, fair: bool = False) -> Solution:
    """Build the model, solve it and read it back; `fair` evens out the shares of energy."""
    if not problem.size:
        return _nothing_to_solve(problem)
    model = pulp.LpProblem("site")
    cells = list(model.add_variable_dict("kw", range(problem.size), lowBound=0).values())
    for cell, upper in zip(cells, problem.upper_kw.tolist(), strict=True):
        cell.upBound = upper
    objective = list(zip(cells, problem.cost.tolist(), strict=True))

    # Each car takes at most the energy that it wants.
    hours = problem.cell_hours.tolist()
    for car, energy_kwh in enumerate(problem.energy_kwh.tolist()):
        columns = problem.cell_of[car]
        here = columns[columns >= 0].tolist()
        if not here:
            continue
        taken = pulp.lpSum_vars_coefs([(cells[k], hours[k]) for k in here])
        model.addConstraint(taken <= energy_kwh)
        if fair:
            bands = model.add_variable_dict(
                f"band_{car}", range(FAIR_BANDS), lowBound=0, upBound=energy_kwh / FAIR_BANDS
            )
            model.addConstraint(pulp.lpSum_vars(bands.values()) - taken <= 0)
            tilt = FAIR_TILT * float(problem.credit[car]) / FAIR_BANDS
            objective += [(band, -tilt * (FAIR_BANDS - b)) for b, band in bands.items()]

    # Each circuit carries at most what building and reserves leave.
    limits = []
    for row in problem.rows:
        members = [cells[k] for k in row.cells.tolist()]
        load = pulp.lpSum_vars_coefs(list(zip(members, row.weight.tolist(), strict=True)))
        limits.append(model.addConstraint(load <= row.free_kw))

    # All charging as the mean of a slot, where costs depend on it.
    charging: dict[int, pulp.LpVariable] = {}
    for t in _slots_with_total(problem):
        total = charging[t] = model.add_variable(f"charging_{t}", lowBound=0)
        columns = problem.cell_of[:, t]
        here = columns[columns >= 0]
        share = problem.cell_hours[here] / problem.hours[t]
        members = [cells[k] for k in here.tolist()]
        mean = pulp.lpSum_vars_coefs(list(zip(members, share.tolist(), strict=True)))
        model.addConstraint(mean - total == 0)

    # What PV surplus does not cover is bought.
    for t in np.flatnonzero(problem.import_premium).tolist():
        bought = model.add_variable(f"bought_{t}", lowBound=0)
        model.addConstraint(charging[t] - bought <= float(problem.surplus_kw[t]))
        objective.append((bought, float(problem.import_premium[t] * problem.hours[t])))

    # The highest mean over a quarter of an hour, from the month's peak so far upwards.
    peak: pulp.LpVariable | None = None
    if problem.peaks:
        peak = model.add_variable("peak", lowBound=problem.peak_floor_kw)
        objective.append((peak, problem.inputs.demand_charge_per_kw))
        for quarter in problem.peaks:
            terms = [
                (charging[t], share)
                for t, share in zip(quarter.slots.tolist(), quarter.share.tolist(), strict=True)
                if t in charging
            ]
            if terms:
                mean = pulp.lpSum_vars_coefs(terms)
                model.addConstraint(mean - peak <= -quarter.base_kw)
            elif quarter.base_kw > peak.lowBound:
                peak.lowBound = quarter.base_kw

    model.setObjective(pulp.lpSum_vars_coefs(objective))
    return _run(model, problem, options, cells, limits, peak)


def _nothing_to_solve(problem: Problem) -> Solution:
    """Return what costs remain without a single car; HiGHS refuses a model without columns."""
    peak_kw = max([problem.peak_floor_kw, *(row.base_kw for row in problem.peaks)])
    demand = problem.inputs.demand_charge_per_kw * peak_kw if problem.peaks else 0.0
    return Solution(
        optimal=True,
        status="Optimal",
        power_kw=np.zeros(0),
        peak_kw=peak_kw,
        objective=demand + float(problem.credit @ problem.energy_kwh),
        limit_dual=np.zeros(0),
    )


def _slots_with_total(problem: Problem) -> list[int]:
    slots = set(np.flatnonzero(problem.import_premium).tolist())
    if problem.peaks:
        slots.update(np.unique(problem.slot).tolist())
    return sorted(slots)


def _run(
    model: pulp.LpProblem,
    problem: Problem,
    options: PlanOptions,
    cells: list[pulp.LpVariable],
    limits: list[pulp.LpConstraint],
    peak: pulp.LpVariable | None,
) -> Solution:
    solver = pulp.HiGHS(
        mip=False,
        msg=False,
        threads=1,
        timeLimit=options.time_limit_s,
        presolve="off",
        solver="simplex",
    )
    # The steps of solve(), but values are read as arrays: PuLP's own way costs as much as solving.
    solver.createAndConfigureSolver(model)
    solver.buildSolverModel(model)
    highs: Any = model.solverModel
    highs.run()
    status = highs.modelStatusToString(highs.getModelStatus())
    found = highs.getSolution()
    # Columns are numbered in the order in which PuLP exports variables, rows by constraint id.
    by_id = dict(zip([v.id for v in model.exported_variables()], found.col_value, strict=True))
    duals = list(found.row_dual)
    return Solution(
        optimal=status == "Optimal",
        status=status,
        power_kw=np.array([by_id.get(cell.id, 0.0) for cell in cells]),
        peak_kw=problem.peak_floor_kw if peak is None else by_id.get(peak.id, 0.0),
        objective=float(highs.getObjectiveValue() + problem.credit @ problem.energy_kwh),
        limit_dual=np.array([duals[row.id] for row in limits]),
    )
