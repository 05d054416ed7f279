"""The last program kept in the solver, and made into the next one where that is quicker.

A plan follows another one after minutes: mostly the same cars in the same slots, with other
energies, bounds and prices. Then these are changed in place and the last basis is nearly optimal.
When a car came or left, or a slot went by, the program is built anew with the basis of what it
shares with the last one: only the sessions that are open now are in it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ocpp_core.domain.plan import PlanOptions
from optimizer.arrays import Ints
from optimizer.lp.model import Model
from optimizer.lp.solution import Solution
from optimizer.problem import Problem

LEAST_SHARED = 0.5
"""Share of the cells that the last program must have had for its basis to be worth anything."""


class Kept:
    """A cache: with it or without, the cost that is found is the same."""

    def __init__(self) -> None:
        self._model: Model | None = None
        self._basis: Any = None
        self.edits = 0
        """Programs that were changed in place."""
        self.builds = 0
        """Programs that were built."""

    def solve(self, problem: Problem, options: PlanOptions) -> tuple[Model, Solution]:
        """Return the model of a problem, and its solution."""
        last, basis = self._model, self._basis
        self._model, carried = None, False  # what fails is not kept
        if last is not None and last.become(problem, options):
            model = last
            model.start_at(basis)
            self.edits += 1
        else:
            model = Model(problem, options)
            self.builds += 1
            carried = last is not None and _carry_over(last, basis, model)
        found = model.solve(primal=carried)
        if found.optimal:
            self._model, self._basis = model, model.basis()
        return model, found


def _carry_over(last: Model, basis: Any, model: Model) -> bool:
    """Start a model from what it shares with the last one; tell whether that is enough.

    Time that went by changes the price of every cell a little, and few rows: primal steps.
    """
    old, new = last.problem, model.problem
    if not old.size:
        return False
    car_of, slot_of = _same_cars(old, new), _same_slots(old, new)
    cars, slots = car_of[new.car], slot_of[new.slot]
    cells = np.where((cars >= 0) & (slots >= 0), old.cell_of[cars, slots], -1)
    if np.count_nonzero(cells >= 0) < LEAST_SHARED * new.size:
        return False
    columns = {"kw": cells, "charging": _among(np.unique(old.slot), slot_of[np.unique(new.slot)])}
    surplus = _among(
        np.flatnonzero(old.import_premium), slot_of[np.flatnonzero(new.import_premium)]
    )
    columns |= {"bought": surplus, "peak": np.zeros(1, dtype=np.int64)}
    rows = {
        "energy": car_of,
        "limits": _same_limits(old, new, slot_of),
        "charging": columns["charging"],
        "bought": surplus,
        "peaks": _same_peaks(old, new, slot_of),
    }
    made = model.basis()
    # Everything at its bound, every row with room: where a program starts from.
    made.col_status = _carried(last.program.columns, basis.col_status, model, columns, rows=False)
    made.row_status = _carried(last.program.row_blocks, basis.row_status, model, rows, rows=True)
    made.valid = made.alien = True
    model.start_at(made)
    return True


def _carried(
    old: dict[str, Ints], status: Any, model: Model, matches: dict[str, Ints], *, rows: bool
) -> list[Any]:
    """Return the states of a program's columns or rows: those of their like, else the default."""
    import highspy  # noqa: PLC0415  (after pulp: the other order can crash)

    state = highspy.HighsBasisStatus
    blocks = model.program.row_blocks if rows else model.program.columns
    count = sum(map(len, blocks.values()))
    made = np.full(count, state.kBasic if rows else state.kLower, dtype=object)
    known = np.array(status, dtype=object)
    for name, places in blocks.items():
        like = matches.get(name)
        if like is not None and name in old and len(like) == len(places):
            here = np.flatnonzero((like >= 0) & (like < len(old[name])))
            made[places[here]] = known[old[name][like[here]]]
    states: list[Any] = made.tolist()
    return states


def _same_cars(old: Problem, new: Problem) -> Ints:
    index = {car.need.session_id: car.index for car in old.inputs.cars}
    return np.array([index.get(car.need.session_id, -1) for car in new.inputs.cars], dtype=np.int64)


def _same_slots(old: Problem, new: Problem) -> Ints:
    """Match slots by their end: the running one has become shorter."""
    index = {end: slot for slot, end in enumerate(old.inputs.ends)}
    return np.array([index.get(end, -1) for end in new.inputs.ends], dtype=np.int64)


def _among(those: Ints, wanted: Ints) -> Ints:
    """Return the place of each wanted number among those, ascending; -1 for none."""
    if not len(those):
        return np.full(len(wanted), -1)
    at = np.minimum(np.searchsorted(those, wanted), len(those) - 1)
    return np.where(those[at] == wanted, at, -1)


def _same_limits(old: Problem, new: Problem, slot_of: Ints) -> Ints:
    def key(problem: Problem, group: int, slot: int) -> tuple[object, ...]:
        return (problem.groups[group].room.label, slot)

    index = {key(old, row.group, row.slot): n for n, row in enumerate(old.rows)}
    return np.array(
        [index.get(key(new, row.group, int(slot_of[row.slot])), -1) for row in new.rows],
        dtype=np.int64,
    )


def _same_peaks(old: Problem, new: Problem, slot_of: Ints) -> Ints:
    """Match quarters of an hour by their last slot."""
    index = {int(row.slots[-1]): n for n, row in enumerate(old.peaks)}
    return np.array(
        [index.get(int(slot_of[row.slots[-1]]), -1) for row in new.peaks], dtype=np.int64
    )
