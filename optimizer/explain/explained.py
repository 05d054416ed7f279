"""Everything in a plan that is there for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ocpp_core.domain.plan import CircuitPrice, CircuitValue, PlanSlot, Unmet
from optimizer.draft import Draft
from optimizer.explain.ampere import circuit_values
from optimizer.explain.rows import slots_of
from optimizer.explain.shadow import circuit_prices, values_per_a
from optimizer.explain.story import Story
from optimizer.lp import Model, Solution
from optimizer.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Reasons for orders, for what is missing, and the worth of what binds."""

    slots: Sequence[PlanSlot]
    unmet: tuple[Unmet, ...]
    prices: tuple[CircuitPrice, ...] = ()
    values: tuple[CircuitValue, ...] = ()


def with_solver(
    draft: Draft, problem: Problem, solution: Solution, model: Model | None = None
) -> Explained:
    """Explain an optimised draft; `solution` gives the peak aimed at and the shadow prices.

    `model` is solved again for what a whole ampere is worth; without it only slopes are told.
    """
    prices = tuple(circuit_prices(problem, solution))
    values = () if model is None else circuit_values(problem, model, solution, prices)
    story = Story(
        draft,
        peak_kw=solution.peak_kw if problem.peaks else None,
        charged=problem.charged.tolist(),
        ramp=problem.ramp,
        rules=problem.rules,
    )
    return Explained(
        slots=slots_of(story, values_per_a(problem, solution)),
        unmet=tuple(story.unmet()),
        prices=prices,
        values=values,
    )


def without_solver(draft: Draft, why: str) -> Explained:
    """Explain a draft that was made by rule."""
    story = Story(draft, peak_kw=None, fallback=why)
    return Explained(slots=slots_of(story), unmet=tuple(story.unmet()))
