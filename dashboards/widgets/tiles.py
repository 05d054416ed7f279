"""Headline numbers of the live page."""

from __future__ import annotations

import streamlit as st

from dashboards import format as fmt
from dashboards.states import waits
from ocpp_core.domain.view import BatteryView, LiveView


def live_tiles(view: LiveView) -> None:
    """Show what the site does now."""
    grid = st.grid(
        6 if view.battery is None else 7, min_column_width=140, gap="xsmall", key="tiles"
    )
    headroom_w = view.limit_w - view.site_w
    grid.metric(
        "Grid import",
        fmt.power(view.site_w),
        border=True,
        help="Chargers + building \N{MINUS SIGN} PV."
        if view.battery is None
        else "Chargers + building + battery \N{MINUS SIGN} PV.",
        delta=f"{fmt.percent(view.site_w / view.limit_w)} of limit" if view.limit_w > 0 else None,
        delta_color="off" if headroom_w >= 0 else "red",
        delta_arrow="off",
        height="stretch",
    )
    grid.metric(
        "Limit",
        fmt.power(view.limit_w),
        border=True,
        help="Limit of the grid connection in force.",
        delta=f"{fmt.power(headroom_w)} free"
        if headroom_w >= 0
        else f"{fmt.power(-headroom_w)} above",
        delta_color="green" if headroom_w >= 0 else "red",
        delta_arrow="off",
        height="stretch",
    )
    grid.metric(
        "Charging",
        fmt.power(view.charging_w),
        border=True,
        delta=f"{fmt.power(view.building_w)} building",
        delta_color="off",
        delta_arrow="off",
        height="stretch",
    )
    charging = [c for c in view.connectors if c.state == "Charging"]
    waiting = [c for c in view.connectors if waits(c)]
    grid.metric(
        "Cars charging",
        f"{len(charging)}",
        border=True,
        help="Waiting: plugged in, allowed nothing yet, and without all its energy.",
        delta=f"{len(waiting)} waiting",
        delta_color="orange" if waiting else "off",
        delta_arrow="off",
        height="stretch",
    )
    sessions = [c.session for c in view.connectors if c.session is not None]
    got_wh = sum(session.energy_wh for session in sessions)
    asked_wh = sum(session.asked_wh or 0.0 for session in sessions)
    grid.metric(
        "Delivered to them",
        fmt.energy(got_wh),
        border=True,
        help="Energy delivered so far to the cars that are plugged in now, and what they asked.",
        delta=f"of {fmt.energy(asked_wh)} asked" if asked_wh else "nothing asked",
        delta_color="off",
        delta_arrow="off",
        height="stretch",
    )
    grid.metric(
        "Month's peak",
        fmt.power(view.peak_month_w),
        border=True,
        help="Highest 15-minute mean of grid import this month: what a demand charge is billed on. "
        "Imported sessions whose course was not metered count up to the connection's limit.",
        delta=f"{fmt.power(view.pv_w)} PV now",
        delta_color="off",
        delta_arrow="off",
        height="stretch",
    )
    if view.battery is not None:
        _battery(grid, view.battery)


def _battery(grid: st.delta_generator.DeltaGenerator, battery: BatteryView) -> None:
    if battery.silent:
        does = "silent"
    elif battery.power_w == 0:
        does = "at rest"
    else:
        does = f"{'takes' if battery.power_w > 0 else 'gives'} {fmt.power(abs(battery.power_w))}"
    grid.metric(
        "Battery",
        "not known" if battery.stored_wh is None else fmt.energy(battery.stored_wh),
        border=True,
        help=f"Energy stored, of {fmt.energy(battery.capacity_wh)}, as its controller reports it.",
        delta=does,
        delta_color="orange" if battery.silent else "off",
        delta_arrow="off",
        height="stretch",
    )
