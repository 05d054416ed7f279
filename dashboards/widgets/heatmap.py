"""Hours of the day against days, or weekdays: when something happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import altair as alt
import pandas as pd

from dashboards.palette import Palette

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def heatmap(
    cells: pd.DataFrame,
    *,
    zone: ZoneInfo,
    colour: str,
    colours: Palette,
    word: str,
    write: Callable[[float], str],
    names: Callable[[Any], str],
    largest: float | None = None,
) -> alt.Chart:
    """Return a heat map of `figures.by_hour`'s columns; cells that are missing are unknown.

    `names` writes what the rows stand for; they are sorted by their values.
    """
    known = cells.dropna(subset=["value"])
    rows = sorted(set(known["row"]))
    named = {row: names(row) for row in rows}
    data = pd.DataFrame(
        {
            "row": known["row"].map(named),
            "hour": known["hour"].map(lambda h: f"{h:02d}"),
            "value": known["value"],
            word: known["value"].map(write),
            "when": known["row"].map(named)
            + known["hour"].map(lambda h: f" {h:02d}:00–{(h + 1) % 24:02d}:00"),
        }
    )
    top = largest or max(float(known["value"].max()) if len(known) else 0.0, 1e-9)
    chart: alt.Chart = (
        alt.Chart(data)
        .mark_rect(cornerRadius=2, stroke=colours.paper, strokeWidth=1)
        .encode(
            x=alt.X(
                "hour:O",
                sort=[f"{h:02d}" for h in range(24)],
                scale=alt.Scale(domain=[f"{h:02d}" for h in range(24)]),
                axis=alt.Axis(
                    title=f"hour of the day, {zone.key}",
                    titleFontWeight="normal",
                    labelAngle=0,
                    labelOverlap=True,
                    ticks=False,
                    domain=False,
                ),
            ),
            y=alt.Y(
                "row:O",
                sort=[named[row] for row in rows],
                axis=alt.Axis(title=None, ticks=False, domain=False, labelOverlap=True),
            ),
            color=alt.Color(
                "value:Q",
                scale=alt.Scale(
                    domain=[0, top], range=[colours.free, colour], interpolate="rgb", clamp=True
                ),
                legend=None,
            ),
            tooltip=[alt.Tooltip("when:N"), alt.Tooltip(f"{word}:N")],
        )
        .properties(height=max(140, min(24 * len(rows), 420) + 50))
    )
    return chart


def weekday_name(weekday: int) -> str:
    """Write a weekday, 0 is Monday."""
    return _WEEKDAYS[weekday]


def date_name(day: date) -> str:
    """Write a date: `Wed 6 Mar`."""
    return f"{day:%a} {day.day} {day:%b}"
