"""One session: its course over time and its bill, line by line."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import streamlit as st

from dashboards import format as fmt
from dashboards import history
from dashboards.palette import Palette
from dashboards.widgets import bars, notice
from dashboards.widgets.past import Past

_SLOT = timedelta(minutes=15)


def session_detail(session: pd.Series, past: Past, colours: Palette) -> None:
    """Show the session of a row of the Reader's `sessions`."""
    session_id = str(session["session_id"])
    with st.container(border=True, key="session-detail"):
        st.markdown(
            f"**{session['connector']}**, {fmt.moment(session['started_at'], past.zone)}, "
            f"{fmt.energy(float(session['energy_kwh']) * 1e3)}"
        )
        if session["findings"]:
            st.warning(str(session["findings"]), icon=":material/rule:")
        left, right = st.columns(2, gap="medium")
        with left, notice.guarded():
            _course(session_id, past, colours)
        with right, notice.guarded():
            _bill(session_id, session, past)
        with notice.guarded():
            _limits(session_id, past)


def _course(session_id: str, past: Past, colours: Palette) -> None:
    slots = history.read(lambda r: r.session_intervals(session_id))
    if slots.empty:
        st.caption("The course of this session over time was not recorded.")
        return
    start = slots["slot_start"].dt.tz_convert("UTC")
    frame = pd.DataFrame({"start": start, "end": start + _SLOT, "mean_kw": slots["mean_kw"]})
    st.altair_chart(
        bars.over_time(
            frame, [("mean_kw", "mean power", colours.charging)], zone=past.zone, unit="kW",
            write=lambda kw: fmt.power(kw * 1e3), colours=colours,
        ).properties(height=200),
        width="stretch",
        alt="Mean power of the session for each quarter hour",
    )  # fmt: skip


def _limits(session_id: str, past: Past) -> None:
    """Say why the car was not quicker: the limit in force, joined where its reason is the same."""
    slots = history.read(lambda r: r.session_limits(session_id))
    slots = slots[slots["reason"].notna()]
    if slots.empty:
        st.caption("No limit was ordered for this session.")
        return
    same = ["reason", "words", "limit_a"]
    changed = (slots[same] != slots[same].shift()).any(axis=1)
    gap = slots["slot_start"].diff() > _SLOT
    spans = slots.groupby((changed | gap).cumsum())
    st.dataframe(
        pd.DataFrame(
            {
                "from": spans["slot_start"].min().map(lambda at: fmt.clock(at, past.zone)),
                "to": spans["slot_start"].max().map(lambda at: fmt.clock(at + _SLOT, past.zone)),
                "limit": spans["limit_a"].mean().map(fmt.current),
                "why not more": [
                    words or _REASONS.get(reason, reason)
                    for reason, words in zip(
                        spans["reason"].first(), spans["words"].first(), strict=True
                    )
                ],
                "drawn": spans["mean_w"].mean().map(fmt.power),
                "limit in power": spans["limit_w"].mean().map(fmt.power),
            }
        ),
        hide_index=True,
        alt="Limits that were in force during the session, and why",
        placeholder=fmt.ABSENT,
    )


_REASONS = {
    "default": "no order: the limit that holds by default",
    "ordered": "an order that no plan explains",
}


def _bill(session_id: str, session: pd.Series, past: Past) -> None:
    lines = history.read(lambda r: r.cost_lines(session_id))
    if lines.empty:
        st.caption("This session was not billed.")
        return
    st.dataframe(
        pd.DataFrame(
            {
                "for": lines["rule"],
                # First what one looks for: a narrow screen shows the first two columns.
                f"with VAT ({past.currency})": lines["amount_incl_vat"].astype("float64"),
                f"amount ({past.currency})": lines["amount"].astype("float64"),
                f"VAT ({past.currency})": lines["vat_amount"].astype("float64"),
                "quantity": lines["quantity"].astype("float64"),
                "unit": lines["unit"],
                f"price ({past.currency})": lines["unit_price"].astype("float64"),
            }
        ),
        column_config={
            f"{name} ({past.currency})": st.column_config.NumberColumn(format="%.2f")
            for name in ("with VAT", "amount", "VAT")
        },
        hide_index=True,
        alt="Lines of the session's bill",
        placeholder=fmt.ABSENT,
    )
    pays = fmt.money(float(lines["amount_incl_vat"].astype("float64").sum()), past.currency)
    st.caption(
        f"Tariff {session['tariff']}: the driver pays {pays} with VAT; "
        f"{fmt.money(session['revenue'], past.currency)} revenue, "
        f"{fmt.money(session['energy_cost'], past.currency)} energy cost"
        f"{', provisional' if bool(lines['provisional'].any()) else ''}."
    )
