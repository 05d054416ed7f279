"""The site's power drawn: what was metered, what is planned, and the limit over both."""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo

import altair as alt
import pandas as pd

from dashboards import format as fmt
from dashboards.palette import Palette
from dashboards.site_power import SitePower
from dashboards.widgets import timeaxis
from ocpp_core.domain.view import LiveView

HEIGHT_PX = 300
PRICE_HEIGHT_PX = 124
"""With its time axis, which takes half of it."""
_Y_AXIS_PX = 58
"""Same for both charts, so that their times stand below each other."""


def chart(power: SitePower, view: LiveView, colours: Palette) -> alt.LayerChart:
    """Return the chart of `power`; `price_chart` goes below it where prices are known."""
    zone = ZoneInfo(view.timezone)
    frame = power.frame
    divisor, unit = fmt.power_unit(max(view.limit_w, view.peak_month_w, _highest(frame)))
    x = _x(power, zone, labels=not power.priced)
    y = alt.Y("y0:Q", axis=_y_axis(unit))
    areas, lines = _areas(frame, divisor), _lines(frame, divisor)
    layers: list[alt.Chart] = []
    for ahead, opacity in ((False, 0.9), (True, 0.38)):
        layers.extend(
            alt.Chart(areas[(areas["ahead"] == ahead) & (areas["what"] == what)])
            .mark_area(
                interpolate="step-after", opacity=opacity, color=colour, line=False, clip=True
            )
            .encode(x=x, y=y, y2=alt.Y2("y1"), detail=alt.Detail("segment:N"))
            for what, colour in (
                ("building", colours.building),
                ("charging", colours.charging),
                ("pv", colours.pv),
            )
        )
        layers.append(
            alt.Chart(lines[lines["ahead"] == ahead])
            .mark_line(
                interpolate="step-after",
                clip=True,
                color=colours.grid,
                strokeWidth=1.8,
                strokeDash=[5, 3] if ahead else [1, 0],
                opacity=0.75 if ahead else 1.0,
            )
            .encode(x=x, y=alt.Y("y0:Q"), detail=alt.Detail("segment:N"))
        )
    layers += _levels(power, view, divisor, colours)
    layers += _now_mark(power, zone, colours)
    layers.append(_tooltips(frame, x, zone, view.currency))
    return alt.LayerChart(layer=layers).properties(height=HEIGHT_PX)


def price_chart(power: SitePower, view: LiveView, colours: Palette) -> alt.Chart:
    """Return the band of prices, its times below those of `chart`."""
    zone = ZoneInfo(view.timezone)
    price = power.frame["price_per_kwh"]
    steps = _steps(power.frame.assign(ahead=False), 0 * price.fillna(0), price, price.notna())
    band: alt.Chart = (
        alt.Chart(steps)
        .mark_area(interpolate="step-after", color=colours.price, opacity=0.45, clip=True)
        .encode(
            x=_x(power, zone, labels=True),
            y=alt.Y("y0:Q", stack=None, axis=_y_axis("", ticks=2)),
            y2=alt.Y2("y1"),
            detail=alt.Detail("segment:N"),
        )
        .properties(height=PRICE_HEIGHT_PX)
    )
    return band


def legend(colours: Palette) -> list[tuple[str, str]]:
    """Return words and colours of the chart."""
    return [
        ("charging", colours.charging),
        ("building", colours.building),
        ("PV (below zero)", colours.pv),
        ("grid import (dashed: planned)", colours.grid),
        ("limit", colours.limit),
    ]


def _highest(frame: pd.DataFrame) -> float:
    top = (frame["building_w"].fillna(0) + frame["charging_w"].fillna(0)).max()
    return 0.0 if frame.empty else float(top)


def _areas(frame: pd.DataFrame, divisor: float) -> pd.DataFrame:
    building, charging = frame["building_w"].fillna(0), frame["charging_w"].fillna(0)
    parts = {
        "building": (0 * building, building, frame["building_w"].notna()),
        "charging": (building, building + charging, frame["charging_w"].notna()),
        "pv": (0 * building, -frame["pv_w"].fillna(0), frame["pv_w"].fillna(0) > 0),
    }
    return pd.concat(
        [
            _steps(frame, low / divisor, high / divisor, known).assign(what=what)
            for what, (low, high, known) in parts.items()
        ],
        ignore_index=True,
    )


def _lines(frame: pd.DataFrame, divisor: float) -> pd.DataFrame:
    value = frame["grid_w"] / divisor
    return _steps(frame, value, value, value.notna())


def _steps(frame: pd.DataFrame, low: pd.Series, high: pd.Series, known: pd.Series) -> pd.DataFrame:
    """Return the corners of a step curve; a gap in the data starts a new segment."""
    rows: list[tuple[float, float, float, bool, str]] = []
    segment, last_end = 0, None
    starts, ends = timeaxis.epochs_ms(frame["start"]), timeaxis.epochs_ms(frame["end"])
    for start, end, y0, y1, ahead, there in zip(
        starts, ends, low, high, frame["ahead"], known, strict=True
    ):
        if not there or end <= start:
            continue
        name = f"{'plan' if ahead else 'past'}-{segment}"
        if last_end is not None and rows[-1][4] != name:
            last_end = None
        if last_end is not None and start > last_end:
            segment += 1
            name = f"{'plan' if ahead else 'past'}-{segment}"
        elif last_end is not None:
            # The corner that closed the step before is where this one starts.
            rows.pop()
        rows += [(start, y0, y1, ahead, name), (end, y0, y1, ahead, name)]
        last_end = end
    return pd.DataFrame(rows, columns=["t", "y0", "y1", "ahead", "segment"]).astype(
        {"t": "float64", "y0": "float64", "y1": "float64", "ahead": "bool", "segment": "str"}
    )


def _levels(power: SitePower, view: LiveView, divisor: float, colours: Palette) -> list[alt.Chart]:
    left, right = timeaxis.epoch_ms(power.start), timeaxis.epoch_ms(power.end)
    levels = [("limit", view.limit_w, colours.limit, [1, 0], 2.0, left)]
    if view.peak_month_w > 0:
        # At the other end, so that the words stay apart when the levels are near.
        levels.append(("month's peak", view.peak_month_w, colours.muted, [2, 3], 1.2, right))
    layers = []
    for name, level_w, colour, dash, width, t in levels:
        data = pd.DataFrame(
            {"t": [float(t)], "y": [level_w / divisor], "text": [f"{name} {fmt.power(level_w)}"]}
        )
        base = alt.Chart(data)
        layers += [
            base.mark_rule(color=colour, strokeDash=dash, strokeWidth=width).encode(y=alt.Y("y:Q")),
            *_words(base, colour, colours, align="left" if t == left else "right"),
        ]
    return layers


def _words(
    base: alt.Chart, colour: str, colours: Palette, *, align: Literal["left", "right"]
) -> list[alt.Chart]:
    """Return a text above its line, with a rim that keeps it readable over areas."""
    shift = 5 if align == "left" else -5
    return [
        base.mark_text(
            align=align,
            baseline="bottom",
            fontSize=11,
            fontWeight=600,
            dx=shift,
            dy=-4,
            color=colours.paper if rim else colour,
            stroke=colours.paper if rim else alt.Undefined,
            strokeWidth=4 if rim else 0,
            opacity=0.85 if rim else 1.0,
        ).encode(x=alt.X("t:Q"), y=alt.Y("y:Q"), text=alt.Text("text:N"))
        for rim in (True, False)
    ]


def _now_mark(power: SitePower, zone: ZoneInfo, colours: Palette) -> list[alt.Chart]:
    data = pd.DataFrame(
        {
            "t": [float(timeaxis.epoch_ms(power.now))],
            "text": [f"now {power.now.astimezone(zone):%H:%M}"],
        }
    )
    base = alt.Chart(data)
    return [
        base.mark_rule(color=colours.muted, strokeWidth=1).encode(x=alt.X("t:Q")),
        base.mark_text(
            color=colours.muted, baseline="bottom", fontSize=11, fontWeight=600, dy=-4
        ).encode(x=alt.X("t:Q"), y=alt.value(0), text=alt.Text("text:N")),
    ]


def _tooltips(frame: pd.DataFrame, x: alt.X, zone: ZoneInfo, currency: str) -> alt.Chart:
    """Return an invisible strip for each slot that tells its numbers."""
    data = pd.DataFrame(
        {
            "t": timeaxis.epochs_ms(frame["start"]),
            "t2": timeaxis.epochs_ms(frame["end"]),
            "time": [
                f"{a.astimezone(zone):%a %H:%M}–{fmt.clock(b.to_pydatetime(), zone)}"
                for a, b in zip(frame["start"], frame["end"], strict=True)
            ],
            "kind": frame["ahead"].map({True: "planned", False: "metered"}),
            "grid import": frame["grid_w"].map(fmt.power),
            "charging": frame["charging_w"].map(fmt.power),
            "building": frame["building_w"].map(fmt.power),
            "PV": frame["pv_w"].map(fmt.power),
            "price": frame["price_per_kwh"].map(lambda p: fmt.price(p, currency)),
        }
    )
    strips: alt.Chart = (
        alt.Chart(data)
        .mark_rect(opacity=0)
        .encode(
            x=x,
            x2=alt.X2("t2"),
            tooltip=[alt.Tooltip(f"{name}:N") for name in data.columns[2:]],
        )
    )
    return strips


def _x(power: SitePower, zone: ZoneInfo, *, labels: bool) -> alt.X:
    domain = [timeaxis.epoch_ms(power.start), timeaxis.epoch_ms(power.end)]
    return alt.X(
        "t:Q",
        scale=alt.Scale(domain=domain, nice=False, zero=False),
        axis=timeaxis.axis(power.start, power.end, zone, labels=labels),
    )


def _y_axis(unit: str, ticks: int = 5) -> alt.Axis:
    return alt.Axis(
        labelExpr=f"datum.label + '{f' {unit}' if unit else ''}'",
        title=None,
        tickCount=ticks,
        minExtent=_Y_AXIS_PX,
        maxExtent=_Y_AXIS_PX,
        domain=False,
        ticks=False,
        gridOpacity=0.5,
    )
