"""The independent check of run times and starts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

from ocpp_core.domain.plan import Plan, PlanOptions, SessionNeed, SiteSnapshot
from ocpp_core.domain.plan_rows import column_of

TOLERANCE_S = 1.0
DONE_WH = 1.0
"""Energy below which a car wants nothing any more, Wh."""


def findings(snapshot: SiteSnapshot, plan: Plan, options: PlanOptions | None) -> Iterator[str]:
    """Yield the cars that switch more than they may, but for those that the plan itself names."""
    told = options is not None and (options.min_run_s > 0 or options.max_starts is not None)
    if not told and all(n.min_run_s is None and n.max_starts is None for n in snapshot.sessions):
        return
    named = {broken.session_id for broken in plan.broken_rules}
    deaf = {reserve.ref for reserve in snapshot.reserves}
    orders: dict[str, list[tuple[datetime, float]]] = {}
    fields = (column_of(plan.slots, name) for name in ("session_id", "start", "end", "current_a"))
    for session_id, start, end, amps in zip(*fields, strict=True):
        if end > start:
            orders.setdefault(session_id, []).append((start, amps))
    for need in snapshot.sessions:
        least_s, most = need.min_run_s, need.max_starts
        if options is not None:
            least_s = options.min_run_s if least_s is None else least_s
            most = options.max_starts if most is None else most
        if least_s is None or not math.isfinite(least_s):
            least_s = 0.0
        mine = sorted(orders.get(need.session_id, []))
        wants = math.isfinite(need.energy_wh) and need.energy_wh > DONE_WH
        if not mine or not wants or need.session_id in named or need.ref in deaf:
            continue
        if (least_s > 0 or most is not None) and any(amps != 0 for _, amps in mine):
            yield from _switching(snapshot, need, mine, timedelta(seconds=least_s), most)


def _switching(
    snapshot: SiteSnapshot,
    need: SessionNeed,
    orders: list[tuple[datetime, float]],
    least: timedelta,
    most: int | None,
) -> Iterator[str]:
    began: datetime | None = None
    if need.current_a > 0:
        began = need.running_since or snapshot.taken_at
    starts = max(need.starts, 1 if need.current_a > 0 else 0)
    for start, amps in orders:
        charges = amps > 0
        if charges and began is None:
            began = start
            starts += 1
        elif not charges and began is not None:
            lasted = start - began
            if lasted < least - timedelta(seconds=TOLERANCE_S):
                yield (
                    f"{need.ref} at {start:%H:%M}: stops after {lasted.total_seconds():.0f} s"
                    f", {least.total_seconds():.0f} s wanted"
                )
            began = None
    if most is not None and starts > max(most, need.starts, int(need.current_a > 0)):
        yield f"{need.ref}: starts {starts} times, {most} allowed"
