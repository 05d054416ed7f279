"""Handing a program to the solver as the arrays that it was written from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pulp

from optimizer.lp.builder import Program, Rows


class ByArrays(pulp.HiGHS):
    """PuLP's HiGHS, which takes the program as the arrays that it was written from.

    PuLP's own way walks every term in Python.
    """

    def __init__(self, program: Program, **settings: Any) -> None:
        super().__init__(**settings)
        self._program = program

    def buildSolverModel(self, lp: pulp.LpProblem) -> None:  # noqa: N802  (PuLP's name)
        """Pass columns and rows to the solver, each in one call."""
        program = self._program
        highs: Any = lp.solverModel
        none = np.zeros(0, dtype=np.int32)
        count = len(program.cost)
        highs.addCols(count, program.cost, program.lower, program.upper, 0, none, none, np.zeros(0))
        whole = np.flatnonzero(program.integer).astype(np.int32)
        if len(whole):
            import highspy  # noqa: PLC0415  (after pulp: the other order can crash)

            kinds = np.full(len(whole), highspy.HighsVarType.kInteger)
            highs.changeColsIntegrality(len(whole), whole, kinds)
        hand_over(highs, program.rows)


def hand_over(highs: Any, rows: Rows) -> None:
    """Add rows to a program in the solver, in one call."""
    if rows.count:
        highs.addRows(
            rows.count,
            rows.lower,
            rows.upper,
            len(rows.column),
            rows.start[:-1].astype(np.int32),
            rows.column.astype(np.int32),
            rows.weight,
        )
