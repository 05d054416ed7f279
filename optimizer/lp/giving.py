"""The part of the program for cars that give back (V2G)."""

from __future__ import annotations

import numpy as np

from optimizer.giving import Giver
from optimizer.lp.builder import Builder
from optimizer.problem import Problem


def giving(b: Builder, problem: Problem) -> None:
    """Cars that may give hold what they have more or less than now, from slot to slot.

    `held` counts energy as it was charged: what is given takes more of it than arrives. It goes
    down to what may be taken out, and up to what the car wants. What is given lowers imports and
    peaks and adds to no limit; what flows back has limits of its own.
    """
    one = problem.giving
    if one is None:
        return
    slots, count = len(problem.hours), len(one.givers)
    given = b.add_columns("given", len(one.giver), upper=one.upper_kw, cost=one.cost)
    low = np.repeat([-giver.available_kwh for giver in one.givers], slots)
    high = np.repeat([giver.wanted_kwh for giver in one.givers], slots)
    held = b.add_columns("held", count * slots, lower=low, upper=high)
    decided = -one.decided_kwh.ravel()
    rows = np.arange(count * slots)
    b.add_rows("held", len(rows), row=rows, column=held, lower=decided, upper=decided)
    later = rows[rows % slots > 0]
    b.add_entries("held", row=later, column=held[later - 1], weight=-1.0)
    place = np.full(len(problem.energy_kwh), -1, dtype=np.int64)
    place[[giver.car for giver in one.givers]] = np.arange(count)
    cells = np.flatnonzero(place[problem.car] >= 0)
    at = place[problem.car[cells]] * slots + problem.slot[cells]
    b.add_entries("held", row=at, column=b.columns("kw")[cells], weight=-problem.cell_hours[cells])
    if not len(given):
        return
    per_kw = _charged_per_kw(one.givers)[one.giver] * problem.hours[one.slot]
    b.add_entries("held", row=one.giver * slots + one.slot, column=given, weight=per_kw)
    owner = np.array([giver.car for giver in one.givers])[one.giver]
    b.add_entries("energy", row=owner, column=given, weight=-per_kw)
    bought = np.flatnonzero(problem.import_premium)
    counted = np.flatnonzero(np.isin(one.slot, bought))
    b.add_entries(
        "bought",
        row=np.searchsorted(bought, one.slot[counted]),
        column=given[counted],
        weight=-1.0,
    )
    for n, quarter in enumerate(problem.peaks):
        share = np.zeros(slots)
        share[quarter.slots] = quarter.share
        counted = np.flatnonzero(share[one.slot])
        b.add_entries(
            "peaks",
            row=np.full(len(counted), n),
            column=given[counted],
            weight=-share[one.slot[counted]],
        )
    for n, back in enumerate(one.reverse):
        weight = np.zeros(count)
        weight[back.givers] = back.weight
        most = np.bincount(one.slot, weights=weight[one.giver] * one.upper_kw, minlength=slots)
        tight = np.flatnonzero(most > back.free_kw)
        b.add_rows(f"back-{n}", len(tight), upper=back.free_kw[tight])
        counted = np.flatnonzero(np.isin(one.slot, tight) & (weight[one.giver] > 0))
        b.add_entries(
            f"back-{n}",
            row=np.searchsorted(tight, one.slot[counted]),
            column=given[counted],
            weight=weight[one.giver][counted],
        )


def _charged_per_kw(givers: tuple[Giver, ...]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return what has to be charged for each kWh given, for each giver."""
    return np.array([1 / giver.efficiency for giver in givers])
