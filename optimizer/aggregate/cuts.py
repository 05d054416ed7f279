"""Sets of slots over which a profile asks for more than a pool can take.

The tight sets of an optimum are a chain, by the price of a slot. Sets are looked for along orders
of the slots, all beginnings of an order by one running sum. Slots that a limit or the peak holds
are the trouble: their price is the solver's, and whether a set of the chain has them in it is
known only when the peak is; so each order is tried with them last and with them first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.aggregate.pools import SAME, Pool
from optimizer.arrays import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Sets of slots over which a profile asks for too much."""

    chosen: Bools
    """Sets by slots of the pool."""
    can_kwh: Floats
    """What the pool can take over each."""
    full: Bools | None = None
    """Sets by cars: who wants less than it could take; None where it was not asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A profile that the program would like of a pool, and what it knows of the slots."""

    kwh: Floats
    """For each slot of the pool."""
    energy_kwh: Floats
    """For each car: what it wants beside its odd cells."""
    price: Floats
    """For each slot: of a kWh, with what limits and the peak add."""
    held: Bools
    """Slots in which a limit or the peak binds."""
    more_than_kwh: float
    """What is broken by less is not."""
    by_car: bool
    """Whether it matters which cars are full."""


def along_prices(pool: Pool, asked: Asked) -> Iterator[Broken]:
    """Yield broken sets along the price: as it is, and with held slots last or first.

    A held slot that costs just what a free one does may turn out to be held by nothing, and would
    move past the free ones by one in each round: such slots are also tried at their own price.
    """
    price = np.round(asked.price, 7)
    more = asked.price - pool.cost
    little = more < LITTLE * more.max(initial=0.0)
    orders = [
        np.lexsort((pool.cost, price)),
        np.lexsort((pool.cost, np.where(little, pool.cost, price))),
    ]
    tied = asked.held & (more > SAME) & np.isin(price, price[~asked.held])
    for level in np.unique(price[tied])[:MOST_LEVELS].tolist():
        own = np.where(tied & (price == level), pool.cost, price)
        orders.append(np.lexsort((pool.cost, own)))
    if asked.held.any() and not asked.held.all():
        orders.append(np.lexsort((pool.cost, asked.held)))
        orders.append(np.lexsort((pool.cost, ~asked.held)))
    tried: set[bytes] = set()
    for order in orders:
        if order.tobytes() not in tried:
            tried.add(order.tobytes())
            yield from _beginnings(pool, asked, order)


MOST_LEVELS = 3
"""Prices that held and free slots share, from the lowest, whose held slots are tried."""

LITTLE = 0.05
"""Share of the most that a limit or the peak adds to a price, below which it may add nothing."""


def along_runs(pool: Pool, asked: Asked) -> Iterator[Broken]:
    """Yield broken sets along time, from each change of the price onwards."""
    count = len(pool.slots)
    if count < 2:
        return
    steps = np.abs(np.diff(pool.cost)) > 20 * np.median(np.abs(np.diff(pool.cost)))
    gaps = np.diff(pool.slots) > 1
    edges = [0, *(np.flatnonzero(steps | gaps) + 1).tolist(), count]
    if len(edges) > MAX_RUNS:
        return
    for first in edges[:-1]:
        yield from _beginnings(pool, asked, np.arange(first, count))


def everywhere(pool: Pool, asked: Asked) -> Iterator[Broken]:
    """Yield broken sets along time and along the price as it is.

    More of them, as `along_prices` has, save no round and take the solver a third longer.
    """
    yield from along_runs(pool, asked)
    yield from itertools.islice(along_prices(pool, asked), 1)


MAX_RUNS = 12
"""Changes of the price above which runs are not followed, as in day-ahead prices."""


def around(pool: Pool, asked: Asked, found: Bools) -> Iterator[Broken]:
    """Yield broken sets like one that a flow has found: it, and every beginning without its gaps.

    What a min-cut leaves out it mostly leaves out of all sets of the chain.
    """
    if not found.any():
        return
    reach = pool.reach_kwh(found)
    can = float(np.minimum(reach, asked.energy_kwh).sum())
    if asked.kwh[found].sum() - can > asked.more_than_kwh:
        full = (asked.energy_kwh < reach)[None] if asked.by_car else None
        yield Broken(chosen=found[None], can_kwh=np.array([can]), full=full)
    gaps = ~found & (asked.price <= asked.price[found].max() + 1e-9)
    yield from _beginnings(pool, asked, np.lexsort((pool.cost, np.round(asked.price, 7), gaps)))


BEFORE = 8
"""Beginnings that come with a longer one, because they would often be the next to be broken."""


def _beginnings(pool: Pool, asked: Asked, order: Ints) -> Iterator[Broken]:
    """Yield the beginnings of an order over which too much is asked for."""
    can = _reached(pool, asked.energy_kwh, order)
    too_much = np.cumsum(asked.kwh[order]) - can > asked.more_than_kwh
    if not too_much.any():
        return
    broken = np.flatnonzero(np.convolve(too_much[::-1], np.ones(1 + BEFORE))[: len(order)][::-1])
    place = np.full(len(pool.slots), len(order))
    place[order] = np.arange(len(order))
    sets = place <= broken[:, None]
    full = fulls(pool, sets, asked.energy_kwh) if asked.by_car else None
    yield Broken(chosen=sets, can_kwh=can[broken], full=full)


def _reached(pool: Pool, energy_kwh: Floats, order: Ints) -> Floats:
    """Return what a pool can take over each beginning of an order."""
    count, cars = len(order), len(pool.cars)
    can, ones, last = np.empty(count), np.ones(cars), np.zeros(cars)
    # Most of what a search takes: some slots at a time, so that they stay in the cache.
    at_once = max(1, min(count, max(8, CACHED // max(1, cars))))
    table = np.empty((at_once, cars))
    for first in range(0, count, at_once):
        slots = order[first : first + at_once]
        reach = table[: len(slots)]
        np.take(pool.most_kwh, slots, axis=0, out=reach, mode="clip")
        for row in reach:
            np.add(row, last, out=row)
            last = row
        last = last.copy()
        np.minimum(reach, energy_kwh, out=reach)
        reach.dot(ones, out=can[first : first + len(slots)])
    return can


CACHED = 16_384
"""Numbers that are worked on at once."""


def fulls(pool: Pool, sets: Bools, energy_kwh: Floats) -> Bools:
    """Return for each set (a row) the cars that want less than they could take over it.

    Sets that follow one another should differ by few slots.
    """
    full = np.empty((len(sets), len(pool.cars)), dtype=bool)
    reach, last = np.zeros(len(pool.cars)), np.zeros(len(pool.slots), dtype=bool)
    for n, chosen in enumerate(sets):
        for t in np.flatnonzero(chosen != last).tolist():
            (np.add if chosen[t] else np.subtract)(reach, pool.most_kwh[t], out=reach)
        last = chosen
        np.less(energy_kwh, reach, out=full[n])
    return full
