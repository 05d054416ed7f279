"""What a site's limits allow the cars that are there, on the currents themselves.

Each limit is a row: the magnitude of a weighted sum of phase currents, plus what the building
draws, stays at or under a value. A phase's fuse has one weight, a limit on power the voltage on
every phase, a line between phases weights with their angles. Along a straight line from one set of
currents to another the magnitude is convex, so that how far one can go is the root of a quadratic:
nothing is searched by bisection, and nothing is assumed about which way a line's current goes.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ocpp_core.domain.ids import CircuitId, ConnectorRef
from ocpp_core.domain.site import Site
from ocpp_core.domain.units import THREE_PHASES, Phase

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]
Ints = NDArray[np.int64]

ANGLES = (0.0, -120.0, 120.0)
"""Of L1, L2 and L3, degrees."""
TOLERANCE = 1e-9
"""Relative: what floating point cannot tell from a limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One limit."""

    circuit_id: CircuitId
    name: str
    weights: tuple[complex, complex, complex]
    """Of the current on L1, L2 and L3."""
    limit: float
    """A, or W for a limit on power."""
    building: complex
    """What each watt of a balanced building load adds; 0 where it does not weigh."""

    @property
    def angled(self) -> bool:
        """Tell whether phases with different angles meet in it."""
        return any(abs(w.imag) > 1e-12 or w.real < 0 for w in self.weights)


@dataclass(frozen=True)
class Network:
    """The limits of a site."""

    site: Site

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every limit of every circuit."""
        return tuple(_rows(self.site))

    @cached_property
    def limits(self) -> Floats:
        """Of each row."""
        return np.array([row.limit for row in self.rows])

    @cached_property
    def _known(self) -> dict[tuple[ConnectorRef, tuple[Phase, ...]], Complex]:
        return {}

    def weights(self, ref: ConnectorRef, phases: Sequence[Phase]) -> Complex:
        """Return what an ampere on each of a car's phases adds to each row."""
        key = (ref, tuple(phases))
        if key not in self._known:
            above = {c.circuit_id for c in self.site.feeders(self.site.connectors[ref].circuit_id)}
            at = [THREE_PHASES.index(phase) for phase in phases]
            self._known[key] = np.array(
                [
                    sum(row.weights[n] for n in at) if row.circuit_id in above else 0.0
                    for row in self.rows
                ],
                dtype=np.complex128,
            )
        return self._known[key]

    def base(self, building_w: float) -> Complex:
        """Return what the building puts on each row, taken as balanced over the phases."""
        return max(0.0, building_w) * self._building

    @cached_property
    def _building(self) -> Complex:
        return np.array([row.building for row in self.rows], dtype=np.complex128)

    def room(self, at: Complex, direction: Complex) -> float:
        """Return how far one can go from `at` along `direction` before a limit is reached.

        0 where a limit that the direction touches is passed already; infinity where none is near.
        """
        touched = np.abs(direction) > 1e-12
        if not touched.any():
            return math.inf
        # Within the relative tolerance of a limit counts as at it.
        limit = self.limits[touched]
        here, along = at[touched], direction[touched]
        a = along.real**2 + along.imag**2
        b = here.real * along.real + here.imag * along.imag
        c = here.real**2 + here.imag**2 - limit**2
        root = (-b + np.sqrt(np.maximum(0.0, b * b - a * np.minimum(c, 0.0)))) / a
        passed = c > TOLERANCE * limit**2 + 1e-12
        return float(np.where(passed, 0.0, np.maximum(0.0, root)).min())

    def worst(self, at: Complex) -> float:
        """Return the highest ratio of a row to its limit."""
        if not len(at):
            return 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.abs(at) / self.limits
        # A circuit that allows nothing is kept when nothing flows.
        return float(np.nan_to_num(ratio, nan=0.0, posinf=math.inf).max())


def _rows(site: Site) -> list[Row]:
    rows = []
    volts = site.voltage_v
    turned = [cmath.rect(1.0, math.radians(angle)) for angle in ANGLES]

    def row(circuit: CircuitId, name: str, weights: Sequence[complex], limit: float) -> None:
        first, second, third = weights
        weighs = site.building_weighs_on(circuit)
        rows.append(
            Row(
                circuit_id=circuit,
                name=name,
                weights=(first, second, third),
                limit=limit,
                building=sum(weights) / 3 / volts if weighs else 0.0,
            )
        )

    for circuit in site.circuits:
        if circuit.limit_a is not None:
            for n, phase in enumerate(THREE_PHASES):
                one = [1.0 + 0j if n == k else 0j for k in range(3)]
                row(circuit.circuit_id, str(phase), one, circuit.limit_a)
        if circuit.limit_w is not None:
            row(circuit.circuit_id, "power", [volts + 0j] * 3, circuit.limit_w)
        for line in circuit.line_limits:
            sizes = (line.weight_l1, line.weight_l2, line.weight_l3)
            weights = [size * turn for size, turn in zip(sizes, turned, strict=True)]
            row(circuit.circuit_id, line.name, weights, line.limit_a)
    return rows
