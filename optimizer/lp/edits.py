"""The program of a problem made from that of one before it, where only numbers of cells differ.

Between two plans mostly energies change, and prices and powers of cells at most. To put the whole
program together again takes as long as twenty steps of the simplex.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from optimizer.arrays import Floats
from optimizer.lp.builder import Program
from optimizer.problem import Problem

SAME = ("hours", "car", "slot", "cell_hours", "surplus_kw", "import_premium", "rows", "peaks")
"""What the core's parts read, beside the powers, costs and energies that may differ."""

NONE = ("battery", "arrivals", "ramp", "calm", "giving")
"""What has parts that read more."""


def edited(program: Program, old: Problem, new: Problem) -> Program | None:
    """Return the program of `new` in terms of the core's program of `old`; None where it differs.

    The core's parts alone are known: see `optimizer.lp.parts.CORE`.
    """
    if (
        old.balances
        or new.balances
        or any(getattr(one, name) is not None for one in (old, new) for name in NONE)
        or old.inputs.demand_charge_per_kw != new.inputs.demand_charge_per_kw
        or old.peak_floor_kw != new.peak_floor_kw
        or not all(_same(getattr(old, name), getattr(new, name)) for name in SAME)
    ):
        return None
    kw, energy = program.columns["kw"], program.row_blocks["energy"]
    upper, cost, most = program.upper.copy(), program.cost.copy(), program.rows.upper.copy()
    upper[kw], cost[kw], most[energy] = new.upper_kw, new.cost, new.energy_kwh
    return replace(program, upper=upper, cost=cost, rows=replace(program.rows, upper=most))


def _same(one: Any, other: Any) -> bool:
    """Tell whether two arrays, or sequences of rows, are alike; mostly they are the same."""
    if one is other:
        return True
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    if isinstance(one, Sequence):
        return len(one) == len(other) and all(map(_same_row, one, other))
    return bool(one == other)


def _same_row(one: Any, other: Any) -> bool:
    return one is other or all(
        _same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one)
    )


def differing(*pairs: tuple[Floats, Floats]) -> Any:
    """Return the places at which any of the pairs differ, as the solver counts."""
    differ = np.zeros(len(pairs[0][0]), dtype=bool)
    for one, other in pairs:
        differ |= one != other
    return np.flatnonzero(differ).astype(np.int32)
