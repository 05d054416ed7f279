"""The site now: power against limit with the plan ahead, and every connector with its reason."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import streamlit as st

from dashboards import format as fmt
from dashboards import history, site_power, source
from dashboards.history import HistoryError
from dashboards.site_power import SitePower
from dashboards.source import Latest
from dashboards.widgets import circuits, connectors, notice, site_chart, style, tiles
from dashboards.widgets.charted import charted, legend_line
from dashboards.widgets.choice import choice
from ocpp_core.domain.view import LiveView, PlanView

REFRESH_S = 2.0
CHART_REFRESH_S = 5.0
STEP_S = 300
WINDOWS_H = (3, 6, 12, 24)


def page() -> None:
    """Show the page; its parts refresh themselves."""
    _now()
    _power()
    _connectors()


@st.fragment(run_every=REFRESH_S)
def _now() -> None:
    state = source.latest()
    if state.fault is not None:
        notice.fault(state.fault)
    if state.view is None:
        return
    if state.stale:
        st.caption(f"Below: the site as it was {fmt.duration(state.age_s)} ago.")
    if state.view.alarms:
        st.warning(
            "\n".join(f"- {alarm}" for alarm in state.view.alarms)
            if len(state.view.alarms) > 1
            else state.view.alarms[0],
            icon=":material/warning:",
        )
    with _dimmed(state):
        tiles.live_tiles(state.view)


@st.fragment(run_every=CHART_REFRESH_S)
def _power() -> None:
    state = source.latest()
    if state.view is None:
        return
    hours = int(choice("hours", [str(h) for h in WINDOWS_H], "6", lambda h: f"{h} h"))
    view = state.view
    window = timedelta(hours=hours)
    fault = None
    try:
        past = history.read(lambda r: r.site_power(view.at - window, view.at, step_s=STEP_S))
        prices = history.read(lambda r: r.price(view.at - window, view.at))
    except HistoryError as error:
        fault, past, prices = error.fault, pd.DataFrame(), pd.DataFrame()
    power = site_power.joined(past, prices, view, window, max(window, timedelta(hours=6)))
    colours = style.colours()
    with _dimmed(state, "chart"):
        charted(
            "Site power and the plan ahead",
            site_chart.chart(power, view, colours),
            site_power.table(power, view),
            alt_text=site_power.describe(power, view),
            file_name=f"{view.site_id}-power.csv",
            key="site-power",
            legend=site_chart.legend(colours),
        )
        if power.priced:
            legend_line([(f"energy price, {view.currency}/kWh", colours.price)])
            st.altair_chart(
                site_chart.price_chart(power, view, colours),
                width="stretch",
                key="site-price",
                alt="Energy price over the same time",
            )
    _about_plan(view, power)
    if fault is not None:
        notice.fault(fault)


def _about_plan(view: LiveView, power: SitePower) -> None:
    if view.plan is None:
        st.caption("No plan yet: the first one is made when a car is plugged in.")
        return
    st.caption(_plan_words(view.plan, view))
    for words in view.plan.unmet:
        st.warning(words, icon=":material/battery_alert:")
    for words in (*view.plan.one_ampere, *view.plan.notes):
        st.caption(words)
    if not power.metered:
        st.caption("Nothing metered in these hours yet.")


def _plan_words(plan: PlanView, view: LiveView) -> str:
    age = fmt.duration(max(0.0, (view.at - plan.made_at).total_seconds()))
    text = f"Plan made {age} ago in {plan.solve_ms:.0f} ms: {plan.outcome}"
    return f"{text} ({plan.why})." if plan.why else f"{text}."


@st.fragment(run_every=REFRESH_S)
def _connectors() -> None:
    state = source.latest()
    if state.view is None:
        return
    view = state.view
    with _dimmed(state, "connectors"):
        st.subheader("Connectors", anchor=False)
        if view.connectors:
            connectors.cards(view)
        else:
            notice.empty(
                "No charger has connected yet.",
                "Point a charger at this server, see “Connect a charger” in the README.",
            )
        st.subheader("Circuits", anchor=False)
        circuits.circuits(view)


def _dimmed(state: Latest, part: str = "now") -> st.delta_generator.DeltaGenerator:
    """Return a container whose content is grey while it is old."""
    return st.container(key=f"{'stale' if state.stale else 'fresh'}-{part}")
