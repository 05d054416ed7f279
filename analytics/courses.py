"""The course of a session in the words of its price."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from analytics.grid import Point
from ocpp_core.domain.quick import quick_maker
from ocpp_core.domain.tariff import Course, CoursePoint, Reservation

_point = quick_maker(CoursePoint)

_MWH = Decimal("0.001")
"""Registers do not tell more than a thousandth of a Wh; what is beyond is binary noise."""

_MILLIAMPERE = Decimal("0.001")


def course_of(
    points: Sequence[Point],
    *,
    ended: bool,
    last_energy_at: datetime | None,
    currents: Sequence[tuple[datetime, float]] = (),
    reservation: Reservation | None = None,
) -> Course:
    """Return the course of a session; idle time is known only of one that ended with energy.

    `currents`: (taken at, A over all phases), ascending; between two points their mean counts.
    """
    if not currents:
        return Course(
            points=tuple([_point(at=p.at, energy_wh=_energy(p.energy_wh)) for p in points]),
            idle_from=last_energy_at if ended else None,
            reservation=reservation,
        )
    times = [at for at, _ in currents]
    made: list[CoursePoint] = []
    for point in points:
        current = None
        if made:
            first = bisect.bisect_right(times, made[-1].at)
            read = [value for _, value in currents[first : bisect.bisect_right(times, point.at)]]
            if read:
                mean = sum(read) / len(read)
                current = Decimal(repr(mean)).quantize(_MILLIAMPERE, ROUND_HALF_UP)
        made.append(CoursePoint(at=point.at, energy_wh=_energy(point.energy_wh), current_a=current))
    return Course(
        points=tuple(made),
        idle_from=last_energy_at if ended else None,
        reservation=reservation,
    )


def _energy(energy_wh: float) -> Decimal:
    # Most registers tell whole Wh; the way over text takes four times as long.
    if energy_wh.is_integer():
        return Decimal(int(energy_wh))
    return Decimal(repr(energy_wh)).quantize(_MWH, ROUND_HALF_UP)
