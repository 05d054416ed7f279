"""Sets of slots over which a profile asks for more than a pool can take.

The tight sets of an optimum are a chain, by the price of a slot. Sets are looked for along orders
of the slots, all beginnings of an order by one running sum. Slots that a limit or the peak holds
are the trouble: their price is the solver's, and whether a set of the chain has them in it is
known only when the peak is; so each order is tried with them last and with them first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from optimizer.aggregate.pools import SAME, Pool
from optimizer.arrays import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A set of slots over which a profile asks for too much."""

    chosen: Bools
    can_kwh: float
    """What the pool can take over it."""
    full: Bools | None = None
    """Cars that want less than they could take over it; None where it was not asked for."""


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
    """Yield broken sets along time, from each change of the price onwards and backwards."""
    count = len(pool.slots)
    if count < 2:
        return
    steps = np.abs(np.diff(pool.cost)) > 20 * np.median(np.abs(np.diff(pool.cost)))
    gaps = np.diff(pool.slots) > 1
    edges = [0, *(np.flatnonzero(steps | gaps) + 1).tolist(), count]
    if len(edges) > MAX_RUNS:
        return
    for first, last in pairwise(edges):
        yield from _beginnings(pool, asked, np.arange(first, count))
        yield from _beginnings(pool, asked, np.arange(last - 1, -1, -1))


def everywhere(pool: Pool, asked: Asked) -> Iterator[Broken]:
    """Yield broken sets along time and along the price."""
    yield from along_runs(pool, asked)
    yield from along_prices(pool, asked)


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
        yield Broken(
            chosen=found, can_kwh=can, full=asked.energy_kwh < reach if asked.by_car else None
        )
    gaps = ~found & (asked.price <= asked.price[found].max() + 1e-9)
    yield from _beginnings(pool, asked, np.lexsort((pool.cost, np.round(asked.price, 7), gaps)))


BEFORE = 8
"""Beginnings that come with a longer one, because they would often be the next to be broken."""


def _beginnings(pool: Pool, asked: Asked, order: Ints) -> Iterator[Broken]:
    """Yield the beginnings of an order over which too much is asked for."""
    can = np.empty(len(order))
    reach, least = np.zeros(len(pool.cars)), np.empty(len(pool.cars))
    ones = np.ones_like(reach)
    for n, t in enumerate(order.tolist()):
        np.add(reach, pool.most_kwh[t], out=reach)
        np.minimum(reach, asked.energy_kwh, out=least)
        can[n] = least.dot(ones)
    too_much = np.cumsum(asked.kwh[order]) - can > asked.more_than_kwh
    if not too_much.any():
        return
    broken = np.flatnonzero(np.convolve(too_much[::-1], np.ones(1 + BEFORE))[: len(order)][::-1])
    place = np.full(len(pool.slots), len(order))
    place[order] = np.arange(len(order))
    sets = place <= broken[:, None]
    full = fulls(pool, sets, asked.energy_kwh) if asked.by_car else itertools.repeat(None)
    for chosen, n, who in zip(sets, broken.tolist(), full, strict=False):
        yield Broken(chosen=chosen, can_kwh=float(can[n]), full=who)


def fulls(pool: Pool, sets: Iterable[Bools], energy_kwh: Floats) -> Iterator[Bools]:
    """Yield for each set the cars that want less than they could take over it.

    Sets that follow one another should differ by few slots.
    """
    reach, last = np.zeros(len(pool.cars)), np.zeros(len(pool.slots), dtype=bool)
    for chosen in sets:
        for t in np.flatnonzero(chosen != last).tolist():
            (np.add if chosen[t] else np.subtract)(reach, pool.most_kwh[t], out=reach)
        last = chosen
        yield energy_kwh < reach
