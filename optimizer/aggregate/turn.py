"""Who of a pool gets the energy that does not suffice for all, as the site's policy says.

Where a pool cannot have all that it wants, the program leaves open which of its cars go short: any
choice costs the same. A split so starts from what the policy would give each car, and leaves it
only where windows do not allow it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ocpp_core.domain.plan import PlanOptions
from optimizer.arrays import Floats, Ints
from optimizer.lp.parts import fair_weights
from optimizer.policies import turns
from optimizer.problem import Problem

HALVINGS = 50
"""Of the share of energy that all get; beyond a double's precision for a share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a policy says of the cars of a problem or a pool."""

    first: Floats
    """For each car: who has more of it gets its energy before others."""
    even: bool
    """Whether the smallest share is as large as possible instead."""
    weight: Floats
    """For each car: how much more of a share than others."""
    whole_kwh: Floats
    """For each car: what it wants, with what it got before this plan."""
    had_kwh: Floats
    """For each car: what it got before."""

    @classmethod
    def of(cls, problem: Problem, options: PlanOptions) -> Turn:
        """Return what the policy of the options says."""
        order = turns(problem.inputs, options.policy)
        had = np.array([car.taken_kwh for car in problem.inputs.cars])
        return cls(
            first=np.array(order.favour),
            even=order.even,
            weight=fair_weights(problem),
            whole_kwh=had + problem.energy_kwh,
            had_kwh=had,
        )

    def among(self, cars: Ints) -> Turn:
        """Return it for some of the cars."""
        return Turn(
            first=self.first[cars],
            even=self.even,
            weight=self.weight[cars],
            whole_kwh=self.whole_kwh[cars],
            had_kwh=self.had_kwh[cars],
        )

    def shared(self, each_kwh: Floats, total_kwh: float, taken_kwh: Floats) -> Floats:
        """Return what each car gets of a total.

        `each_kwh` is the most that it can use, `taken_kwh` what the plan gives it elsewhere.
        """
        if each_kwh.sum() <= total_kwh:
            return each_kwh
        if not self.even:
            order = np.argsort(-self.first, kind="stable")
            given = np.zeros_like(each_kwh)
            given[order] = first_of(each_kwh[order], total_kwh)
            return given
        has_kwh = self.had_kwh + taken_kwh
        unit_kwh = np.maximum(self.weight * self.whole_kwh, 1e-12)
        low, high = 0.0, float(((has_kwh + each_kwh) / unit_kwh).max())
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            enough = np.clip(middle * unit_kwh - has_kwh, 0.0, each_kwh).sum() > total_kwh
            low, high = (low, middle) if enough else (middle, high)
        level: Floats = np.clip(low * unit_kwh - has_kwh, 0.0, each_kwh)
        return level


def first_of(amounts: Floats, wanted: float) -> Floats:
    """Return the first of some amounts, as many as add up to what is wanted."""
    left = wanted - (amounts.cumsum() - amounts)
    taken: Floats = np.minimum(np.maximum(left, 0.0), amounts)
    return taken
