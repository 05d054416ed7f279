"""Orders on their way to becoming a plan: who gets how much in which slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.beside import Beside, nothing_beside
from optimizer.cars import Car
from optimizer.model import Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Orders of every car in every slot, without reasons."""

    inputs: Inputs
    orders: tuple[tuple[int, ...], ...]
    """Cars by slots, tenths of an ampere."""
    power_kw: tuple[tuple[float, ...], ...]
    """Cars by slots: mean over the slot, kW."""
    beside: Beside

    @classmethod
    def of(
        cls, inputs: Inputs, orders: Sequence[Sequence[int]], beside: Beside | None = None
    ) -> Draft:
        """Return a draft with the powers that its orders lead to."""
        return cls(
            inputs=inputs,
            orders=tuple(map(tuple, orders)),
            beside=beside or nothing_beside(len(inputs.hours)),
            power_kw=tuple(_power_kw(inputs, car, orders[car.index]) for car in inputs.cars),
        )

    def charging_kw(self) -> tuple[float, ...]:
        """All cars together, for each slot."""
        if not self.power_kw:
            return (0.0,) * len(self.inputs.hours)
        return tuple(map(sum, zip(*self.power_kw, strict=True)))


def _power_kw(inputs: Inputs, car: Car, orders: Sequence[int]) -> tuple[float, ...]:
    """The order's power while the car is there and until it has the energy that it wants."""
    rest = car.energy_kwh
    powers = [0.0] * len(orders)
    for slot, order in enumerate(orders):
        if order and inputs.hours[slot] > 0:
            offered = car.kw_at(order) * inputs.present_h[car.index][slot]
            energy = min(rest, offered)
            rest -= energy
            powers[slot] = energy / inputs.hours[slot]
    return tuple(powers)
