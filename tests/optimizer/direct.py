"""The planning problem straight from arrays to HiGHS: what every engine is held to."""

from dataclasses import replace
from typing import Any

import numpy as np
import pulp  # noqa: F401  (preloads HiGHS; importing highspy first can crash)
import pytest

from ocpp_core.domain.plan import PlanOptions, SiteSnapshot
from optimizer import lp
from optimizer.arrays import Floats
from optimizer.lp import Solution
from optimizer.problem import LINE_TOLERANCE_KW, Problem, passed_lines

SLACK = 1e-6
"""By which a row may be broken, kW or kWh."""


def same(problem: Problem, cost: float) -> object:
    """Return what compares equal to a cost: within 1e-9 of it, and what lines may be passed by."""
    worth = LINE_TOLERANCE_KW * float(problem.hours.sum()) * float(problem.credit.max(initial=0.0))
    return pytest.approx(cost, rel=1e-9, abs=1e-6 + worth * len(problem.lines))


def reference(problem: Problem, options: PlanOptions) -> float:
    """Return what a problem costs by the arrays; by a new program where the arrays lack a part."""
    return solve(problem) if knows(problem) else lp.solve(problem, options).objective


def known_part(taken: SiteSnapshot) -> SiteSnapshot:
    """Return a snapshot without what the arrays do not have."""
    return replace(taken, battery=None, expected_arrivals=())


def knows(problem: Problem) -> bool:
    """Tell whether the arrays have every part of a problem; batteries have tests of their own."""
    snapshot = problem.inputs.snapshot
    return snapshot.battery is None and not snapshot.expected_arrivals


def solve(problem: Problem) -> float:
    """Return the objective (see `optimizer.lp.Solution.objective`) by one passed model."""
    import highspy  # noqa: PLC0415  (after pulp, see above)

    cells, slots, cars = problem.size, len(problem.hours), len(problem.energy_kwh)
    peaks = problem.peaks
    totals = np.unique(problem.slot) if peaks else np.zeros(0, dtype=np.int64)
    total_at = np.full(slots, -1)
    total_at[totals] = cells + np.arange(len(totals))
    bought = np.flatnonzero(problem.import_premium > 0)
    bought_at = cells + len(totals) + np.arange(len(bought))
    peak_at = cells + len(totals) + len(bought)
    apart_at = peak_at + (1 if peaks else 0)
    columns = apart_at + 2 * slots * len(problem.balances)

    cost, lower, upper = np.zeros(columns), np.zeros(columns), np.full(columns, np.inf)
    cost[:cells], upper[:cells] = problem.cost, problem.upper_kw
    cost[bought_at] = problem.import_premium[bought] * problem.hours[bought]
    if peaks:
        cost[peak_at] = problem.inputs.demand_charge_per_kw
        lower[peak_at] = problem.peak_floor_kw

    for n, one in enumerate(problem.balances):
        first = apart_at + 2 * slots * n
        cost[first : first + slots] = one.price * problem.hours
        cost[first + slots : first + 2 * slots] = -one.price * problem.hours

    index: list[Any] = []
    value: list[Any] = []
    low: list[float] = []
    high: list[float] = []

    def row(at: Any, weight: Any, least: float, most: float) -> None:
        index.append(at)
        value.append(weight)
        low.append(least)
        high.append(most)

    for car in range(cars):
        at = problem.cell_of[car]
        at = at[at >= 0]
        if len(at):
            row(at, problem.cell_hours[at], -np.inf, problem.energy_kwh[car])
    for limit in problem.rows:
        row(limit.cells, limit.weight, -np.inf, limit.free_kw)
    for g in problem.lines:
        group = problem.groups[g]
        for place in range(slots):
            at = problem.cell_of[group.members, place]
            if (at >= 0).any():
                row(at[at >= 0], group.weight[at >= 0], -np.inf, group.free_kw[place])
    for t in totals:
        at = problem.cell_of[:, t]
        at = at[at >= 0]
        row(np.append(at, total_at[t]), np.append(np.ones(len(at)), -1.0), 0.0, 0.0)
    for t, column in zip(bought, bought_at, strict=True):
        at = problem.cell_of[:, t]
        at = at[at >= 0]
        share = problem.cell_hours[at] / problem.hours[t]
        row(np.append(at, column), np.append(share, -1.0), -np.inf, problem.surplus_kw[t])
    for quarter in peaks:
        known = total_at[quarter.slots] >= 0
        at = total_at[quarter.slots][known]
        share = quarter.share[known]
        row(np.append(at, peak_at), np.append(share, -1.0), -np.inf, -quarter.base_kw)

    kw_per_a = problem.inputs.snapshot.site.voltage_v / 1000
    counts = np.array([max(1, len(car.phases)) / car.ordered for car in problem.inputs.cars])
    for n, one in enumerate(problem.balances):
        for place in range(slots):
            highest = apart_at + 2 * slots * n + place
            lowest = highest + slots
            row(np.array([highest, lowest]), np.array([1.0, -1.0]), -np.inf, one.limit_a)
            for on in one.on:
                at = problem.cell_of[:, place]
                who = np.flatnonzero((at >= 0) & (on > 0))
                amps = 1 / (kw_per_a * counts[who])
                row(np.append(at[who], highest), np.append(amps, -1.0), -np.inf, 0.0)
                row(np.append(at[who], lowest), np.append(amps, -1.0), 0.0, np.inf)

    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # it ships no types
    options = {"output_flag": False, "presolve": "off", "solver": "simplex", "threads": 1}
    options |= {f"{side}_feasibility_tolerance": 1e-9 for side in ("primal", "dual")}
    for name, setting in options.items():
        highs.setOptionValue(name, setting)
    none = np.zeros(0, dtype=np.int32)
    highs.addCols(columns, cost, lower, upper, 0, none, none, np.zeros(0))
    lengths = [len(at) for at in index]
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int32)
    highs.addRows(
        len(low),
        np.array(low),
        np.array(high),
        sum(lengths),
        starts,
        np.concatenate(index).astype(np.int32),
        np.concatenate(value).astype(float),
    )
    highs.run()
    assert highs.modelStatusToString(highs.getModelStatus()) == "Optimal"
    highs.getSolution()
    return float(highs.getObjectiveValue() + problem.credit @ problem.energy_kwh)


def cost_of(problem: Problem, power_kw: Floats) -> float:
    """Return what powers cost by the same measure; raises AssertionError when they break a row."""
    given = np.bincount(
        problem.car, weights=power_kw * problem.cell_hours, minlength=len(problem.energy_kwh)
    )
    assert (power_kw >= -SLACK).all()
    assert (power_kw <= problem.upper_kw + SLACK).all()
    assert (given <= problem.energy_kwh + SLACK).all()
    for row in problem.rows:
        assert row.weight @ power_kw[row.cells] <= row.free_kw + SLACK
    assert not passed_lines(problem, power_kw)
    slots = len(problem.hours)
    at_once = np.bincount(problem.slot, weights=power_kw, minlength=slots)
    mean = np.bincount(problem.slot, weights=power_kw * problem.cell_hours, minlength=slots)
    mean /= np.maximum(problem.hours, SLACK)
    bought = np.maximum(0.0, mean - problem.surplus_kw) * problem.hours
    total = float(problem.cost @ power_kw + problem.credit @ problem.energy_kwh)
    total += float(problem.import_premium @ bought)
    if problem.peaks:
        means = [float(row.share @ at_once[row.slots]) + row.base_kw for row in problem.peaks]
        total += problem.inputs.demand_charge_per_kw * max(problem.peak_floor_kw, *means)
    return total


def bound_of(problem: Problem, found: Solution) -> float:
    """Return the cost that a solution's duals prove no plan to be below (Lagrange)."""
    slots = len(problem.hours)
    energy, limits = found.duals["energy"], found.limit_dual
    bound = float(energy @ problem.energy_kwh + problem.credit @ problem.energy_kwh)
    price = problem.cost - energy[problem.car] * problem.cell_hours
    for row, dual in zip(found.rows, limits.tolist(), strict=True):
        price[row.cells] -= dual * row.weight
        bound += dual * row.free_kw
    bought = np.zeros(slots)
    bought[np.flatnonzero(problem.import_premium)] = found.duals["bought"]
    price -= bought[problem.slot] * problem.cell_hours / problem.hours[problem.slot]
    bound += float(bought @ problem.surplus_kw)
    if problem.peaks:
        by_slot = np.zeros(slots)
        by_slot[np.unique(problem.slot)] = found.duals["charging"]
        price -= by_slot[problem.slot]
        peaks = found.duals["peaks"]
        bound -= float(peaks @ np.array([row.base_kw for row in problem.peaks]))
        charge = problem.inputs.demand_charge_per_kw
        # The peak takes its lower bound, unless all its charge is on the quarters that make it.
        bound += (charge + float(peaks.sum())) * problem.peak_floor_kw
        assert peaks.sum() >= -charge - 1e-6
    return bound + float(np.minimum(0.0, price) @ problem.upper_kw)
