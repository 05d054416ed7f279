"""How fast charging may rise, and how far orders move from those in force.

A rise counts what is ordered, all cars together; in the first slot from the orders in force. It
is a goal of plans like balance: what falls away by itself is no rise that anybody ordered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ocpp_core.domain.plan import PlanOptions
from optimizer.arrays import Floats, Ints
from optimizer.model import Inputs

EPSILON_KW = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """The most by which charging may rise from one slot to the next."""

    rise_kw: float
    now_kw: float
    """Ordered now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm:
    """Cells of the first slots, whose orders should change little."""

    cells: Ints
    kw_per_a: Floats
    current_a: Floats
    """In force, A."""
    price: float
    """Of an ampere more or less."""

    def cost(self, power_kw: Floats) -> float:
        """Return what the changes of powers of all cells cost."""
        return self.price * float(
            np.abs(power_kw[self.cells] / self.kw_per_a - self.current_a).sum()
        )


def ramp_of(inputs: Inputs, options: PlanOptions) -> Ramp | None:
    """Return the ramp that holds; None for any rise."""
    rise_w = options.ramp_w_per_slot
    if rise_w is None or not math.isfinite(rise_w):
        return None
    now_kw = float(
        ordered_kw(inputs) @ [_in_force_deci(inputs, i) for i in range(len(inputs.cars))]
    )
    return Ramp(rise_kw=max(0.0, rise_w) / 1000, now_kw=now_kw)


def calm_of(inputs: Inputs, options: PlanOptions, car: Ints, slot: Ints) -> Calm | None:
    """Return the cells that should be calm; None where a change costs nothing."""
    price, count = options.change_price_per_a, options.calm_slots
    if not (math.isfinite(price) and price > 0 and count > 0):
        return None
    lengthy = [t for t, hours in enumerate(inputs.hours) if hours > 0][:count]
    cells = np.flatnonzero(np.isin(slot, lengthy))
    unit = np.array([10 * one.kw_per_deci for one in inputs.cars])
    now = np.array([_in_force_deci(inputs, i) / 10 for i in range(len(inputs.cars))])
    if not len(cells):
        return None
    return Calm(cells=cells, kw_per_a=unit[car[cells]], current_a=now[car[cells]], price=price)


def ordered_kw(inputs: Inputs) -> Floats:
    """Return what a tenth of an ampere ordered is for each car, kW; also where it takes less."""
    return np.array([car.kw_per_deci * car.ordered for car in inputs.cars])


def hold_ramp(inputs: Inputs, orders: Ints, ramp: Ramp | None) -> Ints:
    """Return orders (cars by slots, tenths of an ampere) lowered until no rise is too steep."""
    if ramp is None:
        return orders
    held, unit = orders.copy(), ordered_kw(inputs)
    least = np.array([car.min_deci for car in inputs.cars])
    step = np.array([car.step_deci for car in inputs.cars])
    classes = np.array([car.need.priority for car in inputs.cars])
    before = ramp.now_kw
    for slot in range(held.shape[1]):
        if inputs.hours[slot] <= 0:
            continue
        now = held[:, slot]
        while (over := float(unit @ now) - before - ramp.rise_kw) > EPSILON_KW:
            above = np.flatnonzero(now > least)
            ours = above if len(above) else np.flatnonzero(now > 0)
            first = ours[np.lexsort((ours, -unit[ours] * now[ours], classes[ours]))[0]]
            if len(above):
                by = math.ceil(over / unit[first] / step[first] - 1e-9) * int(step[first])
                now[first] -= min(by, int(now[first] - least[first]))
            else:
                now[first] = 0
        before = float(unit @ now)
    return held


def _in_force_deci(inputs: Inputs, index: int) -> float:
    car = inputs.cars[index]
    current_a = car.need.current_a
    if car.reserved or not math.isfinite(current_a):
        return 0.0
    return min(max(0.0, 10 * current_a), float(car.max_deci))
