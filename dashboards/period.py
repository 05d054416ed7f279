"""Periods of the calendar at the site: what the period picker picks.

A period is a half-open range of local dates; its instants follow from the site's zone, so that a
day on which the clocks change has 23 or 25 hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from analytics.periods import Against


class PeriodKind(StrEnum):
    """Lengths that can be picked."""

    RECENT = "recent"
    """The last four weeks, today included: whole weeks compare weekday with weekday."""
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    CUSTOM = "custom"


class Bucket(StrEnum):
    """Widths that a period is cut into."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


BUCKETS: Mapping[PeriodKind, tuple[Bucket, ...]] = {
    PeriodKind.RECENT: (Bucket.DAY, Bucket.WEEK, Bucket.HOUR),
    PeriodKind.DAY: (Bucket.HOUR,),
    PeriodKind.WEEK: (Bucket.DAY, Bucket.HOUR),
    PeriodKind.MONTH: (Bucket.DAY, Bucket.WEEK, Bucket.HOUR),
    PeriodKind.QUARTER: (Bucket.WEEK, Bucket.DAY, Bucket.MONTH),
    PeriodKind.YEAR: (Bucket.MONTH, Bucket.WEEK, Bucket.DAY),
}
"""Useful bucket widths of each kind, the default one first."""

RECENT_LENGTH = timedelta(weeks=4)
LONGEST_CUSTOM_DAYS = 3 * 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Local dates from `first` up to, not including, `end`."""

    kind: PeriodKind
    first: date
    end: date

    @classmethod
    def containing(cls, kind: PeriodKind, day: date) -> Period:
        """Return the period of `kind` that `day` lies in or closes; weeks start on Monday."""
        first, end = day, day + timedelta(days=1)
        match kind:
            case PeriodKind.RECENT:
                first = end - RECENT_LENGTH
            case PeriodKind.DAY | PeriodKind.CUSTOM:
                pass
            case PeriodKind.WEEK:
                first = day - timedelta(days=day.weekday())
                end = first + timedelta(days=7)
            case PeriodKind.MONTH:
                first = day.replace(day=1)
                end = _months_later(first, 1)
            case PeriodKind.QUARTER:
                first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
                end = _months_later(first, 3)
            case PeriodKind.YEAR:
                first, end = date(day.year, 1, 1), date(day.year + 1, 1, 1)
        return cls(kind=kind, first=first, end=end)

    @classmethod
    def custom(cls, first: date, last: date) -> Period:
        """Return the dates from `first` to `last`, both included, in either order."""
        first, last = min(first, last), max(first, last)
        last = min(last, first + timedelta(days=LONGEST_CUSTOM_DAYS - 1))
        return cls(kind=PeriodKind.CUSTOM, first=first, end=last + timedelta(days=1))

    @classmethod
    def from_link(cls, link: Mapping[str, str], today: date, default: PeriodKind) -> Period:
        """Read a period from the parameters of a page's address; what is unreadable is ignored."""
        kind = _kind_or(link.get("period"), default)
        stated = _date_or_none(link.get("from"))
        first = stated or today
        if kind is PeriodKind.CUSTOM:
            return cls.custom(first, _date_or_none(link.get("to")) or first)
        if kind is PeriodKind.RECENT and stated is not None:
            return cls(kind=kind, first=stated, end=stated + RECENT_LENGTH)
        return cls.containing(kind, first)

    def to_link(self, today: date) -> dict[str, str]:
        """Return the parameters that `from_link` reads; a current period stays current."""
        if self.kind is PeriodKind.CUSTOM:
            return {
                "period": self.kind.value,
                "from": self.first.isoformat(),
                "to": self.last.isoformat(),
            }
        if self == Period.containing(self.kind, today):
            return {"period": self.kind.value}
        return {"period": self.kind.value, "from": self.first.isoformat()}

    @property
    def last(self) -> date:
        """The last local date inside."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        """Number of local dates."""
        return (self.end - self.first).days

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return start and end as instants, UTC."""
        return midnight(self.first, zone), midnight(self.end, zone)

    def previous(self) -> Period:
        """Return the period of the same kind just before."""
        if self.kind in {PeriodKind.CUSTOM, PeriodKind.RECENT}:
            return Period(
                kind=self.kind, first=self.first - timedelta(days=self.days), end=self.first
            )
        return Period.containing(self.kind, self.first - timedelta(days=1))

    def year_before(self) -> Period:
        """Return the same dates a year before; 29 February becomes the 28th."""
        return Period(kind=self.kind, first=_year_before(self.first), end=_year_before(self.end))

    def compared(self, against: Against) -> Period:
        """Return the period that it is compared with."""
        return self.year_before() if against is Against.YEAR else self.previous()

    def following(self) -> Period:
        """Return the period of the same kind just after."""
        if self.kind in {PeriodKind.CUSTOM, PeriodKind.RECENT}:
            return Period(kind=self.kind, first=self.end, end=self.end + timedelta(days=self.days))
        return Period.containing(self.kind, self.end)

    def buckets(self) -> tuple[Bucket, ...]:
        """Return the bucket widths that make sense here, the default one first."""
        if self.kind is not PeriodKind.CUSTOM:
            return BUCKETS[self.kind]
        if self.days <= 2:
            return (Bucket.HOUR,)
        if self.days <= 45:
            return (Bucket.DAY, Bucket.HOUR)
        if self.days <= 200:
            return (Bucket.WEEK, Bucket.DAY, Bucket.MONTH)
        return (Bucket.MONTH, Bucket.WEEK, Bucket.DAY)

    def edges(self, bucket: Bucket, zone: ZoneInfo) -> list[datetime]:
        """Return the instants at which buckets start, and the period's end as the last one."""
        start, end = self.bounds(zone)
        if bucket is Bucket.HOUR:
            hours = round((end - start) / timedelta(hours=1))
            return [start + timedelta(hours=n) for n in range(hours)] + [end]
        edges, day = [start], self.first
        while (day := _bucket_end(day, bucket)) < self.end:
            edges.append(midnight(day, zone))
        return [*edges, end]

    def __str__(self) -> str:
        """Return the period as a heading: `Wed 6 Mar 2019`, `4–10 Mar 2019`, `Q1 2019`."""
        first, last = self.first, self.last
        match self.kind:
            case PeriodKind.DAY:
                return f"{first:%a} {first.day} {first:%b %Y}"
            case PeriodKind.WEEK:
                return f"Week {first.isocalendar().week}, {_span(first, last)}"
            case PeriodKind.MONTH:
                return f"{first:%B %Y}"
            case PeriodKind.QUARTER:
                return f"Q{(first.month + 2) // 3} {first.year}"
            case PeriodKind.YEAR:
                return f"{first.year}"
            case PeriodKind.CUSTOM | PeriodKind.RECENT:
                return _span(first, last)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which `day` starts in `zone`, UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _bucket_end(day: date, bucket: Bucket) -> date:
    match bucket:
        case Bucket.HOUR | Bucket.DAY:
            return day + timedelta(days=1)
        case Bucket.WEEK:
            return Period.containing(PeriodKind.WEEK, day).end
        case Bucket.MONTH:
            return Period.containing(PeriodKind.MONTH, day).end


def _year_before(day: date) -> date:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap else day.day)


def _months_later(first_of_month: date, months: int) -> date:
    index = first_of_month.year * 12 + first_of_month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _span(first: date, last: date) -> str:
    if first == last:
        return f"{first.day} {first:%b %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {last:%b %Y}"
    if first.year == last.year:
        return f"{first.day} {first:%b} – {last.day} {last:%b %Y}"
    return f"{first.day} {first:%b %Y} – {last.day} {last:%b %Y}"


def _kind_or(text: str | None, default: PeriodKind) -> PeriodKind:
    try:
        return PeriodKind(text or "")
    except ValueError:
        return default


def _date_or_none(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
