"""The 15-minute energy grid of a session: energy is conserved, to the Wh and in sum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ocpp_core.domain.quick import quick_dataclass

SLOT_S = 900
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@quick_dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Energy delivered since the start of the session, at an instant."""

    at: datetime
    energy_wh: float


@quick_dataclass(frozen=True, slots=True, kw_only=True)
class GridSlot:
    """What a session did in one quarter of an hour."""

    start: datetime
    energy_wh: float
    connected_s: float
    charging_s: float
    """Time between readings whose energy differs."""


def slot_of(instant: datetime) -> datetime:
    """Return the start of the UTC quarter of an hour that holds `instant`.

    Every zone's offset is a multiple of 15 minutes since 1972, so that the grid fits local hours
    and days as well, with 92 or 100 slots on the days when clocks change.
    """
    seconds = (instant - _EPOCH) // timedelta(seconds=1)
    return _EPOCH + timedelta(seconds=seconds - seconds % SLOT_S)


def energy_grid(points: Sequence[Point]) -> tuple[GridSlot, ...]:
    """Spread the energy between `points` over the grid, linearly in time between two of them.

    `points` ascend in time and energy; the first is the start of the session, the last its end.
    The cumulated energy is rounded to whole Wh at the borders between slots, so that every slot
    but the last with energy holds whole Wh, and the sum is the session's energy exactly.
    """
    if not points or (points[-1].at == points[0].at and points[-1].energy_wh == 0):
        return ()
    slots: list[GridSlot] = []
    end, total_wh = points[-1].at, points[-1].energy_wh
    most_wh = math.floor(total_wh)  # a total with a fraction must not be rounded beyond itself
    slot_start = slot_of(points[0].at)
    at, booked_wh = points[0].at, 0.0
    segment = 0
    while at < end or not slots:
        border = slot_start + timedelta(seconds=SLOT_S)
        until = min(border, end)
        charging_s, reached_wh = 0.0, booked_wh
        position = at
        while segment + 1 < len(points):
            left, right = points[segment], points[segment + 1]
            stop = min(right.at, until)
            if right.energy_wh > left.energy_wh:
                charging_s += (stop - position).total_seconds()
            reached_wh = _between(left, right, stop)
            position = stop
            if right.at > until:
                break
            segment += 1
        if until >= end or reached_wh >= total_wh:
            reached_wh = total_wh
        else:
            reached_wh = min(float(round(reached_wh)), most_wh)
        slots.append(
            GridSlot(
                start=slot_start,
                energy_wh=reached_wh - booked_wh,
                connected_s=(until - at).total_seconds(),
                charging_s=charging_s,
            )
        )
        at, booked_wh, slot_start = until, reached_wh, border
    return tuple(slots)


def _between(left: Point, right: Point, at: datetime) -> float:
    if at >= right.at:
        return right.energy_wh
    span_s = (right.at - left.at).total_seconds()
    share = (at - left.at).total_seconds() / span_s
    return left.energy_wh + share * (right.energy_wh - left.energy_wh)
