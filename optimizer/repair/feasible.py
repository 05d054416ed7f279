"""Repair: first who is on in which slot, then steps of the charger."""

from __future__ import annotations

from optimizer.lp import Solution
from optimizer.problem import Problem
from optimizer.repair.pattern import Resolve, Weights, choose
from optimizer.repair.steps import Orders, in_steps


def repair(problem: Problem, relaxed: Solution, resolve: Resolve) -> Orders:
    """Return orders that chargers can follow and that cost little more than the solver's powers."""
    weights = Weights.of(problem)
    return in_steps(problem, choose(problem, relaxed, resolve, weights), weights)
