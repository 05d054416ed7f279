"""Repair: first who is on in which slot, then steps of the charger."""

from __future__ import annotations

from optimizer.draft import Draft
from optimizer.lp import Solution
from optimizer.measure import objective_of, relative_gap
from optimizer.problem import Problem
from optimizer.repair.pattern import Aim, Resolve, Weights, choose
from optimizer.repair.steps import in_steps

DEAR = 0.02
"""Relative loss from which another try may raise the peak."""


def repair(problem: Problem, relaxed: Solution, resolve: Resolve) -> Draft:
    """Return orders that chargers can follow and that cost little more than the solver's powers."""
    weights = Weights.of(problem)
    aim = Aim(problem=problem, weights=weights, relaxed=relaxed)
    draft = _best(aim, resolve)
    if problem.peaks and relative_gap(objective_of(problem, draft), relaxed.objective) > DEAR:
        freely = Aim(problem=problem, weights=weights, relaxed=relaxed, may_raise_peak=True)
        other = _best(freely, resolve)
        draft = min(draft, other, key=lambda one: objective_of(problem, one))
    return draft


def _best(aim: Aim, resolve: Resolve) -> Draft:
    problem = aim.problem
    drafts = [
        Draft.of(problem.inputs, in_steps(problem, solution, aim.weights).tolist())
        for solution in choose(aim, resolve)
    ]
    return min(drafts, key=lambda one: objective_of(problem, one))
