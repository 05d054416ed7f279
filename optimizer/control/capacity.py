"""The limits of the circuit tree as rows of numbers: currents in, room out."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from ocpp_core.domain.ids import CircuitId, ConnectorRef
from ocpp_core.domain.lines import Face, faces
from ocpp_core.domain.plan import CircuitLimit
from ocpp_core.domain.site import Site
from ocpp_core.domain.units import THREE_PHASES, Phase
from optimizer.control.values import GuardPolicy

type Floats = npt.NDArray[np.float64]
type Indices = npt.NDArray[np.intp]

EPSILON = 1e-3
"""A or W below which an excess is a rounding error, not a load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One limit: a circuit's current on a phase (A), its power (W), or a face of a line (A)."""

    circuit_id: CircuitId
    phase: Phase | None
    line: str = ""
    """Name of the line, or empty."""
    face: Face | None = None
    """The direction of the line's limit that this row is about."""

    @property
    def unit(self) -> str:
        """Unit of everything that this row adds up."""
        return "W" if self.phase is None and self.face is None else "A"

    def __str__(self) -> str:
        where = "its power limit" if self.phase is None else f"phase {self.phase}"
        if self.face is not None:
            where = f"line {self.line}"
        return f"circuit {self.circuit_id}, {where}"


class Capacity:
    """Limits in force and what weighs on them; the sum of `coefficient @ current_a` has to fit."""

    def __init__(self, site: Site, shares: dict[Phase, float]) -> None:
        self._site = site
        self.refs = tuple(site.connectors)
        self.index: dict[ConnectorRef, int] = {ref: i for i, ref in enumerate(self.refs)}
        self.rows = tuple(
            Row(circuit_id=circuit.circuit_id, phase=phase)
            for circuit in site.circuits
            for phase in (*THREE_PHASES, None)
        ) + tuple(
            Row(circuit_id=circuit.circuit_id, phase=None, line=line.name, face=face)
            for circuit in site.circuits
            for line in circuit.line_limits
            for face in faces(line)
        )
        row_at = {
            (row.circuit_id, row.phase): k for k, row in enumerate(self.rows) if row.face is None
        }
        lines: dict[CircuitId, list[tuple[int, Face]]] = {}
        for k, row in enumerate(self.rows):
            if row.face is not None:
                lines.setdefault(row.circuit_id, []).append((k, row.face))
        self.coefficient: Floats = np.zeros((len(self.rows), len(self.refs)))
        for i, connector in enumerate(site.connectors.values()):
            for circuit in site.feeders(connector.circuit_id):
                for phase in connector.phases:
                    self.coefficient[row_at[circuit.circuit_id, phase], i] = 1.0
                power_row = row_at[circuit.circuit_id, None]
                self.coefficient[power_row, i] = len(connector.phases) * site.voltage_v
                for k, face in lines.get(circuit.circuit_id, ()):
                    self.coefficient[k, i] = face.weight_on(connector.phases)
        self.per_building_w: Floats = np.array(
            [
                _per_building_w(row, shares, site.voltage_v)
                if site.building_weighs_on(row.circuit_id)
                else 0.0
                for row in self.rows
            ]
        )
        """What one watt of building load adds to each row."""
        # Connectors that weigh alike (same circuit, same phases) are added up first.
        columns, group = np.unique(self.coefficient, axis=1, return_inverse=True)
        self._group_coefficient: Floats = columns
        self._groups: tuple[Indices, ...] = tuple(
            np.flatnonzero(group == g) for g in range(columns.shape[1])
        )
        self.limit: Floats = np.full(len(self.rows), math.inf)
        self.set_limits(())

    def set_limits(self, limits: Iterable[CircuitLimit]) -> None:
        """Take the limits that stand in for configured ones; the lower of the two holds."""
        ordered: dict[CircuitId, list[CircuitLimit]] = {}
        for limit in limits:
            ordered.setdefault(limit.circuit_id, []).append(limit)
        for k, row in enumerate(self.rows):
            if row.face is not None:
                self.limit[k] = row.face.limit_a
                continue
            circuit = self._site.circuits_by_id[row.circuit_id]
            values = [circuit.limit_w if row.phase is None else circuit.limit_a]
            values += [
                one.limit_w if row.phase is None else one.limit_a
                for one in ordered.get(row.circuit_id, ())
            ]
            self.limit[k] = min((v for v in values if v is not None), default=math.inf)
        bound = np.isfinite(self.limit)
        self.rows_of: tuple[Indices, ...] = tuple(
            np.flatnonzero(bound & (self.coefficient[:, i] > 0)) for i in range(len(self.refs))
        )
        """The limits that each connector weighs on."""

    def room(self, worst_a: Floats, building_w: Floats) -> Floats:
        """Return what is free on each row (first axis) in each interval (second), A or W.

        `worst_a` has a row for each connector, `building_w` a value for each interval.
        """
        sums = np.array([worst_a[members].sum(axis=0) for members in self._groups])
        sums = sums.reshape(len(self._groups), worst_a.shape[1])
        # einsum: a product this small is not worth the threads that `@` may start for it.
        used = np.einsum("rg,gt->rt", self._group_coefficient, sums)
        used += self.per_building_w[:, None] * building_w
        return np.asarray(self.limit[:, None] - used, dtype=np.float64)

    def row_of(self, circuit_id: CircuitId) -> int:
        """Return the index of a circuit's power row."""
        return self.rows.index(Row(circuit_id=circuit_id, phase=None))


def _per_building_w(row: Row, shares: dict[Phase, float], voltage_v: float) -> float:
    """What one watt of building load adds to a row of a circuit that it weighs on."""
    if row.face is not None:
        on_phases = zip(row.face.weights, THREE_PHASES, strict=True)
        return sum(w * shares.get(phase, 0.0) for w, phase in on_phases) / voltage_v
    return 1.0 if row.phase is None else shares.get(row.phase, 0.0) / voltage_v


class BuildingLoad:
    """The highest building load to reckon with, now and later, W."""

    def __init__(self, peak_w: float, policy: GuardPolicy) -> None:
        self._peak_w = peak_w
        self._policy = policy
        self._measured_w: float | None = None
        self.valid_until_s = -math.inf
        """POSIX time until which the measured load stands."""

    def measured(self, at: datetime, power_w: float) -> None:
        """Take a measurement; a missing value or an older one than known changes nothing."""
        until_s = at.timestamp() + self._policy.building_valid_s
        if math.isfinite(power_w) and until_s >= self.valid_until_s:
            self._measured_w = max(0.0, power_w)
            self.valid_until_s = until_s

    @property
    def assumed_w(self) -> float:
        """Load to reckon with while the measurement stands: with a margin, as far as the peak."""
        if self._measured_w is None:
            return self._peak_w
        with_margin = self._measured_w * (1 + self._policy.building_margin_share)
        if self._measured_w > self._peak_w:
            return with_margin
        return min(with_margin, self._peak_w)

    @property
    def later_w(self) -> float:
        """Load to reckon with beyond the measurement."""
        return max(self._peak_w, self.assumed_w)

    def at(self, times_s: Floats) -> Floats:
        """Return the load to reckon with from each instant on, W."""
        return np.where(times_s < self.valid_until_s, self.assumed_w, self.later_w)


def check_fail_safe(site: Site, shares: dict[Phase, float] | None = None) -> list[str]:
    """Return the faults that keep a site from being safe when Ampherd is silent; none is good.

    The persistent defaults of all connectors and the building's peak have to fit each limit.
    """
    faults = [
        f"connector {connector.ref}: a fail-safe current of {site.fail_safe_a:g} A is below its "
        f"minimum of {connector.min_current_a:g} A, so no car would charge"
        for connector in site.connectors.values()
        if 0 < site.fail_safe_a < connector.min_current_a
    ]
    capacity = Capacity(site, shares or GuardPolicy().building_shares)
    defaults = np.array(
        [[min(site.fail_safe_a, c.max_current_a)] for c in site.connectors.values()]
    ).reshape(-1, 1)
    room = capacity.room(defaults, np.array([site.building_peak_w]))[:, 0]
    charging = (capacity.coefficient @ defaults)[:, 0]
    for k in _worst_faces(capacity, room):
        row = capacity.rows[k]
        if room[k] < -EPSILON:
            building = capacity.per_building_w[k] * site.building_peak_w
            faults.append(
                f"{row}: fail-safe currents ({charging[k]:.1f} {row.unit}) and the building's "
                f"peak ({building:.1f} {row.unit}) pass the limit of "
                f"{capacity.limit[k]:g} {row.unit}"
            )
    return faults


def _worst_faces(capacity: Capacity, room: Floats) -> list[int]:
    """Return the rows in their order, of each line only the face with the least room."""
    worst: dict[Row | tuple[CircuitId, str], int] = {}
    for k, row in enumerate(capacity.rows):
        key = row if row.face is None else (row.circuit_id, row.line)
        if key not in worst or room[k] < room[worst[key]]:
            worst[key] = k
    return list(worst.values())
