"""Cars that are alike, and the small problem in which each kind is one car."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.arrays import Bools, Floats, Ints
from optimizer.limits import Group, LimitRow
from optimizer.problem import Problem

SAME = 1e-9
"""Difference of costs per kWh that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Cars of a kind."""

    cars: Ints
    """Cars of the whole problem."""
    slots: Ints
    """In which it has cells."""
    hours: Floats
    """Of these slots."""
    most_kwh: Floats
    """Slots by cars: energy that a car can take in a slot at most; 0 without a cell."""
    energy_kwh: Floats
    """For each car."""
    cost: Floats
    """For each slot: of a kWh, less the credit."""

    def reach_kwh(self, chosen: Bools) -> Floats:
        """Return for each car what it could take within a set of slots."""
        reach: Floats = self.most_kwh[chosen].sum(axis=0)
        return reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """A problem, its pools, and the cells that belong to none."""

    problem: Problem
    pools: tuple[Pool, ...]
    pool_of: Ints
    """For each car; -1 for cars without cells."""
    odd: Ints
    """Cells that are not like those of their pool."""
    weights: Floats
    """Limit groups by cars: kW on the limit for each kW of the car."""

    def small(self, odd: Ints) -> Problem:
        """Return the problem of pools, then of the cars of these odd cells, as if each were a car.

        Its cells are those of pool 0 by slot, pool 1, ..., then the odd cells in their order.
        """
        whole, pools = self.problem, self.pools
        owners, owner = np.unique(whole.car[odd], return_inverse=True)
        count = len(pools) + len(owners)
        car = np.concatenate(
            [np.full(len(p.slots), n) for n, p in enumerate(pools)] + [len(pools) + owner]
        ).astype(np.int64)
        slot = np.concatenate([p.slots for p in pools] + [whole.slot[odd]])
        hours = np.concatenate([p.hours for p in pools] + [whole.cell_hours[odd]])
        most = [p.most_kwh.sum(axis=1) / p.hours for p in pools]
        cost = [p.cost * p.hours for p in pools]
        credit = [whole.credit[p.cars[0]] for p in pools] + [0.0] * len(owners)
        # What all cars of a pool want is the first of the sets' limits, not a row of its own.
        energy = [2 * p.energy_kwh.sum() for p in pools] + whole.energy_kwh[owners].tolist()
        first = np.array([p.cars[0] for p in pools] + owners.tolist(), dtype=np.int64)
        cell_of = np.full((count, len(whole.hours)), -1, dtype=np.int64)
        cell_of[car, slot] = np.arange(len(car))
        return replace(
            whole,
            car=car,
            slot=slot,
            cell_hours=hours,
            upper_kw=np.concatenate([*most, whole.upper_kw[odd]]),
            cost=np.concatenate([*cost, whole.cost[odd]]),
            spent=np.zeros(len(car)),
            credit=np.array(credit),
            energy_kwh=np.array(energy),
            cell_of=cell_of,
            groups=tuple(self._groups(first)),
            rows=tuple(self._rows(cell_of, first)),
        )

    def _groups(self, first: Ints) -> list[Group]:
        """Return the groups with these as members: pools and single cars for what they weigh."""
        groups = []
        for g, group in enumerate(self.problem.groups):
            weight = self.weights[g, first]
            members = np.flatnonzero(weight > 0)
            groups.append(replace(group, members=members, weight=weight[members]))
        return groups

    def _rows(self, cell_of: Ints, first: Ints) -> list[LimitRow]:
        """Return the limit rows of the whole problem, in their order."""
        rows = []
        for row in self.problem.rows:
            cells = cell_of[:, row.slot]
            weight = self.weights[row.group, first]
            here = (cells >= 0) & (weight > 0)
            rows.append(replace(row, cells=cells[here], weight=weight[here]))
        return rows


def pooled(problem: Problem) -> Pooled:
    """Sort the cars of a problem into pools."""
    cars, slots = problem.cell_of.shape
    bound = np.unique([*(row.group for row in problem.rows), *problem.lines]).astype(np.int64)
    weights = np.zeros((len(problem.groups), cars))
    for g in bound.tolist():
        weights[g, problem.groups[g].members] = problem.groups[g].weight
    there = np.flatnonzero(np.bincount(problem.car, minlength=cars))
    kind = _kinds(np.round([*weights[bound][:, there], problem.credit[there]], 9))
    pool_of = np.full(cars, -1, dtype=np.int64)
    pool_of[there] = kind
    count = int(kind.max(initial=-1)) + 1

    # What a kWh of a pool costs in a slot is what it costs its cheapest car that is there for it.
    place = pool_of[problem.car] * slots + problem.slot
    per_kwh = problem.cost / problem.cell_hours
    per_kwh[problem.cell_hours < problem.hours[problem.slot] - SAME] = np.inf
    cost = np.full(count * slots, np.inf)
    cost[place] = per_kwh
    cheaper = np.flatnonzero(per_kwh < cost[place])
    np.minimum.at(cost, place[cheaper], per_kwh[cheaper])
    alike = (per_kwh <= cost[place] + SAME) & (per_kwh < np.inf)

    # Cars by pool, so that each pool's table is some columns of one.
    by_pool = np.argsort(pool_of, kind="stable")
    column = np.empty(cars, dtype=np.int64)
    column[by_pool] = np.arange(cars)
    most_kwh = np.zeros((slots, cars))
    most_kwh[problem.slot, column[problem.car]] = np.where(
        alike, problem.upper_kw * problem.cell_hours, 0.0
    )
    bounds = np.searchsorted(pool_of[by_pool], np.arange(count + 1))
    pools = []
    for first, last, of_slot in zip(bounds, bounds[1:], cost.reshape(count, slots), strict=False):
        members, used = by_pool[first:last], np.flatnonzero(of_slot < np.inf)
        most = most_kwh[:, first:last]
        pools.append(
            Pool(
                cars=members,
                slots=used,
                hours=problem.hours[used],
                most_kwh=np.ascontiguousarray(most if len(used) == slots else most[used]),
                energy_kwh=problem.energy_kwh[members],
                cost=of_slot[used],
            )
        )
    return Pooled(
        problem=problem,
        pools=tuple(pools),
        pool_of=pool_of,
        odd=np.flatnonzero(~alike),
        weights=weights,
    )


def _kinds(marks: Floats) -> Ints:
    """Number the columns of a table from 0 on, equal ones alike."""
    kind = np.zeros(marks.shape[1], dtype=np.int64)
    for row in marks:
        values, of_value = np.unique(row, return_inverse=True)
        if len(values) > 1:
            _, kind = np.unique(kind * len(values) + of_value, return_inverse=True)
    return kind


def needed_from_the_start(of: Pooled) -> Ints:
    """Return odd cells that will be used: of cars that cannot do without, or alone in a slot."""
    problem = of.problem
    spare = np.full(len(problem.energy_kwh), np.inf)
    has_cell = np.zeros((len(of.pools), len(problem.hours)), dtype=bool)
    for n, pool in enumerate(of.pools):
        spare[pool.cars] = pool.most_kwh.sum(axis=0) - pool.energy_kwh
        has_cell[n, pool.slots] = True
    car, slot = problem.car[of.odd], problem.slot[of.odd]
    alone = ~has_cell[of.pool_of[car], slot]
    return of.odd[alone | (spare[car] < SAME)]
