"""The site's power: what was metered, what is planned, and the limit over both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import altair as alt
import pandas as pd

from dashboards import format as fmt
from dashboards.palette import Palette
from dashboards.widgets import timeaxis
from ocpp_core.domain.view import LiveView

HEIGHT_PX = 300
PRICE_HEIGHT_PX = 56
_Y_AXIS_PX = 58
"""Same for both charts, so that their times stand below each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePower:
    """One frame for past and future: columns start, end, ahead, building_w, charging_w, pv_w,
    grid_w, price_per_kwh.
    """

    frame: pd.DataFrame
    start: datetime
    now: datetime
    end: datetime

    @property
    def metered(self) -> bool:
        """Whether anything was metered in the window."""
        return bool((~self.frame["ahead"] & self.frame["grid_w"].notna()).any())


COLUMNS = (
    "start", "end", "ahead", "building_w", "charging_w", "pv_w", "grid_w", "price_per_kwh",
)  # fmt: skip


def site_power(
    past: pd.DataFrame, prices: pd.DataFrame, view: LiveView, back: timedelta, ahead: timedelta
) -> SitePower:
    """Join what was metered (the Reader's `site_power` and `price`) with the plan of `view`."""
    start, end = view.at - back, view.at + ahead
    metered = _metered(past, prices, view.at)
    planned = _planned(view, end)
    frames = [frame for frame in (metered, planned) if not frame.empty]
    frame = pd.concat(frames, ignore_index=True) if frames else _empty()
    if not planned.empty:
        end = min(end, planned["end"].max().to_pydatetime())
    return SitePower(
        frame=frame, start=start, now=view.at, end=max(end, view.at + timedelta(minutes=30))
    )


def chart(power: SitePower, view: LiveView, colours: Palette) -> alt.VConcatChart | alt.LayerChart:
    """Return the chart of `power`, with a band of prices below where prices are known."""
    zone = ZoneInfo(view.timezone)
    frame = power.frame
    highest = max(view.limit_w, view.peak_month_w, _highest(frame))
    divisor, unit = fmt.power_unit(highest)
    priced = frame["price_per_kwh"].notna().any()
    domain = [timeaxis.epoch_ms(power.start), timeaxis.epoch_ms(power.end)]
    x = alt.X(
        "t:T",
        scale=alt.Scale(domain=domain, nice=False),
        axis=timeaxis.axis(power.start, power.end, zone, labels=not priced),
    )
    y = alt.Y(
        "y0:Q",
        axis=alt.Axis(
            labelExpr=f"datum.label + ' {unit}'",
            title=None,
            tickCount=5,
            minExtent=_Y_AXIS_PX,
            maxExtent=_Y_AXIS_PX,
            domain=False,
            ticks=False,
            gridOpacity=0.5,
        ),
    )
    areas, lines = _areas(frame, divisor), _lines(frame, divisor)
    layers: list[alt.Chart] = []
    for ahead, opacity in ((False, 0.9), (True, 0.38)):
        layers.extend(
            alt.Chart(areas[(areas["ahead"] == ahead) & (areas["what"] == what)])
            .mark_area(interpolate="step-after", opacity=opacity, color=colour, line=False)
            .encode(x=x, y=y, y2="y1:Q", detail="segment:N")
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
                color=colours.grid,
                strokeWidth=1.8,
                strokeDash=[5, 3] if ahead else [1, 0],
                opacity=0.75 if ahead else 1.0,
            )
            .encode(x=x, y="y0:Q", detail="segment:N")
        )
    layers += _levels(power, view, divisor, colours)
    layers += _now_mark(power, zone, colours)
    layers.append(_tooltips(frame, x, zone, view.currency))
    site = alt.layer(*layers).properties(height=HEIGHT_PX)
    if not priced:
        return site
    return alt.vconcat(site, _price_band(power, view, colours, domain), spacing=6).resolve_scale(
        x="independent"
    )


def table(power: SitePower, view: LiveView) -> pd.DataFrame:
    """Return the chart's numbers, times in the site's zone."""
    frame = power.frame
    return pd.DataFrame(
        {
            f"start ({view.timezone})": frame["start"].dt.tz_convert(view.timezone),
            "kind": frame["ahead"].map({True: "planned", False: "metered"}),
            "grid import (kW)": (frame["grid_w"] / 1e3).round(3),
            "charging (kW)": (frame["charging_w"] / 1e3).round(3),
            "building (kW)": (frame["building_w"] / 1e3).round(3),
            "PV (kW)": (frame["pv_w"] / 1e3).round(3),
            "limit (kW)": round(view.limit_w / 1e3, 3),
            f"price ({view.currency}/kWh)": frame["price_per_kwh"],
        }
    )


def describe(power: SitePower, view: LiveView) -> str:
    """Say in words what the chart shows."""
    zone = ZoneInfo(view.timezone)
    text = (
        f"Power of the site from {fmt.clock(power.start, zone)} to {fmt.clock(power.end, zone)}, "
        f"now {fmt.power(view.site_w)} of {fmt.power(view.limit_w)} allowed"
    )
    ahead = power.frame[power.frame["ahead"]]
    if ahead.empty:
        return f"{text}; there is no plan ahead."
    top = ahead.loc[ahead["grid_w"].idxmax()]
    return (
        f"{text}; highest planned {fmt.power(top['grid_w'])} "
        f"at {fmt.clock(top['start'].to_pydatetime(), zone)}."
    )


def legend(colours: Palette, *, priced: bool) -> list[tuple[str, str]]:
    """Return words and colours of the chart."""
    entries = [
        ("charging", colours.charging),
        ("building", colours.building),
        ("PV (below zero)", colours.pv),
        ("grid import (dashed: planned)", colours.grid),
        ("limit", colours.limit),
    ]
    return [*entries, ("price", colours.price)] if priced else entries


def _empty() -> pd.DataFrame:
    frame = pd.DataFrame({name: pd.Series(dtype="float64") for name in COLUMNS})
    return frame.astype(
        {"start": "datetime64[us, UTC]", "end": "datetime64[us, UTC]", "ahead": "bool"}
    )


def _metered(past: pd.DataFrame, prices: pd.DataFrame, now: datetime) -> pd.DataFrame:
    if past.empty:
        return _empty()
    frame = past.rename(columns={"at": "start", "site_w": "grid_w"}).sort_values("start")
    frame = frame.reset_index(drop=True)
    frame["start"] = frame["start"].dt.tz_convert("UTC").dt.as_unit("us")
    step = frame["start"].diff().min()
    step = pd.Timedelta(minutes=5) if pd.isna(step) else step
    frame["end"] = (frame["start"] + step).clip(upper=pd.Timestamp(now))
    frame["ahead"] = False
    frame["price_per_kwh"] = _price_at(frame["start"], prices)
    return frame[list(COLUMNS)]


def _price_at(times: pd.Series, prices: pd.DataFrame) -> pd.Series:
    """Return the energy price at each time, NaN where none is recorded."""
    if not prices.empty:
        prices = prices[prices["kind"] == "energy"]
    if prices.empty:
        return pd.Series(float("nan"), index=times.index)
    known = pd.DataFrame(
        {
            "start": prices["starts_at"].dt.tz_convert("UTC").dt.as_unit("us"),
            "until": prices["ends_at"].dt.tz_convert("UTC").dt.as_unit("us"),
            "price": prices["value_per_kwh"].astype("float64"),
        }
    ).sort_values("start")
    found = pd.merge_asof(times.to_frame("start"), known, on="start")
    return (
        found["price"]
        .where(found["until"].isna() | (found["start"] < found["until"]))
        .set_axis(times.index)
    )


def _planned(view: LiveView, end: datetime) -> pd.DataFrame:
    plan = view.plan
    if plan is None or not plan.slot_starts:
        return _empty()
    frame = pd.DataFrame(
        {
            "start": pd.DatetimeIndex(plan.slot_starts).as_unit("us"),
            "end": pd.DatetimeIndex([*plan.slot_starts[1:], plan.horizon_end]).as_unit("us"),
            "ahead": True,
            "building_w": plan.building_w,
            "charging_w": plan.charging_w,
            "pv_w": plan.pv_w,
            "grid_w": plan.site_w,
            "price_per_kwh": plan.price_per_kwh,
        }
    )
    now = pd.Timestamp(view.at)
    frame = frame[(frame["end"] > now) & (frame["start"] < pd.Timestamp(end))]
    return frame.assign(start=frame["start"].clip(lower=now))[list(COLUMNS)]


def _highest(frame: pd.DataFrame) -> float:
    top = (frame["building_w"].fillna(0) + frame["charging_w"].fillna(0)).max()
    return 0.0 if pd.isna(top) else float(top)


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
    t = timeaxis.epoch_ms(power.start)
    levels = [("limit", view.limit_w, colours.limit, [1, 0], 2.0)]
    if view.peak_month_w > 0:
        levels.append(("month's peak", view.peak_month_w, colours.muted, [2, 3], 1.2))
    layers = []
    for name, level_w, colour, dash, width in levels:
        data = pd.DataFrame(
            {"t": [float(t)], "y": [level_w / divisor], "text": [f"{name} {fmt.power(level_w)}"]}
        )
        base = alt.Chart(data)
        layers += [
            base.mark_rule(color=colour, strokeDash=dash, strokeWidth=width).encode(y="y:Q"),
            base.mark_text(
                color=colour, align="left", baseline="bottom", dx=4, dy=-3, fontSize=11,
                fontWeight=600,
            ).encode(x="t:T", y="y:Q", text="text:N"),
        ]  # fmt: skip
    return layers


def _now_mark(power: SitePower, zone: ZoneInfo, colours: Palette) -> list[alt.Chart]:
    data = pd.DataFrame(
        {
            "t": [float(timeaxis.epoch_ms(power.now))],
            "text": [f"now {power.now.astimezone(zone):%H:%M}"],
        }
    )
    base = alt.Chart(data)
    return [
        base.mark_rule(color=colours.muted, strokeWidth=1).encode(x="t:T"),
        base.mark_text(
            color=colours.muted, baseline="bottom", fontSize=11, fontWeight=600, dy=-4
        ).encode(x="t:T", y=alt.value(0), text="text:N"),
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
    return (
        alt.Chart(data)
        .mark_rect(opacity=0)
        .encode(
            x=x,
            x2="t2:T",
            tooltip=["time", "kind", "grid import", "charging", "building", "PV", "price"],
        )
    )


def _price_band(power: SitePower, view: LiveView, colours: Palette, domain: list[int]) -> alt.Chart:
    zone = ZoneInfo(view.timezone)
    price = power.frame["price_per_kwh"]
    steps = _steps(power.frame.assign(ahead=False), 0 * price.fillna(0), price, price.notna())
    return (
        alt.Chart(steps)
        .mark_area(
            interpolate="step-after",
            color=colours.price,
            opacity=0.45,
            line={"color": colours.price, "strokeWidth": 1.4},
        )
        .encode(
            x=alt.X(
                "t:T",
                scale=alt.Scale(domain=domain, nice=False),
                axis=timeaxis.axis(power.start, power.end, zone),
            ),
            y=alt.Y(
                "y1:Q",
                axis=alt.Axis(
                    title=None,
                    tickCount=2,
                    minExtent=_Y_AXIS_PX,
                    maxExtent=_Y_AXIS_PX,
                    domain=False,
                    ticks=False,
                    gridOpacity=0.5,
                ),
            ),
            detail="segment:N",
        )
        .properties(
            height=PRICE_HEIGHT_PX,
            title=alt.TitleParams(
                f"energy price, {view.currency}/kWh",
                anchor="start",
                fontSize=11,
                fontWeight="normal",
                color=colours.muted,
                offset=2,
            ),
        )
    )
