"""Orders on their way to becoming a plan: who gets how much in which slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.arrays import Floats, Ints
from optimizer.beside import Beside, nothing_beside
from optimizer.model import Inputs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draft:
    """Orders of every car in every slot, without reasons."""

    inputs: Inputs
    orders: Ints
    """Cars by slots, tenths of an ampere."""
    power_kw: Floats
    """Cars by slots: mean over the slot, kW."""
    beside: Beside

    @classmethod
    def of(
        cls, inputs: Inputs, orders: Sequence[Sequence[int]] | Ints, beside: Beside | None = None
    ) -> Draft:
        """Return a draft with the powers that its orders lead to."""
        shape = (len(inputs.cars), len(inputs.hours))
        whole = np.array(orders, dtype=np.int64).reshape(shape)
        return cls(
            inputs=inputs,
            orders=whole,
            beside=beside or nothing_beside(len(inputs.hours)),
            power_kw=_power_kw(inputs, whole),
        )

    def charging_kw(self) -> Floats:
        """All cars together, for each slot."""
        together: Floats = self.power_kw.sum(axis=0)
        return together


def _power_kw(inputs: Inputs, orders: Ints) -> Floats:
    """The order's power while the car is there and until it has the energy that it wants."""
    cars, hours = inputs.cars, np.array(inputs.hours)
    unit_kw = np.array([car.kw_per_deci for car in cars]).reshape(-1, 1)
    accepts_kw = np.array([car.accepts_kw for car in cars]).reshape(-1, 1)
    wanted = np.array([car.energy_kwh for car in cars]).reshape(-1, 1)
    offered = np.minimum(orders * unit_kw, accepts_kw) * inputs.present_h
    before = np.cumsum(offered, axis=1) - offered
    energy = np.clip(wanted - before, 0.0, offered)
    powers: Floats = np.divide(energy, hours, out=np.zeros_like(energy), where=hours > 0)
    return powers
