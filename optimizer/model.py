"""What a snapshot means to the planner: cars, slots and room, with every odd input made usable.

Nothing here knows a solver. A missing or impossible value is replaced by a stated assumption and
a note for people, never by an exception: a site must be planned tonight, not after a bug fix.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.plan import SiteSnapshot
from ocpp_core.domain.tariff.site_cost import ends_of
from optimizer.cars import Car, car_of, number, present_h
from optimizer.rooms import Room, rooms_of

CALM_H = 0.25
"""A running car keeps its turn until another one has this much less time to wait, h."""

DONE_KWH = 1e-3
"""Energy below which nothing is wanted any more, kWh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """A snapshot with every gap filled."""

    snapshot: SiteSnapshot
    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]
    hours: tuple[float, ...]
    cars: tuple[Car, ...]
    rooms: tuple[Room, ...]
    price: tuple[float, ...]
    """Of a kWh taken from the grid, in the site's currency."""
    feed_in: tuple[float, ...]
    building_kw: tuple[float, ...]
    pv_kw: tuple[float, ...]
    demand_charge_per_kw: float
    peak_so_far_kw: float
    expected_peak_kw: float
    """Peak that the month is expected to reach anyhow: up to it, importing raises no charge."""
    carbon: tuple[float, ...]
    """Emissions of a kWh taken from the grid, kg; 0 when unknown."""
    quarter_kwh: float | None
    """Grid import of the running quarter of an hour so far; None when it is not known."""
    present_h: NDArray[np.float64]
    """Cars by slots: for how long of the slot the car is there, h."""
    notes: tuple[str, ...]
    """What was wrong or missing, and what stands in for it."""

    def feeders(self, car: Car) -> tuple[CircuitId, ...]:
        """Return the circuits that feed a car, the nearest first."""
        if car.circuit_id is None:
            return ()
        return tuple(c.circuit_id for c in self.snapshot.site.feeders(car.circuit_id))


def laxity_h(inputs: Inputs, car: Car) -> float:
    """Time that a car can wait and still get its energy at full power, h."""
    stay = (car.departure - inputs.snapshot.taken_at).total_seconds() / 3600
    return stay - car.energy_kwh / max(car.max_kw, 1e-6)


def patience_h(inputs: Inputs, car: Car) -> float:
    """Laxity by which cars take turns, h: a running car keeps its turn for a while."""
    return laxity_h(inputs, car) - CALM_H * (car.need.current_a > 0)


def turn_of(inputs: Inputs, car: int) -> tuple[float, float, int]:
    """Order in which cars are served when not all can be: class, time left to wait, number.

    Waiting costs laxity and charging does not, so that cars take turns and none starves.
    """
    model = inputs.cars[car]
    return (-model.need.priority, patience_h(inputs, model), car)


def read(snapshot: SiteSnapshot) -> Inputs:
    """Make a snapshot usable."""
    notes: list[str] = []
    starts = snapshot.slot_starts
    ends = ends_of(starts, snapshot.horizon_end)
    hours = tuple(
        max(0.0, (end - start).total_seconds() / 3600)
        for start, end in zip(starts, ends, strict=True)
    )
    if any(h == 0.0 for h in hours):
        notes.append("slots without a length are left out")
    count = len(starts)
    price = _filled(snapshot.energy_price_per_kwh, count, None, "price", notes)
    feed_in = _filled(snapshot.feed_in_per_kwh, count, 0.0, "feed-in price", notes)
    assumed_w = max(0.0, number(snapshot.site.building_peak_w))
    building = _filled(snapshot.building_w, count, assumed_w, "building load", notes)
    pv = _filled(snapshot.pv_w, count, 0.0, "PV forecast", notes)
    building_kw = tuple(max(0.0, w) / 1000 for w in building)
    high = (*snapshot.building_high_w[:count], *building[len(snapshot.building_high_w) :])
    limited_kw = tuple(max(low, number(w) / 1000) for low, w in zip(building_kw, high, strict=True))
    taken_at = snapshot.taken_at
    begins_h = [(at - taken_at).total_seconds() / 3600 for at in starts]
    cars = tuple(car_of(i, need, snapshot, notes) for i, need in enumerate(snapshot.sessions))
    return Inputs(
        snapshot=snapshot,
        starts=starts,
        ends=ends,
        hours=hours,
        cars=cars,
        rooms=rooms_of(snapshot, limited_kw, notes),
        price=price,
        feed_in=feed_in,
        building_kw=building_kw,
        pv_kw=tuple(max(0.0, w) / 1000 for w in pv),
        demand_charge_per_kw=max(0.0, number(snapshot.demand_charge_per_kw)),
        peak_so_far_kw=max(0.0, number(snapshot.peak_so_far_w)) / 1000,
        expected_peak_kw=max(0.0, number(snapshot.expected_peak_w)) / 1000,
        carbon=_carbon(snapshot, count, notes),
        quarter_kwh=_quarter_kwh(snapshot),
        present_h=present_h(cars, taken_at, begins_h, hours),
        notes=tuple(notes),
    )


def _carbon(snapshot: SiteSnapshot, count: int, notes: list[str]) -> tuple[float, ...]:
    if not snapshot.carbon_kg_per_kwh:
        return (0.0,) * count
    return _filled(snapshot.carbon_kg_per_kwh, count, None, "emissions of grid power", notes)


def _quarter_kwh(snapshot: SiteSnapshot) -> float | None:
    quarter_wh = snapshot.quarter_wh
    if quarter_wh is None or not math.isfinite(quarter_wh):
        return None
    return max(0.0, quarter_wh) / 1000


def _filled(
    values: Sequence[float], count: int, stand_in: float | None, name: str, notes: list[str]
) -> tuple[float, ...]:
    """Return `count` finite values; None as `stand_in` means the mean of those that are known."""
    known = [v for v in values[:count] if math.isfinite(v)]
    if len(known) == count:
        return tuple(values[:count])
    if stand_in is None:
        stand_in = sum(known) / len(known) if known else 0.0
    notes.append(f"{name}: {count - len(known)} of {count} slots unknown, {stand_in:g} assumed")
    padded = [*values[:count], *[math.nan] * (count - len(values))]
    return tuple(v if math.isfinite(v) else stand_in for v in padded)
