"""A program kept in HiGHS: dual simplex without presolve, one thread, from the last basis.

Transport problems have nothing to presolve, and vertices charge few cars at part load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pulp
from numpy.typing import ArrayLike

from ocpp_core.domain.plan import PlanOptions
from optimizer.arrays import Floats, Ints
from optimizer.limits import LimitRow
from optimizer.lp import parts
from optimizer.lp.builder import (
    Builder,
    Program,
    Rows,
    compressed,
    same_shape,
    write_columns,
    write_rows,
)
from optimizer.lp.edits import differing, edited
from optimizer.lp.handover import ByArrays, hand_over
from optimizer.lp.parts import Part
from optimizer.lp.solution import Solution, Steps, nothing_to_solve
from optimizer.problem import Problem, passed_lines

CUT_ROUNDS = 30
"""Times that passed lines are added; each adds one face for each line and slot, a few suffice."""

TOLERANCE = 1e-9
"""By which rows and prices may be broken; ten times as much shows in costs as 1e-8 of them."""

LOOSE_TOLERANCE = 1e-7
"""The solver's own, for a program that it cannot solve within the other."""

DUAL, PRIMAL = 1, 4
"""Ways of the simplex, as HiGHS numbers them."""


class Model:
    """The program of a problem, kept in HiGHS, so that it can be changed and solved again."""

    def __init__(
        self,
        problem: Problem,
        options: PlanOptions,
        *,
        fair: bool = False,
        also: Sequence[Part] = (),
        in_words: bool = True,
    ) -> None:
        """Build; `fair` evens out the shares of energy when there is not enough for all.

        `also` are parts beyond the core's. Without `in_words` it is written in PuLP only when
        `written` is asked for.
        """
        self._parts = (*parts.CORE, *([parts.fairness] if fair else []), *also)
        self._take(problem, _program(problem, self._parts))
        program = self.program
        self._written: pulp.LpProblem | None = program.written() if in_words else None
        written = self._written or pulp.LpProblem("site")
        solver = ByArrays(
            program,
            mip=bool(program.integer.any()),
            msg=False,
            threads=1,
            timeLimit=options.time_limit_s,
            presolve="off",
            solver="simplex",
            primal_feasibility_tolerance=TOLERANCE,
            dual_feasibility_tolerance=TOLERANCE,
        )
        # The steps of PuLP's solve(), so that values can be read as arrays and bounds edited:
        # its own ways of handing over and reading back cost more than solving.
        solver.createAndConfigureSolver(written)
        solver.buildSolverModel(written)
        self._highs: Any = written.solverModel

    def _take(self, problem: Problem, program: Program) -> None:
        self.problem, self.program = problem, program
        self._credit = float(problem.credit @ problem.energy_kwh) - problem.free_of_cost
        if problem.battery is not None:
            self._credit += problem.battery.worth_per_kwh * problem.battery.energy_kwh
        self._columns, self._rows = program.columns, dict(program.row_blocks)
        self._lower, self._upper = program.lower.copy(), program.upper.copy()
        self._changed: set[str] = set()
        self._dearer = False
        self._steps: Steps | None = None
        self._cuts: list[list[LimitRow]] = []
        self._added: list[tuple[Floats, Rows]] = []
        self._sums: list[str] = []

    @property
    def written(self) -> pulp.LpProblem:
        """The program in PuLP's words, e.g. to print it or to hand it to another solver.

        Bounds and costs changed since by `set_columns` and `set_rows` are not in it.
        """
        if self._written is None:
            self._written = self.program.written()
            model = self._written.toRustModel()
            for n, (upper, rows) in enumerate(self._added):
                write_columns(model, f"sums_{n}", upper)
                write_rows(model, rows)
        return self._written

    def become(self, problem: Problem, options: PlanOptions) -> bool:
        """Turn into the model of another problem whose program has the same columns and terms.

        False, and nothing is changed, when it has others. The basis stays.
        """
        old, highs = self.program, self._highs
        new = edited(old, self.problem, problem) if self._parts == parts.CORE else None
        alike = new is not None
        if new is None:
            new = _program(problem, self._parts)
        if highs.getNumRow() != new.rows.count or not (alike or same_shape(new, old)):
            return False
        rows = new.rows
        # Only what differs: a column that is touched costs the solver as much as one that moved.
        at = differing((new.lower, old.lower), (new.upper, old.upper))
        at = self._with_touched(at, self._columns)
        highs.changeColsBounds(len(at), at, new.lower[at], new.upper[at])
        at = differing((new.cost, old.cost))
        at = self._with_touched(at, self._columns)
        highs.changeColsCost(len(at), at, new.cost[at])
        at = differing((rows.lower, old.rows.lower), (rows.upper, old.rows.upper))
        at = self._with_touched(at, self._rows)
        highs.changeRowsBounds(len(at), at, rows.lower[at], rows.upper[at])
        if not alike:
            changed = np.flatnonzero(rows.weight != old.rows.weight)
            owners = np.searchsorted(rows.start, changed, side="right") - 1
            for entry, row in zip(changed.tolist(), owners.tolist(), strict=True):
                highs.changeCoeff(row, int(rows.column[entry]), float(rows.weight[entry]))
        self._time_limit(options)
        self._take(problem, new)
        self._written = None
        return True

    def _touched(self, blocks: Mapping[str, Ints]) -> Ints:
        """Return the numbers of what `set_columns` and `set_rows` have changed since."""
        named = [blocks[name] for name in sorted(self._changed) if name in blocks]
        return np.concatenate(named) if named else np.zeros(0, dtype=np.int64)

    def _with_touched(self, at: Any, blocks: Mapping[str, Ints]) -> Any:
        """Return places together with those that `set_columns` and `set_rows` have changed."""
        return np.union1d(at, self._touched(blocks)).astype(np.int32) if self._changed else at

    def _time_limit(self, options: PlanOptions) -> None:
        """Allow the next solves as much time as the first had: the solver's clock runs on."""
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + options.time_limit_s)

    def basis(self) -> Any:
        """Return the solver's basis, e.g. to come back to it."""
        return self._highs.getBasis()

    def start_at(self, basis: Any) -> None:
        """Solve next from a basis; one that does not fit is not taken."""
        self._highs.setBasis(basis)

    def solve(self, *, primal: bool = False) -> Solution:
        """Solve, from the last basis where there is one, until no line is passed.

        `primal`: by the primal simplex, for a basis that suits the rows and not the prices.
        """
        found = self._solve(primal=primal)
        for _ in range(CUT_ROUNDS):
            passed = passed_lines(self.problem, found.power_kw) if found.optimal else []
            if not passed:
                break
            self._cut(passed)
            found = self._solve(primal=False)
        return found

    def _cut(self, passed: list[LimitRow]) -> None:
        """Add the rows of lines that the last solution passed."""
        kw = self._columns["kw"]
        self.add_rows(
            f"lines-{len(self._cuts)}",
            row=np.repeat(np.arange(len(passed)), [len(row.cells) for row in passed]),
            column=kw[np.concatenate([row.cells for row in passed])],
            weight=np.concatenate([row.weight for row in passed]),
            upper=np.array([row.free_kw for row in passed]),
        )
        self._cuts.append(passed)

    def _solve(self, *, primal: bool) -> Solution:
        problem, highs = self.problem, self._highs
        if primal:
            highs.setOptionValue("simplex_strategy", PRIMAL)
        highs.run()
        if primal:
            highs.setOptionValue("simplex_strategy", DUAL)
        status = highs.modelStatusToString(highs.getModelStatus())
        if status not in {"Optimal", "Time limit reached"}:
            # Seen with costs at the edge of the tolerances: scaled anew, it solves.
            highs.clearSolver()
            highs.setOptionValue("presolve", "on")
            for side in ("primal", "dual"):
                highs.setOptionValue(f"{side}_feasibility_tolerance", LOOSE_TOLERANCE)
            highs.run()
            status = highs.modelStatusToString(highs.getModelStatus())
        found = highs.getSolution()
        values, duals = _array(found.col_value), _array(found.row_dual)
        if not len(values):
            values = np.zeros(highs.getNumCol())
        if not len(duals):
            duals = np.zeros(highs.getNumRow())
        by_column = {name: values[columns] for name, columns in self._columns.items()}
        by_row = {name: duals[rows] for name, rows in self._rows.items()}
        peak = by_column.get("peak")
        return Solution(
            optimal=status == "Optimal",
            feasible=highs.getInfo().primal_solution_status == 2,
            status=status,
            power_kw=by_column["kw"],
            peak_kw=problem.peak_floor_kw if peak is None else float(peak[0]),
            objective=float(highs.getObjectiveValue()) + self._credit,
            limit_dual=np.concatenate(
                [by_row["limits"], *(by_row[f"lines-{n}"] for n in range(len(self._cuts)))]
            ),
            rows=(*problem.rows, *(row for cut in self._cuts for row in cut)),
            values=by_column,
            duals=by_row,
            reduced=self._reduced(found.col_dual) if self._sums else {},
        )

    def _reduced(self, of_columns: Sequence[float]) -> dict[str, Floats]:
        prices = np.array(of_columns) if len(of_columns) else np.zeros(self.column_count)
        return {name: prices[self._columns[name]] for name in self._sums}

    def solve_within(
        self, lower_kw: Floats, upper_kw: Floats, steps: Steps | None = None
    ) -> Solution:
        """Solve again with other bounds on each cell, e.g. inside an on/off pattern.

        `steps`: with what rows allow in whole steps of chargers, until `restore`.
        """
        self.set_columns("kw", lower=lower_kw, upper=upper_kw)
        if steps is not None and steps is not self._steps:
            self._steps = steps
            for name, upper in steps.rows.items():
                self.set_rows(name, lower=np.full(len(upper), -np.inf), upper=upper)
            if "peak" in self._columns:
                peak = np.array([steps.peak_kw])
                most = np.array([np.inf]) if steps.may_raise_peak else peak
                self.set_columns("peak", lower=peak, upper=most)
        return self.solve()

    def restore(self, basis: Any) -> None:
        """Undo what `set_columns` and `set_rows` changed, and go back to a basis."""
        highs, program = self._highs, self.program
        at = differing((self._lower, program.lower), (self._upper, program.upper))
        self._lower[at], self._upper[at] = program.lower[at], program.upper[at]
        highs.changeColsBounds(len(at), at, program.lower[at], program.upper[at])
        if self._dearer:
            at = self._touched(self._columns).astype(np.int32)
            highs.changeColsCost(len(at), at, program.cost[at])
        at = self._touched(program.row_blocks).astype(np.int32)
        highs.changeRowsBounds(len(at), at, program.rows.lower[at], program.rows.upper[at])
        self._changed.clear()
        self._dearer = False
        self._steps = None
        self.start_at(basis)

    def set_columns(
        self,
        name: str,
        *,
        lower: Floats | None = None,
        upper: Floats | None = None,
        cost: Floats | None = None,
    ) -> None:
        """Change bounds (both) or costs of a block of columns in place."""
        self._changed.add(name)
        columns = self._columns[name].astype(np.int32)
        if lower is not None and upper is not None:
            # Only what differs: a bound that is set costs the solver time, moved or not.
            differ = (lower != self._lower[columns]) | (upper != self._upper[columns])
            at = columns[differ]
            self._lower[at], self._upper[at] = lower[differ], upper[differ]
            self._highs.changeColsBounds(len(at), at, lower[differ], upper[differ])
        if cost is not None:
            self._dearer = True
            self._highs.changeColsCost(len(columns), columns, cost)

    def set_rows(self, name: str, *, lower: Floats, upper: Floats) -> None:
        """Change the bounds of a block of rows in place."""
        self._changed.add(name)
        rows = self._rows[name].astype(np.int32)
        self._highs.changeRowsBounds(len(rows), rows, lower, upper)

    def add_rows(
        self, name: str, *, row: Ints, column: Ints, weight: Floats, upper: ArrayLike
    ) -> None:
        """Add a block of rows to the live program, e.g. cuts; `column`: see `columns`."""
        if name in self._rows:
            raise ValueError(f"rows {name!r} are there already")
        high = np.atleast_1d(np.asarray(upper, dtype=np.float64))
        low = np.full(len(high), -np.inf)
        rows = compressed(row=row, column=column, weight=weight, lower=low, upper=high)
        first = self._highs.getNumRow()
        hand_over(self._highs, rows)
        self._rows[name] = np.arange(first, first + rows.count)
        self._added.append((np.zeros(0), rows))
        self._written = None

    @property
    def column_count(self) -> int:
        """Number of columns, which is that of the next one."""
        return int(self._highs.getNumCol())

    def add_sums(
        self, name: str, *, row: Ints, column: Ints, weight: Floats, upper: Floats
    ) -> None:
        """Add columns that are sums of others, each at most so much; `row` counts the sums.

        A sum may go on from another, also from one before it in the block, whose number follows
        from `column_count`: sets of slots that lie in one another so take few terms each, and a
        basis of them is nearly a triangle. They enter the basis, which is then as it was.
        """
        import highspy  # noqa: PLC0415  (after pulp: the other order can crash)

        highs, state = self._highs, highspy.HighsBasisStatus
        count, first, first_row = len(upper), self.column_count, highs.getNumRow()
        none, sums = np.zeros(0, dtype=np.int32), np.arange(count)
        rows = compressed(
            row=np.concatenate([row, sums]),
            column=np.concatenate([column, first + sums]),
            weight=np.concatenate([weight, np.full(count, -1.0)]),
            lower=np.zeros(count),
            upper=np.zeros(count),
        )
        low = np.full(count, -np.inf)
        highs.addCols(count, np.zeros(count), low, upper, 0, none, none, np.zeros(0))
        hand_over(highs, rows)
        basis = highs.getBasis()
        if basis.valid:
            basis.col_status = [*basis.col_status[:first], *[state.kBasic] * count]
            basis.row_status = [*basis.row_status[:first_row], *[state.kLower] * count]
        else:
            basis.col_status = [state.kLower] * first + [state.kBasic] * count
            basis.row_status = [state.kBasic] * first_row + [state.kLower] * count
            basis.valid = basis.alien = True
        highs.setBasis(basis)
        self._columns[name] = np.arange(first, first + count)
        self._lower, self._upper = np.append(self._lower, low), np.append(self._upper, upper)
        self._added.append((upper, rows))
        self._sums.append(name)
        self._written = None

    def start_from(self, values: Mapping[str, Floats]) -> None:
        """Give a mixed-integer program a first solution, by blocks; other columns are worked out.

        HiGHS fills in what is left open by a linear program with the integers fixed.
        """
        import highspy  # noqa: PLC0415  (after pulp: the other order can crash)

        columns = np.concatenate([self._columns[name] for name in values]).astype(np.int32)
        given = np.concatenate([np.asarray(values[name], dtype=np.float64) for name in values])
        found: Any = highspy.HighsStatus.kOk
        if self._highs.setSolution(len(columns), columns, given) != found:
            raise ValueError("the solver does not take this start")

    def columns(self, name: str) -> Ints:
        """Return the numbers of a block's columns."""
        return self._columns[name]


def _program(problem: Problem, of: Sequence[Part]) -> Program:
    builder = Builder()
    for part in of:
        part(builder, problem)
    return builder.finish()


def _array(numbers: Sequence[float]) -> Floats:
    """Return what the solver tells as a list; NumPy takes half as long when told the length."""
    return np.fromiter(numbers, dtype=np.float64, count=len(numbers))


def solve(problem: Problem, options: PlanOptions, *, fair: bool = False) -> Solution:
    """Build a model and solve it once."""
    if not problem.size:
        return nothing_to_solve(problem)
    return Model(problem, options, fair=fair).solve()
