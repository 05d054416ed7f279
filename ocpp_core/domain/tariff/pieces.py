"""Cuts a course wherever a tariff may change its mind; instants and energy are exact fractions."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, auto
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from ocpp_core.domain.tariff.course import Course, CoursePoint
from ocpp_core.domain.tariff.definition import DayOfWeek, Restrictions, TariffElement

_MICROSECOND = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_MIDNIGHT = time(0)


class Activity(Enum):
    """What a piece of time counts as."""

    CHARGING = auto()
    PAUSED = auto()
    """Nothing flows, but it will; or the grace time runs."""
    IDLE = auto()
    RESERVED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Time within which no restriction of the tariff begins or ends."""

    starts_at: datetime
    """To the microsecond, rounded down."""
    ends_at: datetime
    duration_s: Fraction
    elapsed_s: Fraction
    """From the start of the session (or reservation) to its start."""
    energy_wh: Fraction
    so_far_wh: Fraction
    """Energy of the session at its start."""
    power_kw: Fraction | None
    """None: not asked for, or the energy came in no time."""
    current_a: Fraction | None
    activity: Activity
    local: datetime
    """Its start by the site's clocks."""


def holds(restrictions: Restrictions, piece: Piece) -> bool:
    """Tell whether restrictions hold in a piece; `reservation` is not looked at.

    Source: OCPI 2.2.1 TariffRestrictions: all must hold; minima are inclusive, maxima exclusive.
    What is not known (power, current) meets no bound.
    """
    r = restrictions
    return (
        (not r.by_calendar or _holds_at(r, piece.local))
        and _within(r.min_kwh, r.max_kwh, piece.so_far_wh / 1000)
        and _within(r.min_duration, r.max_duration, piece.elapsed_s)
        and _within(r.min_power, r.max_power, piece.power_kw)
        and _within(r.min_current, r.max_current, piece.current_a)
    )


def pieces_of(
    course: Course, elements: Sequence[TariffElement], zone: ZoneInfo, *, idle_grace_s: int = 0
) -> list[Piece]:
    """Return the pieces of the time at the connector, in order; idle time is so much shorter.

    Only times that matter to `elements` are cut at, so that a tariff without restrictions looks at
    a handful of points however many the course has.
    """
    if not course.points:
        return []
    grace = timedelta(seconds=idle_grace_s)
    return list(_Cutter(course, [e.restrictions for e in elements], zone, grace).pieces())


def reserved_pieces(
    start: datetime, end: datetime, elements: Sequence[TariffElement], zone: ZoneInfo
) -> list[Piece]:
    """Return the pieces of a reservation."""
    restrictions = [element.restrictions for element in elements]
    seconds = {s for r in restrictions for s in (r.min_duration, r.max_duration) if s is not None}
    cuts = {
        start,
        end,
        *(start + timedelta(seconds=s) for s in seconds),
        *calendar_cuts(start, end, restrictions, zone),
    }
    inside = sorted(cut for cut in cuts if start <= cut <= end)
    return [
        Piece(
            starts_at=left,
            ends_at=right,
            duration_s=_seconds(right - left),
            elapsed_s=_seconds(left - start),
            energy_wh=Fraction(0),
            so_far_wh=Fraction(0),
            power_kw=None,
            current_a=None,
            activity=Activity.RESERVED,
            local=left.astimezone(zone),
        )
        for left, right in pairwise(inside)
    ]


def calendar_cuts(
    start: datetime, end: datetime, restrictions: Iterable[Restrictions], zone: ZoneInfo
) -> set[datetime]:
    """Return the instants between `start` and `end` at which restrictions of the calendar change.

    A local time that comes twice in a night is cut at twice, one that is skipped at the change of
    the clocks.
    """
    timed = [r for r in restrictions if r.by_calendar]
    if not timed:
        return set()
    clocks = {_MIDNIGHT, *(t for r in timed for t in (r.start_time, r.end_time) if t is not None)}
    day = start.astimezone(zone).date()
    last = end.astimezone(zone).date()
    candidates: set[datetime] = set()
    while day <= last:
        for clock in clocks:
            for fold in (0, 1):
                local = datetime.combine(day, clock.replace(fold=fold), zone)
                candidates.add(local.astimezone(UTC))
        day += timedelta(days=1)
    within = sorted({start, end, *(c for c in candidates if start < c < end)})
    found = set(within)
    for left, right in pairwise(within):
        found.update(_clock_changes(left, right, zone))
    return found


def _clock_changes(left: datetime, right: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the instant between two at which the zone's offset changes; there is one at most."""
    before = left.astimezone(zone).utcoffset()
    if right - left <= _SECOND or before == right.astimezone(zone).utcoffset():
        return
    while right - left > _SECOND:
        middle = left + (right - left) / 2
        middle -= timedelta(microseconds=middle.microsecond)
        if middle <= left:
            break
        if middle.astimezone(zone).utcoffset() == before:
            left = middle
        else:
            right = middle
    yield right


class _Cutter:
    def __init__(
        self, course: Course, restrictions: list[Restrictions], zone: ZoneInfo, grace: timedelta
    ) -> None:
        self._idle_from = course.idle_from
        self._idle_counts = None if course.idle_from is None else course.idle_from + grace
        self._restrictions = restrictions
        self._zone = zone
        first = course.points[0]
        self._start = first.at
        # What is there at the first instant came at once.
        at_once = (CoursePoint(at=first.at, energy_wh=Decimal(0)),) if first.energy_wh else ()
        self._points = (*at_once, *course.points)
        self._times = [point.at for point in self._points]
        self._energies = [point.energy_wh for point in self._points]
        self._by_rate = any(r.by_rate for r in restrictions)
        self._pauses = course.pauses()

    def pieces(self) -> Iterator[Piece]:
        knots = sorted(set(self._knots()))
        for (at_s, so_far), (until_s, then) in pairwise(knots):
            duration_s, energy_wh = until_s - at_s, then - so_far
            starts_at = self._instant(at_s)
            inside = self._instant((at_s + until_s) / 2)
            known = self._by_rate and duration_s > 0
            yield Piece(
                starts_at=starts_at,
                ends_at=self._instant(until_s),
                duration_s=duration_s,
                elapsed_s=at_s,
                energy_wh=energy_wh,
                so_far_wh=so_far,
                power_kw=energy_wh * 3600 / duration_s / 1000 if known else None,
                current_a=self._current(inside) if known else None,
                activity=self._activity(inside),
                local=starts_at.astimezone(self._zone),
            )

    def _knots(self) -> Iterator[tuple[Fraction, Fraction]]:
        points = self._points
        start, end = points[0].at, points[-1].at
        for point in points if self._by_rate else (points[0], points[-1]):
            yield _seconds(point.at - start), Fraction(point.energy_wh)
        instants = {at for pause in self._pauses for at in pause}
        instants |= calendar_cuts(start, end, self._restrictions, self._zone)
        instants |= {at for at in (self._idle_from, self._idle_counts) if at is not None}
        for r in self._restrictions:
            for age_s in (r.min_duration, r.max_duration):
                if age_s is not None:
                    instants.add(start + timedelta(seconds=age_s))
            for kwh in (r.min_kwh, r.max_kwh):
                if kwh is not None:
                    yield from self._when(Fraction(kwh) * 1000)
        for at in instants:
            if start < at < end:
                yield self._at(at)

    def _at(self, instant: datetime) -> tuple[Fraction, Fraction]:
        after = bisect.bisect_left(self._times, instant)
        right = self._points[after]
        at_s = _seconds(instant - self._start)
        if right.at == instant:
            return at_s, Fraction(right.energy_wh)
        left = self._points[after - 1]
        share = _seconds(instant - left.at) / _seconds(right.at - left.at)
        rise = Fraction(right.energy_wh) - Fraction(left.energy_wh)
        return at_s, Fraction(left.energy_wh) + share * rise

    def _when(self, energy_wh: Fraction) -> Iterator[tuple[Fraction, Fraction]]:
        """Yield the instant at which the session has so much energy, if it gets there."""
        after = bisect.bisect_left(self._energies, energy_wh)
        if after in {0, len(self._energies)}:
            return
        left, right = self._points[after - 1], self._points[after]
        low, high = Fraction(left.energy_wh), Fraction(right.energy_wh)
        share = (energy_wh - low) / (high - low)
        at_s = _seconds(left.at - self._start) + share * _seconds(right.at - left.at)
        yield at_s, energy_wh

    def _activity(self, inside: datetime) -> Activity:
        if self._idle_counts is not None and inside >= self._idle_counts:
            return Activity.IDLE
        if self._idle_from is not None and inside >= self._idle_from:
            return Activity.PAUSED
        if any(start <= inside < end for start, end in self._pauses):
            return Activity.PAUSED
        return Activity.CHARGING

    def _current(self, inside: datetime) -> Fraction | None:
        after = bisect.bisect_right(self._times, inside)
        point = self._points[min(after, len(self._times) - 1)]
        return None if point.current_a is None else Fraction(point.current_a)

    def _instant(self, at_s: Fraction) -> datetime:
        return self._start + (at_s * 1_000_000).__floor__() * _MICROSECOND


def _holds_at(restrictions: Restrictions, local: datetime) -> bool:
    r = restrictions
    if r.day_of_week and tuple(DayOfWeek)[local.weekday()] not in r.day_of_week:
        return False
    if r.start_date is not None and local.date() < r.start_date:
        return False
    if r.end_date is not None and local.date() >= r.end_date:
        return False
    start, end, at = r.start_time or _MIDNIGHT, r.end_time or _MIDNIGHT, local.time()
    if start < end:
        return start <= at < end
    return at >= start or at < end


def _within(low: Decimal | int | None, high: Decimal | int | None, value: Fraction | None) -> bool:
    if low is None and high is None:
        return True
    if value is None:
        return False
    # Fractions and decimals do not compare with each other.
    return (low is None or value >= Fraction(low)) and (high is None or value < Fraction(high))


def _seconds(span: timedelta) -> Fraction:
    return Fraction(span // _MICROSECOND, 1_000_000)
