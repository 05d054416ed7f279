"""The mixed-integer program: every cell 0 or at least the minimum, started from the repair.

Optional, because it takes seconds where the repair takes milliseconds (a cold start has been seen
to be 4 % off after half a minute on 200 cars), and bounded by a time limit.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ocpp_core.domain.plan import PlanOptions
from optimizer.lp import Builder, Model, Solution
from optimizer.problem import Floats, Ints, Problem
from optimizer.repair.pattern import EPSILON_KW, Weights, last_running


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
    cells = np.flatnonzero(~last)
    model = Model(
        problem,
        replace(options, time_limit_s=options.milp_s),
        also=(lambda b, p: _on_or_off(b, p, cells, weights),),
    )
    model.start_from({"kw": start.power_kw, "on": running[cells].astype(float)})
    found = model.solve()
    better = found.objective < start.objective - 1e-9 * (1 + abs(start.objective))
    return found if found.feasible and better else None


def _on_or_off(b: Builder, problem: Problem, cells: Ints, weights: Weights) -> None:
    """Each cell is off, or on at its minimum or more."""
    kw = b.columns("kw")[cells]
    least: Floats = weights.least_kw[cells]
    most = problem.upper_kw[cells]
    on = b.add_columns("on", len(cells), upper=np.where(least <= most, 1.0, 0.0), integer=True)
    rows = np.arange(len(cells))
    b.add_rows("least", len(cells), row=rows, column=kw, weight=-1.0, upper=0.0)
    b.add_entries("least", row=rows, column=on, weight=least)
    b.add_rows("most", len(cells), row=rows, column=kw, weight=1.0, upper=0.0)
    b.add_entries("most", row=rows, column=on, weight=-most)
