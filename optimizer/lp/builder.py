"""A program put together from parts, in blocks of columns and rows, and written down in PuLP.

A part is a function `part(builder, problem)` that adds blocks:

    kw = b.add_columns("kw", problem.size, upper=problem.upper_kw, cost=problem.cost)
    b.add_rows("energy", len(problem.energy_kwh), row=problem.car, column=kw,
               weight=problem.cell_hours, upper=problem.energy_kwh)

`add_columns` returns the numbers of the new columns; `add_rows` takes the entries of all its rows
at once, as triples of row (within the block), column and weight, so that nothing is done term by
term in Python. What several parts share is a block that others add to: `b.columns(name)` gives a
block's columns, `b.add_entries("limits", row=..., column=..., weight=...)` adds terms to the rows
of a block, before or after that block is made, and `b.add_cost` adds to the objective. Rows are
put together when the program is finished, so the order of parts does not matter to them; only
`b.columns` needs its block to be there.

After a solve `Solution.values[name]` and `Solution.duals[name]` hold each block. A live `Model`
changes a block by `set_columns` and `set_rows`, and takes more rows by `add_rows`.

Blocks of the core, see `optimizer.lp.parts`: columns `kw` (one for each cell), `bought` (slots with
PV surplus), `charging` (slots with cells, in the order of `np.unique(problem.slot)`), `peak` (one);
rows `energy` (by car), `limits` (by `problem.rows`), `bought`, `charging`, `peaks` (by
`problem.peaks`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pulp
from numpy.typing import ArrayLike
from pulp import _rustcore

from optimizer.arrays import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows in compressed form: those of `start[r]` up to `start[r + 1]` belong to row r."""

    start: Ints
    column: Ints
    weight: Floats
    lower: Floats
    upper: Floats

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.lower)


@dataclass(slots=True)
class _Block:
    """Rows of one name, while parts still add to them."""

    first: int
    lower: Floats
    upper: Floats


@dataclass(slots=True)
class Builder:
    """Collects columns and rows; see the module."""

    _columns: dict[str, Ints] = field(default_factory=dict)
    _bounds: list[tuple[Floats, Floats, Floats, bool]] = field(default_factory=list)
    _count: int = 0
    _blocks: dict[str, _Block] = field(default_factory=dict)
    _row_count: int = 0
    _entries: list[tuple[str, Ints, Ints, Floats]] = field(default_factory=list)
    _costs: list[tuple[Ints, Floats]] = field(default_factory=list)

    def add_columns(
        self,
        name: str,
        count: int,
        *,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = np.inf,
        cost: ArrayLike = 0.0,
        integer: bool = False,
    ) -> Ints:
        """Add a block of columns and return their numbers; a scalar counts for each of them."""
        if name in self._columns:
            raise ValueError(f"columns {name!r} are there already")
        columns = np.arange(self._count, self._count + count)
        self._columns[name] = columns
        self._count += count
        low, high, each = (_filled(value, count) for value in (lower, upper, cost))
        self._bounds.append((low, high, each, integer))
        return columns

    def columns(self, name: str) -> Ints:
        """Return the numbers of a block's columns; raises KeyError when there is no such block."""
        return self._columns[name]

    def add_cost(self, column: ArrayLike, cost: ArrayLike) -> None:
        """Add to the objective's weights of columns."""
        columns = _numbers(column)
        self._costs.append((columns, _filled(cost, len(columns))))

    def add_rows(
        self,
        name: str,
        count: int,
        *,
        row: ArrayLike = (),
        column: ArrayLike = (),
        weight: ArrayLike = 1.0,
        lower: ArrayLike = -np.inf,
        upper: ArrayLike = np.inf,
    ) -> None:
        """Add a block of rows `lower <= sum of weight times column <= upper`.

        Each is bounded on one side, or to one value; a scalar counts for all of them.
        """
        if name in self._blocks:
            raise ValueError(f"rows {name!r} are there already")
        low, high = _filled(lower, count), _filled(upper, count)
        self._blocks[name] = _Block(first=self._row_count, lower=low, upper=high)
        self._row_count += count
        if np.size(row):
            self.add_entries(name, row=row, column=column, weight=weight)

    def add_entries(
        self, name: str, *, row: ArrayLike, column: ArrayLike, weight: ArrayLike = 1.0
    ) -> None:
        """Add terms to rows of a block, by their number within the block."""
        rows = _numbers(row)
        columns = np.broadcast_to(_numbers(column), rows.shape)
        self._entries.append((name, rows, columns, _filled(weight, len(rows))))

    def finish(self) -> Program:
        """Put everything together."""
        entries = [
            (self._blocks[name].first + row, column, weight)
            for name, row, column, weight in self._entries
        ]
        blocks = list(self._blocks.values())
        cost = _joined([cost for _, _, cost, _ in self._bounds])
        for columns, more in self._costs:
            np.add.at(cost, columns, more)
        return Program(
            lower=_joined([low for low, _, _, _ in self._bounds]),
            upper=_joined([high for _, high, _, _ in self._bounds]),
            cost=cost,
            integer=np.repeat(
                np.array([whole for _, _, _, whole in self._bounds], dtype=bool),
                [len(low) for low, _, _, _ in self._bounds],
            ),
            columns=dict(self._columns),
            rows=compressed(
                row=_joined([row for row, _, _ in entries]).astype(np.int64),
                column=_joined([column for _, column, _ in entries]).astype(np.int64),
                weight=_joined([weight for _, _, weight in entries]),
                lower=_joined([block.lower for block in blocks]),
                upper=_joined([block.upper for block in blocks]),
            ),
            row_blocks={
                name: np.arange(block.first, block.first + len(block.lower))
                for name, block in self._blocks.items()
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A finished program, as arrays."""

    lower: Floats
    upper: Floats
    cost: Floats
    integer: Bools
    columns: dict[str, Ints]
    """Column numbers of each block."""
    rows: Rows
    row_blocks: dict[str, Ints]
    """Row numbers of each block."""

    def written(self) -> pulp.LpProblem:
        """Return the program as PuLP knows it: column j has the id j, row i the id i."""
        problem = pulp.LpProblem("site")
        model = problem.toRustModel()
        whole, real = _rustcore.Category.Integer, _rustcore.Category.Continuous
        for name, columns in self.columns.items():
            if not len(columns):
                continue
            names = [f"{name}_{n}" for n in range(len(columns))]
            first = columns[0]
            low, high = self.lower[columns], self.upper[columns]
            variables = model.add_variables_batch(
                names, float(low[0]), float(high[0]), whole if self.integer[first] else real
            )
            for n in np.flatnonzero(low != low[0]).tolist():
                variables[n].set_lb(float(low[n]))
            for n in np.flatnonzero(high != high[0]).tolist():
                variables[n].set_ub(float(high[n]))
        objective = _rustcore.AffineExpr()
        paid = np.flatnonzero(self.cost)
        objective.add_term_ids_coeffs(model, paid.astype(np.uint64), self.cost[paid])
        model.set_objective(objective)
        write_rows(model, self.rows)
        return problem


def write_columns(model: _rustcore.Model, name: str, upper: Floats) -> None:
    """Add columns without cost to PuLP's model, bounded above only."""
    names = [f"{name}_{n}" for n in range(len(upper))]
    variables = model.add_variables_batch(names, -np.inf, np.inf, _rustcore.Category.Continuous)
    for variable, most in zip(variables, upper.tolist(), strict=True):
        variable.set_ub(most)


def write_rows(model: _rustcore.Model, rows: Rows) -> None:
    """Add rows to PuLP's model, each by one call with the numbers of its columns."""
    column, weight = rows.column.astype(np.uint64), rows.weight
    bounds = zip(rows.lower.tolist(), rows.upper.tolist(), strict=True)
    starts = rows.start.tolist()
    for r, (lower, upper) in enumerate(bounds):
        left = _rustcore.AffineExpr()
        here = slice(starts[r], starts[r + 1])
        left.add_term_ids_coeffs(model, column[here], weight[here])
        if lower == upper:
            left.set_sense(_rustcore.Sense.Equal)
        elif lower == -np.inf:
            left.set_sense(_rustcore.Sense.LessEqual)
        elif upper == np.inf:
            left.set_sense(_rustcore.Sense.GreaterEqual)
        else:
            raise ValueError("a row is bounded on one side, or to one value")
        left.set_constant(-upper if upper < np.inf else -lower)
        model.add_constraint(left)


def compressed(*, row: Ints, column: Ints, weight: Floats, lower: Floats, upper: Floats) -> Rows:
    """Return rows in compressed form from triples in any order."""
    # NumPy sorts numbers of 16 bits by their digits, several times as fast.
    few = len(lower) < 2**16
    order = np.argsort(row.astype(np.uint16) if few else row, kind="stable")
    lengths = np.bincount(row, minlength=len(lower))
    return Rows(
        start=np.concatenate([[0], np.cumsum(lengths)]),
        column=column[order],
        weight=weight[order],
        lower=lower,
        upper=upper,
    )


def _numbers(value: ArrayLike) -> Ints:
    return np.atleast_1d(np.asarray(value, dtype=np.int64))


def _filled(value: ArrayLike, count: int) -> Floats:
    return np.array(np.broadcast_to(np.asarray(value, dtype=np.float64), count))


def _joined(parts: list[Any]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)


def same_shape(one: Program, other: Program) -> bool:
    """Tell whether two programs have the same columns, rows and terms."""
    return (
        one.columns.keys() == other.columns.keys()
        and all(len(one.columns[name]) == len(other.columns[name]) for name in one.columns)
        and one.row_blocks.keys() == other.row_blocks.keys()
        and all(len(one.row_blocks[n]) == len(other.row_blocks[n]) for n in one.row_blocks)
        and np.array_equal(one.rows.start, other.rows.start)
        and np.array_equal(one.rows.column, other.rows.column)
        and np.array_equal(one.integer, other.integer)
    )
