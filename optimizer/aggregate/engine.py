"""Solve by pools: a small program, broken sets added to it, one flow that proves and splits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from ocpp_core.domain.plan import PlanOptions
from optimizer.aggregate import cuts
from optimizer.aggregate.flow import Split, split
from optimizer.aggregate.pools import Pool, Pooled, needed_from_the_start, pooled
from optimizer.aggregate.sums import Sums
from optimizer.aggregate.turn import Turn
from optimizer.arrays import Bools, Floats, Ints
from optimizer.limits import LimitRow
from optimizer.lp.model import Model
from optimizer.lp.solution import Solution
from optimizer.model import Inputs
from optimizer.problem import Problem

LEAST_CELLS = 10_000
"""Cells below which the full program is as fast."""

LEAST_ALIKE = 75
"""Cells for each column of a pool below which pools save too little, or nothing.

With 46 the small program with its sets took 0.6 to 4 times as long as the full one, with 53 half to
3.5 times, with 92 at most 0.8 times, with 270 a sixth (seeds of `make bench NAME=plan`, and of the
same cars on one to three phases and two circuits).
"""

ROUNDS = 200
"""Programs solved at most; then the full one takes over."""

USUAL_ROUNDS = 12
"""The same where nobody asked for pools: three to seven are usual."""

TOLERANCE = 1e-9
"""Energy, as a share of all, by which a set may be broken."""

SLIGHT = 1e-7
"""Price of a kWh below which a set may have room left after all."""

SHORT = 1e-8
"""Share of the energy that a split may leave out for the solver's tolerances."""


def may_suit(inputs: Inputs, options: PlanOptions) -> bool:
    """Tell whether a site is large, its cars of few kinds, and nothing ties a car's slots.

    Pools know energy, limits, prices, surplus and the peak.
    """
    wanting = [car for car in inputs.cars if car.wants]
    cells = np.count_nonzero(inputs.present_h[[car.index for car in wanting]])
    if cells < LEAST_CELLS or _beyond(inputs, options):
        return False
    kinds = {(car.circuit_id, car.phases, car.need.priority, car.reserved) for car in wanting}
    return bool(LEAST_ALIKE * len(kinds) * len(inputs.hours) <= cells)


def _beyond(inputs: Inputs, options: PlanOptions) -> bool:
    """Tell whether the program has parts that pools do not have."""
    snapshot = inputs.snapshot
    return (
        snapshot.battery is not None
        or bool(snapshot.expected_arrivals)
        or any(car.need.unmet_price_per_kwh is not None for car in inputs.cars)
        or options.imbalance_price_per_a > 0
        or any(circuit.max_imbalance_a is not None for circuit in snapshot.site.circuits)
        or options.change_price_per_a > 0
        or options.ramp_w_per_slot is not None
    )


def rounds(*, asked: bool) -> int:
    """Return after how many programs pools are given up; later where they were `asked` for."""
    return ROUNDS if asked else USUAL_ROUNDS


def solve(problem: Problem, options: PlanOptions, *, rounds: int = ROUNDS) -> Solution | None:
    """Return a solution of the full problem, or None when it does not come about in so many rounds.

    The problem should be built `alike`: with turns, hardly two cars have the same costs. What pools
    do not know is left to the full program.
    """
    unknown = (problem.battery, problem.arrivals, problem.ramp, problem.calm)
    if problem.balances or any(one is not None for one in unknown):
        return None
    return _Engine(problem, options).solve(rounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cuts:
    """What a pool can take over sets of slots."""

    pool: int
    chosen: Bools
    """Sets by slots of the pool."""
    full: Bools | None
    """Sets by cars that want less than they could take in it: what they take elsewhere counts.

    None: those by their whole energy.
    """
    most_kwh: Floats


class _Engine:
    """A problem on its way to a solution."""

    def __init__(self, problem: Problem, options: PlanOptions) -> None:
        self.problem, self.options = problem, options
        self.of: Pooled = pooled(problem)
        self.odd: Ints = needed_from_the_start(self.of)
        self.cuts: list[_Cuts] = []
        self.known: set[tuple[int, bytes, bytes]] = set()
        self.broken_kwh = TOLERANCE * max(1.0, float(problem.energy_kwh.sum()))
        bounds = np.cumsum([0, *(len(pool.slots) for pool in self.of.pools)])
        self.cells = [np.arange(a, b) for a, b in pairwise(bounds.tolist())]
        shares = [row.share for row in problem.peaks]
        if shares:
            self.quarters: tuple[Ints, Ints, Floats, Floats] = (
                np.repeat(np.arange(len(shares)), list(map(len, shares))),
                np.concatenate([row.slots for row in problem.peaks]),
                np.concatenate(shares),
                np.array([row.base_kw for row in problem.peaks]),
            )
        self._build()

    def _build(self) -> None:
        """Make the program anew, with the odd cells there are by now."""
        self.small = self.of.small(self.odd)
        self.first_odd = sum(map(len, self.cells))
        self.model = Model(self.small, self.options, in_words=False)
        self.sums = Sums(self.model, self.small.cell_hours)
        self.blocks = 0
        self.rows_of: list[tuple[str, Sequence[_Cuts]]] = []
        self.has_odd = np.zeros(len(self.of.pools), dtype=bool)
        self.has_odd[self.of.pool_of[self.problem.car[self.odd]]] = True
        if not self.cuts:
            for n, pool in enumerate(self.of.pools):
                whole = np.ones((1, len(pool.slots)), dtype=bool)
                can = np.minimum(pool.most_kwh.sum(axis=0), pool.energy_kwh).sum(keepdims=True)
                self.cuts.append(_Cuts(pool=n, chosen=whole, full=None, most_kwh=can))
        self.cuts = [
            replace(one, full=self._full(one.pool, one.chosen))
            if one.full is None and self.has_odd[one.pool]
            else one
            for one in self.cuts
        ]
        self._add(self.cuts)

    @cached_property
    def turn(self) -> Turn:
        """What the policy says; asked only where not all can have what they want."""
        return Turn.of(self.problem, self.options)

    def solve(self, rounds: int) -> Solution | None:
        """Solve until nothing is broken and no odd cell pays."""
        for n in range(rounds):
            found = self.model.solve()
            if not found.optimal:
                return found if found.status == "Time limit reached" else None
            asked = self._asked(found)
            # The first profile knows next to nothing of the sets: it shows most that will hold.
            way = cuts.everywhere if n == 0 else cuts.along_prices
            if self._search(way, asked):
                continue
            splits = [
                split(pool, each.energy_kwh, each.kwh, self._tight(m, found), lambda: self.turn)
                for m, (pool, each) in enumerate(zip(self.of.pools, asked, strict=True))
            ]
            if self._by_flow(asked, splits):
                continue
            # Sets that hold by a hair may be no steps to split along.
            short = [
                made.short_kwh > SHORT * (1 + each.kwh.sum())
                for each, made in zip(asked, splits, strict=True)
            ]
            if any(short):
                splits = [
                    split(pool, each.energy_kwh, each.kwh, turn=lambda: self.turn)
                    for pool, each in zip(self.of.pools, asked, strict=True)
                ]
                if self._by_flow(asked, splits):
                    continue
            paying = self._paying(found)
            if not len(paying):
                return self._whole(found, splits)
            self.odd = np.union1d(self.odd, paying)
            self._build()
        return None

    def _search(
        self,
        along: Callable[[Pool, cuts.Asked], Iterator[cuts.Broken]],
        asked: Sequence[cuts.Asked],
    ) -> bool:
        """Add the broken sets that a way of looking finds; tell whether there were any."""
        fresh: list[_Cuts] = []
        for n, each in enumerate(asked):
            fresh += self._fresh(n, along(self.of.pools[n], each), each)
        self._add(fresh)
        self.cuts += fresh
        return bool(fresh)

    def _tight(self, n: int, found: Solution) -> list[Bools]:
        """Return the sets of a pool that the solution is held by."""
        return [
            chosen for one, dual in self._held(n, found) for chosen in one.chosen[dual < -SLIGHT]
        ]

    def _held(self, n: int, found: Solution) -> Iterator[tuple[_Cuts, Floats]]:
        """Yield the sets of a pool in the program, with their duals."""
        for name, blocks in self.rows_of:
            dual, first = found.reduced[name], 0
            for one in blocks:
                if one.pool == n:
                    yield one, dual[first : first + len(one.chosen)]
                first += len(one.chosen)

    def _by_flow(self, asked: Sequence[cuts.Asked], splits: Sequence[Split]) -> bool:
        """Add the sets that prove that a profile cannot be split."""
        fresh: list[_Cuts] = []
        for n, (each, made) in enumerate(zip(asked, splits, strict=True)):
            for chosen in made.short_in:
                fresh += self._fresh(n, cuts.around(self.of.pools[n], each, chosen), each)
        self._add(fresh)
        self.cuts += fresh
        return bool(fresh)

    def _fresh(self, n: int, sets: Iterable[cuts.Broken], asked: cuts.Asked) -> Iterator[_Cuts]:
        """Yield the limits of sets that are not known yet.

        The cars that a limit counts by their energy are those that are full in the set now.
        """
        elsewhere = self.of.pools[n].energy_kwh - asked.energy_kwh
        for one in sets:
            new = []
            for m, chosen in enumerate(one.chosen):
                key = (n, chosen.tobytes(), b"" if one.full is None else one.full[m].tobytes())
                if key not in self.known:
                    self.known.add(key)
                    new.append(m)
            if new:
                full = None if one.full is None else one.full[new]
                most_kwh = one.can_kwh[new]
                if full is not None:
                    most_kwh = most_kwh + np.where(full, elsewhere, 0.0).sum(axis=1)
                yield _Cuts(pool=n, chosen=one.chosen[new], full=full, most_kwh=most_kwh)

    def _full(self, n: int, chosen: Bools) -> Bools:
        """Return who is full in sets of a pool, by all the energy that cars want."""
        pool = self.of.pools[n]
        return cuts.fulls(pool, chosen, pool.energy_kwh)

    def _add(self, fresh: Sequence[_Cuts]) -> None:
        """Add limits to the program."""
        if not fresh:
            return
        owner = self.problem.car[self.odd]
        sets = np.zeros((sum(len(one.chosen) for one in fresh), self.small.size), dtype=bool)
        first = 0
        for one in fresh:
            rows = slice(first, first := first + len(one.chosen))
            sets[rows, self.cells[one.pool]] = one.chosen
            if one.full is not None:
                full = np.zeros((len(one.full), len(self.problem.energy_kwh)), dtype=bool)
                full[:, self.of.pools[one.pool].cars] = one.full
                sets[rows, self.first_odd :] = full[:, owner]
        most_kwh = np.concatenate([one.most_kwh for one in fresh])
        self.sums.add(f"sets_{self.blocks}", sets, most_kwh)
        self.rows_of.append((f"sets_{self.blocks}", tuple(fresh)))
        self.blocks += 1

    def _asked(self, found: Solution) -> list[cuts.Asked]:
        """Return for each pool what the program would like of it."""
        elsewhere = np.bincount(
            self.problem.car[self.odd],
            weights=found.power_kw[self.first_odd :] * self.problem.cell_hours[self.odd],
            minlength=len(self.problem.energy_kwh),
        )
        price, at_peak = self._price(found), self._at_peak(found)
        top = found.power_kw >= self.small.upper_kw - 1e-7
        asked = []
        for n, (pool, cells) in enumerate(zip(self.of.pools, self.cells, strict=True)):
            here = price[cells] / pool.hours
            asked.append(
                cuts.Asked(
                    kwh=found.power_kw[cells] * pool.hours,
                    energy_kwh=np.maximum(0.0, pool.energy_kwh - elsewhere[pool.cars]),
                    price=here,
                    held=(here > pool.cost + 1e-9) | top[cells] | at_peak[pool.slots],
                    more_than_kwh=self.broken_kwh,
                    by_car=bool(self.has_odd[n]),
                )
            )
        return asked

    def _at_peak(self, found: Solution) -> Bools:
        """Tell of each slot whether a quarter of an hour that it is in makes the peak."""
        held = np.zeros(len(self.problem.hours), dtype=bool)
        if len(self.problem.peaks):
            row, slot, share, base_kw = self.quarters
            total = np.bincount(self.small.slot, weights=found.power_kw, minlength=len(held))
            mean_kw = np.bincount(row, weights=share * total[slot]) + base_kw
            held[slot[(mean_kw >= found.peak_kw - 1e-7)[row]]] = True
        return held

    def _price(self, found: Solution) -> Floats:
        """Return what a kW in each cell costs with the limits and the peak that it loads."""
        program = self.model.program
        dual = np.zeros(program.rows.count)
        for name, rows in program.row_blocks.items():
            if name != "energy":
                dual[rows] = found.duals[name]
        of_row = np.repeat(np.arange(program.rows.count), np.diff(program.rows.start))
        loads = program.rows.weight * dual[of_row]
        paid = np.bincount(program.rows.column, weights=loads, minlength=len(program.cost))
        price: Floats = (program.cost - paid)[program.columns["kw"]]
        return price

    def _paying(self, found: Solution) -> Ints:
        """Return odd cells left out that would lower the cost."""
        problem = self.problem
        left = np.setdiff1d(self.of.odd, self.odd)
        if not len(left):
            return left
        car, slot, hours = problem.car[left], problem.slot[left], problem.cell_hours[left]
        cost = problem.cost[left].copy()
        for row, dual in zip(found.rows, found.limit_dual.tolist(), strict=True):
            cost -= np.where(slot == row.slot, self.of.weights[row.group, car] * dual, 0.0)
        slots = np.unique(self.small.slot)
        at = np.minimum(np.searchsorted(slots, slot), len(slots) - 1)
        if "charging" in found.duals:
            cost -= found.duals["charging"][at]
        bought = np.flatnonzero(problem.import_premium)
        if len(bought):
            by_slot = np.zeros(len(problem.hours))
            by_slot[bought] = found.duals["bought"]
            cost -= by_slot[slot] * hours / problem.hours[slot]
        return left[cost - self._energy_dual(found)[car] * hours < -1e-9]

    def _energy_dual(self, found: Solution) -> Floats:
        """Return for each car what wanting a kWh more would change.

        By its odd cells alone, and by the sets it is full in.
        """
        dual_of = np.zeros(len(self.problem.energy_kwh))
        dual_of[np.unique(self.problem.car[self.odd])] = found.duals["energy"][len(self.of.pools) :]
        for n, pool in enumerate(self.of.pools):
            sets, duals = [np.zeros((0, len(pool.slots)), dtype=bool)], [np.zeros(0)]
            for one, dual in self._held(n, found):
                at = np.flatnonzero(dual)
                if one.full is not None:
                    dual_of[pool.cars] += dual[at] @ one.full[at]
                else:
                    sets.append(one.chosen[at])
                    duals.append(dual[at])
            # By size, since sets that hold lie in one another: their full cars follow in steps.
            chosen, dual = np.concatenate(sets), np.concatenate(duals)
            order = np.argsort(np.count_nonzero(chosen, axis=1), kind="stable")
            dual_of[pool.cars] += dual[order] @ self._full(n, chosen[order])
        return dual_of

    def _lines(self, found: Solution) -> Iterator[LimitRow]:
        """Yield the rows of lines that were added on the way, with the cells of single cars."""
        problem = self.problem
        for row in found.rows[len(problem.rows) :]:
            group = problem.groups[row.group]
            cells = problem.cell_of[group.members, row.slot]
            here = cells >= 0
            yield replace(row, cells=cells[here], weight=group.weight[here])

    def _whole(self, found: Solution, splits: list[Split]) -> Solution:
        """Return the solution of the full problem."""
        problem = self.problem
        kw = np.zeros(problem.cell_of.shape)
        for pool, made in zip(self.of.pools, splits, strict=True):
            kw[np.ix_(pool.cars, pool.slots)] = (made.kwh / pool.hours[:, None]).T
        power = kw[problem.car, problem.slot]
        power[self.odd] = found.power_kw[self.first_odd :]
        credit = problem.credit @ problem.energy_kwh
        credit -= self.small.credit @ self.small.energy_kwh
        values = {
            name: values for name, values in found.values.items() if not name.startswith("sets_")
        }
        return replace(
            found,
            power_kw=power,
            objective=found.objective + float(credit),
            rows=(*problem.rows, *self._lines(found)),
            values={**values, "kw": power},
            duals={**found.duals, "energy": self._energy_dual(found)},
        )
