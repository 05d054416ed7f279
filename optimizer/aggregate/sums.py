"""Sets of cells in the program of pools, each written as what it differs by from another.

A set has a column that is the sum of its energy, bounded by what can be taken over it. Sets that
are looked for lie in one another; written out, hundreds of them are a full triangle, which the
solver factors anew in every round. As steps of a chain they are a few terms each.
"""

from __future__ import annotations

import numpy as np

from optimizer.arrays import Bools, Floats
from optimizer.lp.model import Model

NEAR = 4
"""Cells that a set may differ by from the one before it without another being looked for."""


class Sums:
    """The sets of a program, by cell."""

    def __init__(self, model: Model, hours: Floats) -> None:
        self._model, self._hours = model, hours
        self._kw = model.columns("kw")
        # The empty set comes first, and has no column.
        self._sets = np.zeros((1, len(hours)), dtype=bool)
        self._column = np.full(1, -1)

    def add(self, name: str, sets: Bools, most_kwh: Floats) -> None:
        """Add sets, one a row, as a block of this name; each may take so much."""
        count, known = len(sets), len(self._sets)
        together = np.concatenate([self._sets, sets])
        columns = np.concatenate([self._column, self._model.column_count + np.arange(count)])
        like = known - 1 + np.arange(count)
        far = np.count_nonzero(sets ^ together[like], axis=1) > NEAR
        lonely = np.flatnonzero(far)
        if len(lonely):
            # Cells in which two sets differ: those of both, less twice the common ones.
            sizes = np.count_nonzero(together, axis=1).astype(np.float32)
            common = sets[lonely].astype(np.float32) @ together.astype(np.float32).T
            for n, differ in zip(lonely.tolist(), sizes - 2 * common, strict=True):
                like[n] = differ[: known + n].argmin()
        row, cell = np.nonzero(sets ^ together[like])
        of = np.flatnonzero(columns[like] >= 0)
        self._model.add_sums(
            name,
            row=np.concatenate([row, of]),
            column=np.concatenate([self._kw[cell], columns[like[of]]]),
            weight=np.concatenate(
                [np.where(sets[row, cell], 1.0, -1.0) * self._hours[cell], np.ones(len(of))]
            ),
            upper=most_kwh,
        )
        self._sets, self._column = together, columns
