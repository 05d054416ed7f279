"""The check that every plan passes before it leaves: no solver, no trust.

It walks the site's own tree from each connector upwards and adds up what the orders allow. It
shares nothing with the code that makes plans except the meaning of an overdue departure.
"""

from __future__ import annotations

import cmath
import itertools
import math
import operator
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from ocpp_core.domain.ids import CircuitId, ConnectorRef, SessionId
from ocpp_core.domain.plan import Plan, PlanOptions, PlanSlot, SessionNeed, SiteSnapshot
from ocpp_core.domain.plan_rows import column_of, taken
from ocpp_core.domain.site import Circuit
from ocpp_core.domain.units import THREE_PHASES, Phase
from optimizer.cars import OVERDUE_S
from optimizer.check import discharge, goals, runs
from optimizer.check.measures import TOLERANCE_A, TOLERANCE_WH, ends_of, lengths_of

MOST_A = 1e9
"""Stands for an infinite order, which no sum may turn into something that is not a number, A."""

TURNS = tuple(cmath.exp(1j * math.radians(angle)) for angle in (0.0, -120.0, 120.0))
"""Directions of the currents on L1, L2 and L3."""


def findings(
    snapshot: SiteSnapshot, plan: Plan, options: PlanOptions | None = None
) -> tuple[str, ...]:
    """Return everything that is wrong with a plan, in words; empty when it may be used."""
    busy = _busy(snapshot, plan)
    return (
        *_shape(snapshot, plan),
        *_orders(snapshot, busy),
        *_energy(snapshot, busy),
        *discharge.findings(snapshot, plan),
        *runs.findings(snapshot, plan, options),
        *_limits(snapshot, plan, busy),
        *goals.findings(snapshot, busy, options),
        *_battery(snapshot, plan),
    )


def _busy(snapshot: SiteSnapshot, plan: Plan) -> Sequence[PlanSlot]:
    """Return orders with which something can be wrong; most of a large plan waits."""
    slots, count = plan.slots, len(plan.slots)
    current, power = (
        np.fromiter(column_of(slots, name), np.float64, count) for name in ("current_a", "power_w")
    )
    ends = map(ends_of(snapshot).get, column_of(slots, "start"))
    # An end that is another object may be the same instant, and is looked at.
    odd = np.fromiter(map(operator.is_not, ends, column_of(slots, "end")), np.bool_, count)
    return taken(slots, np.flatnonzero((current != 0) | (power != 0) | odd).tolist())


def _shape(snapshot: SiteSnapshot, plan: Plan) -> Iterator[str]:
    if plan.slot_starts != snapshot.slot_starts or plan.horizon_end != snapshot.horizon_end:
        yield "the plan is about other slots than the snapshot"
    for name, values in (("site_w", plan.site_w), ("charging_w", plan.charging_w)):
        if len(values) != len(plan.slot_starts) or not all(map(math.isfinite, values)):
            yield f"{name} is not one number for each slot"
    if not math.isfinite(plan.cost):
        yield "the cost is not a number"
    sessions, starts = (
        {key: n for n, key in enumerate(dict.fromkeys(column_of(plan.slots, name)))}
        for name in ("session_id", "start")
    )
    count = len(plan.slots)
    session = map(sessions.__getitem__, column_of(plan.slots, "session_id"))
    start = map(starts.__getitem__, column_of(plan.slots, "start"))
    place = len(starts) * np.fromiter(session, np.int64, count)
    place += np.fromiter(start, np.int64, count)
    if not (np.bincount(place) > 1).any():
        return
    seen: set[tuple[SessionId, datetime]] = set()
    for slot in plan.slots:
        key = (slot.session_id, slot.start)
        if key in seen:
            yield f"{slot.ref} at {slot.start:%H:%M}: ordered twice"
        seen.add(key)


@dataclass(frozen=True, slots=True)
class _May:
    """What a session may be ordered."""

    ref: ConnectorRef
    least_a: float
    most_a: float
    step_a: float
    watts_per_a: float
    most_w: float
    leaves: datetime


def _may(snapshot: SiteSnapshot) -> Iterator[tuple[SessionId, _May]]:
    for need in snapshot.sessions:
        connector = snapshot.site.connectors.get(need.ref)
        if connector is None:
            continue
        accepts_w = need.accepts_w if need.accepts_w is not None else math.inf
        yield (
            need.session_id,
            _May(
                ref=need.ref,
                least_a=max(need.min_current_a, connector.min_current_a),
                most_a=min(need.max_current_a, connector.max_current_a),
                step_a=max(0.1, need.step_a) if math.isfinite(need.step_a) else 0.1,
                watts_per_a=len(need.phases or connector.phases) * snapshot.site.voltage_v,
                most_w=accepts_w if accepts_w > 0 else math.inf,
                leaves=_leaves(snapshot, need),
            ),
        )


def _orders(snapshot: SiteSnapshot, busy: Sequence[PlanSlot]) -> Iterator[str]:
    allowed, ends = dict(_may(snapshot)), ends_of(snapshot)
    for slot in busy:
        may = allowed.get(slot.session_id)
        if may is None or (slot.ref is not may.ref and slot.ref != may.ref):
            yield f"{_at(slot)}: no such session"
            continue
        if ends.get(slot.start) != slot.end:
            yield f"{_at(slot)}: not a slot of the snapshot"
        current = slot.current_a
        if current < 0:
            continue  # see `optimizer.check.discharge`
        if not math.isfinite(current) or not math.isfinite(slot.power_w):
            yield f"{_at(slot)}: the order is not a number"
            continue
        if current == 0:
            if slot.power_w != 0:
                yield f"{_at(slot)}: power without current"
            continue
        if current < may.least_a - TOLERANCE_A:
            yield f"{_at(slot)}: {current:g} A is below the minimum of {may.least_a:g} A"
        if current > may.most_a + TOLERANCE_A:
            most = f"the {may.most_a:g} A that car and connector take"
            yield f"{_at(slot)}: {current:g} A is above {most}"
        steps = current / may.step_a
        if abs(steps - round(steps)) * may.step_a > TOLERANCE_A:
            yield f"{_at(slot)}: {current!r} A is not a step of {may.step_a:g} A"
        if slot.start >= may.leaves:
            yield f"{_at(slot)}: the car has left"
        most_w = min(current * may.watts_per_a, may.most_w)
        if not -TOLERANCE_WH <= slot.power_w <= most_w + TOLERANCE_WH:
            yield f"{_at(slot)}: {slot.power_w:.0f} W do not fit an order of {current:g} A"


def _at(slot: PlanSlot) -> str:
    return f"{slot.ref} at {slot.start:%H:%M}"


def _energy(snapshot: SiteSnapshot, busy: Sequence[PlanSlot]) -> Iterator[str]:
    given: dict[SessionId, float] = defaultdict(float)
    gives = {slot.session_id for slot in busy if slot.power_w < 0}
    for slot in busy:
        # Whoever also gives back loses some: `optimizer.check.discharge` follows its battery.
        if slot.session_id not in gives:
            given[slot.session_id] += slot.power_w * (slot.end - slot.start).total_seconds() / 3600
    for need in snapshot.sessions:
        wanted = need.energy_wh if math.isfinite(need.energy_wh) else 0.0
        if given[need.session_id] > max(0.0, wanted) + TOLERANCE_WH:
            yield f"{need.ref}: {given[need.session_id]:.0f} Wh planned, {wanted:.0f} Wh wanted"


def _limits(snapshot: SiteSnapshot, plan: Plan, busy: Sequence[PlanSlot]) -> Iterator[str]:
    """Worst case of each circuit in each slot: orders, or what is reserved where that is more."""
    site, ends = snapshot.site, ends_of(snapshot)
    place = {start: n for n, start in enumerate(snapshot.slot_starts)}
    load, charging = _loads(snapshot, busy, place)
    battery = snapshot.battery
    fed = set() if battery is None else set(_above(snapshot, battery.circuit_id))
    for t, start in enumerate(snapshot.slot_starts):
        stores_w = max(0.0, plan.battery_w[t]) if t < len(plan.battery_w) else 0.0
        building_w = _building_w(snapshot, t)
        for n, circuit in enumerate(site.circuits):
            on = load[n, :, place[start]].tolist()
            works = charging[n, :, place[start]].tolist()
            if stores_w > 0 and circuit.circuit_id in fed:
                on = [amps + stores_w / 3 / site.voltage_v for amps in on]
                works = [True] * len(THREE_PHASES)
            # Where nothing is charging beyond what is reserved, planning cannot help.
            if any(works):
                base_w = building_w if site.building_weighs_on(circuit.circuit_id) else 0.0
                yield from _circuit(
                    snapshot,
                    circuit,
                    (start, ends[start]),
                    dict(zip(THREE_PHASES, on, strict=True)),
                    list(itertools.compress(THREE_PHASES, works)),
                    base_w,
                )


def _loads(
    snapshot: SiteSnapshot, busy: Sequence[PlanSlot], place: dict[datetime, int]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the current on each circuit, phase and slot, A, and whether any of it is ordered."""
    site = snapshot.site
    phases = {need.ref: need.phases for need in snapshot.sessions if need.phases}
    reserved: dict[ConnectorRef, float] = defaultdict(float)
    for reserve in snapshot.reserves:
        connector = site.connectors.get(reserve.ref)
        if connector is not None:
            amps = reserve.current_a
            reserved[reserve.ref] += amps if math.isfinite(amps) else connector.max_current_a
    # What a car gives back makes no room: it may stop at any time.
    ours = [slot for slot in busy if slot.current_a > 0]
    told = {id(slot.ref): slot.ref for slot in ours}  # by object: there are few, and many slots
    refs = list(reserved | {ref: 0.0 for ref in told.values() if ref in site.connectors})
    row_of = {ref: n for n, ref in enumerate(refs)}
    row_by_object = {key: row_of.get(ref, len(refs)) for key, ref in told.items()}

    # The last row is for connectors that there are not, and the last column for such slots.
    ordered = np.zeros((len(refs) + 1, len(snapshot.slot_starts) + 1))
    rows = [row_by_object[id(slot.ref)] for slot in ours]
    columns = [place.get(slot.start, -1) for slot in ours]
    np.add.at(ordered, (rows, columns), [slot.current_a for slot in ours])
    ordered = np.minimum(ordered[:-1], MOST_A)
    kept = np.array([reserved.get(ref, 0.0) for ref in refs]).reshape(-1, 1)
    worst, above = np.maximum(ordered, kept), ordered > kept
    under: dict[tuple[CircuitId, Phase], list[int]] = defaultdict(list)
    for n, ref in enumerate(refs):
        for circuit in site.feeders(site.connectors[ref].circuit_id):
            for phase in phases.get(ref, site.connectors[ref].phases):
                under[circuit.circuit_id, phase].append(n)
    load = np.zeros((len(site.circuits), len(THREE_PHASES), worst.shape[1]))
    charging = np.zeros(load.shape, dtype=bool)
    for c, p in np.ndindex(load.shape[:2]):
        here = under[site.circuits[c].circuit_id, THREE_PHASES[p]]
        load[c, p], charging[c, p] = worst[here].sum(axis=0), above[here].any(axis=0)
    return load, charging


def _battery(snapshot: SiteSnapshot, plan: Plan) -> Iterator[str]:
    """Follow what is stored, slot by slot."""
    told = snapshot.battery
    if told is None or not plan.battery_w:
        if plan.battery_w:
            yield "a battery is planned that the site does not have"
        return
    if len(plan.battery_w) != len(snapshot.slot_starts) or not all(
        map(math.isfinite, plan.battery_w)
    ):
        yield "battery_w is not one number for each slot"
        return
    if not any(plan.battery_w):
        return
    stored = min(max(0.0, told.energy_wh), told.capacity_wh)
    least = min(max(0.0, told.reserve_wh), stored)
    for start, length, watts in zip(
        snapshot.slot_starts, lengths_of(snapshot).values(), plan.battery_w, strict=False
    ):
        at = f"battery at {start:%H:%M}"
        if not -told.max_discharge_w - 1 <= watts <= told.max_charge_w + 1:
            yield f"{at}: {watts:.0f} W, more than it can"
        hours = length.total_seconds() / 3600
        share = told.charge_efficiency if watts > 0 else 1 / told.discharge_efficiency
        stored += watts * share * hours
        if not least - TOLERANCE_WH <= stored <= told.capacity_wh + TOLERANCE_WH:
            yield f"{at}: {stored:.0f} Wh stored, {least:.0f} to {told.capacity_wh:.0f} Wh allowed"


def _circuit(
    snapshot: SiteSnapshot,
    circuit: Circuit,
    during: tuple[datetime, datetime],
    on_phase: dict[Phase, float],
    at_work: list[Phase],
    building_w: float,
) -> Iterator[str]:
    volts = snapshot.site.voltage_v
    limits_a, limits_w = [circuit.limit_a], [circuit.limit_w]
    start, end = during
    for limit in snapshot.limits:
        begun = limit.start is None or limit.start < end
        over = limit.end is not None and limit.end <= start
        if limit.circuit_id == circuit.circuit_id and begun and not over:
            limits_a.append(limit.limit_a)
            limits_w.append(limit.limit_w)
    at = f"circuit {circuit.circuit_id} at {start:%H:%M}"
    for limit_a in limits_a:
        for phase in at_work:
            worst_a = on_phase[phase] + building_w / 3 / volts
            if limit_a is not None and not worst_a <= limit_a + TOLERANCE_A:
                yield f"{at}: {worst_a:.2f} A on {phase}, {limit_a:g} A allowed"
    for limit_w in limits_w:
        worst_w = sum(on_phase.values()) * volts + building_w
        if limit_w is not None and not worst_w <= limit_w + TOLERANCE_A * volts:
            yield f"{at}: {worst_w:.0f} W, {limit_w:g} W allowed"
    for line in circuit.line_limits:
        weighs = (line.weight_l1, line.weight_l2, line.weight_l3)
        ours = [phase in at_work and w != 0 for phase, w in zip(THREE_PHASES, weighs, strict=True)]
        if not any(ours):
            continue
        # Every car may also draw nothing, so that what cancels it counts alone; and what is passed
        # without the cars that the plan lets charge is not its doing.
        base_a = building_w / 3 / volts
        switches = [
            ((False, w * base_a * turn), (mine, w * (base_a + on_phase[phase]) * turn))
            for phase, w, mine, turn in zip(THREE_PHASES, weighs, ours, TURNS, strict=True)
        ]
        worst_a = max(
            abs(l1 + l2 + l3)
            for (one, l1), (two, l2), (three, l3) in itertools.product(*switches)
            if one or two or three
        )
        if not worst_a <= line.limit_a + TOLERANCE_A:
            yield f"{at}: {worst_a:.2f} A on line {line.name}, {line.limit_a:g} A allowed"


def _above(snapshot: SiteSnapshot, circuit_id: CircuitId) -> Iterator[CircuitId]:
    if circuit_id in snapshot.site.circuits_by_id:
        yield from (circuit.circuit_id for circuit in snapshot.site.feeders(circuit_id))


def _building_w(snapshot: SiteSnapshot, slot: int) -> float:
    """Return the load that limits leave room for."""
    known = slot < len(snapshot.building_w) and math.isfinite(snapshot.building_w[slot])
    watts = snapshot.building_w[slot] if known else snapshot.site.building_peak_w
    if slot < len(snapshot.building_high_w) and math.isfinite(snapshot.building_high_w[slot]):
        watts = max(watts, snapshot.building_high_w[slot])
    return max(0.0, watts)


def _leaves(snapshot: SiteSnapshot, need: SessionNeed) -> datetime:
    if need.departure <= snapshot.taken_at:
        return snapshot.taken_at + timedelta(seconds=OVERDUE_S)
    return need.departure
