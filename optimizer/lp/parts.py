"""What the program of a site says, one function a part; how parts are written: `builder`."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from optimizer.lp.builder import Builder
from optimizer.problem import Floats, Problem

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
    at = np.searchsorted(slots, problem.slot)
    cells = np.flatnonzero(np.isin(problem.slot, slots))
    b.add_entries(
        "bought",
        row=at[cells],
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
    slots = np.unique(problem.slot)
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
    b.add_entries(
        "charging", row=np.searchsorted(slots, problem.slot), column=b.columns("kw"), weight=1.0
    )
    charge = problem.inputs.demand_charge_per_kw
    peak = b.add_columns("peak", 1, lower=problem.peak_floor_kw, cost=charge)
    quarter = np.repeat(np.arange(len(problem.peaks)), [len(p.slots) for p in problem.peaks])
    slot = np.concatenate([p.slots for p in problem.peaks])
    share = np.concatenate([p.share for p in problem.peaks])
    charged = np.isin(slot, slots)
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
        row=quarter[charged],
        column=total[np.searchsorted(slots, slot[charged])],
        weight=share[charged],
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


CORE: tuple[Part, ...] = (powers, energy, limits, imports, peaks, balance)
"""Every part of every program, in the order of their columns."""
