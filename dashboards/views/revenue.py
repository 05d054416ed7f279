"""What the site earned and how much it was used, down to the bill of one session."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboards import figures, history
from dashboards import format as fmt
from dashboards.figures import ALL
from dashboards.palette import Palette
from dashboards.period import Bucket
from dashboards.widgets import bars, notice, style
from dashboards.widgets.charted import charted, heading
from dashboards.widgets.heatmap import date_name, heatmap, weekday_name
from dashboards.widgets.kpi_tiles import kpi_tiles
from dashboards.widgets.monthly_report import monthly_report
from dashboards.widgets.past import Past, bucket_picker, past_page
from dashboards.widgets.records import records
from dashboards.widgets.session_detail import session_detail

_TILES = ("energy_kwh", "sessions", "revenue", "energy_cost", "margin", "occupancy_share")
"""Key figures on top."""

_LIST = "session-list"
_SHOWN = "session-list-ids"


def page() -> None:
    """Show the page."""
    past_page("Revenue & utilization", _content)


def _content(past: Past) -> None:
    colours = style.colours()
    bucket = bucket_picker(past.period)
    span = past.span
    sessions = history.read(lambda r: r.sessions(span.start, span.until))
    if sessions.empty:
        notice.empty(
            f"{past.period}: no car charged.",
            "Choose an earlier period above, or import history with `ampherd import`.",
        )
        return
    _tiles(past)
    monthly_report(past)
    with notice.guarded():
        _money_over_time(past, bucket, colours)
    left, right = st.columns(2, gap="medium")
    with left, notice.guarded():
        _occupancy_by_time(past, colours)
    with right, notice.guarded():
        _occupancy_by_connector(past, colours)
    with notice.guarded():
        _by_connector(past)
    with notice.guarded():
        _reservations(past)
    with notice.guarded():
        _site_bill(past)
    with notice.guarded():
        _sessions(sessions, past, colours)


def _tiles(past: Past) -> None:
    bounds = past.period.bounds(past.zone)
    kpi_tiles(_TILES, *bounds, now=past.now, key="tiles", against=past.against)
    st.caption(f"Changes against {past.compared_words}.")


def _money_over_time(past: Past, bucket: Bucket, colours: Palette) -> None:
    grain = figures.GRAINS[bucket]
    edges = past.period.edges(bucket, past.zone)
    columns = ["billed_kwh", "sessions_billed", "revenue", "energy_cost", "margin"]
    asked = history.read(lambda r: r.revenue(past.span.start, past.span.until, by=grain))
    frame = figures.folded(asked, edges, columns)
    frame = figures.filled(
        frame, ["billed_kwh", "sessions_billed", "revenue"], past.span, past.covered
    )
    rest = history.read(lambda r: r.revenue(past.before.start, past.before.until, by=grain))
    before = past.period.compared(past.against).edges(bucket, past.zone)
    old = figures.folded(rest, before, ["revenue"])
    old = figures.filled(old, ["revenue"], past.before, past.covered)
    compared = bool((old["revenue"] > 0).any())
    # Margin over cost is revenue: the bar's whole height is what came in.
    known = frame["energy_cost"].notna()
    split = frame.assign(
        cost=frame["energy_cost"].where(known),
        left=frame["margin"].where(known, frame["revenue"]),
    )
    charted(
        f"Revenue by {bucket}",
        bars.over_time(
            split.assign(left=split["left"].clip(lower=0)),
            [("cost", "energy cost", colours.cost), ("left", "margin", colours.margin)],
            zone=past.zone, unit=past.currency, colours=colours,
            write=lambda v: fmt.money(v, past.currency),
            marks=(f"revenue, {past.before_name}", old["revenue"]) if compared else None,
        ),
        pd.DataFrame(
            {
                f"start ({past.zone.key})": frame["start"].dt.tz_convert(past.zone),
                "sessions": frame["sessions_billed"],
                "energy (kWh)": frame["billed_kwh"].round(3),
                f"revenue ({past.currency})": frame["revenue"].round(2),
                f"energy cost ({past.currency})": frame["energy_cost"].round(2),
                f"margin ({past.currency})": frame["margin"].round(2),
                f"revenue, {past.before_name} ({past.currency})": old["revenue"]
                .round(2)
                .reset_index(drop=True)
                .reindex(range(len(frame)))
                .array,
            }
        ),
        alt_text=f"Revenue by {bucket} in {past.period}, split into energy cost and margin",
        file_name=f"{past.site_id}-revenue-{past.period.first}-by-{bucket}.csv",
        key="revenue-time",
        legend=[
            ("margin", colours.margin),
            ("energy cost", colours.cost),
            *([(f"— revenue, {past.before_name}", colours.grid)] if compared else []),
        ],
        caption="Sessions count where they end. The whole bar is revenue.",
    )  # fmt: skip


def _occupancy_by_time(past: Past, colours: Palette) -> None:
    asked = history.read(lambda r: r.occupancy(past.span.start, past.span.until, by="hour"))
    edges = past.period.edges(Bucket.HOUR, past.zone)
    frame = figures.folded(asked, edges, ["connected", "charging"])
    frame = figures.filled(frame, ["connected", "charging"], past.span, past.covered)
    count = float(asked["connectors"].max()) if len(asked) else float("nan")
    share = frame.assign(share=frame["connected"] / count)
    weekdays = past.period.days > 31
    row = figures.local_days(share["start"], past.zone)
    cells = figures.by_hour(share, "share", past.zone, row=row)
    if weekdays:
        cells = figures.mean_by_weekday(cells)
    charted(
        "When connectors are taken",
        heatmap(
            cells, zone=past.zone, colour=colours.occupied, colours=colours,
            word="connectors taken", write=fmt.percent, largest=1.0,
            names=weekday_name if weekdays else date_name,
        ),
        pd.DataFrame(
            {
                f"start ({past.zone.key})": frame["start"].dt.tz_convert(past.zone),
                "connected (connectors)": frame["connected"].round(3),
                "charging (connectors)": frame["charging"].round(3),
            }
        ).dropna(),
        alt_text="Share of connectors with a car by hour of the day",
        file_name=f"{past.site_id}-occupancy-{past.period.first}.csv",
        key="occupancy-time",
        caption=f"Full colour: all {fmt.count(count)} connectors have a car.",
    )  # fmt: skip


def _occupancy_by_connector(past: Past, colours: Palette) -> None:
    frame = _utilization(past)
    if frame.empty:
        return
    old = history.read(lambda r: r.utilization(past.before.start, past.before.until))
    before = frame["connector"].map(old.set_index("connector")["occupancy_share"].astype("float64"))
    shares = pd.DataFrame(
        {
            "connector": frame["connector"],
            "charging": 100 * frame["charging_share"].astype("float64"),
            "idle": 100
            * (frame["occupancy_share"].astype("float64") - frame["charging_share"]).clip(lower=0),
        }
    )
    charted(
        "How connectors are used",
        bars.ranked(
            shares, "connector",
            [
                ("charging", "charging", colours.charging),
                ("idle", "plugged in, not charging", colours.occupied),
            ],
            unit="%", write=lambda v: fmt.percent(v / 100), colours=colours,
            marks=(f"with a car, {past.before_name}", 100 * before) if before.any() else None,
        ),
        shares.round(2)
        .rename(columns={"charging": "charging (% of time)", "idle": "idle (% of time)"})
        .assign(**{f"with a car, {past.before_name} (% of time)": (100 * before).round(2)}),
        alt_text="Share of time with a car, charging and idle, by connector",
        file_name=f"{past.site_id}-use-{past.period.first}.csv",
        key="occupancy-connector",
        legend=[
            ("charging", colours.charging),
            ("plugged in, not charging", colours.occupied),
            *([(f"| {past.before_name}", colours.grid)] if before.any() else []),
        ],
    )  # fmt: skip


def _by_connector(past: Past) -> None:
    money = history.read(
        lambda r: r.revenue(past.span.start, past.span.until, by="total", split="connector")
    )
    money = money[money["connector"] != ALL]
    joined = _utilization(past).merge(
        money[["connector", "revenue", "energy_cost", "margin"]], on="connector", how="left"
    )
    table = pd.DataFrame(
        {
            "connector": joined["connector"],
            "sessions": joined["sessions"],
            "energy (kWh)": joined["energy_kwh"].astype("float64").round(3),
            f"revenue ({past.currency})": joined["revenue"].astype("float64").round(2),
            f"energy cost ({past.currency})": joined["energy_cost"].astype("float64").round(2),
            f"margin ({past.currency})": joined["margin"].astype("float64").round(2),
            "occupied (% of time)": (100 * joined["occupancy_share"].astype("float64")).round(1),
            "charging (% of time)": (100 * joined["charging_share"].astype("float64")).round(1),
            "energy (% of rating)": (100 * joined["energy_share"].astype("float64")).round(1),
        }
    )
    heading(
        "By connector", table, alt_text="Use and money by connector",
        file_name=f"{past.site_id}-connectors-{past.period.first}.csv",
        key="by-connector", shown=True,
    )  # fmt: skip
    money_column = st.column_config.NumberColumn(format="%,.2f")
    share_column = st.column_config.ProgressColumn(min_value=0, max_value=100, format="%.1f %%")
    st.dataframe(
        table,
        hide_index=True,
        alt="Use and money by connector",
        placeholder=fmt.ABSENT,
        column_config={
            "energy (kWh)": st.column_config.NumberColumn(format="%,.1f"),
            f"revenue ({past.currency})": money_column,
            f"energy cost ({past.currency})": money_column,
            f"margin ({past.currency})": money_column,
            "occupied (% of time)": share_column,
            "charging (% of time)": share_column,
            "energy (% of rating)": share_column,
        },
    )


def _reservations(past: Past) -> None:
    lines = history.read(lambda r: r.reservation_bills(past.span.start, past.span.until))
    if lines.empty:
        return
    amount = f"amount ({past.currency})"
    records(
        "Reservations that nobody used",
        pd.DataFrame(
            {
                f"over ({past.zone.key})": lines["over_at"].dt.tz_convert(past.zone),
                "charger": lines["charge_point_id"],
                "driver": lines["driver"],
                "for": lines["rule"],
                amount: lines["amount"].astype("float64").round(2),
                "tariff": lines["tariff"],
            }
        ),
        key="reservation-bills",
        file_name=f"{past.site_id}-reservations-{past.period.first}.csv",
        none=("", ""),
        caption=f"{fmt.money(float(lines['amount'].sum()), past.currency)} without VAT, beside the "
        "revenue of sessions.",
        config={amount: st.column_config.NumberColumn(format="%,.2f")},
    )


def _site_bill(past: Past) -> None:
    lines = history.read(lambda r: r.site_cost(past.span.start, past.span.until))
    if lines.empty:
        return
    amount, charging = (f"{name} ({past.currency})" for name in ("amount", "of it charging"))
    table = pd.DataFrame(
        {
            "month": lines["period_start"].dt.strftime("%Y-%m"),
            "for": lines["rule"],
            amount: lines["amount"].astype("float64").round(2),
            charging: lines["amount_of_charging"].astype("float64").round(2),
        }
    )
    heading(
        "What the site pays", table, alt_text="Cost lines of the site by month",
        file_name=f"{past.site_id}-site-cost-{past.period.first}.csv", key="site-cost", shown=True,
    )  # fmt: skip
    money = st.column_config.NumberColumn(format="%,.2f")
    st.dataframe(
        table,
        hide_index=True,
        alt="Cost lines of the site by month",
        placeholder=fmt.ABSENT,
        column_config={amount: money, charging: money},
    )
    st.caption(
        f"{fmt.money(float(lines['amount'].sum()), past.currency)} for the shown part of the "
        f"months, {fmt.money(float(lines['amount_of_charging'].sum()), past.currency)} of it by "
        "charging. Demand is charged once a month, for its highest quarter of an hour."
    )


def _utilization(past: Past) -> pd.DataFrame:
    frame = history.read(lambda r: r.utilization(past.span.start, past.span.until))
    return frame[frame["connector"] != ALL].reset_index(drop=True)


def _sessions(sessions: pd.DataFrame, past: Past, colours: Palette) -> None:
    zone = past.zone.key
    table = pd.DataFrame(
        {
            f"started ({zone})": sessions["started_at"],
            f"ended ({zone})": sessions["ended_at"],
            "connector": sessions["connector"],
            "driver": sessions["id_token"],
            "energy (kWh)": sessions["energy_kwh"].astype("float64").round(3),
            "asked (kWh)": sessions["asked_kwh"].astype("float64").round(3),
            "connected (h)": sessions["connected_h"].astype("float64").round(2),
            f"revenue ({past.currency})": sessions["revenue"].astype("float64").round(2),
            f"energy cost ({past.currency})": sessions["energy_cost"].astype("float64").round(2),
            "data": sessions["trust"],
        }
    )
    heading(
        f"Sessions ({fmt.count(len(table))})", table, alt_text="Sessions",
        file_name=f"{past.site_id}-sessions-{past.period.first}.csv", key="sessions", shown=True,
    )  # fmt: skip
    st.caption("Select a row to see what the session was billed for.")
    money = st.column_config.NumberColumn(format="%,.2f")
    energy = st.column_config.NumberColumn(format="%,.1f")
    when = st.column_config.DatetimeColumn(format="ddd D MMM YYYY, HH:mm")
    st.session_state[_SHOWN] = list(sessions["session_id"])
    st.dataframe(
        table,
        hide_index=True,
        on_select=_session_chosen,
        selection_mode="single-row",
        key=_LIST,
        height=360 if len(table) > 9 else "auto",
        column_config={
            f"started ({zone})": when,
            f"ended ({zone})": when,
            f"revenue ({past.currency})": money,
            f"energy cost ({past.currency})": money,
            "energy (kWh)": energy,
            "asked (kWh)": energy,
        },
        alt="Sessions, the latest first",
        placeholder=fmt.ABSENT,
    )
    linked = sessions[sessions["session_id"] == st.query_params.get("session")]
    if len(linked):
        session_detail(linked.iloc[0], past, colours)


def _session_chosen() -> None:
    """Put the chosen session into the address.

    A row number belongs to the list that the viewer saw, which may have grown since.
    """
    rows = st.session_state[_LIST].selection.rows
    if rows:
        st.query_params["session"] = st.session_state[_SHOWN][rows[0]]
    elif "session" in st.query_params:
        del st.query_params["session"]
