"""The mixed-integer program: every cell 0 or at least the minimum, started from the repair.

Optional, because it takes seconds where the repair takes milliseconds (a cold start has been seen
to be 4 % off after half a minute on 200 cars), and bounded by a time limit.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ocpp_core.domain.plan import PlanOptions
from optimizer.arrays import Floats, Ints
from optimizer.lp import Builder, Model, Solution
from optimizer.problem import Problem
from optimizer.repair.pattern import EPSILON_KW, Weights, last_running
from optimizer.runs import EPSILON_H


def improve(
    problem: Problem, options: PlanOptions, start: Solution, weights: Weights
) -> Solution | None:
    """Return a better solution found within `options.milp_s`, or None.

    The last slot in which a car of `start` charges stays free to be below the minimum: it gets done
    early there.
    """
    running = start.power_kw > EPSILON_KW
    small = running & (start.power_kw < weights.least_kw - EPSILON_KW)
    last = last_running(problem, running)
    if (small & ~last).any():
        return None
    # Where a car may not start as often as it likes, its last slot is a slot like any other.
    ruled = np.isin(problem.car, list(problem.rules))
    cells = np.flatnonzero(~last | ruled)
    loose = last[cells]
    model = Model(
        problem,
        replace(options, time_limit_s=options.milp_s),
        also=(
            lambda b, p: _on_or_off(b, p, cells, loose, weights),
            lambda b, p: _switching(b, p, cells),
        ),
    )
    model.start_from({"kw": start.power_kw, "on": running[cells].astype(float)})
    found = model.solve()
    better = found.objective < start.objective - 1e-9 * (1 + abs(start.objective))
    return found if found.feasible and better else None


def _on_or_off(
    b: Builder, problem: Problem, cells: Ints, loose: NDArray[np.bool_], weights: Weights
) -> None:
    """Each cell is off, or on at its minimum or more; a loose one may be on below that."""
    kw = b.columns("kw")[cells]
    least: Floats = weights.least_kw[cells]
    most = problem.upper_kw[cells]
    on = b.add_columns("on", len(cells), upper=np.where(least <= most, 1.0, 0.0), integer=True)
    rows = np.arange(len(cells))
    b.add_rows("least", len(cells), row=rows, column=kw, weight=-1.0, upper=0.0)
    b.add_entries("least", row=rows, column=on, weight=np.where(loose, 0.0, least))
    b.add_rows("most", len(cells), row=rows, column=kw, weight=1.0, upper=0.0)
    b.add_entries("most", row=rows, column=on, weight=-most)


def _switching(b: Builder, problem: Problem, cells: Ints) -> None:
    """Cars under a rule start so often at most, and run so long at least."""
    on = dict(zip(cells.tolist(), b.columns("on").tolist(), strict=True))
    for index, rule in problem.rules.items():
        mine = [on[cell] for cell in problem.cell_of[index].tolist() if cell >= 0]
        slots = np.flatnonzero(problem.cell_of[index] >= 0)
        if not mine:
            continue
        count, rows = len(mine), np.arange(len(mine))
        starts = b.add_columns(f"starts-{index}", count, upper=1.0)
        begins = np.zeros(count)
        begins[0] = float(rule.running)
        b.add_rows(f"starts-{index}", count, row=rows, column=mine, upper=begins)
        b.add_entries(f"starts-{index}", row=rows, column=starts, weight=-1.0)
        b.add_entries(f"starts-{index}", row=rows[1:], column=mine[:-1], weight=-1.0)
        if rule.starts_left is not None:
            b.add_rows(
                f"often-{index}",
                1,
                row=np.zeros(count, dtype=np.int64),
                column=starts,
                upper=float(rule.starts_left),
            )
        begin_h = np.concatenate([[0.0], np.cumsum(problem.hours[slots])])
        # Whoever started within the shortest run before a slot ends runs in it.
        recent = [
            (n, s)
            for n in range(count)
            for s in range(n + 1)
            if begin_h[n] - begin_h[s] < rule.min_run_h - EPSILON_H
        ]
        b.add_rows(f"run-{index}", count, row=rows, column=mine, weight=-1.0, upper=0.0)
        b.add_entries(
            f"run-{index}",
            row=[n for n, _ in recent],
            column=[int(starts[s]) for _, s in recent],
        )
        owed = np.flatnonzero(begin_h[:-1] < rule.owed_h - EPSILON_H)
        b.add_rows(
            f"owed-{index}",
            len(owed),
            row=np.arange(len(owed)),
            column=np.array(mine, dtype=np.int64)[owed],
            weight=-1.0,
            upper=-1.0,
        )
