"""What the orders of a draft use of every limit, and what they leave to each car."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.draft import Draft
from optimizer.model import Inputs
from optimizer.problem import Floats, Ints
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
        for r, room in enumerate(inputs.rooms):
            under = np.flatnonzero(weight[r])
            if not len(under):
                continue
            per_deci = (weight[r] * unit_kw)[under]
            free_kw = np.array(room.free_kw) - per_deci @ orders[under]
            here = np.maximum(0.0, free_kw + EPSILON_KW)[None, :] / per_deci[:, None]
            tighter = here < left[under]
            left[under] = np.where(tighter, here, left[under])
            tightest[under] = np.where(tighter, r, tightest[under])
        return cls(rooms=inputs.rooms, weight=weight, left_deci=left, tightest=tightest)


def _weights(inputs: Inputs) -> Floats:
    weight = np.zeros((len(inputs.rooms), len(inputs.cars)))
    feeders = [frozenset(inputs.feeders(car)) for car in inputs.cars]
    for r, room in enumerate(inputs.rooms):
        for car in inputs.cars:
            if car.reserved or room.circuit_id not in feeders[car.index]:
                continue
            weight[r, car.index] = room.weight_of(car)
    return weight
