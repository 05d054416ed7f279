"""The same site in fewer slots, for when the program of all of them does not come about in time.

Plans are made again every few minutes, so what counts is the hours ahead; later ones only have to
say how much is left for then.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from ocpp_core.domain.plan import Plan, SiteSnapshot

FINE = timedelta(hours=2)
"""From the instant of the plan on: slots are left as they are."""

FEWER = 0.75
"""Share of the slots that must be left at most for it to be worth another try."""

ALIKE = ("energy_price_per_kwh", "feed_in_per_kwh", "carbon_kg_per_kwh")
"""What slots that become one must have the same of."""

HOUR_S = 3600


def coarser(snapshot: SiteSnapshot) -> SiteSnapshot | None:
    """Return a snapshot in which later slots of an hour and a price are one; None if few are.

    Loads and PV of such a slot are the mean of its parts, the high load is the highest of them.
    """
    starts = snapshot.slot_starts
    series = [getattr(snapshot, name) for name in (*ALIKE, "building_w", "pv_w", "building_high_w")]
    if any(len(one) not in {0, len(starts)} for one in series):
        return None
    hours = [(b - a).total_seconds() for a, b in pairwise((*starts, snapshot.horizon_end))]
    if any(not length > 0 for length in hours):
        return None
    runs = _runs(snapshot)
    if len(runs) > FEWER * len(starts):
        return None

    def first(values: Sequence[float]) -> tuple[float, ...]:
        return tuple(values[run.start] for run in runs) if values else ()

    def mean(values: Sequence[float]) -> tuple[float, ...]:
        total = [math.fsum(values[t] * hours[t] for t in run) for run in runs] if values else []
        return tuple(
            sum_ / math.fsum(hours[t] for t in run) for sum_, run in zip(total, runs, strict=False)
        )

    high = snapshot.building_high_w
    return replace(
        snapshot,
        slot_starts=tuple(starts[run.start] for run in runs),
        energy_price_per_kwh=first(snapshot.energy_price_per_kwh),
        feed_in_per_kwh=first(snapshot.feed_in_per_kwh),
        carbon_kg_per_kwh=first(snapshot.carbon_kg_per_kwh),
        building_w=mean(snapshot.building_w),
        pv_w=mean(snapshot.pv_w),
        building_high_w=tuple(max(high[t] for t in run) for run in runs) if high else (),
    )


def as_planned(snapshot: SiteSnapshot, plan: Plan) -> SiteSnapshot:
    """Return the snapshot in the slots that a plan of it has."""
    if plan.slot_starts == snapshot.slot_starts:
        return snapshot
    rough = coarser(snapshot)
    if rough is None or plan.slot_starts != rough.slot_starts:
        raise ValueError(f"plan {plan.plan_id} was not made from this snapshot: its slots differ")
    return rough


def _runs(snapshot: SiteSnapshot) -> list[range]:
    """Return the slots that become one each."""
    prices = [getattr(snapshot, name) for name in ALIKE]
    fine_until = snapshot.taken_at + FINE
    edges, last = [], None
    for t, start in enumerate(snapshot.slot_starts):
        mark = (start.timestamp() // HOUR_S, *(values[t] for values in prices if values))
        if start < fine_until or mark != last:
            edges.append(t)
        last = mark if start >= fine_until else None
    return [range(a, b) for a, b in pairwise([*edges, len(snapshot.slot_starts)])]
