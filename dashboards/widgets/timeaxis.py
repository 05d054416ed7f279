"""Time axes in the site's zone, whatever zone the browser is in.

Charts get instants as plain milliseconds; ticks and their labels are computed here, so that a day
on which the clocks change has its 23 or 25 hours and the viewer's own zone plays no part.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import altair as alt
import pandas as pd

from dashboards.format import zone_name
from dashboards.period import midnight

_HOUR_STEPS = (1, 2, 3, 4, 6, 12)
_DAY_STEPS = (1, 2, 7, 14)
_MONTH_STEPS = (1, 2, 3, 6, 12)


def epoch_ms(at: datetime) -> int:
    """Return an instant as milliseconds, what Vega calls a time."""
    return round(at.timestamp() * 1000)


def epochs_ms(times: pd.Series) -> pd.Series:
    """Return aware times as milliseconds; `NaT` becomes NaN."""
    return (times - pd.Timestamp(0, tz=UTC)) / pd.Timedelta(milliseconds=1)


def ticks(
    start: datetime, end: datetime, zone: ZoneInfo, most: int = 9
) -> list[tuple[datetime, str]]:
    """Return at most about `most` round local times in [start, end] with their labels."""
    span = end - start
    for hours in _HOUR_STEPS:
        if span <= timedelta(hours=hours) * most:
            return [(at, _time_label(at, zone)) for at in _hours(start, end, zone, hours)]
    for days in _DAY_STEPS:
        if span <= timedelta(days=days) * most:
            return [(at, _day_label(at, zone)) for at in _days(start, end, zone, days)]
    months = next((m for m in _MONTH_STEPS if span <= timedelta(days=31 * m) * most), 12)
    return [(at, _month_label(at, zone)) for at in _months(start, end, zone, months)]


def axis(start: datetime, end: datetime, zone: ZoneInfo, *, labels: bool = True) -> alt.Axis:
    """Return an x axis from `start` to `end` that says which zone it is in."""
    title = axis_title(start, end, zone) if labels else None
    return _axis(ticks(start, end, zone), title, labels=labels)


def bucket_axis(starts: Sequence[datetime], end: datetime, zone: ZoneInfo) -> alt.Axis:
    """Return an x axis for bars: hours are marked where they start, longer buckets by name."""
    edges = [*starts, end]
    if edges[1] - edges[0] <= timedelta(hours=2):
        return axis(edges[0], end, zone)
    name = _month_label if edges[1] - edges[0] > timedelta(days=8) else _day_label
    every = -(-len(starts) // 12)
    marks = [
        (edges[n] + (edges[n + 1] - edges[n]) / 2, name(edges[n], zone))
        for n in range(0, len(starts), every)
    ]
    return _axis(marks, axis_title(edges[0], end, zone), labels=True)


def _axis(marks: list[tuple[datetime, str]], title: str | None, *, labels: bool) -> alt.Axis:
    texts = json.dumps({str(epoch_ms(at)): label for at, label in marks}, ensure_ascii=False)
    return alt.Axis(
        values=[epoch_ms(at) for at, _ in marks],
        labelExpr=f"({texts})[toString(datum.value)]",
        labels=labels,
        labelOverlap=True,
        labelFlush=False,
        title=title,
        titleFontWeight="normal",
        grid=True,
        gridOpacity=0.35,
        ticks=labels,
        domain=False,
    )


def axis_title(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Name the zone of an axis: `site time, America/Los_Angeles (PST)`."""
    names = dict.fromkeys((zone_name(start, zone), zone_name(end, zone)))
    return f"site time, {zone.key} ({'/'.join(names)})"


def _time_label(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return _day_label(at, zone) if (local.hour, local.minute) == (0, 0) else f"{local:%H:%M}"


def _day_label(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}"


def _month_label(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%b %Y}" if local.month == 1 else f"{local:%b}"


def _hours(start: datetime, end: datetime, zone: ZoneInfo, step: int) -> Iterator[datetime]:
    at = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while at <= end:
        if at >= start and at.astimezone(zone).hour % step == 0:
            yield at
        at += timedelta(hours=1)


def _days(start: datetime, end: datetime, zone: ZoneInfo, step: int) -> Iterator[datetime]:
    day = start.astimezone(zone).date()
    if step % 7 == 0:
        day -= timedelta(days=day.weekday())
    while (at := midnight(day, zone)) <= end:
        if at >= start:
            yield at
        day += timedelta(days=step)


def _months(start: datetime, end: datetime, zone: ZoneInfo, step: int) -> Iterator[datetime]:
    first = start.astimezone(zone).date()
    index = first.year * 12 + (first.month - 1) // step * step
    while (at := midnight(date(index // 12, index % 12 + 1, 1), zone)) <= end:
        if at >= start:
            yield at
        index += step
