"""Cars that may give back (V2G): who, how much, and what that means for the program.

What a car gives is worth its price at the meter and lowers the peak, as PV does. It makes no room
on any fuse: a car may stop giving at any time, so limits count charging alone. Currents that flow
back through a circuit have to fit its limit by themselves, since nobody has to draw them there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.plan import Discharge, PlanOptions
from ocpp_core.domain.units import THREE_PHASES
from optimizer.arrays import Floats, Ints
from optimizer.cars import Car
from optimizer.model import Inputs
from optimizer.rooms import limits_in_force
from optimizer.runs import rules_of

LEAST_KWH = 0.01
"""Energy below which a car has nothing to give, kWh."""

WHOLE = 1 - 1e-9
"""Share of a slot for which a car has to be there to give in it."""

TIE_PER_KWH = 1e-3
"""Wear of a kWh given beyond what is told: a car without a reason rests."""

PER_KWH = 4.0
"""kW by which a kWh within one quarter of an hour can lower the peak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Giver:
    """A car that may give back, in kW and kWh at the meter."""

    car: int
    min_deci: int
    """Lowest order of giving, tenths of an ampere."""
    max_deci: int
    step_deci: int
    kw_per_deci: float
    available_kwh: float
    """Of energy that it was charged with: what may be taken out again before it takes more."""
    wanted_kwh: float
    """Most that it may hold beyond what it has now."""
    efficiency: float
    """kWh given for each kWh charged."""
    wear_per_kwh: float
    """Of a kWh given."""

    @property
    def max_kw(self) -> float:
        """Highest power."""
        return self.max_deci * self.kw_per_deci


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverse:
    """What may flow back through one phase of a circuit, or as power through all of them."""

    givers: Ints
    weight: Floats
    """kW on the limit for each kW that a giver gives."""
    free_kw: Floats
    """For each slot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Giving:
    """Cars that give, as the program has them."""

    givers: tuple[Giver, ...]
    giver: Ints
    """Of each cell in which giving is still to be decided."""
    slot: Ints
    upper_kw: Floats
    cost: Floats
    """Of a kW given through the cell: wear and the energy that has to come back, less its price."""
    decided_kwh: Floats
    """Givers by slots: what is decided to be given, as energy that has to be charged for it."""
    reverse: tuple[Reverse, ...]

    def cost_of(self, given_kw: Floats) -> float:
        """Return what giving costs; `given_kw`: cars by slots."""
        cars = np.array([one.car for one in self.givers], dtype=np.int64)
        return float(self.cost @ given_kw[cars[self.giver], self.slot])


def givers_of(inputs: Inputs, options: PlanOptions) -> tuple[tuple[Giver, ...], tuple[str, ...]]:
    """Return the cars that may give back, and why others that were told to cannot."""
    found, notes = [], []
    for car in inputs.cars:
        told = car.need.discharge
        if told is None:
            continue
        why = _why_not(inputs, options, car, told)
        if why:
            notes.append(f"{car.need.ref}: gives nothing back: {why}")
            continue
        giver = _giver(inputs, car, told)
        if giver.available_kwh > LEAST_KWH and giver.max_deci >= giver.min_deci:
            found.append(giver)
    return tuple(found), tuple(notes)


def _why_not(inputs: Inputs, options: PlanOptions, car: Car, told: Discharge) -> str:
    if car.unable:
        return car.unable
    if car.reserved:
        return "it does not follow orders"
    if not _usable(told):
        return "its numbers cannot be"
    if rules_of(inputs, options).get(car.index) is not None:
        return "it may not start and stop as it likes"
    uneven = len(car.phases) != len(THREE_PHASES)
    if uneven and options.imbalance_price_per_a > 0:
        return "phases are kept balanced, and it is not on all of them"
    circuits = inputs.snapshot.site.circuits_by_id
    for circuit in (circuits[circuit_id] for circuit_id in inputs.feeders(car)):
        if circuit.line_limits:
            return f"{circuit.circuit_id} has lines on which currents add up with angles"
        if uneven and circuit.max_imbalance_a is not None:
            return f"{circuit.circuit_id} is kept balanced, and it is not on all phases"
    return ""


def _usable(told: Discharge) -> bool:
    shares = (told.charge_efficiency, told.discharge_efficiency)
    others = (told.max_current_a, told.min_current_a, told.available_wh, told.wear_per_kwh)
    return (
        all(math.isfinite(value) for value in (*shares, *others))
        and all(0 < share <= 1 for share in shares)
        and told.max_current_a >= 0
    )


def _giver(inputs: Inputs, car: Car, told: Discharge) -> Giver:
    connector = inputs.snapshot.site.connectors[car.need.ref]
    step = car.step_deci
    most_a = min(told.max_current_a, connector.max_current_a)
    least_a = max(told.min_current_a, 0.1)
    return Giver(
        car=car.index,
        min_deci=max(step, -(-math.ceil(least_a * 10 - 1e-6) // step) * step),
        max_deci=math.floor(most_a * 10 + 1e-6) // step * step,
        step_deci=step,
        kw_per_deci=max(1, len(car.phases)) * inputs.snapshot.site.voltage_v / 10_000,
        available_kwh=max(0.0, told.available_wh) / 1000 / told.charge_efficiency,
        wanted_kwh=car.energy_kwh if car.wants else 0.0,
        efficiency=told.charge_efficiency * told.discharge_efficiency,
        wear_per_kwh=max(0.0, told.wear_per_kwh) + TIE_PER_KWH,
    )


def giving_of(
    inputs: Inputs,
    givers: tuple[Giver, ...],
    *,
    charged: Floats,
    marginal: Floats,
    credit: Floats,
) -> Giving:
    """Return the cells in which cars may give.

    `charged` is what a kWh from the grid costs in each slot, `marginal` what one earns that is fed
    in, where that is less. A car has to be there for all of a slot. Where either is below zero,
    nobody gives: who charges and gives at once would earn by losing energy.
    """
    hours = np.array(inputs.hours)
    giver, slot = [], []
    for n, one in enumerate(givers):
        there = inputs.present_h[one.car] >= WHOLE * hours
        slots = np.flatnonzero(there & (hours > 0) & (charged > 0) & (marginal >= 0))
        giver += [n] * len(slots)
        slot += slots.tolist()
    of, at = np.array(giver, dtype=np.int64), np.array(slot, dtype=np.int64)
    most = np.array([one.max_kw for one in givers])
    each = np.array([credit[one.car] / one.efficiency + one.wear_per_kwh for one in givers])
    return Giving(
        givers=givers,
        giver=of,
        slot=at,
        upper_kw=most[of] if len(of) else np.zeros(0),
        cost=(each[of] - marginal[at]) * hours[at] if len(of) else np.zeros(0),
        decided_kwh=np.zeros((len(givers), len(hours))),
        reverse=tuple(_reverses(inputs, givers)),
    )


def worth_trusting(
    inputs: Inputs, givers: tuple[Giver, ...], charged: Floats, credit: Floats
) -> tuple[tuple[Giver, ...], tuple[str, ...]]:
    """Return the givers whose energy is worth more than any that they could give.

    What others give might never be charged again: it would not pay.
    """
    dearest = float(charged.max(initial=0.0)) + PER_KWH * inputs.demand_charge_per_kw
    kept = tuple(one for one in givers if credit[one.car] >= dearest)
    return kept, tuple(
        f"{inputs.cars[one.car].need.ref}: gives nothing back: an hour is dearer than what its "
        "energy is worth"
        for one in givers
        if one not in kept
    )


def _reverses(inputs: Inputs, givers: tuple[Giver, ...]) -> Iterator[Reverse]:
    """Yield the limits that what flows back could pass; PV that feeds in counts with it."""
    site, volts = inputs.snapshot.site, inputs.snapshot.site.voltage_v
    under: dict[CircuitId, list[int]] = {}
    for n, one in enumerate(givers):
        for circuit_id in inputs.feeders(inputs.cars[one.car]):
            under.setdefault(circuit_id, []).append(n)
    for circuit in site.circuits:
        mine = under.get(circuit.circuit_id, [])
        if not mine:
            continue
        pv = np.array(inputs.pv_kw) * site.building_weighs_on(circuit.circuit_id)
        amps, watts = limits_in_force(inputs.snapshot, circuit)
        if amps is not None:
            phases = [inputs.cars[givers[n].car].phases or THREE_PHASES for n in mine]
            for phase in THREE_PHASES:
                weight = np.array([(phase in on) / len(on) for on in phases])
                yield _reverse(mine, weight, np.array(amps.values) * volts / 1000 - pv / 3)
        if watts is not None:
            yield _reverse(mine, np.ones(len(mine)), np.array(watts.values) / 1000 - pv)


def _reverse(mine: list[int], weight: Floats, free_kw: Floats) -> Reverse:
    here = weight > 0
    return Reverse(
        givers=np.array(mine, dtype=np.int64)[here],
        weight=weight[here],
        free_kw=np.maximum(0.0, free_kw),
    )
