"""One period picker for every page of the past; what is picked is in the page's address."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from dashboards.period import Period, PeriodKind

DEFAULT = PeriodKind.RECENT
"""Full of data on any day of the month."""
_NAMES = {PeriodKind.RECENT: "4 weeks"}
_KEPT = "amp-period"
"""Session state that carries the period from page to page."""
_PARAMETERS = ("period", "from", "to")


def pick_period(now: datetime, zone: ZoneInfo) -> Period:
    """Show the picker and return what is picked; `now` is the site's time, not the machine's."""
    today = now.astimezone(zone).date()
    period = _current(today)
    _go(period, today)
    st.session_state["period-kind"] = period.kind.value
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="period"):
        st.segmented_control(
            "Period",
            [kind.value for kind in PeriodKind],
            required=True,
            format_func=_name,
            key="period-kind",
            label_visibility="collapsed",
            on_change=_kind_changed,
            args=(period, today),
            wrap=True,
        )
        with st.container(
            horizontal=True, vertical_alignment="center", gap="xsmall", width="content"
        ):
            st.button(
                "Earlier",
                icon=":material/chevron_left:",
                type="tertiary",
                key="period-earlier",
                on_click=_go,
                args=(period.previous(), today),
                help=f"{period.previous()}",
            )
            st.markdown(f"**{period}**", width="content")
            st.button(
                "Later",
                icon=":material/chevron_right:",
                icon_position="right",
                type="tertiary",
                key="period-later",
                on_click=_go,
                args=(period.following(), today),
                disabled=period.end > today,
                help=f"{period.following()}",
            )
            st.button(
                "Now",
                icon=":material/today:",
                key="period-now",
                on_click=_go,
                args=(Period.containing(_calendar(period.kind), today), today),
                help="Up to the site's clock",
            )
    if period.kind is PeriodKind.CUSTOM:
        _dates(period, today)
    return period


def _current(today: date) -> Period:
    link = {name: st.query_params[name] for name in _PARAMETERS if name in st.query_params}
    return Period.from_link(link or st.session_state.get(_KEPT, {}), today, DEFAULT)


def _go(period: Period, today: date) -> None:
    link = period.to_link(today)
    st.session_state[_KEPT] = link
    for name in _PARAMETERS:
        if name in link:
            if st.query_params.get(name) != link[name]:
                st.query_params[name] = link[name]
        elif name in st.query_params:
            del st.query_params[name]


def _kind_changed(period: Period, today: date) -> None:
    kind = PeriodKind(st.session_state["period-kind"])
    if kind is PeriodKind.CUSTOM:
        _go(Period.custom(period.first, period.last), today)
        return
    inside = period.first <= today < period.end
    _go(Period.containing(kind, today if inside else period.first), today)


def _dates(period: Period, today: date) -> None:
    st.session_state["period-dates"] = (period.first, period.last)
    st.date_input(
        "From and to, both included",
        max_value=max(today, period.last),
        format="YYYY-MM-DD",
        key="period-dates",
        on_change=_dates_changed,
        args=(today,),
        width=320,
    )


def _dates_changed(today: date) -> None:
    dates = st.session_state["period-dates"]
    # While only the first of two dates is picked there is nothing to show yet.
    if len(dates) == 2:
        _go(Period.custom(*dates), today)


def _name(kind: str) -> str:
    return _NAMES.get(PeriodKind(kind), kind.capitalize())


def _calendar(kind: PeriodKind) -> PeriodKind:
    return DEFAULT if kind is PeriodKind.CUSTOM else kind
