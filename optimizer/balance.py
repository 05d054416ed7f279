"""How evenly cars load the phases of a circuit: a goal of plans, not a fuse.

Counted are orders of cars that follow them. The building's load is taken as balanced, and what a
car draws beside its orders cannot be planned. The guard does not hold it: nothing trips when the
phases differ, and a car that stops by itself would make every other car break it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.units import THREE_PHASES
from optimizer.arrays import Floats
from optimizer.model import Inputs

Orders = NDArray[np.int64]

EPSILON_A = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A circuit whose phases should carry alike."""

    circuit_id: CircuitId
    on: Floats
    """Phases by cars: 1 where a car under the circuit loads the phase, else 0."""
    limit_a: float
    """Most between the highest and the lowest phase, A; infinite where it only has a price."""
    price: float
    """Of an ampere between them for an hour, in the site's currency."""

    def apart_a(self, current_a: Floats) -> Floats:
        """Return the highest less the lowest phase; `current_a`: cars by slots, A."""
        phases = self.on @ current_a
        apart: Floats = phases.max(axis=0) - phases.min(axis=0)
        return apart


def balances(inputs: Inputs, price: float = 0.0) -> tuple[Balance, ...]:
    """Return the circuits whose balance matters; the price counts for the grid connection."""
    site = inputs.snapshot.site
    found = []
    for circuit in site.circuits:
        most = circuit.max_imbalance_a
        limit_a = math.inf if most is None or math.isnan(most) else max(0.0, most)
        here = max(0.0, price) if circuit.parent_id is None else 0.0
        if limit_a == math.inf and not here:
            continue
        on = np.zeros((len(THREE_PHASES), len(inputs.cars)))
        for car in inputs.cars:
            if not car.reserved and circuit.circuit_id in inputs.feeders(car):
                for n, phase in enumerate(THREE_PHASES):
                    on[n, car.index] = float(phase in car.phases)
        if (on.max(axis=0, initial=0.0) > on.min(axis=0, initial=1.0)).any():
            found.append(Balance(circuit_id=circuit.circuit_id, on=on, limit_a=limit_a, price=here))
    return tuple(found)


def hold_balance(inputs: Inputs, orders: Orders) -> Orders:
    """Return orders (cars by slots, tenths of an ampere) lowered until every balance is kept.

    Those on the highest phase go down, the least urgent class first and by as little as it takes;
    below its minimum a car waits.
    """
    bound = [b for b in balances(inputs) if b.limit_a < math.inf]
    if not bound:
        return orders
    held = orders.copy()
    changed = True
    while changed:  # each turn lowers something
        changed = False
        for balance in bound:
            over = balance.apart_a(held / 10) > balance.limit_a + EPSILON_A
            for slot in np.flatnonzero(over).tolist():
                _lower(inputs, balance, held[:, slot])
                changed = True
    return held


def _lower(inputs: Inputs, balance: Balance, orders: Orders) -> None:
    """Lower orders of one slot in place until the balance is kept."""
    least = np.array([car.min_deci for car in inputs.cars])
    classes = np.array([car.need.priority for car in inputs.cars])
    step = np.array([car.step_deci for car in inputs.cars])
    while True:
        phases = balance.on @ orders
        excess = math.ceil(phases.max() - phases.min() - balance.limit_a * 10 - 1e-6)
        if excess <= 0:
            return
        high, low = int(phases.argmax()), int(phases.argmin())
        may = (balance.on[high] > balance.on[low]) & (orders > 0)
        spare = np.where(may, orders - least, -1)
        above = np.flatnonzero(spare > 0)
        if len(above):
            first = above[np.lexsort((above, -spare[above], classes[above]))[0]]
            by = int(step[first])
            orders[first] -= min(-(-excess // by) * by, int(spare[first]))
            continue
        ours = np.flatnonzero(may)
        first = ours[np.lexsort((ours, orders[ours], classes[ours]))[0]]
        orders[first] = 0
