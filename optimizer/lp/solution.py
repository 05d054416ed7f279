"""What the solver found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from optimizer.arrays import Floats
from optimizer.limits import LimitRow
from optimizer.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What the solver found."""

    optimal: bool
    feasible: bool = True
    """Whether the values keep every row, also when the solver ran out of time."""
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
    rows: tuple[LimitRow, ...] = ()
    """The limit rows: the problem's, then those of lines that were added on the way."""
    values: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))
    """Every block of columns by its name."""
    duals: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))
    """Every block of rows by its name: change of the objective per unit of the right-hand side."""
    reduced: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))
    """Blocks of sums by their names: change of the objective per unit of their bounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What rows allow when powers come in whole steps."""

    rows: Mapping[str, Floats]
    """Upper bounds of blocks of rows."""
    peak_kw: float
    """The peak that is given."""
    may_raise_peak: bool = False
    """Whether it may become higher for its price."""


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
