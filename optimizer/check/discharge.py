"""The independent check of what cars give back."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from ocpp_core.domain.ids import CircuitId, SessionId
from ocpp_core.domain.plan import Discharge, Plan, PlanSlot, SessionNeed, SiteSnapshot
from ocpp_core.domain.plan_rows import column_of, taken
from ocpp_core.domain.units import THREE_PHASES, Phase
from optimizer.check.measures import TOLERANCE_A, TOLERANCE_WH


def findings(snapshot: SiteSnapshot, plan: Plan) -> Iterator[str]:
    """Yield what is wrong with orders below 0 and with the energy of cars that have some."""
    currents = column_of(plan.slots, "current_a")
    giving = {row for row, amps in enumerate(currents) if amps < 0}
    if not giving:
        return
    sessions = list(column_of(plan.slots, "session_id"))
    gives = {sessions[row] for row in giving}
    of = taken(plan.slots, [row for row, who in enumerate(sessions) if who in gives])
    slots: dict[SessionId, list[PlanSlot]] = defaultdict(list)
    for slot in sorted(of, key=lambda slot: slot.start):
        slots[slot.session_id].append(slot)
    needs = {need.session_id: need for need in snapshot.sessions}
    for session_id, mine in sorted(slots.items()):
        need = needs.get(session_id)
        if need is None or need.discharge is None or need.ref not in snapshot.site.connectors:
            yield f"{mine[0].ref}: gives back, which it cannot"
            continue
        yield from _orders(snapshot, need, need.discharge, mine)
        yield from _stored(need, need.discharge, mine)
    yield from _back(snapshot, taken(plan.slots, sorted(giving)))


def _orders(
    snapshot: SiteSnapshot, need: SessionNeed, told: Discharge, slots: list[PlanSlot]
) -> Iterator[str]:
    connector = snapshot.site.connectors[need.ref]
    most_a = min(told.max_current_a, connector.max_current_a)
    step_a = max(0.1, need.step_a) if math.isfinite(need.step_a) else 0.1
    watts_per_a = len(need.phases or connector.phases) * snapshot.site.voltage_v
    deaf = {reserve.ref for reserve in snapshot.reserves}
    for slot in slots:
        if slot.current_a >= 0:
            continue
        at, given_a = f"{slot.ref} at {slot.start:%H:%M}", -slot.current_a
        if not math.isfinite(given_a) or not math.isfinite(slot.power_w):
            yield f"{at}: the order is not a number"
            continue
        if slot.ref != need.ref or slot.ref in deaf:
            yield f"{at}: no such car gives back"
        if not told.min_current_a - TOLERANCE_A <= given_a <= most_a + TOLERANCE_A:
            yield f"{at}: gives {given_a:g} A, {told.min_current_a:g} to {most_a:g} A allowed"
        if abs(given_a / step_a - round(given_a / step_a)) * step_a > TOLERANCE_A:
            yield f"{at}: {given_a!r} A is not a step of {step_a:g} A"
        if slot.end > need.departure:
            yield f"{at}: gives back beyond its departure"
        if abs(slot.power_w + given_a * watts_per_a) > TOLERANCE_WH:
            yield f"{at}: {slot.power_w:.0f} W do not fit an order of {slot.current_a:g} A"


def _stored(need: SessionNeed, told: Discharge, slots: list[PlanSlot]) -> Iterator[str]:
    """Follow what is in its battery more than now, slot by slot."""
    wanted_wh = max(0.0, need.energy_wh) if math.isfinite(need.energy_wh) else 0.0
    stored_wh, crumbs_wh = 0.0, 0.0
    for slot in slots:
        energy_wh = slot.power_w * (slot.end - slot.start).total_seconds() / 3600
        charges = energy_wh > 0
        share = told.charge_efficiency if charges else 1 / told.discharge_efficiency
        stored_wh += energy_wh * share
        crumbs_wh += TOLERANCE_WH / len(slots)
        at = f"{need.ref} at {slot.start:%H:%M}"
        if stored_wh < -max(0.0, told.available_wh) - TOLERANCE_WH - crumbs_wh:
            yield f"{at}: {-stored_wh:.0f} Wh taken out, {told.available_wh:.0f} Wh available"
        if charges and stored_wh > told.charge_efficiency * wanted_wh + TOLERANCE_WH + crumbs_wh:
            yield f"{at}: holds more than it wants"
    if stored_wh < -TOLERANCE_WH - crumbs_wh:
        yield f"{need.ref}: ends with {-stored_wh:.0f} Wh less than it has now"


def _back(snapshot: SiteSnapshot, giving: Sequence[PlanSlot]) -> Iterator[str]:
    """What flows back through each circuit while nobody draws anything, with what PV feeds in."""
    site = snapshot.site
    phases = {need.session_id: need.phases for need in snapshot.sessions}
    flows: dict[datetime, dict[tuple[CircuitId, Phase], float]] = defaultdict(
        lambda: defaultdict(float)
    )
    for slot in giving:
        connector = site.connectors.get(slot.ref)
        if connector is not None:
            for circuit in site.feeders(connector.circuit_id):
                for phase in phases.get(slot.session_id) or connector.phases:
                    flows[slot.start][circuit.circuit_id, phase] -= slot.current_a
    ends = (*snapshot.slot_starts[1:], snapshot.horizon_end)
    for t, (start, end) in enumerate(zip(snapshot.slot_starts, ends, strict=True)):
        if not flows[start]:
            continue
        pv_w = snapshot.pv_w[t] if t < len(snapshot.pv_w) else 0.0
        pv_w = max(0.0, pv_w) if math.isfinite(pv_w) else 0.0
        for circuit in site.circuits:
            on = [flows[start][circuit.circuit_id, phase] for phase in THREE_PHASES]
            if not any(on):
                continue
            fed_w = pv_w if site.building_weighs_on(circuit.circuit_id) else 0.0
            over = [
                limit
                for limit in snapshot.limits
                if limit.circuit_id == circuit.circuit_id and limit.holds_within(start, end)
            ]
            at = f"circuit {circuit.circuit_id} at {start:%H:%M}"
            most_a = _least([circuit.limit_a, *(limit.limit_a for limit in over)])
            back_a = max(on) + fed_w / 3 / site.voltage_v
            if not back_a <= most_a + TOLERANCE_A:
                yield f"{at}: {back_a:.2f} A flow back, {most_a:g} A allowed"
            most_w = _least([circuit.limit_w, *(limit.limit_w for limit in over)])
            back_w = sum(on) * site.voltage_v + fed_w
            if not back_w <= most_w + TOLERANCE_A * site.voltage_v:
                yield f"{at}: {back_w:.0f} W flow back, {most_w:g} W allowed"
            if circuit.line_limits:
                yield f"{at}: gives back through lines with angles"


def _least(limits: list[float | None]) -> float:
    return min((limit for limit in limits if limit is not None), default=math.inf)
