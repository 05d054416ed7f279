"""What the program of a site says, one function a part; how parts are written: `builder`."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from optimizer.arrays import Floats, Ints
from optimizer.beside import weight_of_arrival, weight_of_battery
from optimizer.lp.builder import Builder
from optimizer.lp.giving import giving
from optimizer.problem import Problem
from optimizer.rooms import Room

FAIR_BANDS = 8
"""Steps of the energy share that are evened out when not everybody can be served."""

FAIR_TILT = 0.02
"""Extra credit for a car's first band, as a share of its credit."""

type Part = Callable[[Builder, Problem], None]
"""Adds columns and rows for one matter; adds nothing when the problem does not have it."""


def powers(b: Builder, problem: Problem) -> None:
    """Each car takes any power up to its highest in each slot of its stay."""
    b.add_columns("kw", problem.size, upper=problem.upper_kw, cost=problem.cost)


def energy(b: Builder, problem: Problem) -> None:
    """Each car takes at most the energy that it wants; each kWh earns its credit."""
    b.add_rows(
        "energy",
        len(problem.energy_kwh),
        row=problem.car,
        column=b.columns("kw"),
        weight=problem.cell_hours,
        upper=problem.energy_kwh,
    )


def fairness(b: Builder, problem: Problem) -> None:
    """A car's first bands of energy earn a little more, so that shares even out."""
    cars = np.unique(problem.car)
    if not len(cars):
        return
    band = np.tile(np.arange(FAIR_BANDS), len(cars))
    owner = np.repeat(np.arange(len(cars)), FAIR_BANDS)
    tilt = FAIR_TILT * problem.credit[cars] / FAIR_BANDS
    bands = b.add_columns(
        "bands",
        len(band),
        upper=band_widths(problem, np.linspace(0, 1, FAIR_BANDS + 1)),
        cost=-tilt[owner] * (FAIR_BANDS - band),
    )
    b.add_rows("bands", len(cars), row=owner, column=bands, upper=0.0)
    taken_by = np.searchsorted(cars, problem.car)
    b.add_entries("bands", row=taken_by, column=b.columns("kw"), weight=-problem.cell_hours)


def fair_weights(problem: Problem) -> Floats:
    """Return how much more than the least weighty each car counts, from 1 upwards."""
    told = [car.need.weight for car in problem.inputs.cars]
    usable = np.array([w if math.isfinite(w) and w > 0 else 1.0 for w in told])
    weights: Floats = usable / usable.min(initial=np.inf) if len(usable) else usable
    return weights


def band_widths(problem: Problem, edges: Floats) -> Floats:
    """Return how much of each band a car has left to get, cars with cells by bands, flat, kWh.

    A car that counts as two gets through its bands twice as fast.
    """
    cars = np.unique(problem.car)
    taken = np.array([car.taken_kwh for car in problem.inputs.cars])[cars]
    whole = taken + problem.energy_kwh[cars]
    part = np.minimum(1.0, np.outer(fair_weights(problem)[cars], edges))
    reached = np.maximum(whole[:, None] * part, taken[:, None])
    widths: Floats = np.diff(reached, axis=1).ravel()
    return widths


def limits(b: Builder, problem: Problem) -> None:
    """Each circuit carries at most what building and reserves leave."""
    rows = problem.rows
    cells = [row.cells for row in rows]
    b.add_rows("limits", len(rows), upper=np.array([row.free_kw for row in rows]))
    if rows:
        b.add_entries(
            "limits",
            row=np.repeat(np.arange(len(rows)), [len(c) for c in cells]),
            column=b.columns("kw")[np.concatenate(cells)],
            weight=np.concatenate([row.weight for row in rows]),
        )


def imports(b: Builder, problem: Problem) -> None:
    """What PV surplus does not cover, as the mean of a slot, is bought."""
    slots = np.flatnonzero(problem.import_premium)
    premium = problem.import_premium[slots] * problem.hours[slots]
    bought = b.add_columns("bought", len(slots), cost=premium)
    b.add_rows(
        "bought",
        len(slots),
        row=np.arange(len(slots)),
        column=bought,
        weight=-1.0,
        upper=problem.surplus_kw[slots],
    )
    cells = np.flatnonzero(problem.import_premium[problem.slot])
    b.add_entries(
        "bought",
        row=np.searchsorted(slots, problem.slot[cells]),
        column=b.columns("kw")[cells],
        weight=problem.cell_hours[cells] / problem.hours[problem.slot[cells]],
    )


def peaks(b: Builder, problem: Problem) -> None:
    """The highest mean over a quarter of an hour, from the month's peak so far upwards.

    Counted is all charging in a slot, also of cars that leave before it ends: the mean of the slot
    would be less, but plans are made again within it, and what a car leaves free would be filled
    up a second time.
    """
    if not problem.peaks:
        return
    charged = np.bincount(problem.slot, minlength=len(problem.hours)) > 0
    slots = np.flatnonzero(charged)
    place = np.cumsum(charged) - 1
    total = b.add_columns("charging", len(slots))
    b.add_rows(
        "charging",
        len(slots),
        row=np.arange(len(slots)),
        column=total,
        weight=-1.0,
        lower=0.0,
        upper=0.0,
    )
    b.add_entries("charging", row=place[problem.slot], column=b.columns("kw"), weight=1.0)
    charge = problem.inputs.demand_charge_per_kw
    peak = b.add_columns("peak", 1, lower=problem.peak_floor_kw, cost=charge)
    quarter = np.repeat(np.arange(len(problem.peaks)), [len(p.slots) for p in problem.peaks])
    slot = np.concatenate([p.slots for p in problem.peaks])
    share = np.concatenate([p.share for p in problem.peaks])
    known = charged[slot]
    b.add_rows(
        "peaks",
        len(problem.peaks),
        row=np.arange(len(problem.peaks)),
        column=np.repeat(peak, len(problem.peaks)),
        weight=-1.0,
        upper=np.array([-p.base_kw for p in problem.peaks]),
    )
    b.add_entries(
        "peaks",
        row=quarter[known],
        column=total[place[slot[known]]],
        weight=share[known],
    )


def balance(b: Builder, problem: Problem) -> None:
    """Each phase of a circuit lies between a highest and a lowest current, which differ little."""
    kw_per_a = problem.inputs.snapshot.site.voltage_v / 1000
    counts = np.array([max(1, len(car.phases)) / car.ordered for car in problem.inputs.cars])
    for n, one in enumerate(problem.balances):
        odd = one.on.max(axis=0) > one.on.min(axis=0)
        slots = np.unique(problem.slot[odd[problem.car]])
        if not len(slots):
            continue
        price = one.price * problem.hours[slots]
        highest = b.add_columns(f"highest-{n}", len(slots), cost=price)
        lowest = b.add_columns(f"lowest-{n}", len(slots), cost=-price)
        rows = np.arange(len(slots))
        if one.limit_a < np.inf:
            b.add_rows(f"apart-{n}", len(slots), row=rows, column=highest, upper=one.limit_a)
            b.add_entries(f"apart-{n}", row=rows, column=lowest, weight=-1.0)
        here = np.flatnonzero(np.isin(problem.slot, slots))
        for phase, on in enumerate(one.on):
            cells = here[on[problem.car[here]] > 0]
            at = np.searchsorted(slots, problem.slot[cells])
            amps = 1 / (kw_per_a * counts[problem.car[cells]])
            kw = b.columns("kw")[cells]
            for name, column, sign in (("below", highest, 1.0), ("above", lowest, -1.0)):
                block = f"{name}-{n}-{phase}"
                b.add_rows(block, len(slots), row=rows, column=column, weight=-sign, upper=0.0)
                b.add_entries(block, row=at, column=kw, weight=sign * amps)


def ramp(b: Builder, problem: Problem) -> None:
    """What is ordered of all cars rises by so much at most from one slot to the next."""
    one = problem.ramp
    if one is None:
        return
    at = np.flatnonzero(problem.hours > 0)
    row_of = np.full(len(problem.hours), -1, dtype=np.int64)
    row_of[at] = np.arange(len(at))
    upper = np.full(len(at), one.rise_kw)
    upper[:1] += one.now_kw
    b.add_rows("rise", len(at), upper=upper)
    kw = b.columns("kw")
    ordered = np.array([car.ordered for car in problem.inputs.cars])[problem.car]
    rows = row_of[problem.slot]
    b.add_entries("rise", row=rows, column=kw, weight=ordered)
    later = np.flatnonzero(rows + 1 < len(at))
    b.add_entries("rise", row=rows[later] + 1, column=kw[later], weight=-ordered[later])


def calm(b: Builder, problem: Problem) -> None:
    """What orders of the first slots differ by from those in force has a price."""
    one = problem.calm
    if one is None:
        return
    rows = np.arange(len(one.cells))
    more = b.add_columns("more", len(rows), cost=one.price)
    less = b.add_columns("less", len(rows), cost=one.price)
    now_a = one.current_a
    kw = b.columns("kw")[one.cells]
    b.add_rows("change", len(rows), row=rows, column=less, lower=now_a, upper=now_a)
    b.add_entries("change", row=rows, column=more, weight=-1.0)
    b.add_entries("change", row=rows, column=kw, weight=1 / one.kw_per_a)


def battery(b: Builder, problem: Problem) -> None:
    """A battery stores and gives within its power and energy, and weighs on limits and peak.

    Where charging loses energy and prices are below zero, doing both at once would earn money:
    the shares of its powers add up to one at most.
    """
    one = problem.battery
    if one is None:
        return
    slots, hours = np.arange(len(problem.hours)), problem.hours
    premium = problem.import_premium
    marginal = problem.charged - premium
    # What a kW more of import costs beside the premium that the block `bought` counts.
    charge = b.add_columns("charge", len(slots), upper=one.charge_kw, cost=marginal * hours)
    give = b.add_columns(
        "give",
        len(slots),
        upper=np.where(hours > 0, one.discharge_kw, 0.0),
        cost=(one.wear_per_kwh - marginal) * hours,
    )
    worth = np.zeros(len(slots))
    worth[-1:] = -one.worth_per_kwh
    stored = b.add_columns(
        "stored", len(slots), lower=one.least_kwh, upper=one.most_kwh, cost=worth
    )
    begins = np.zeros(len(slots))
    begins[:1] = one.energy_kwh
    b.add_rows("stored", len(slots), row=slots, column=stored, lower=begins, upper=begins)
    b.add_entries("stored", row=slots[1:], column=stored[:-1], weight=-1.0)
    b.add_entries("stored", row=slots, column=charge, weight=-one.stored * hours)
    b.add_entries("stored", row=slots, column=give, weight=hours / one.given)
    both = np.flatnonzero((one.charge_kw > 1e-9) & (one.discharge_kw > 1e-9))
    b.add_rows("either", len(both), upper=1.0)
    rows = np.arange(len(both))
    b.add_entries("either", row=rows, column=charge[both], weight=1 / one.charge_kw[both])
    b.add_entries("either", row=rows, column=give[both], weight=1 / max(one.discharge_kw, 1e-9))
    bought = np.flatnonzero(premium)
    at = np.arange(len(bought))
    b.add_entries("bought", row=at, column=charge[bought], weight=1.0)
    b.add_entries("bought", row=at, column=give[bought], weight=-1.0)
    _on_limits(b, problem, charge, partial(weight_of_battery, problem.inputs))
    for n, row in enumerate(problem.peaks):
        b.add_entries(
            "peaks", row=np.full(len(row.slots), n), column=charge[row.slots], weight=row.share
        )
        b.add_entries(
            "peaks", row=np.full(len(row.slots), n), column=give[row.slots], weight=-row.share
        )


def expected(b: Builder, problem: Problem) -> None:
    """Cars that are expected take at most their energy, and weigh on limits and peak."""
    some = problem.arrivals
    if some is None:
        return
    kw = b.add_columns("expected", len(some.of), upper=some.upper_kw, cost=some.cost)
    b.add_rows(
        "wished",
        len(some.energy_kwh),
        row=some.of,
        column=kw,
        weight=some.hours,
        upper=some.energy_kwh,
    )
    slots = np.flatnonzero(problem.import_premium)
    cells = np.flatnonzero(np.isin(some.slot, slots))
    b.add_entries(
        "bought",
        row=np.searchsorted(slots, some.slot[cells]),
        column=kw[cells],
        weight=some.hours[cells] / problem.hours[some.slot[cells]],
    )
    for n, one in enumerate(some.told):
        cells = np.flatnonzero(some.of == n)
        column = np.full(len(problem.hours), -1, dtype=np.int64)
        column[some.slot[cells]] = kw[cells]
        _on_limits(b, problem, column, partial(weight_of_arrival, problem.inputs, told=one))
        for q, row in enumerate(problem.peaks):
            here = column[row.slots] >= 0
            b.add_entries(
                "peaks",
                row=np.full(int(here.sum()), q),
                column=column[row.slots][here],
                weight=row.share[here],
            )


def _on_limits(
    b: Builder, problem: Problem, column: Ints, weight_of: Callable[[Room], float]
) -> None:
    """Add a column of each slot (-1 for none) to the limit rows that it weighs on."""
    weight = [weight_of(group.room) for group in problem.groups]
    rows = [
        n for n, row in enumerate(problem.rows) if weight[row.group] > 0 and column[row.slot] >= 0
    ]
    b.add_entries(
        "limits",
        row=rows,
        column=[int(column[problem.rows[n].slot]) for n in rows],
        weight=[weight[problem.rows[n].group] for n in rows],
    )


CORE: tuple[Part, ...] = (
    powers,
    energy,
    limits,
    imports,
    peaks,
    balance,
    ramp,
    calm,
    battery,
    expected,
    giving,
)
"""Every part of every program, in the order of their columns."""
