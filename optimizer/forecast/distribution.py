"""A forecast: not one value but how likely each is, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.forecast.history import Floats

TAIL_INDEX = 2.0
"""Of what lasted longer than anything on record: it doubles with a chance of 1 in 4."""

_TAIL_AT = (np.arange(20) + 0.5) / 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Values with weights, ascending; never empty."""

    values: Floats
    weights: Floats
    """Sum to 1."""
    evidence: float
    """Past stays that it rests on, counted by how much alike they are."""
    prior_share: float
    """How much of it is assumed instead of observed, 0 to 1."""

    @property
    def assumed(self) -> bool:
        """Tell whether more of it is assumed than observed."""
        return self.prior_share > 0.5

    def quantile(self, share: float) -> float:
        """Return the value that is not exceeded with a chance of `share`; rises with `share`."""
        middle = np.cumsum(self.weights) - self.weights / 2
        return float(np.interp(share, middle, self.values))

    def mean(self) -> float:
        """Return the expected value."""
        return float(self.values @ self.weights)

    def share_below(self, value: float) -> float:
        """Return the chance of less than `value`."""
        return float(self.weights[self.values < value].sum())

    def beyond(self, value: float) -> Distribution:
        """Return what is to be expected once it is known to be more than `value`.

        Beyond everything on record, what has lasted long is expected to last long still: a Pareto
        tail of index 2.
        """
        left = self.values > value
        weight = float(self.weights[left].sum())
        if weight <= 0.0:
            tail = max(value, 1e-6) * (1 - _TAIL_AT) ** (-1 / TAIL_INDEX)
            return Distribution(
                values=tail,
                weights=np.full(len(tail), 1 / len(tail)),
                evidence=0.0,
                prior_share=1.0,
            )
        return Distribution(
            values=self.values[left],
            weights=self.weights[left] / weight,
            evidence=self.evidence * weight,
            prior_share=self.prior_share,
        )


def distribution(
    values: Floats, weights: Floats, *, evidence: float, prior_share: float
) -> Distribution:
    """Return the distribution of weighted values in any order; those without weight are dropped."""
    kept = weights > 0
    values, weights = values[kept], weights[kept]
    order = np.argsort(values, kind="stable")
    return Distribution(
        values=values[order],
        weights=weights[order] / weights.sum(),
        evidence=evidence,
        prior_share=prior_share,
    )
