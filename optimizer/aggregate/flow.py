"""The split of a pool's profile among its cars, or the set of slots that shows there is none.

Over a set of slots that is tight every car takes all that it can there. Tight sets within one
another so leave one small split for each step between them, mostly of a single slot.

Within a step, backwards in time, each slot goes to the cars that could least of all take it
earlier, at full power. What is missing mostly comes from one car that makes room in another slot;
the rest is found by a max-flow in what is left free. Flows of SciPy are whole numbers: of a unit of
1e-9 of the largest amount.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from optimizer.aggregate.pools import Pool
from optimizer.aggregate.turn import Turn, first_of
from optimizer.arrays import Bools, Floats

UNITS = 1e9
"""Units of the largest amount in a flow; a whole number of 32 bits holds twice as many."""

SAME = 1e-9
"""Difference of energies that is none, as a share of all."""


type WhoseTurn = Callable[[], Turn]
"""Says whose turn it is, worked out only when it is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Energy of each car in each slot."""

    kwh: Floats
    """Slots by cars."""
    short_kwh: float
    """What the profile asks for beyond."""
    short_in: tuple[Bools, ...] = ()
    """The smallest and the largest set of slots that prove it, where something is missing."""


def split(
    pool: Pool,
    energy_kwh: Floats,
    asked_kwh: Floats,
    tight: Sequence[Bools] = (),
    turn: WhoseTurn | None = None,
) -> Split:
    """Split a profile, energy asked for in each slot, among cars that want so much at most.

    `tight` are sets over which the profile asks for just what the pool can take; `turn` says who
    goes short where it is not all that they want.
    """
    return _by_steps(pool, energy_kwh, asked_kwh, _chain(tight), turn)


def _chain(tight: Sequence[Bools]) -> list[Bools]:
    """Return sets that lie in one another, from the smallest to the largest."""
    if not len(tight):
        return []
    sets = np.array(tight)
    sets = sets[np.count_nonzero(sets, axis=1).argsort(kind="stable")]
    if (sets[:-1] <= sets[1:]).all():
        fresh = (sets[:-1] != sets[1:]).any(axis=1)
        return [sets[0], *sets[1:][fresh]]
    chain: list[Bools] = []
    for chosen in sets:
        if not chain or (chosen[chain[-1]].all() and (chosen != chain[-1]).any()):
            chain.append(chosen)
    return chain


def _by_steps(
    pool: Pool,
    energy_kwh: Floats,
    asked_kwh: Floats,
    chain: list[Bools],
    turn: WhoseTurn | None,
) -> Split:
    """Split step by step along tight sets.

    A set that is broken within a step is broken just as much with all that is before the step.
    """
    short_in: list[Bools] = []
    given = np.zeros_like(pool.most_kwh)
    same_kwh = SAME * max(1.0, float(asked_kwh.sum()))
    reach, taken = np.zeros(len(pool.cars)), np.zeros(len(pool.cars))
    before = np.zeros(len(pool.slots), dtype=bool)
    for chosen in [*chain, np.ones(len(pool.slots), dtype=bool)]:
        step = np.flatnonzero(chosen & ~before)
        if not len(step):
            continue
        for t in step.tolist():
            reach += pool.most_kwh[t]
        until = np.minimum(reach, energy_kwh)
        each, last, before = until - taken, before, chosen
        asked = asked_kwh[step]
        enough = float(each.sum()) - float(asked.sum())
        if len(step) == 1 and abs(enough) <= same_kwh:
            given[step[0]] = each
            taken = until
            continue
        cars = np.flatnonzero(each > 0)
        likely = can = each[cars]
        part = replace(
            pool,
            cars=pool.cars[cars],
            slots=pool.slots[step],
            hours=pool.hours[step],
            most_kwh=pool.most_kwh[np.ix_(step, cars)],
            energy_kwh=can,
            cost=pool.cost[step],
        )
        if turn is not None and enough > same_kwh:
            likely = turn().among(part.cars).shared(likely, float(asked.sum()), taken[cars])
        made = _at_once(part, can, asked, likely)
        taken = until
        given[np.ix_(step, cars)] = made.kwh
        for within in made.short_in:
            # Whole units leave a little out; only a set that is broken by more is proof.
            if _broken_kwh(part, asked, within) > same_kwh:
                whole = last.copy()
                whole[step[within]] = True
                short_in.append(whole)
    short = float((asked_kwh - given.sum(axis=1)).sum())
    return Split(kwh=given, short_kwh=max(0.0, short), short_in=tuple(short_in))


def _broken_kwh(pool: Pool, asked_kwh: Floats, chosen: Bools) -> float:
    can = np.minimum(pool.reach_kwh(chosen), pool.energy_kwh).sum()
    return float(asked_kwh[chosen].sum() - can)


def _at_once(pool: Pool, energy_kwh: Floats, asked_kwh: Floats, likely_kwh: Floats) -> Split:
    """Split a profile, so that cars get what is likely to suit the policy, where that can be."""
    given = _packed(pool, likely_kwh, asked_kwh)
    _exchange(pool, likely_kwh, asked_kwh, given)
    if likely_kwh is not energy_kwh:
        _top_up(pool, energy_kwh, asked_kwh, given)
        _exchange(pool, energy_kwh, asked_kwh, given)
    short = float((asked_kwh - given.sum(axis=1)).sum())
    if short <= 1e-10 * max(1.0, float(asked_kwh.sum())):
        return Split(kwh=given, short_kwh=max(0.0, short))
    if not len(energy_kwh):
        return Split(kwh=given, short_kwh=short, short_in=(asked_kwh > 0,))
    return _augmented(pool, energy_kwh, asked_kwh, given)


def _packed(pool: Pool, energy_kwh: Floats, asked_kwh: Floats) -> Floats:
    """Fill slots from the last to the first, at full power, by the least time to spare before."""
    given = np.zeros_like(pool.most_kwh)
    rest = energy_kwh.copy()
    earlier = np.cumsum(pool.most_kwh, axis=0)
    for t in range(len(pool.slots) - 1, -1, -1):
        here = ((pool.most_kwh[t] > 0) & (rest > 0)).nonzero()[0]
        most, wanted = pool.most_kwh[t, here], rest[here]
        can = np.minimum(most, wanted)
        if can.sum() > asked_kwh[t]:
            # Hours at full power that are left over before this slot.
            spare = (earlier[t, here] - most - wanted) / most
            order = spare.argsort(kind="stable")
            can[order] = first_of(can[order], float(asked_kwh[t]))
        given[t, here] = can
        rest[here] = wanted - can
    return given


def _exchange(pool: Pool, energy_kwh: Floats, asked_kwh: Floats, given: Floats) -> None:
    """Fill what slots lack with cars that make room elsewhere for others that still want."""
    rest = np.maximum(0.0, energy_kwh - given.sum(axis=0))
    lack = asked_kwh - given.sum(axis=1)
    least = 1e-12 * max(1.0, float(asked_kwh.sum()))
    for t in np.flatnonzero(lack > least).tolist():
        free = pool.most_kwh[t] - given[t]
        wanting = np.flatnonzero(rest > 0)
        elsewhere = pool.most_kwh[:, wanting] > given[:, wanting]
        for s in np.flatnonzero(elsewhere.any(axis=1)).tolist():
            enter = np.minimum(pool.most_kwh[s] - given[s], rest)
            leave = np.minimum(free, given[s])
            moved = min(float(lack[t]), float(enter.sum()), float(leave.sum()))
            if moved <= 0:
                continue
            enter, leave = first_of(enter, moved), first_of(leave, moved)
            given[s] += enter - leave
            given[t] += leave
            free -= leave
            rest -= enter
            lack[t] -= moved
            if lack[t] <= least:
                break


def _top_up(pool: Pool, energy_kwh: Floats, asked_kwh: Floats, given: Floats) -> None:
    """Give what whole units left out."""
    rest = np.maximum(0.0, energy_kwh - given.sum(axis=0))
    lack = asked_kwh - given.sum(axis=1)
    for t in np.flatnonzero(lack > 0).tolist():
        can = np.minimum(pool.most_kwh[t] - given[t], rest)
        more = first_of(can, float(lack[t]))
        given[t] += more
        rest -= more


def _augmented(pool: Pool, energy_kwh: Floats, asked_kwh: Floats, given: Floats) -> Split:
    """Carry a split on to the largest one."""
    slots, cars = given.shape
    unit = max(float(asked_kwh.max()), float(energy_kwh.max()), 1e-9) / UNITS
    t, i = np.nonzero(pool.most_kwh)
    back = np.flatnonzero(given[t, i] > unit)
    source, sink = slots + cars, slots + cars + 1
    amounts = np.concatenate(
        [
            energy_kwh - given.sum(axis=0),
            (pool.most_kwh - given)[t, i],
            given[t[back], i[back]],
            asked_kwh - given.sum(axis=1),
        ]
    )
    start = np.concatenate([np.full(cars, source), slots + i, t[back], np.arange(slots)])
    end = np.concatenate([slots + np.arange(cars), t, slots + i[back], np.full(slots, sink)])
    # More than the largest amount is as good as that, and would not fit a whole number.
    whole = np.rint(np.clip(amounts / unit, 0.0, 1.5 * UNITS)).astype(np.int32)
    graph = csr_matrix((whole, (start, end)), shape=(sink + 1, sink + 1))
    found = maximum_flow(graph, source, sink)
    added = found.flow[slots : slots + cars, :slots].toarray().T * unit
    kwh = np.clip(given + added, 0.0, pool.most_kwh)
    over = kwh.sum(axis=0)
    kwh *= np.minimum(1.0, energy_kwh / np.maximum(over, 1e-12))
    _top_up(pool, energy_kwh, asked_kwh, kwh)
    short = float((asked_kwh - kwh.sum(axis=1)).sum())
    if short <= SAME * max(1.0, float(asked_kwh.sum())):
        return Split(kwh=kwh, short_kwh=max(0.0, short))
    left = graph - found.flow
    left.eliminate_zeros()
    into = breadth_first_order(left.T.tocsr(), sink, return_predecessors=False)
    smallest = np.zeros(slots, dtype=bool)
    smallest[into[into < slots]] = True
    out = breadth_first_order(left, source, return_predecessors=False)
    largest = np.ones(slots, dtype=bool)
    largest[out[out < slots]] = False
    return Split(kwh=kwh, short_kwh=max(0.0, short), short_in=(smallest, largest))
