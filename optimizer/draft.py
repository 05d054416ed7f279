"""Orders on their way to becoming a plan: who gets how much in which slot."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.model import Car, Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Orders of every car in every slot, without reasons."""

    inputs: Inputs
    orders: tuple[tuple[int, ...], ...]
    """Cars × slots, tenths of an ampere."""

    def power_kw(self, car: Car) -> tuple[float, ...]:
        """Mean power in each slot: the order's, until the energy wanted is delivered."""
        rest = car.energy_kwh
        powers = []
        for slot, order in enumerate(self.orders[car.index]):
            length = self.inputs.hours[slot]
            energy = min(rest, order * car.kw_per_deci * self.inputs.overlap_h(car, slot))
            rest -= energy
            powers.append(energy / length if length > 0 else 0.0)
        return tuple(powers)

    def charging_kw(self) -> tuple[float, ...]:
        """All cars together, for each slot."""
        powers = [self.power_kw(car) for car in self.inputs.cars]
        return tuple(map(sum, zip(*powers, strict=True))) or (0.0,) * len(self.inputs.hours)
