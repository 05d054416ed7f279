"""Energy that does not suffice, shared out evenly: max-min over the cars' shares.

The program credits a car's first bands of energy a little more than its last ones. Among cars that
compete that evens out shares to the width of a band; narrower bands around the share at which
cars differ most bring it to a few thousandths (a bisection on the max-min share).
"""

from __future__ import annotations

import numpy as np

from optimizer.arrays import Floats
from optimizer.lp import Model, Solution
from optimizer.lp.parts import FAIR_BANDS, band_widths, fair_weights
from optimizer.problem import Problem

ZOOMS = 2
"""Times that the bands are narrowed; each is one program more from the last basis."""

SATISFIED = 1 - 1e-6
ROUNDING = 1e-9


def share_out(model: Model, problem: Problem, relaxed: Solution) -> Solution:
    """Solve a fair model, and again with bands around the share at which cars differ.

    The peak and what is left to cars that are expected stay as in `relaxed`, the cheapest solution:
    even shares among the cars that are there may cost neither. The model is left with its last
    bands.
    """
    if problem.peaks:
        floor_kw, peak_kw = np.array([problem.peak_floor_kw]), np.array([relaxed.peak_kw])
        model.set_columns("peak", lower=np.minimum(floor_kw, peak_kw), upper=peak_kw)
    if "expected" in relaxed.values:
        expected = relaxed.values["expected"]
        model.set_columns("expected", lower=expected, upper=expected)
    best = model.solve()
    edges = np.linspace(0, 1, FAIR_BANDS + 1)
    for _ in range(ZOOMS):
        if not best.optimal:
            return best
        share = shares(problem, best.power_kw)
        short = share < SATISFIED
        share = share / fair_weights(problem)[np.unique(problem.car)]
        if not short.any():
            return best
        # The lowest share that somebody is left with, and the band in which it lies.
        # A share on an edge is at the start of the band above.
        lowest = share[short].min() + ROUNDING
        low = int(np.clip(np.searchsorted(edges, lowest, "right") - 1, 0, len(edges) - 1))
        top = edges[min(low + 1, len(edges) - 1)]
        if top - edges[low] < 1e-9:
            return best
        inner = np.linspace(edges[low], top, FAIR_BANDS - 1)
        edges = np.concatenate([[0.0], inner, [1.0]])
        widths = band_widths(problem, edges)
        model.set_columns("bands", lower=np.zeros_like(widths), upper=widths)
        found = model.solve()
        if not found.optimal:
            return best
        best = found
    return best


def shares(problem: Problem, power_kw: Floats) -> Floats:
    """Return what each car with cells will have got, as a share of all that it wants."""
    cars = np.unique(problem.car)
    given = np.bincount(
        problem.car, weights=power_kw * problem.cell_hours, minlength=len(problem.energy_kwh)
    )
    taken = np.array([car.taken_kwh for car in problem.inputs.cars])
    whole = taken + problem.energy_kwh
    return ((taken + given) / np.maximum(whole, 1e-12))[cars]
