"""The numbers of the site chart: what was metered and what is planned, in one frame."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from dashboards import format as fmt
from ocpp_core.domain.view import LiveView

_LONGEST_STEP = pd.Timedelta(minutes=15)
"""Slot of the demand charge: site power is not recorded any coarser."""

COLUMNS = (
    "start", "end", "ahead", "building_w", "charging_w", "pv_w", "grid_w", "price_per_kwh",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePower:
    """What was metered and what is planned, in one frame."""

    frame: pd.DataFrame
    """Columns `COLUMNS`; powers are means from start to end, W."""
    start: datetime
    now: datetime
    end: datetime

    @property
    def priced(self) -> bool:
        """Whether a price is known anywhere in the window."""
        return bool(self.frame["price_per_kwh"].notna().any())

    @property
    def metered(self) -> bool:
        """Whether anything was metered in the window."""
        return bool((~self.frame["ahead"] & self.frame["grid_w"].notna()).any())


def joined(
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
            f"price ({view.currency}/kWh)": frame["price_per_kwh"].round(6),
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
    top = ahead.iloc[int(ahead["grid_w"].to_numpy().argmax())]
    return (
        f"{text}; highest planned {fmt.power(top['grid_w'])} "
        f"at {fmt.clock(top['start'].to_pydatetime(), zone)}."
    )


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
    step = frame["start"].diff()
    shortest = pd.Timedelta(minutes=5) if step.isna().all() else step.min()
    following = frame["start"].shift(-1)
    # What was recorded in longer steps fills them; what is further apart is a gap.
    joins = (following - frame["start"]) <= _LONGEST_STEP
    frame["end"] = following.where(joins, frame["start"] + shortest)
    frame.loc[frame["end"] > now, "end"] = now
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
    begun = frame["start"] < now
    return frame.assign(start=frame["start"].mask(begun, now))[list(COLUMNS)]
