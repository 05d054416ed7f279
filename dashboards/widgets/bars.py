"""Bar charts: over time with a period before as marks, and ranked by connector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import altair as alt
import pandas as pd

from dashboards.palette import Palette
from dashboards.widgets import timeaxis

HEIGHT_PX = 280
_FILL = 0.82
"""Part of a bucket that its bar covers."""
_CHARACTER_SHARE = 0.022
"""Part of the longest bar that a character written beside it takes, on a phone."""


def over_time(
    frame: pd.DataFrame,
    stack: Sequence[tuple[str, str, str]],
    *,
    zone: ZoneInfo,
    unit: str,
    write: Callable[[float], str],
    colours: Palette,
    below: tuple[str, str, str] | None = None,
    marks: tuple[str, pd.Series] | None = None,
    lines: Sequence[tuple[str, str, str]] = (),
) -> alt.LayerChart:
    """Return stacked bars, one for each row of `frame` (columns start, end and values in `unit`).

    `stack` and `below` (drawn under zero) are (column, word, colour), `lines` too, drawn as a line
    over the bars; `marks` is a word and one value for each row, drawn as a tick across the bar.
    """
    start, end = frame["start"].min().to_pydatetime(), frame["end"].max().to_pydatetime()
    left, right = timeaxis.epochs_ms(frame["start"]), timeaxis.epochs_ms(frame["end"])
    gap = (right - left) * (1 - _FILL) / 2
    x = alt.X(
        "t:Q",
        scale=alt.Scale(
            domain=[timeaxis.epoch_ms(start), timeaxis.epoch_ms(end)], nice=False, zero=False
        ),
        axis=timeaxis.bucket_axis([at.to_pydatetime() for at in frame["start"]], end, zone),
    )
    y = alt.Y("y0:Q", axis=value_axis(unit))
    layers: list[alt.Chart] = []
    foot = pd.Series(0.0, index=frame.index)
    drawn = [(column, colour, 1.0) for column, _, colour in stack]
    if below is not None:
        drawn.append((below[0], below[2], -1.0))
    for column, colour, sign in drawn:
        value = frame[column].astype("float64")
        base = foot if sign > 0 else 0 * foot
        data = pd.DataFrame(
            {"t": left + gap, "t2": right - gap, "y0": base, "y1": base + sign * value.fillna(0)}
        )[value.fillna(0) != 0]
        if sign > 0:
            foot = foot + value.fillna(0)
        layers.append(
            alt.Chart(data)
            .mark_rect(color=colour, cornerRadius=1)
            .encode(x=x, x2=alt.X2("t2"), y=y, y2=alt.Y2("y1"))
        )
    for column, _, colour in lines:
        data = pd.DataFrame({"t": (left + right) / 2, "y0": frame[column]}).dropna()
        layers.append(
            alt.Chart(data)
            .mark_line(color=colour, strokeWidth=2, point={"color": colour, "size": 28})
            .encode(x=x, y=y)
        )
    if marks is not None:
        before = marks[1].reset_index(drop=True).reindex(range(len(frame)))
        data = pd.DataFrame({"t": left.array, "t2": right.array, "y0": before.array}).dropna()
        layers.append(
            alt.Chart(data)
            .mark_rule(color=colours.grid, strokeWidth=2, opacity=0.75)
            .encode(x=x, x2=alt.X2("t2"), y=y)
        )
    layers.append(
        _tooltips(frame, [*stack, *([below] if below else []), *lines], marks, x, zone, write)
    )
    return alt.LayerChart(layer=layers).properties(height=HEIGHT_PX)


def ranked(
    frame: pd.DataFrame,
    name: str,
    stack: Sequence[tuple[str, str, str]],
    *,
    unit: str,
    write: Callable[[float], str],
    colours: Palette,
    marks: tuple[str, pd.Series] | None = None,
) -> alt.LayerChart:
    """Return horizontal stacked bars with the total written at their ends.

    `marks` is a word and what the total was in the period that is compared with, as ticks.
    """
    order = list(frame[name])
    y = alt.Y(
        f"{name}:N",
        sort=order,
        axis=alt.Axis(title=None, ticks=False, domain=False, labelLimit=120),
    )
    layers: list[alt.Chart] = []
    foot = pd.Series(0.0, index=frame.index)
    tips = pd.DataFrame({name: frame[name]})
    total = frame[[column for column, _, _ in stack]].astype("float64").sum(axis=1)
    text = total.map(write)
    written = _CHARACTER_SHARE * text.str.len()
    most = max(1e-9, float(total.max()))
    told = None if marks is None else marks[1].astype("float64")
    if told is not None:
        most = max(most, float(told.fillna(0).max()))
    # With room for the total that is written at the end of the longest one.
    scale = alt.Scale(domain=[0, (1 + float(written.max())) * most], nice=True)
    for column, word, colour in stack:
        value = frame[column].astype("float64").fillna(0)
        tips[word] = frame[column].map(write)
        data = pd.DataFrame({name: frame[name], "x0": foot, "x1": foot + value})
        foot = foot + value
        layers.append(
            alt.Chart(data)
            .mark_bar(color=colour, height=alt.RelativeBandSize(0.66), cornerRadius=1)
            .encode(y=y, x=alt.X("x0:Q", axis=value_axis(unit), scale=scale), x2=alt.X2("x1"))
        )
    end = foot
    if marks is not None and told is not None:
        tips[marks[0]] = told.map(write)
        # A total stands beyond a tick that it would be written on.
        end = foot.where(~told.between(foot, foot + written * most), told)
        layers.append(
            alt.Chart(pd.DataFrame({name: frame[name], "x0": told}).dropna())
            .mark_tick(color=colours.grid, thickness=2, size=22)
            .encode(y=y, x=alt.X("x0:Q"))
        )
    ends = pd.DataFrame({name: frame[name], "x0": end, "text": text})
    layers.append(
        alt.Chart(ends)
        .mark_text(align="left", dx=5, color=colours.muted, fontSize=11)
        .encode(y=y, x=alt.X("x0:Q"), text=alt.Text("text:N"))
    )
    layers.append(
        alt.Chart(tips.assign(x0=0.0, x1=most))
        .mark_bar(opacity=0)
        .encode(
            y=y,
            x=alt.X("x0:Q"),
            x2=alt.X2("x1"),
            tooltip=[alt.Tooltip(f"{word}:N") for word in tips.columns],
        )
    )
    return alt.LayerChart(layer=layers).properties(height=max(90, 34 * len(frame) + 40))


def value_axis(unit: str) -> alt.Axis:
    """Return an axis whose every label carries its unit."""
    return alt.Axis(
        labelExpr=f"datum.label + ' {unit}'",
        title=None,
        tickCount=5,
        domain=False,
        ticks=False,
        gridOpacity=0.5,
    )


def bucket_words(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Name a bucket: `Wed 6 Mar 14:00–15:00 PST`, `Wed 6 Mar 2019`, `4–10 Mar 2019`."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    if (end - start).total_seconds() <= 3 * 3600:
        return f"{first:%a} {first.day} {first:%b %H:%M}–{last:%H:%M} {last.tzname()}"
    if (end - start).total_seconds() <= 25 * 3600:
        return f"{first:%a} {first.day} {first:%b %Y}"
    if first.day == 1 and last.day == 1:
        return f"{first:%B %Y}"
    return f"from {first:%a} {first.day} {first:%b %Y}"


def _tooltips(
    frame: pd.DataFrame,
    series: Sequence[tuple[str, str, str]],
    marks: tuple[str, pd.Series] | None,
    x: alt.X,
    zone: ZoneInfo,
    write: Callable[[float], str],
) -> alt.Chart:
    data = pd.DataFrame(
        {
            "t": timeaxis.epochs_ms(frame["start"]),
            "t2": timeaxis.epochs_ms(frame["end"]),
            "time": [
                bucket_words(a, b, zone) for a, b in zip(frame["start"], frame["end"], strict=True)
            ],
        }
    )
    for column, word, _ in series:
        data[word] = frame[column].map(write)
    if marks is not None:
        data[marks[0]] = marks[1].reset_index(drop=True).reindex(range(len(frame))).map(write).array
    strips: alt.Chart = (
        alt.Chart(data)
        .mark_rect(opacity=0)
        .encode(
            x=x, x2=alt.X2("t2"), tooltip=[alt.Tooltip(f"{word}:N") for word in data.columns[2:]]
        )
    )
    return strips
