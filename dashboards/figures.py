"""From the Reader's frames to what charts and tiles show: pure pandas, no page.

Sums keep what is missing apart from what is zero: a sum over nothing known is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.periods import Against
from dashboards.period import Bucket, Period

type Grain = Literal["hour", "day", "month"]

GRAINS: dict[Bucket, Grain] = {
    Bucket.HOUR: "hour",
    Bucket.DAY: "day",
    Bucket.WEEK: "day",
    Bucket.MONTH: "month",
}
"""How fine the Reader is asked so that the buckets can be summed from the answer."""

ALL = "all"
"""The Reader's name for all connectors together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A period as instants, with the part of it that has passed."""

    start: datetime
    end: datetime
    until: datetime
    """End of what can have been metered: `end`, or now where that is earlier."""


def span_of(period: Period, zone: ZoneInfo, now: datetime) -> Span:
    """Return the instants of `period`."""
    start, end = period.bounds(zone)
    return Span(start=start, end=end, until=max(start, min(end, now)))


def compared_span(
    period: Period, zone: ZoneInfo, now: datetime, against: Against = Against.PREVIOUS
) -> tuple[Span, str]:
    """Return what `period` is compared with, and its name.

    A period that still runs is compared with the same length of the other one, so that half a
    month does not lose against a whole one.
    """
    this = span_of(period, zone, now)
    before = period.compared(against)
    start, end = before.bounds(zone)
    if this.start <= now < this.end:
        until = min(end, start + (now - this.start))
        return Span(start=start, end=end, until=until), f"the same part of {before}"
    return Span(start=start, end=end, until=end), str(before)


def folded(
    frame: pd.DataFrame, edges: Sequence[datetime], columns: Sequence[str], at: str = "period_start"
) -> pd.DataFrame:
    """Sum `columns` into the buckets between `edges`: columns start, end and those asked for."""
    out = pd.DataFrame(
        {"start": pd.to_datetime(edges[:-1], utc=True), "end": pd.to_datetime(edges[1:], utc=True)}
    )
    if frame.empty:
        return out.assign(**dict.fromkeys(columns, float("nan")))
    bucket = _bucket_of(frame[at], edges)
    inside = (bucket >= 0) & (bucket < len(edges) - 1)
    sums = (
        frame.loc[inside, list(columns)].astype("float64").groupby(bucket[inside]).sum(min_count=1)
    )
    return out.join(sums)


def site_energy(power: pd.DataFrame, edges: Sequence[datetime], step_s: int) -> pd.DataFrame:
    """Turn mean powers (the Reader's `site_power`) into energy for each bucket.

    Columns: start, end, building_kwh, pv_kwh, import_kwh.
    """
    hours = step_s / 3600
    energy = pd.DataFrame(
        {
            "at": power["at"],
            "building_kwh": power["building_w"].astype("float64") * hours / 1e3,
            "pv_kwh": power["pv_w"].astype("float64") * hours / 1e3,
            "import_kwh": power["site_w"].astype("float64").clip(lower=0) * hours / 1e3,
        }
    )
    return folded(energy, edges, ["building_kwh", "pv_kwh", "import_kwh"], at="at")


def filled(
    frame: pd.DataFrame,
    columns: Sequence[str],
    span: Span,
    covered: tuple[datetime, datetime] | None,
) -> pd.DataFrame:
    """Put 0 where there is data and nothing happened; the rest of the missing stays missing."""
    if covered is None:
        return frame
    start = pd.Timestamp(max(span.start, covered[0]))
    end = pd.Timestamp(min(span.until, covered[1]))
    inside = (frame["end"] > start) & (frame["start"] < end)
    return frame.assign(**{c: frame[c].mask(inside & frame[c].isna(), 0.0) for c in columns})


def by_hour(hourly: pd.DataFrame, column: str, zone: ZoneInfo, *, row: pd.Series) -> pd.DataFrame:
    """Arrange hourly values (with a column start) by hour of the day: columns row, hour, value.

    An hour that a clock change repeats counts as one.
    """
    if hourly.empty:
        return pd.DataFrame(columns=["row", "hour", "value"])
    cells = pd.DataFrame(
        {
            "row": row,
            "hour": hourly["start"].dt.tz_convert(zone).dt.hour,
            "value": hourly[column].astype("float64"),
        }
    )
    return cells.groupby(["row", "hour"])[["value"]].sum(min_count=1).reset_index()


def local_days(times: pd.Series, zone: ZoneInfo) -> pd.Series:
    """Return the local date of each time."""
    local = times.dt.tz_convert(zone)
    return pd.Series([at.date() for at in local], index=times.index, dtype="object")


def mean_by_weekday(cells: pd.DataFrame) -> pd.DataFrame:
    """Turn rows of dates into rows of weekdays (0 is Monday) with the mean of their values."""
    weekday = pd.to_datetime(cells["row"]).dt.day_of_week
    return cells.assign(row=weekday).groupby(["row", "hour"])[["value"]].mean().reset_index()


def change(now: float, before: float) -> float | None:
    """Return the relative change, None where it has no meaning."""
    if math.isnan(now) or math.isnan(before) or before == 0:
        return None
    return (now - before) / abs(before)


def total(frame: pd.DataFrame, column: str) -> float:
    """Sum a column; NaN when nothing is known."""
    if frame.empty:
        return float("nan")
    return float(frame[column].astype("float64").sum(min_count=1))


def step_for(span: Span) -> int:
    """Return the step to ask site power in, s: the demand charge's 15 min while rows are few."""
    return 900 if span.end - span.start <= timedelta(days=100) else 3600


def _bucket_of(times: pd.Series, edges: Sequence[datetime]) -> pd.Series:
    marks = pd.DatetimeIndex(pd.to_datetime(list(edges), utc=True)).as_unit("us")
    instants = pd.DatetimeIndex(times).tz_convert("UTC").as_unit("us")
    return pd.Series(marks.searchsorted(instants, side="right") - 1, index=times.index)
