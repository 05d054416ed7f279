"""Repair: first who is on in which slot, then steps of the charger."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ocpp_core.domain.plan import PlanOptions
from optimizer.balance import hold_balance
from optimizer.beside import planned_beside, weight_of_battery
from optimizer.draft import Draft
from optimizer.lp import Solution
from optimizer.measure import objective_of, relative_gap
from optimizer.problem import Problem
from optimizer.ramp import hold_ramp
from optimizer.repair.bench import Orders
from optimizer.repair.lattice import whole_steps
from optimizer.repair.pattern import Aim, Resolve, Weights, again, choose
from optimizer.repair.steps import in_steps
from optimizer.repair.switching import keep_rules
from optimizer.repair.whole import improve
from optimizer.runs import broken_rules

DEAR = 0.02
"""Relative loss from which another try may raise the peak."""

NEAR = 2e-4
"""Relative loss up to which the program is not solved once more inside the pattern of orders."""

WORTH_MORE = 1e-3
"""Relative loss from which it is solved a second time, and the mixed-integer program may look for
something better."""


FEW_CELLS = 2500
"""Cells up to which both ways of deciding who is on are tried where the first loses much: with few
cars either may be the better one, and both together take milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Try:
    """A draft, what it costs, and a solution without cells in between to start from."""

    draft: Draft
    objective: float
    strict: Solution
    broken: int = 0
    """Cars that do not keep the rules of how they switch."""

    @property
    def rank(self) -> tuple[int, float]:
        """Order of tries, the best first."""
        return self.broken, self.objective


def repair(
    problem: Problem, relaxed: Solution, resolve: Resolve, options: PlanOptions | None = None
) -> Draft:
    """Return orders that chargers can follow and that cost little more than the solver's powers.

    With `options.milp_s` the mixed-integer program may take that long to improve on them.
    """
    weights = Weights.of(problem)
    steps = whole_steps(problem, relaxed)
    aim = Aim(problem=problem, weights=weights, relaxed=relaxed, steps=steps)
    few = problem.size <= FEW_CELLS
    best = _best(aim, resolve, patient=few)
    if few and relative_gap(best.objective, relaxed.objective) > WORTH_MORE:
        best = min(best, _best(aim, resolve), key=lambda one: one.rank)
    if problem.peaks and relative_gap(best.objective, relaxed.objective) > DEAR:
        if steps is not None:
            steps = replace(steps, may_raise_peak=True)
        freely = replace(aim, may_raise_peak=True, steps=steps)
        best = min(best, _best(freely, resolve), key=lambda one: one.rank)
    loss = relative_gap(best.objective, relaxed.objective)
    if options is not None and options.milp_s > 0 and loss > WORTH_MORE:
        found = improve(problem, options, _start(problem, best), weights)
        if found is not None:
            best = min(
                best,
                _in_orders(problem, found, weights, strict=found),
                key=lambda one: one.rank,
            )
    return best.draft


def _start(problem: Problem, best: _Try) -> Solution:
    """Return a solution to start the mixed-integer program from, one that keeps the rules."""
    if not problem.rules:
        return best.strict
    energy = (best.draft.power_kw * problem.hours)[problem.car, problem.slot]
    power_kw = energy / problem.cell_hours
    return replace(best.strict, power_kw=power_kw, objective=best.objective)


def _best(aim: Aim, resolve: Resolve, *, patient: bool = False) -> _Try:
    """Decide who is on, put that into orders, and let the program share out what these run."""
    problem, chosen = aim.problem, choose(aim, resolve, patient=patient)
    best = last = _in_orders(problem, chosen, aim.weights, strict=chosen)
    for enough, early in ((NEAR, False), (WORTH_MORE, not patient)):
        if relative_gap(best.objective, aim.relaxed.objective) <= enough:
            break
        on = last.draft.orders[problem.car, problem.slot] > 0
        found = again(aim, on, resolve, early=early)
        if found is None:
            break
        last = _in_orders(problem, found, aim.weights, strict=found)
        best = min(best, last, key=lambda one: one.rank)
    return best


def _held(problem: Problem, orders: Orders) -> Orders:
    """Lower orders until balance and ramp are kept."""
    while True:
        held = hold_ramp(problem.inputs, hold_balance(problem.inputs, orders), problem.ramp)
        if (held == orders).all():
            return held
        orders = held


def _in_orders(problem: Problem, solution: Solution, weights: Weights, *, strict: Solution) -> _Try:
    beside = planned_beside(problem.battery, problem.arrivals, solution.values, problem.hours)
    if problem.battery is not None:
        charging = np.maximum(0.0, beside.battery_kw)
        # Kept free on lines whatever it does, see `optimizer.beside`.
        on = [
            0.0 if g.room.is_line else weight_of_battery(problem.inputs, g.room)
            for g in problem.groups
        ]
        free = weights.free_kw - np.outer(on, charging).reshape(weights.free_kw.shape)
        weights = replace(weights, free_kw=np.maximum(0.0, free))
    orders = in_steps(problem, solution, weights, beside.net_kw)
    orders = _held(problem, orders)
    if problem.rules:
        peak_kw, net_kw = solution.peak_kw, beside.net_kw
        orders = keep_rules(problem, weights, orders, peak_kw=peak_kw, beside_kw=net_kw)
        orders = _held(problem, orders)
    draft = Draft.of(problem.inputs, orders, beside)
    broken = sum(1 for _ in broken_rules(problem.inputs, problem.rules, draft.orders))
    objective = objective_of(problem, draft)
    return _Try(draft=draft, objective=objective, strict=strict, broken=broken)
