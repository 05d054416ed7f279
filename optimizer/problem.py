"""The planning problem as arrays: no solver, kW and hours.

One column for each car and slot in which it is there, nothing outside its window. Formulation
and why it is fast: epigraph peak with the month's peak as lower bound, energy as a credit instead
of slack columns, rows only where they can bind, one row for limits that weigh the same cars alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

import numpy as np

from ocpp_core.domain.plan import PlanOptions
from ocpp_core.domain.tariff.site_cost import QUARTER, quarters
from optimizer.arrays import Floats, Ints
from optimizer.balance import Balance, balances
from optimizer.beside import (
    Arrivals,
    Battery,
    arrivals_of,
    battery_of,
)
from optimizer.cars import SHORTEST_H
from optimizer.giving import Giver, Giving, giving_of
from optimizer.limits import Group, LimitRow, groups_of, limit_rows, others_of
from optimizer.model import Inputs
from optimizer.policies import Turns, in_classes, no_turns, turns
from optimizer.ramp import Calm, Ramp, calm_of, ramp_of
from optimizer.runs import RunRule, rules_of

LINE_TOLERANCE_KW = 1e-6

QUARTER_S = QUARTER.total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakRow:
    """Mean of the grid import over a quarter of an hour."""

    slots: Ints
    share: Floats
    """Of each slot in the quarter, or in its planned part; sums to 1 at most."""
    base_kw: float
    """Building less PV, and what was imported before, kW; may be negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything the solver needs."""

    inputs: Inputs
    hours: Floats
    car: Ints
    """Of each column (cell)."""
    slot: Ints
    cell_hours: Floats
    """For how long of the slot the car is there, h."""
    upper_kw: Floats
    cost: Floats
    """Of a kW held through the cell: energy + preferences - credit, in the site's currency."""
    spent: Floats
    """The part of `cost` that is money: energy at the slot's marginal price."""
    credit: Floats
    """For each car: price of a kWh that it does not get."""
    energy_kwh: Floats
    """For each car; 0 for cars that take no part."""
    cell_of: Ints
    """Cars by slots: column, or -1."""
    groups: tuple[Group, ...]
    rows: tuple[LimitRow, ...]
    lines: tuple[int, ...]
    """Groups that are faces of lines: rows only where a solution passes them."""
    peaks: tuple[PeakRow, ...]
    """Empty without a demand charge."""
    surplus_kw: Floats
    """PV beyond the building's load, kW."""
    import_premium: Floats
    """Grid price less feed-in price where PV surplus makes a difference, else 0, per kWh."""
    battery: Battery | None
    arrivals: Arrivals | None
    free_of_cost: float
    """What the site pays without cars and battery where `import_premium` counts it too."""
    ramp: Ramp | None
    calm: Calm | None
    balances: tuple[Balance, ...]
    """Circuits whose phases should carry alike."""
    peak_floor_kw: float
    """The month's peak so far, or as it is expected to become anyhow, kW."""
    charged: Floats
    """Price of a kWh from the grid with its emissions, for each slot, in the site's currency."""
    rules: Mapping[int, RunRule] = field(default_factory=lambda: MappingProxyType({}))
    """Of cars that may not start or stop as they like, by the car's number."""
    giving: Giving | None = None
    """Cars that may give back; None where nobody may."""

    @property
    def size(self) -> int:
        """Number of cells."""
        return len(self.car)


def build(
    inputs: Inputs,
    options: PlanOptions,
    arrivals: dict[int, datetime] | None = None,
    *,
    alike: bool = False,
    givers: tuple[Giver, ...] = (),
) -> Problem:
    """Return the problem of a snapshot; `arrivals` (by car) are for benchmarks with a known future.

    `alike`: nobody has a turn, so that an hour of a slot costs every car the same; see
    `optimizer.aggregate`. `givers` may give back.
    """
    hours = np.array(inputs.hours, dtype=float)
    slots, cars = len(hours), inputs.cars
    window = inputs.present_h.copy()
    gives = {one.car for one in givers}
    takes_part = [car.wants or car.index in gives for car in cars]
    window[[not takes for takes in takes_part]] = 0.0
    for car, arrival in (arrivals or {}).items():
        start_h = _since(inputs.starts, inputs)
        comes_h = (arrival - inputs.snapshot.taken_at).total_seconds() / 3600
        away_h = np.clip(comes_h - start_h, 0.0, None)
        window[car] = np.clip(window[car] - away_h, 0.0, None)
        window[car, window[car] < SHORTEST_H] = 0.0

    car_at, slot_at = np.nonzero(window)
    cell_of = np.full(window.shape, -1, dtype=np.int64)
    cell_of[car_at, slot_at] = np.arange(len(car_at))
    cell_hours = window[car_at, slot_at]
    upper = np.array([c.max_kw for c in cars])[car_at] if len(cars) else np.zeros(0)

    surplus = np.array(inputs.pv_kw) - np.array(inputs.building_kw)
    # Who gives may also stand in for the building's import.
    has_source = inputs.snapshot.battery is not None or bool(givers)
    if not has_source:
        surplus = np.maximum(0.0, surplus)
    price, feed_in = np.array(inputs.price), np.array(inputs.feed_in)
    # Emissions count as grid power does: what PV covers has none.
    emitted = max(0.0, options.carbon_price_per_kg) * np.array(inputs.carbon)
    charged = price + emitted
    # Selling dearer than buying would make the cost of import concave; then both count as price.
    sells = (surplus > 0) | has_source
    premium = np.where(sells, np.maximum(0.0, charged - feed_in), 0.0)
    most = np.bincount(slot_at, weights=upper, minlength=slots)[:slots]
    marginal = charged - premium
    money = np.where(premium > 0, marginal, price)
    if not has_source and not inputs.snapshot.expected_arrivals:
        premium = np.where(most > surplus, premium, 0.0)

    order = no_turns(inputs) if alike else in_classes(inputs, turns(inputs, options.policy))
    credit = _credit(inputs, options, charged) * (1 + np.array(order.favour))
    spent = money[slot_at] * cell_hours
    cost = (marginal[slot_at] - credit[car_at]) * cell_hours
    cost += _preferences(inputs, options, window, credit, order)[car_at, slot_at]
    groups = tuple(groups_of(inputs, takes_part))
    battery = battery_of(inputs, charged)
    coming = arrivals_of(inputs, marginal, float(credit.min(initial=options.unmet_price_per_kwh)))
    return Problem(
        inputs=inputs,
        hours=hours,
        car=car_at,
        slot=slot_at,
        cell_hours=cell_hours,
        upper_kw=upper,
        cost=cost,
        spent=spent,
        credit=credit,
        energy_kwh=np.array([c.energy_kwh if c.wants else 0.0 for c in cars]),
        cell_of=cell_of,
        groups=groups,
        rows=tuple(limit_rows(groups, cell_of, upper, others_of(inputs, groups, battery, coming))),
        lines=tuple(g for g, group in enumerate(groups) if group.room.is_line),
        peaks=tuple(_peak_rows(inputs)) if inputs.demand_charge_per_kw > 0 else (),
        surplus_kw=surplus,
        import_premium=premium,
        battery=battery,
        arrivals=coming,
        free_of_cost=float((premium * np.maximum(0.0, -surplus)) @ hours),
        ramp=ramp_of(inputs, options),
        calm=calm_of(inputs, options, car_at, slot_at),
        balances=balances(inputs, options.imbalance_price_per_a),
        peak_floor_kw=max(inputs.peak_so_far_kw, inputs.expected_peak_kw),
        charged=charged,
        rules=rules_of(inputs, options),
        giving=giving_of(inputs, givers, charged=charged, marginal=marginal, credit=credit)
        if givers
        else None,
    )


def _since(instants: tuple[datetime, ...], inputs: Inputs) -> Floats:
    taken_at = inputs.snapshot.taken_at
    return np.array([(at - taken_at).total_seconds() / 3600 for at in instants])


def _credit(inputs: Inputs, options: PlanOptions, charged: Floats) -> Floats:
    """Price of an undelivered kWh for each car; one step more for each class of priority.

    A price of its own counts as it is, also where energy costs more.
    """
    base = options.unmet_price_per_kwh
    if options.energy_first and len(charged):
        # A kWh within one quarter of an hour may cost its price and raise the peak by 4 kW.
        dearest = float(charged.max()) + 4 * inputs.demand_charge_per_kw
        base = max(base, 1.25 * dearest)
    classes = sorted({c.need.priority for c in inputs.cars})
    credit = [base * (1 + classes.index(c.need.priority)) for c in inputs.cars]
    for car in inputs.cars:
        own = car.need.unmet_price_per_kwh
        if own is not None and math.isfinite(own):
            credit[car.index] = max(0.0, own)
    return np.array(credit)


def _preferences(
    inputs: Inputs, options: PlanOptions, window: Floats, credit: Floats, order: Turns
) -> Floats:
    """Tiny prices, cars by slots: early, in the order of turns, and done before departure."""
    start_h = np.maximum(0.0, _since(inputs.starts, inputs))
    taken_at, margin_h = inputs.snapshot.taken_at, options.margin_s / 3600
    until_h = np.array(
        [
            (car.departure - taken_at).total_seconds() / 3600 - max(margin_h, car.taper_h)
            for car in inputs.cars
        ]
    ).reshape(-1, 1)
    late_h = np.maximum(0.0, start_h + window - np.maximum(start_h, until_h))
    late_price = np.minimum(options.late_price_per_kwh, 0.5 * credit).reshape(-1, 1)
    early = options.early_price_per_kwh * np.array(order.hurry).reshape(-1, 1) * start_h * window
    prices: Floats = early + late_price * late_h
    return prices


def passed_lines(problem: Problem, power_kw: Floats) -> list[LimitRow]:
    """Return a row for each slot and line that powers pass: the face that is passed the most."""
    if not problem.lines:
        return []
    power = np.zeros(problem.cell_of.shape)
    power[problem.car, problem.slot] = power_kw
    faces = [problem.groups[g] for g in problem.lines]
    weight = np.zeros((len(faces), len(power)))
    for n, face in enumerate(faces):
        weight[n, face.members] = face.weight
    over = weight @ power - np.array([face.free_kw for face in faces])
    worst: dict[tuple[str, int], tuple[float, int]] = {}
    for n, slot in np.argwhere(over > LINE_TOLERANCE_KW).tolist():
        key = (faces[n].room.label, slot)
        worst[key] = max(worst.get(key, (0.0, -1)), (float(over[n, slot]), problem.lines[n]))
    rows = []
    for (_, slot), (_, g) in worst.items():
        group = problem.groups[g]
        cells_of = problem.cell_of[group.members, slot]
        here = cells_of >= 0
        rows.append(
            LimitRow(
                group=g,
                slot=slot,
                cells=cells_of[here],
                weight=group.weight[here],
                free_kw=float(group.free_kw[slot]),
            )
        )
    return rows


def _peak_rows(inputs: Inputs) -> list[PeakRow]:
    """One row for each quarter of an hour, without repeats where slots are longer than that.

    Of the running quarter the rest is planned, and its mean may not be above the peak either, so
    that what was left of the quarter is not made up for in its last minutes.
    """
    base = [b - pv for b, pv in zip(inputs.building_kw, inputs.pv_kw, strict=True)]
    seen: set[tuple[tuple[int, float], ...]] = set()
    rows = []
    for n, part in enumerate(quarters(inputs.starts, inputs.snapshot.horizon_end)):
        whole = sum(part.values())
        key = tuple((t, round(seconds / whole, 9)) for t, seconds in part.items())
        slots, seconds = np.array(list(part)), np.array(list(part.values()))
        if n == 0 and inputs.quarter_kwh is not None and whole < QUARTER_S - 1:
            share = seconds / QUARTER_S
            mean_kw = float(share @ np.array([base[t] for t in part]))
            base_kw = mean_kw + inputs.quarter_kwh * 3600 / QUARTER_S
            rows.append(PeakRow(slots=slots, share=share, base_kw=base_kw))
        if key in seen:
            continue
        seen.add(key)
        base_kw = float(sum(base[t] * share for t, share in key))
        rows.append(PeakRow(slots=slots, share=seconds / whole, base_kw=base_kw))
    return rows
