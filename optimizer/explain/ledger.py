"""What the orders of a draft use of every limit, and what they leave to each car."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ocpp_core.domain.ids import CircuitId
from optimizer.arrays import Floats, Ints
from optimizer.draft import Draft
from optimizer.model import Inputs
from optimizer.rooms import Room

EPSILON_KW = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The limits of a site with their loads."""

    rooms: tuple[Room, ...]
    weight: Floats
    """Limits by cars: kW on the limit for each kW of the car, 0 for those that are not under it."""
    left_deci: Floats
    """Cars by slots: what the tightest limit leaves for a car, tenths of an ampere, from 0 on;
    infinite for a car that is under no limit."""
    tightest: Ints
    """Cars by slots: which limit that is, -1 for none."""

    @classmethod
    def of(cls, draft: Draft) -> Ledger:
        """Return what a draft's orders use and leave."""
        inputs = draft.inputs
        cars, slots = len(inputs.cars), len(inputs.hours)
        # What cars give back makes no room.
        orders = np.maximum(0.0, draft.orders)
        unit_kw = np.array([car.kw_per_deci for car in inputs.cars])
        weight = _weights(inputs)
        left = np.full((cars, slots), np.inf)
        tightest = np.full((cars, slots), -1, dtype=np.int64)
        if len(inputs.rooms) and cars:
            per_deci = weight * unit_kw
            free = np.array([room.free_kw for room in inputs.rooms]).reshape(-1, slots)
            # Most cars weigh on the same limits alike.
            kinds, kind_of = np.unique(per_deci.T, axis=0, return_inverse=True)
            for kind, per in enumerate(kinds):
                free -= per[:, None] * orders[kind_of.ravel() == kind].sum(axis=0)
            free = np.maximum(0.0, free + EPSILON_KW)
            for kind, per in enumerate(kinds):
                on = np.flatnonzero(per)
                if len(on):
                    here, mine = free[on] / per[on, None], np.flatnonzero(kind_of.ravel() == kind)
                    least = here.argmin(axis=0)
                    left[mine] = here[least, np.arange(slots)]
                    tightest[mine] = on[least]
        return cls(rooms=inputs.rooms, weight=weight, left_deci=left, tightest=tightest)


def _weights(inputs: Inputs) -> Floats:
    cars = inputs.cars
    on = np.array([car.on for car in cars]).reshape(len(cars), 3)
    weight: Floats = np.array([room.weights for room in inputs.rooms]).reshape(-1, 3) @ on.T
    under: dict[CircuitId, list[int]] = {}
    for car in cars:
        for circuit_id in () if car.reserved else inputs.feeders(car):
            under.setdefault(circuit_id, []).append(car.index)
    beside = np.ones(weight.shape, dtype=bool)
    for r, room in enumerate(inputs.rooms):
        beside[r, under.get(room.circuit_id, [])] = False
    weight[beside] = 0.0
    return weight
