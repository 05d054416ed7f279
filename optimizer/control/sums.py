"""The sums behind the promise: connectors by the intervals until everything has expired.

Worst currents never rise by themselves, so they are constant between the instants at which
something ends; a sum that fits in every interval fits always.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ocpp_core.domain.ids import ChargePointId
from optimizer.control.battery import BatteryDraw
from optimizer.control.capacity import EPSILON, BuildingLoad, Capacity, Floats
from optimizer.control.exposure import Exposure
from optimizer.control.values import GuardPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Everything that a round reads."""

    capacity: Capacity
    building: BuildingLoad
    battery: BatteryDraw
    exposures: Sequence[Exposure]
    """In the order of `capacity.refs`."""
    online: frozenset[ChargePointId]
    policy: GuardPolicy
    fail_safe_a: float
    voltage_v: float
    """Nominal volts from phase to neutral."""


class Sums:
    """Worst currents and the room that they leave, interval by interval from now on."""

    def __init__(self, books: Books, now_s: float, *, ends_s: Sequence[float] = ()) -> None:
        ends = {
            order.until_s for e in books.exposures for order in e.orders if order.until_s > now_s
        }
        others = (*ends_s, books.building.valid_until_s, *books.battery.ends_s())
        ends.update(end for end in others if end > now_s)
        self.times_s: Floats = np.array([now_s, *sorted(e for e in ends if math.isfinite(e))])
        self._capacity = books.capacity
        self.worst_a: Floats = np.empty((len(books.exposures), len(self.times_s)))
        for i, exposure in enumerate(books.exposures):
            row = self.worst_a[i]
            row[:] = max(exposure.reserve_a, exposure.fallback_a)
            for order in exposure.orders:
                until = int(self.times_s.searchsorted(order.until_s))
                np.maximum(row[:until], min(order.limit_a, exposure.rating_a), out=row[:until])
        self.battery_w: Floats = books.battery.at(self.times_s)
        """What a battery may be charging with."""
        self.building_w: Floats = books.building.at(self.times_s) + self.battery_w
        """With the battery."""
        self.room: Floats = books.capacity.room(self.worst_a, self.building_w)

    def feasible_a(self, i: int, until_s: float) -> float:
        """Return the highest order until an instant that passes no limit, A.

        Never below what the connector may be applying all that time anyway.
        """
        until = max(1, int(self.times_s.searchsorted(until_s)))
        worst = self.worst_a[i, :until]
        rows = self._capacity.rows_of[i]
        if rows.size == 0:
            return math.inf
        free = (self.room[rows, :until] / self._capacity.coefficient[rows, i, None]).min(axis=0)
        return float((worst + np.maximum(free, 0.0)).min())

    def feasible_battery_w(self, until_s: float) -> float:
        """Return the highest charging power of a battery until an instant that passes no limit, W.

        0 while a limit is passed.
        """
        per_w = self._capacity.per_building_w
        rows = np.flatnonzero(np.isfinite(self._capacity.limit) & (per_w > 0))
        if rows.size == 0:
            return math.inf
        until = max(1, int(self.times_s.searchsorted(until_s)))
        free = (self.room[rows, :until] / per_w[rows, None]).min(axis=0)
        if free.min() < -EPSILON:
            return 0.0
        return float((self.battery_w[:until] + np.maximum(free, 0.0)).min())

    def add(self, i: int, limit_a: float, until_s: float) -> None:
        """Count an order of this round."""
        until = max(1, int(self.times_s.searchsorted(until_s)))
        more = np.maximum(limit_a - self.worst_a[i, :until], 0.0)
        self.worst_a[i, :until] += more
        rows = self._capacity.rows_of[i]
        self.room[rows, :until] -= self._capacity.coefficient[rows, i, None] * more

    def full_row(self, i: int, until_s: float) -> int | None:
        """Return the row that leaves a connector the least room, or None when none binds."""
        rows = self._capacity.rows_of[i]
        if rows.size == 0:
            return None
        until = max(1, int(self.times_s.searchsorted(until_s)))
        free = self.room[rows, :until].min(axis=1) / self._capacity.coefficient[rows, i]
        return int(rows[int(free.argmin())])

    def why_full(self, row: int, meant_a: Floats, deadband_a: float) -> str:
        """Say which limit is full, and which orders above what is meant fill it.

        `meant_a`: what each connector is to be limited to; orders less than `deadband_a` above it
        are not named.
        """
        capacity, worst = self._capacity, self.worst_a[:, 0]
        spare = np.where(capacity.coefficient[row] > 0, worst - meant_a, 0.0)
        waits = [int(k) for k in np.argsort(-spare)[:3] if spare[int(k)] > deadband_a]
        if not waits:
            return f"{capacity.rows[row]}, is full"
        names = ", ".join(f"{capacity.refs[k]} (up to {worst[k]:.1f} A)" for k in waits)
        return f"{capacity.rows[row]}, is full until these confirm less: {names}"
