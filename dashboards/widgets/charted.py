"""A chart with its heading, its table and its CSV file: the same numbers three times."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st


def charted(
    title: str,
    chart: alt.Chart | alt.LayerChart,
    table: pd.DataFrame,
    *,
    alt_text: str,
    file_name: str,
    key: str,
    legend: Sequence[tuple[str, str]] = (),
    caption: str = "",
) -> None:
    """Show `chart` under `title`, with `table` (units in its headers) one tap away.

    `legend` pairs a word with a CSS colour.
    """
    heading(title, table, alt_text=alt_text, file_name=file_name, key=key)
    if caption:
        st.caption(caption)
    if legend:
        legend_line(legend)
    st.altair_chart(chart, width="stretch", key=f"{key}-chart", alt=alt_text)


def heading(
    title: str,
    table: pd.DataFrame,
    *,
    alt_text: str,
    file_name: str,
    key: str,
    shown: bool = False,
) -> None:
    """Show a heading with a button that opens the numbers and offers them as CSV.

    `shown` leaves the numbers out, for a table that stands on the page anyway.
    """
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.subheader(title, anchor=False, width="content")
        if shown:
            _download(table, file_name, key)
            return
        with st.popover("Table", icon=":material/table:", type="tertiary"):
            if table.empty:
                st.caption("No rows.")
                return
            st.dataframe(table, hide_index=True, height=320, alt=f"Table: {alt_text}")
            _download(table, file_name, key)


def _download(table: pd.DataFrame, file_name: str, key: str) -> None:
    st.download_button(
        "CSV",
        data=lambda: csv(table),
        file_name=file_name,
        mime="text/csv",
        icon=":material/download:",
        key=f"{key}-csv",
        on_click="ignore",
        type="tertiary",
        help="Download these numbers",
    )


def legend_line(entries: Sequence[tuple[str, str]]) -> None:
    """Show what the colours of the chart below mean, wrapping on narrow screens."""
    items = "".join(
        f'<span class="amp-key"><i style="background:{colour}"></i>{word}</span>'
        for word, colour in entries
    )
    st.html(f'<div class="amp-legend">{items}</div>')


def csv(table: pd.DataFrame) -> bytes:
    """Return a table as CSV: a header with units, ISO 8601 times with offset, a point for decimals.

    A byte order mark tells spreadsheets that the text is UTF-8.
    """
    out = table.copy()
    for column in out.columns:
        if isinstance(out[column].dtype, pd.DatetimeTZDtype):
            out[column] = out[column].map(
                lambda at: at.isoformat(timespec="seconds"), na_action="ignore"
            )
    return out.to_csv(index=False).encode("utf-8-sig")
