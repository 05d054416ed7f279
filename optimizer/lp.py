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


class Model:
    """The program of a problem, kept in HiGHS, so that it can be solved again within bounds."""

    def __init__(self, problem: Problem, options: PlanOptions, *, fair: bool = False) -> None:
        """Build; `fair` evens out the shares of energy when there is not enough for all."""
        self.problem = problem
        self._program = program = pulp.LpProblem("site")
        names = range(problem.size)
        self._cells = cells = list(program.add_variable_dict("kw", names, lowBound=0).values())
        for cell, upper in zip(cells, problem.upper_kw.tolist(), strict=True):
            cell.upBound = upper
        self._objective = list(zip(cells, problem.cost.tolist(), strict=True))
        self._energy(fair=fair)
        self._limits = self._circuits()
        self._imports()
        self._peak = self._peaks() if problem.peaks else None
        program.setObjective(pulp.lpSum_vars_coefs(self._objective))

        solver = pulp.HiGHS(
            mip=False,
            msg=False,
            threads=1,
            timeLimit=options.time_limit_s,
            presolve="off",
            solver="simplex",
        )
        # The steps of PuLP's solve(), so that values can be read as arrays and bounds edited:
        # its own way of reading back costs as much as solving.
        solver.createAndConfigureSolver(program)
        solver.buildSolverModel(program)
        self._highs: Any = program.solverModel
        exported = {v.id: column for column, v in enumerate(program.exported_variables())}
        self._columns = np.array([exported[cell.id] for cell in cells], dtype=np.int32)
        self._peak_column = None if self._peak is None else exported[self._peak.id]

    def _energy(self, *, fair: bool) -> None:
        """Each car takes at most the energy that it wants."""
        hours = self.problem.cell_hours.tolist()
        for car, energy_kwh in enumerate(self.problem.energy_kwh.tolist()):
            columns = self.problem.cell_of[car]
            here = columns[columns >= 0].tolist()
            if not here:
                continue
            taken = pulp.lpSum_vars_coefs([(self._cells[k], hours[k]) for k in here])
            self._program.addConstraint(taken <= energy_kwh)
            if fair:
                bands = self._program.add_variable_dict(
                    f"band_{car}", range(FAIR_BANDS), lowBound=0, upBound=energy_kwh / FAIR_BANDS
                )
                self._program.addConstraint(pulp.lpSum_vars(bands.values()) - taken <= 0)
                tilt = FAIR_TILT * float(self.problem.credit[car]) / FAIR_BANDS
                self._objective += [(band, -tilt * (FAIR_BANDS - b)) for b, band in bands.items()]

    def _circuits(self) -> list[pulp.LpConstraint]:
        """Each circuit carries at most what building and reserves leave."""
        limits = []
        for row in self.problem.rows:
            members = [self._cells[k] for k in row.cells.tolist()]
            load = pulp.lpSum_vars_coefs(list(zip(members, row.weight.tolist(), strict=True)))
            limits.append(self._program.addConstraint(load <= row.free_kw))
        return limits

    def _imports(self) -> None:
        """What PV surplus does not cover, as the mean of a slot, is bought."""
        problem = self.problem
        for t in np.flatnonzero(problem.import_premium).tolist():
            columns = problem.cell_of[:, t]
            here = columns[columns >= 0]
            share = (problem.cell_hours[here] / problem.hours[t]).tolist()
            bought = self._program.add_variable(f"bought_{t}", lowBound=0)
            members = [self._cells[k] for k in here.tolist()]
            terms = [*zip(members, share, strict=True), (bought, -1.0)]
            most = float(problem.surplus_kw[t])
            self._program.addConstraint(pulp.lpSum_vars_coefs(terms) <= most)
            premium = float(problem.import_premium[t] * problem.hours[t])
            self._objective.append((bought, premium))

    def _charging(self) -> dict[int, pulp.LpVariable]:
        """All charging in a slot, also of cars that leave before it ends.

        The mean of the slot would be less, but plans are made again within it, and what a car
        leaves free would be filled up a second time.
        """
        charging: dict[int, pulp.LpVariable] = {}
        for t in np.unique(self.problem.slot).tolist():
            total = charging[t] = self._program.add_variable(f"charging_{t}", lowBound=0)
            columns = self.problem.cell_of[:, t]
            members = [self._cells[k] for k in columns[columns >= 0].tolist()]
            self._program.addConstraint(pulp.lpSum_vars(members) - total == 0)
        return charging

    def _peaks(self) -> pulp.LpVariable:
        """The highest mean over a quarter of an hour, from the month's peak so far upwards."""
        charging = self._charging()
        fixed = [row.base_kw for row in self.problem.peaks if not charging.keys() & set(row.slots)]
        floor_kw = max([self.problem.peak_floor_kw, *fixed])
        peak = self._program.add_variable("peak", lowBound=floor_kw)
        self._objective.append((peak, self.problem.inputs.demand_charge_per_kw))
        for row in self.problem.peaks:
            terms = [
                (charging[t], share)
                for t, share in zip(row.slots.tolist(), row.share.tolist(), strict=True)
                if t in charging
            ]
            if terms:
                mean = pulp.lpSum_vars_coefs(terms)
                self._program.addConstraint(mean - peak <= -row.base_kw)
        return peak

    def solve(self) -> Solution:
        """Solve, from the last basis where there is one."""
        problem, highs = self.problem, self._highs
        highs.run()
        status = highs.modelStatusToString(highs.getModelStatus())
        if status not in {"Optimal", "Time limit reached"}:
            # Seen with costs at the edge of the tolerances: scaled anew, it solves.
            highs.clearSolver()
            highs.setOptionValue("presolve", "on")
            highs.run()
            status = highs.modelStatusToString(highs.getModelStatus())
        found = highs.getSolution()
        values, duals = np.array(found.col_value), np.array(found.row_dual)
        peak_kw = problem.peak_floor_kw
        if self._peak_column is not None and len(values):
            peak_kw = float(values[self._peak_column])
        rows = [limit.id for limit in self._limits]
        return Solution(
            optimal=status == "Optimal",
            status=status,
            power_kw=values[self._columns] if len(values) else np.zeros(problem.size),
            peak_kw=peak_kw,
            objective=float(highs.getObjectiveValue() + problem.credit @ problem.energy_kwh),
            limit_dual=duals[rows] if len(duals) else np.zeros(len(rows)),
        )

    def solve_within(self, lower_kw: Floats, upper_kw: Floats) -> Solution:
        """Solve again with other bounds on each cell, e.g. inside an on/off pattern."""
        self._highs.changeColsBounds(len(self._columns), self._columns, lower_kw, upper_kw)
        return self.solve()


def solve(problem: Problem, options: PlanOptions, *, fair: bool = False) -> Solution:
    """Build a model and solve it once."""
    if not problem.size:
        return nothing_to_solve(problem)
    return Model(problem, options, fair=fair).solve()


def nothing_to_solve(problem: Problem) -> Solution:
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
