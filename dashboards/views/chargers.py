"""The chargers: what is broken and why, and everything on record of the one that is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from html import escape
from zlib import crc32
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboards import chargers as joined
from dashboards import format as fmt
from dashboards import history, source
from dashboards.chargers import Charger
from dashboards.history import HistoryError
from dashboards.source import Fault
from dashboards.widgets import connectors, notice, style
from dashboards.widgets.charger_records import SECTIONS
from dashboards.widgets.charted import heading
from dashboards.widgets.choice import choice
from dashboards.widgets.chosen import Chosen
from dashboards.widgets.kpi_tiles import charger_tiles, service_tiles
from ocpp_core.domain.view import LiveView

REFRESH_S = 10.0
NOW_REFRESH_S = 2.0
MOST_NEEDS = 5
"""Sentences on top; the table below has all of it."""
_SHORT, _TALL = 213, 420
_FEW, _ROWS = 5, 10
"""Rows that are seen in the short and in the tall list, px."""
_DAY = timedelta(days=1)
_EVER, _NEVER = datetime(2010, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_LIST, _PICKED, _CHARGER = "charger-list", "charger-picked", "charger"
_TITLES = {"now": "Now", **{name: title for name, (title, _) in SECTIONS.items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fleet:
    """What is known of all chargers."""

    found: list[Charger]
    view: LiveView | None
    zone: ZoneInfo
    now: datetime
    stale: bool
    age_s: float
    faults: tuple[Fault, ...]


def page() -> None:
    """Show the page."""
    st.header("Chargers", anchor=False)
    _overview()
    try:
        fleet = _fleet()
    except HistoryError as error:
        notice.fault(error.fault)
        return
    if fleet.found and fleet.now > _EVER:
        with notice.guarded():
            service_tiles(fleet.now, fleet.zone)
    _detail(fleet)


def _fleet() -> _Fleet:
    live, points = source.latest(), source.charge_points()
    faults = [fault for fault in (points.fault or live.fault,) if fault is not None]
    view = live.view
    past, drift = pd.DataFrame({"charge_point_id": []}), pd.DataFrame({"charge_point_id": []})
    if view is not None:
        zone, now = ZoneInfo(view.timezone), view.at
        try:
            past, drift = _history(now)
        except HistoryError as error:
            faults.append(error.fault)
    else:
        # Without the server's clock, the last message is the nearest to now that there is.
        zone = history.read(lambda r: r.site).timezone
        newest = history.read(lambda r: r.messages(_EVER, _NEVER, limit=1))
        now = _EVER if newest.empty else newest["at"].iloc[0].to_pydatetime()
        past, drift = _history(now)
    return _Fleet(
        found=joined.chargers(points.points, view, past, drift, zone),
        view=view,
        zone=zone,
        now=now,
        stale=points.stale,
        age_s=points.age_s,
        faults=tuple(dict.fromkeys(faults)),
    )


def _history(now: datetime) -> tuple[pd.DataFrame, pd.DataFrame]:
    past = history.read(lambda r: r.chargers(now - _DAY, now + timedelta(minutes=1)))
    return past, history.read(lambda r: r.setting_drift(off=True))


# All of them ------------------------------------------------------------------------------------


@st.fragment(run_every=REFRESH_S)
def _overview() -> None:
    if st.session_state.pop(_PICKED, False):
        st.rerun()  # the whole page: what is on record of the charger stands below
    try:
        fleet = _fleet()
    except HistoryError as error:
        for fault in dict.fromkeys((source.charge_points().fault, error.fault)):
            if fault is not None:
                notice.fault(fault)
        return
    for fault in fleet.faults:
        notice.fault(fault)
    if not fleet.found:
        notice.empty(
            "No charger is configured or has connected.",
            "Write one into site.toml and point it at this server, see “Connect a real charger” "
            "in the README.",
        )
        return
    if fleet.view is not None:
        _needs(fleet)
    with st.container(key=f"{'stale' if fleet.stale else 'fresh'}-chargers"):
        _table(fleet)


def _needs(fleet: _Fleet) -> None:
    needs = joined.needs(fleet.found)
    said = joined.summary(fleet.found)
    if fleet.stale:
        said = f"{fmt.duration(fleet.age_s)} ago: {said}"
    if not needs:
        st.success(said, icon=":material/check_circle:")
        return
    lines = [f"- {sentence}" for sentence in needs[:MOST_NEEDS]]
    if len(needs) > MOST_NEEDS:
        lines.append(f"- and {len(needs) - MOST_NEEDS} more, see below.")
    st.warning("\n".join([f"**{said}**", "", *lines]), icon=":material/build:")


def _table(fleet: _Fleet) -> None:
    zone, found = fleet.zone, fleet.found
    chosen = _CHARGER in st.query_params and len(found) > _FEW
    table = joined.table(found, zone)
    heading(
        fmt.count(len(found)) + (" charger" if len(found) == 1 else " chargers"),
        table, alt_text="Chargers", file_name="chargers.csv", key="chargers", shown=True,
    )  # fmt: skip
    st.caption("Problems first. Select a row to see everything on record of that charger.")
    palette = style.colours()
    colours = [getattr(palette, charger.state.colour) for charger in found]
    shown = table.style.apply(
        lambda _: [f"color: {colour}; font-weight: 600" for colour in colours], subset=["state"]
    )
    names = [charger.charge_point_id for charger in found]
    when = st.column_config.DatetimeColumn(format="ddd D MMM, HH:mm")
    whole = st.column_config.NumberColumn(format="%,.0f")
    # What is selected is a row number: it belongs to one order of the list.
    key = f"{_LIST}-{crc32(' '.join(names).encode()):x}"
    st.dataframe(
        shown,
        hide_index=True,
        on_select=partial(_chosen_in_list, key, names),
        selection_mode="single-row",
        key=key,
        # With a charger chosen, its records below are what is looked at.
        height=_SHORT if chosen else _TALL if len(found) > _ROWS else "auto",
        placeholder=fmt.ABSENT,
        column_config={
            "charger": st.column_config.TextColumn(pinned=True, width=90),
            "state": st.column_config.TextColumn(width=170),
            f"since ({zone.key})": when,
            f"last message ({zone.key})": when,
            "clock ahead (s)": whole,
            "odd messages in 24 h": whole,
            "settings not as wanted": whole,
        },
        alt="Chargers, those with problems first",
    )


def _chosen_in_list(key: str, names: list[str]) -> None:
    rows = st.session_state[key].selection.rows
    if rows:
        st.session_state[_CHARGER] = names[rows[0]]
        st.session_state[_PICKED] = True


# The chosen one ---------------------------------------------------------------------------------


def _detail(fleet: _Fleet) -> None:
    by_name = {charger.charge_point_id: charger for charger in fleet.found}
    if not by_name:
        return
    asked = st.query_params.get(_CHARGER)
    if asked is not None and asked not in by_name:
        notice.empty(f"There is no charger {asked}.", "Choose one of the list.")
    names = sorted(by_name, key=fmt.natural)
    name = st.selectbox(
        "Charger", names, index=None, placeholder="Choose a charger", key=_CHARGER,
        bind="query-params", width=300,
    )  # fmt: skip
    if name is None:
        st.caption("Choose a charger to see its connectors, settings, profiles, files and more.")
        return
    charger = by_name[name]
    st.html(_facts(charger, fleet))
    if fleet.now > _EVER:
        with notice.guarded():
            charger_tiles(name, fleet.now, fleet.zone)
    section = choice("section", tuple(_TITLES), "now", lambda key: _TITLES[key])
    if section == "now":
        _now(name)
        return
    at = Chosen(
        charge_point_id=name,
        vendor=charger.vendor,
        model=charger.model,
        firmware=charger.firmware_version,
        zone=fleet.zone,
        now=fleet.now,
    )
    with notice.guarded():
        SECTIONS[section][1](at)


@st.fragment(run_every=NOW_REFRESH_S)
def _now(name: str) -> None:
    state, points = source.latest(), source.charge_points()
    view = state.view
    point = next((p for p in points.points or () if p.charge_point_id == name), None)
    if view is None or point is None:
        notice.empty(
            f"What {name} does now is not known.",
            "The server does not say. The other sections show what is on record.",
        )
        return
    with st.container(key=f"{'stale' if state.stale else 'fresh'}-connectors"):
        if point.connectors:
            connectors.cards(view, point.connectors)
        else:
            notice.empty(
                f"{name} is not in the site file, so it has no connectors to charge at.",
                "Write it into site.toml with its connectors and the circuit that feeds them.",
            )


def _facts(charger: Charger, fleet: _Fleet) -> str:
    """Return what a charger is, as HTML."""
    zone = fleet.zone

    def moment(at: datetime | None) -> str:
        return fmt.ABSENT if at is None else fmt.moment(at, zone)

    ahead = fmt.ABSENT if charger.clock_ahead_s is None else clock_words(charger.clock_ahead_s)
    profile = charger.security_profile
    facts = [
        ("Online since" if charger.online else "Offline since", moment(charger.since)),
        ("Vendor and model", f"{charger.vendor} {charger.model}".strip() or fmt.ABSENT),
        ("Serial number", charger.serial_number or fmt.ABSENT),
        ("Firmware", charger.firmware_version or fmt.ABSENT),
        ("OCPP", joined.version_text(charger.ocpp_version) or fmt.ABSENT),
        ("Security profile", fmt.ABSENT if profile is None else joined.SECURITY[profile]),
        ("Its clock", ahead),
        ("Last boot", moment(charger.booted_at)),
        ("Last message", moment(charger.heard_at)),
    ]
    items = "".join(
        f"<div><small>{escape(name)}</small>{escape(text)}</div>" for name, text in facts
    )
    colour = charger.state.colour
    return (
        f'<article class="amp-card" style="--amp-state: var(--amp-{colour})" '
        f'aria-label="Charger {escape(charger.charge_point_id)}">'
        f"<header><strong>{escape(charger.charge_point_id)}</strong>"
        f'<span class="amp-state">{escape(str(charger.state))}</span></header>'
        + "".join(f'<div class="amp-why">{escape(words)}</div>' for words in charger.needs)
        + f'<div class="amp-facts">{items}</div></article>'
    )


def clock_words(ahead_s: float) -> str:
    """Say how a charger's clock goes."""
    if abs(ahead_s) < 1:
        return "as ours"
    return f"{fmt.duration(abs(ahead_s))} {'ahead of' if ahead_s > 0 else 'behind'} ours"
