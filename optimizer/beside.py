"""What is planned beside cars that are there: a stationary battery and cars that are expected.

A battery's charging counts on every limit, its giving on none: like PV, it may stop at any time.
On lines with angles its highest charging power is kept free, half of the line at most.

Expected cars count on circuits and on the peak, so that room is left for them; they are ordered
nothing, and repair may use what is left for them when cars that are there need it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from ocpp_core.domain.plan import ExpectedArrival, SiteBattery
from optimizer.arrays import Floats, Ints
from optimizer.cars import SHORTEST_H
from optimizer.model import Inputs
from optimizer.rooms import Room

ON_LINES = 0.5
"""Share of a line with angles that a battery may take."""

MAY_COME = 0.49
"""Worth of an expected car's energy as a share of that of cars that are there: less than of what
these get in their last minutes (`PlanOptions.late_price_per_kwh`), so that none goes without for
a car that may not come."""

LEAST_CARS, LEAST_ROOM_KWH = 0.5, 0.5
"""Expected cars, and energy kept for them, below which nothing is said of them."""

ENOUGH_SHARE = 0.98
"""Share of what expected cars want from which it counts as all."""

TIE_PER_KWH = 1e-3
"""What stored energy is worth more than its mean price: a battery without a reason rests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A battery as the program has it, in kW and kWh."""

    energy_kwh: float
    least_kwh: float
    most_kwh: float
    charge_kw: Floats
    """For each slot: most that it may charge, kW."""
    discharge_kw: float
    stored: float
    """kWh stored for each taken."""
    given: float
    """kWh given for each taken out of the store."""
    wear_per_kwh: float
    """Of a kWh given."""
    worth_per_kwh: float
    """Of a kWh that is still stored at the end."""

    def run(self, wanted_kw: Floats, hours: Floats) -> tuple[Floats, float]:
        """Return the power that it can hold, below 0 where it gives, and what is stored then."""
        made, stored = np.zeros(len(hours)), self.energy_kwh
        for slot, (wanted, length) in enumerate(
            zip(wanted_kw.tolist(), hours.tolist(), strict=True)
        ):
            if length <= 0:
                continue
            if wanted >= 0:
                most = max(0.0, self.most_kwh - stored) / self.stored / length
                power = min(wanted, float(self.charge_kw[slot]), most)
                stored += power * self.stored * length
            else:
                most = max(0.0, stored - self.least_kwh) * self.given / length
                power = -min(-wanted, self.discharge_kw, most)
                stored += power / self.given * length
            made[slot] = power
        return made, stored

    def cost(self, power_kw: Floats, stored_kwh: float, hours: Floats) -> float:
        """Return its wear, less what is stored more than at the beginning."""
        given_kwh = float(np.maximum(0.0, -power_kw) @ hours)
        return self.wear_per_kwh * given_kwh + self.worth_per_kwh * (self.energy_kwh - stored_kwh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Expected cars, a cell for each and each slot in which it is expected."""

    of: Ints
    """Arrival of each cell."""
    slot: Ints
    hours: Floats
    """For how long of the slot it is expected."""
    upper_kw: Floats
    cost: Floats
    """Of a kW held through the cell, less the credit of its energy."""
    energy_kwh: Floats
    """For each arrival."""
    told: tuple[ExpectedArrival, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a solution plans beside cars that are there."""

    battery_kw: Floats
    """For each slot, below 0 where it gives."""
    expected_kw: Floats
    """For each slot: power of expected cars while they are there."""
    expected_mean_kw: Floats
    """For each slot: the same, as a mean over the slot."""
    cost: float = 0.0
    """Of the battery's wear and store, and of expected cars less their credit."""

    @property
    def net_kw(self) -> Floats:
        """What it adds to the site's import, kW."""
        return self.battery_kw + self.expected_kw


def nothing_beside(slots: int) -> Beside:
    """Return that nothing is planned beside cars."""
    zero = np.zeros(slots)
    return Beside(battery_kw=zero, expected_kw=zero, expected_mean_kw=zero)


def battery_of(inputs: Inputs, charged: Floats) -> Battery | None:
    """Return the site's battery; None when there is none that could be planned."""
    told = inputs.snapshot.battery
    if told is None or notes_on(inputs):
        return None
    hours = np.array(inputs.hours)
    whole_h = float(hours.sum())
    mean = float(charged @ hours) / whole_h if whole_h > 0 else 0.0
    stored, given = told.charge_efficiency, told.discharge_efficiency
    wear = max(0.0, told.cycle_cost_per_kwh)
    most_kwh = told.capacity_wh / 1000
    energy_kwh = min(max(0.0, told.energy_wh / 1000), most_kwh)
    free_kw = np.full(len(hours), told.max_charge_w / 1000)
    for room in inputs.rooms:
        weight = weight_of_battery(inputs, room)
        if weight > 0:
            share = ON_LINES if room.is_line else 1.0
            np.minimum(free_kw, share * np.array(room.free_kw) / weight, out=free_kw)
    return Battery(
        energy_kwh=energy_kwh,
        # What is already below the reserve is not taken out further, and need not be filled up.
        least_kwh=min(max(0.0, told.reserve_wh / 1000), energy_kwh),
        most_kwh=most_kwh,
        charge_kw=np.where(hours > 0, free_kw, 0.0),
        discharge_kw=told.max_discharge_w / 1000,
        stored=stored,
        given=given,
        wear_per_kwh=wear,
        worth_per_kwh=max(0.0, given * (mean - wear)) + TIE_PER_KWH,
    )


def notes_on(inputs: Inputs) -> tuple[str, ...]:
    """Say why the site's battery is not planned, if so."""
    told = inputs.snapshot.battery
    if told is None:
        return ()
    if told.circuit_id not in inputs.snapshot.site.circuits_by_id:
        return (f"battery: circuit {told.circuit_id} is not part of the site; it is left out",)
    return () if _usable(told) else ("battery: its numbers cannot be; it is left out",)


def _usable(told: SiteBattery) -> bool:
    positive = (told.capacity_wh, told.charge_efficiency, told.discharge_efficiency)
    others = (told.energy_wh, told.max_charge_w, told.max_discharge_w, told.reserve_wh)
    return (
        all(math.isfinite(value) for value in (*positive, *others, told.cycle_cost_per_kwh))
        and all(value > 0 for value in positive)
        and max(told.charge_efficiency, told.discharge_efficiency) <= 1
        and min(told.max_charge_w, told.max_discharge_w) >= 0
    )


def weight_of_battery(inputs: Inputs, room: Room) -> float:
    """Return the kW on a limit for each kW that the battery charges, on three phases alike."""
    battery = inputs.snapshot.battery
    if battery is None or battery.circuit_id not in inputs.snapshot.site.circuits_by_id:
        return 0.0
    feeders = inputs.snapshot.site.feeders(battery.circuit_id)
    return sum(room.weights) / 3 if room.circuit_id in {c.circuit_id for c in feeders} else 0.0


def weight_of_arrival(inputs: Inputs, room: Room, told: ExpectedArrival) -> float:
    """Return the kW on a limit for each kW of an expected car; lines with angles are left out."""
    site = inputs.snapshot.site
    if room.is_line or told.circuit_id not in site.circuits_by_id:
        return 0.0
    if room.circuit_id not in {c.circuit_id for c in site.feeders(told.circuit_id)}:
        return 0.0
    on = dict(zip(("L1", "L2", "L3"), room.weights, strict=True))
    phases = [str(phase) for phase in told.phases] or list(on)
    return sum(on[phase] for phase in phases) / len(phases)


def arrivals_of(inputs: Inputs, per_kwh: Floats, credit: float) -> Arrivals | None:
    """Return the expected cars; `per_kwh` is what energy costs in each slot."""
    snapshot = inputs.snapshot
    told = tuple(one for one in snapshot.expected_arrivals if _sensible(one))
    if not told:
        return None
    of, slot, there, upper = [], [], [], []
    for n, one in enumerate(told):
        phases = len(one.phases) or 3
        most_kw = one.cars * one.max_current_a * phases * snapshot.site.voltage_v / 1000
        for t, (start, end) in enumerate(zip(inputs.starts, inputs.ends, strict=True)):
            begins, leaves = max(start, one.arrival), min(end, one.departure)
            hours = (leaves - begins).total_seconds() / 3600
            if hours >= SHORTEST_H and inputs.hours[t] > 0:
                of.append(n)
                slot.append(t)
                there.append(hours)
                upper.append(most_kw)
    if not of:
        return None
    slots, hours_of = np.array(slot, dtype=np.int64), np.array(there)
    return Arrivals(
        of=np.array(of, dtype=np.int64),
        slot=slots,
        hours=hours_of,
        upper_kw=np.array(upper),
        cost=(per_kwh[slots] - MAY_COME * credit) * hours_of,
        energy_kwh=np.array([one.cars * one.energy_wh / 1000 for one in told]),
        told=told,
    )


def _sensible(one: ExpectedArrival) -> bool:
    numbers = (one.energy_wh, one.max_current_a, one.cars)
    return all(math.isfinite(n) and n > 0 for n in numbers) and one.departure > one.arrival


def words_on_arrivals(inputs: Inputs, beside: Beside) -> tuple[str, ...]:
    """Say for how many expected cars a plan leaves room, until when, and for which energy."""
    snapshot = inputs.snapshot
    left_kwh = float(beside.expected_mean_kw @ np.array(inputs.hours))
    told = [one for one in snapshot.expected_arrivals if _sensible(one)]
    cars = sum(one.cars for one in told)
    if left_kwh < LEAST_ROOM_KWH or cars < LEAST_CARS:
        return ()
    asked_kwh = sum(one.cars * one.energy_wh for one in told) / 1000
    last = max(one.arrival for one in told).astimezone(snapshot.site.timezone)
    until = last.replace(minute=0) + timedelta(hours=1) if last.minute else last
    many = "one car" if cars < 1.5 else f"{cars:.0f} cars"
    energy = f"{left_kwh:.0f} kWh"
    if left_kwh < ENOUGH_SHARE * asked_kwh:
        energy = f"{left_kwh:.0f} of {asked_kwh:.0f} kWh"
    return (f"leaves room for about {many} expected until {until:%H:%M} ({energy})",)


def planned_beside(
    battery: Battery | None, arrivals: Arrivals | None, values: Mapping[str, Floats], hours: Floats
) -> Beside:
    """Return what a solution's columns mean."""
    nothing = nothing_beside(len(hours))
    battery_kw, cost = nothing.battery_kw, 0.0
    if battery is not None and "charge" in values:
        battery_kw, stored = battery.run(values["charge"] - values["give"], hours)
        cost += battery.cost(battery_kw, stored, hours)
    expected_kw, mean_kw = nothing.expected_kw, nothing.expected_mean_kw
    if arrivals is not None and "expected" in values:
        power, count = values["expected"], len(hours)
        expected_kw = np.bincount(arrivals.slot, weights=power, minlength=count)
        energy = np.bincount(arrivals.slot, weights=power * arrivals.hours, minlength=count)
        mean_kw = energy / np.where(hours > 0, hours, 1.0)
        cost += float(arrivals.cost @ power)
    return Beside(
        battery_kw=battery_kw, expected_kw=expected_kw, expected_mean_kw=mean_kw, cost=cost
    )
