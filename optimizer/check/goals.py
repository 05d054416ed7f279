"""The independent check of goals that are no fuses."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ocpp_core.domain.plan import PlanOptions, PlanSlot, SiteSnapshot
from ocpp_core.domain.units import THREE_PHASES, Phase
from optimizer.check.measures import TOLERANCE_A, TOLERANCE_WH, lengths_of


def findings(
    snapshot: SiteSnapshot, busy: Sequence[PlanSlot], options: PlanOptions | None
) -> Iterator[str]:
    """Yield where phases are too far apart, or charging rises too fast; `busy` orders a current."""
    yield from _balance(snapshot, busy)
    yield from _rises(snapshot, busy, None if options is None else options.ramp_w_per_slot)


def _rises(snapshot: SiteSnapshot, busy: Sequence[PlanSlot], most_w: float | None) -> Iterator[str]:
    """Orders of all cars that follow them, from one slot to the next."""
    if most_w is None or not math.isfinite(most_w):
        return
    deaf = {reserve.ref for reserve in snapshot.reserves}
    volts, connectors = snapshot.site.voltage_v, snapshot.site.connectors
    wires = {
        need.session_id: len(need.phases or connectors[need.ref].phases)
        for need in snapshot.sessions
        if need.ref in connectors
    }
    before_w = sum(
        need.current_a * wires[need.session_id] * volts
        for need in snapshot.sessions
        if need.session_id in wires and need.ref not in deaf and math.isfinite(need.current_a)
    )
    ordered: dict[datetime, float] = defaultdict(float)
    for slot in busy:
        ordered[slot.start] += max(0.0, slot.current_a) * wires.get(slot.session_id, 0) * volts
    for start, length in lengths_of(snapshot).items():
        if length <= timedelta(0):
            continue
        rise_w = ordered[start] - before_w
        if rise_w > max(0.0, most_w) + TOLERANCE_WH:
            yield f"at {start:%H:%M}: orders rise by {rise_w:.0f} W, {most_w:.0f} W allowed"
        before_w = ordered[start]


def _balance(snapshot: SiteSnapshot, busy: Sequence[PlanSlot]) -> Iterator[str]:
    """Orders beside what is reserved, on the highest and on the lowest phase of each circuit."""
    site = snapshot.site
    deaf = {reserve.ref for reserve in snapshot.reserves}
    needs = {need.session_id: need for need in snapshot.sessions}
    for circuit in site.circuits:
        most = circuit.max_imbalance_a
        if most is None or not math.isfinite(most):
            continue
        load: dict[datetime, dict[Phase, float]] = defaultdict(lambda: defaultdict(float))
        for slot in busy:
            connector, need = site.connectors.get(slot.ref), needs.get(slot.session_id)
            if slot.current_a == 0 or slot.ref in deaf or connector is None or need is None:
                continue
            if circuit in site.feeders(connector.circuit_id):
                for phase in need.phases or connector.phases:
                    load[slot.start][phase] += slot.current_a
        for start, on in load.items():
            currents = [on[phase] for phase in THREE_PHASES]
            apart_a = max(currents) - min(currents)
            if not apart_a <= max(0.0, most) + TOLERANCE_A:
                at = f"circuit {circuit.circuit_id} at {start:%H:%M}"
                yield f"{at}: phases {apart_a:.2f} A apart, {most:g} A allowed"
