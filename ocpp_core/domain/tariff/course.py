"""The course of a session as far as its price depends on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from ocpp_core.domain.quick import quick_dataclass

PAUSE_S = 300
"""Shorter times without a rise of the register count as charging: registers are coarse."""


@quick_dataclass(frozen=True, slots=True, kw_only=True)
class CoursePoint:
    """Energy delivered since the start of the session, at an instant."""

    at: datetime
    energy_wh: Decimal
    current_a: Decimal | None = None
    """Sum over the phases since the point before, A; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Time for which the connector was kept for the driver."""

    reserved_at: datetime
    until: datetime
    """When charging started, or when it expired."""
    expired: bool = False
    """True: no charging followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What happened from plug-in to plug-out; energy flows evenly between two points.

    Time before `idle_from` in which energy flows is TIME, time from then on is PARKING_TIME (OCPI
    2.2.1). A pause of charging before that (`PAUSE_S`) is neither: it is the site that pauses cars.
    """

    points: tuple[CoursePoint, ...]
    """Ascending in time and energy; the first is the start. Empty: a reservation that expired."""
    idle_from: datetime | None = None
    """When the last energy had flowed; None: not known to be over."""
    reservation: Reservation | None = None

    def __post_init__(self) -> None:
        for left, right in pairwise(self.points):
            if right.at < left.at or right.energy_wh < left.energy_wh:
                raise ValueError(f"a course goes back at {right.at}")

    @property
    def energy_wh(self) -> Decimal:
        """Energy of the session, Wh."""
        return self.points[-1].energy_wh if self.points else Decimal(0)

    def pauses(self) -> tuple[tuple[datetime, datetime], ...]:
        """Return the times before `idle_from` in which nothing flowed for `PAUSE_S` or longer."""
        return tuple(
            (start, end)
            for start, end in _flat(self.points)
            if (end - start).total_seconds() >= PAUSE_S
            and (self.idle_from is None or start < self.idle_from)
        )


def _flat(points: Sequence[CoursePoint]) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for left, right in pairwise(points):
        if right.energy_wh > left.energy_wh or right.at == left.at:
            continue
        if found and found[-1][1] == left.at:
            found[-1] = (found[-1][0], right.at)
        else:
            found.append((left.at, right.at))
    return found
