"""What the circuits of a site leave for charging: fuses, power limits, lines, ordered limits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from ocpp_core.domain.ids import CircuitId, ConnectorRef
from ocpp_core.domain.lines import faces
from ocpp_core.domain.plan import CircuitLimit, SiteSnapshot
from ocpp_core.domain.site import Circuit
from ocpp_core.domain.tariff.site_cost import ends_of
from ocpp_core.domain.units import THREE_PHASES, Phase
from optimizer.cars import Car, number

UNLIMITED = 1e9
"""Stands for no limit in the slots in which an ordered one does not hold, A or W."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a circuit leaves for charging in each slot."""

    circuit_id: CircuitId
    label: str
    """What people call the limit, e.g. `main L1`."""
    weights: tuple[float, float, float]
    """What a kW on L1, L2 and L3 weighs on it: one of them for a phase, all of them for power."""
    phase: Phase | None = None
    """The one phase that it is about; None for power and for lines."""
    is_line: bool = False
    """A face of a line limit, of which there are many: rows only where it is passed."""
    free_kw: tuple[float, ...]
    """For each slot, less building load and reserves, never below 0, kW."""
    event: tuple[str, ...] = ()
    """For each slot: who ordered the limit that holds in it, or empty; () when nobody did."""

    def ordered_by(self, slot: int) -> str:
        """Return who ordered the limit that holds in a slot, or empty."""
        return self.event[slot] if self.event else ""

    def full_words(self, slot: int) -> str:
        """Say that it is full."""
        by = self.ordered_by(slot)
        return f"{self.label} is full ({by})" if by else f"{self.label} is full"

    def weight_of(self, car: Car) -> float:
        """Return the kW on the limit for each kW that a car takes.

        Limits count what it is ordered, which may be more than it takes.
        """
        (a, b, c), (x, y, z) = self.weights, car.on
        return a * x + b * y + c * z


def rooms_of(
    snapshot: SiteSnapshot, building_kw: tuple[float, ...], notes: list[str]
) -> tuple[Room, ...]:
    """Return every limit with what building load and reserves leave of it in each slot."""
    site = snapshot.site
    reserve_a = _reserves(snapshot, notes)
    rooms: list[Room] = []
    for circuit in site.circuits:
        loads = _Loads(
            building_kw=building_kw
            if site.building_weighs_on(circuit.circuit_id)
            else (0.0,) * len(building_kw),
            reserved_kw=tuple(
                reserve_a.get((circuit.circuit_id, phase), 0.0) * site.voltage_v / 1000
                for phase in THREE_PHASES
            ),
        )
        amps, watts = limits_in_force(snapshot, circuit)
        if amps is not None:
            rooms += _phases(circuit, loads, amps, site.voltage_v)
        if watts is not None:
            rooms.append(_power(circuit, loads, watts))
        rooms += _lines(circuit, loads, site.voltage_v)
    return tuple(rooms)


def _reserves(snapshot: SiteSnapshot, notes: list[str]) -> dict[tuple[CircuitId, Phase], float]:
    """Return what reserves take of each circuit on each phase, A."""
    site = snapshot.site
    reserve_a: dict[tuple[CircuitId, Phase], float] = {}
    phases_of: dict[ConnectorRef, tuple[Phase, ...]] = {
        need.ref: need.phases for need in snapshot.sessions if need.phases
    }
    for reserve in snapshot.reserves:
        connector = site.connectors.get(reserve.ref)
        if connector is None:
            notes.append(f"reserve for {reserve.ref}: not part of the site")
            continue
        current_a = max(0.0, number(reserve.current_a, connector.max_current_a))
        for circuit in site.feeders(connector.circuit_id):
            for phase in phases_of.get(reserve.ref, connector.phases):
                key = (circuit.circuit_id, phase)
                reserve_a[key] = reserve_a.get(key, 0.0) + current_a
    return reserve_a


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loads:
    """What weighs on a circuit besides cars that follow orders."""

    building_kw: tuple[float, ...]
    """For each slot; taken as balanced, since it is known as one sum."""
    reserved_kw: tuple[float, ...]
    """On L1, L2 and L3."""

    def free_kw(
        self, limit_kw: Sequence[float], weights: tuple[float, float, float]
    ) -> tuple[float, ...]:
        """Return what a limit leaves in each slot."""
        reserved = sum(w * kw for w, kw in zip(weights, self.reserved_kw, strict=True))
        share = sum(weights) / 3
        return tuple(
            max(0.0, limit - share * kw - reserved)
            for limit, kw in zip(limit_kw, self.building_kw, strict=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A limit over the slots, with whoever ordered it."""

    values: tuple[float, ...]
    words: tuple[str, ...]


def limits_in_force(
    snapshot: SiteSnapshot, circuit: Circuit
) -> tuple[InForce | None, InForce | None]:
    """Return what holds on a circuit in each slot, A on each phase and W; None without a limit."""
    ends = ends_of(snapshot.slot_starts, snapshot.horizon_end)
    slots = list(zip(snapshot.slot_starts, ends, strict=True))
    over = [limit for limit in snapshot.limits if limit.circuit_id == circuit.circuit_id]
    return (
        _in_force(circuit.limit_a, [(o, o.limit_a) for o in over], slots),
        _in_force(circuit.limit_w, [(o, o.limit_w) for o in over], slots),
    )


def _in_force(
    configured: float | None,
    ordered: Sequence[tuple[CircuitLimit, float | None]],
    slots: Sequence[tuple[datetime, datetime]],
) -> InForce | None:
    """Return the lowest limit of each slot; one that holds in a part of a slot holds in all of it.

    One that is not a number allows nothing.
    """
    told = [(limit, value) for limit, value in ordered if value is not None]
    if configured is None and not told:
        return None
    values, words = [], []
    for start, end in slots:
        holding = [(limit, v) for limit, v in told if limit.holds_within(start, end)]
        lowest = _lowest([configured, *(v for _, v in holding)])
        values.append(UNLIMITED if lowest is None else lowest)
        words.append(next((one.words for one, v in holding if _lowest([v]) == lowest), ""))
    if all(value == UNLIMITED for value in values):
        return None
    return InForce(values=tuple(values), words=tuple(words) if any(words) else ())


def _phases(circuit: Circuit, loads: _Loads, amps: InForce, voltage_v: float) -> list[Room]:
    limit_kw = [a * voltage_v / 1000 for a in amps.values]
    each = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    return [
        Room(
            circuit_id=circuit.circuit_id,
            label=f"{circuit.circuit_id} {phase}",
            weights=weights,
            phase=phase,
            free_kw=loads.free_kw(limit_kw, weights),
            event=amps.words,
        )
        for phase, weights in zip(THREE_PHASES, each, strict=True)
    ]


def _power(circuit: Circuit, loads: _Loads, watts: InForce) -> Room:
    everything = (1.0, 1.0, 1.0)
    return Room(
        circuit_id=circuit.circuit_id,
        label=str(circuit.circuit_id),
        weights=everything,
        free_kw=loads.free_kw([w / 1000 for w in watts.values], everything),
        event=watts.words,
    )


def _lines(circuit: Circuit, loads: _Loads, voltage_v: float) -> list[Room]:
    told = [(line, face) for line in circuit.line_limits for face in faces(line)]
    if not told:
        return []
    weights = np.array([face.weights for _, face in told])
    limit_kw = np.array([face.limit_a for _, face in told]) * voltage_v / 1000
    base_kw = np.outer(weights.sum(axis=1) / 3, loads.building_kw)
    reserved_kw = weights @ np.array(loads.reserved_kw)
    free_kw = np.maximum(0.0, (limit_kw - reserved_kw)[:, None] - base_kw).tolist()
    return [
        Room(
            circuit_id=circuit.circuit_id,
            label=f"{circuit.circuit_id} {line.name}",
            weights=face.weights,
            is_line=True,
            free_kw=tuple(free),
        )
        for (line, face), free in zip(told, free_kw, strict=True)
    ]


def _lowest(values: Sequence[float | None]) -> float | None:
    """Return the lowest limit; one that is not a number allows nothing."""
    known = [max(0.0, number(v)) if v != math.inf else v for v in values if v is not None]
    lowest = min(known, default=None)
    return None if lowest == math.inf else lowest
