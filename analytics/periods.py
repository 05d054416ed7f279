"""Periods of a site's calendar: where they begin, how long they are, what they compare with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

type Grain = Literal["quarter_hour", "hour", "day", "month", "total"]
"""Length of a period, in the site's local time; `total` is one period from start to end."""

_STEPS = {"quarter_hour": timedelta(minutes=15), "hour": timedelta(hours=1)}


class Against(StrEnum):
    """What a period is compared with."""

    PREVIOUS = "previous"
    """The period just before: of whole months as many months, else as many days."""
    YEAR = "year"
    """The same dates a year before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A period as instants, half-open, with the part of it that has passed."""

    start: datetime
    end: datetime
    until: datetime
    """End of what counts: `end`, or earlier where the period still runs."""

    @property
    def partial(self) -> bool:
        """Whether only a part of the period counts."""
        return self.until < self.end


def starts(start: datetime, end: datetime, by: Grain, zone: ZoneInfo) -> list[datetime]:
    """Return the instants at which the periods between `start` and `end` begin, UTC.

    The first one may begin before `start`, as rows of named questions do. A day on which the
    clocks change has 23 or 25 hours; an hour that is repeated is two.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if start >= end:
        return []
    if by == "total":
        return [start]
    local = start.astimezone(zone)
    if by in _STEPS:
        step = _STEPS[by]
        into = timedelta(minutes=local.minute, seconds=local.second)
        into += timedelta(microseconds=local.microsecond)
        first = start - into % step
        return [first + step * n for n in range(-((first - end) // step))]
    found, day = [], local.date() if by == "day" else local.date().replace(day=1)
    while (at := _midnight(day, zone)) < end:
        found.append(at)
        day = day + timedelta(days=1) if by == "day" else _months_later(day, 1)
    return found


def hours_known(
    begin: list[datetime],
    span: tuple[datetime, datetime],
    known: tuple[datetime, datetime] | None,
) -> list[float]:
    """Return of each period how many hours lie within `span` and within what is known."""
    if known is None or not begin:
        return [0.0] * len(begin)
    low, high = max(span[0], known[0]), min(span[1], known[1])
    return [
        max(0.0, (min(right, high) - max(left, low)) / timedelta(hours=1))
        for left, right in pairwise([*begin, max(span[1], begin[-1])])
    ]


def compared(
    start: datetime, end: datetime, until: datetime, zone: ZoneInfo, against: Against
) -> tuple[Span, Span]:
    """Return a period and the one that it is compared with, as far as is fair.

    Where only a part of the period has passed until `until`, the same part of the other one
    counts, by local days and time of day.
    """
    this = Span(start=start, end=end, until=max(start, min(end, until)))
    first = _shifted(start, start, end, zone, against)
    last = _shifted(end, start, end, zone, against)
    part = last
    if this.partial:
        part = min(last, max(first, _moved(first, this.start, this.until, zone)))
    return this, Span(start=first, end=last, until=part)


def _shifted(
    at: datetime, start: datetime, end: datetime, zone: ZoneInfo, against: Against
) -> datetime:
    """Return an end of the period moved to where the other period has it."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    local = at.astimezone(zone)
    if against is Against.YEAR:
        return _placed(_months_later(local.date(), -12), local.time(), zone, local.fold)
    whole = first.time() == last.time() == time()
    if whole and first.day == last.day == 1 and last.date() > first.date():
        months = (last.year - first.year) * 12 + last.month - first.month
        return _midnight(_months_later(local.date(), -months), zone)
    if whole:
        days = (last.date() - first.date()).days
        return _midnight(local.date() - timedelta(days=days), zone)
    return at.astimezone(UTC) - (end - start)


def _moved(first: datetime, start: datetime, until: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant as far into the other period as `until` is into this one."""
    began, now, other = (at.astimezone(zone) for at in (start, until, first))
    days = (now.date() - began.date()).days
    passed = datetime.combine(date.min, now.time()) - datetime.combine(date.min, began.time())
    day = other.date() + timedelta(days=days)
    wall = datetime.combine(day, other.time()) + passed
    return _placed(wall.date(), wall.time(), zone, now.fold)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _placed(day: date, at: time, zone: ZoneInfo, fold: int) -> datetime:
    return datetime.combine(day, at.replace(fold=fold), tzinfo=zone).astimezone(UTC)


def _months_later(day: date, months: int) -> date:
    """Return the day of that month, its last one where the month is shorter."""
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    following = date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - timedelta(days=1)).day))
