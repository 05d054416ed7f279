"""A chart with its heading, its table and its files: the same numbers each time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from zoneinfo import ZoneInfo

import altair as alt
import pandas as pd
import streamlit as st

from analytics.exporters import MEDIA_TYPES, FileFormat, written
from dashboards import format as fmt


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
    """Show a heading with a button that opens the numbers and offers them as files.

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
            st.dataframe(
                table, hide_index=True, height=320, alt=f"Table: {alt_text}", placeholder=fmt.ABSENT
            )
            _download(table, file_name, key)


def _download(table: pd.DataFrame, file_name: str, key: str) -> None:
    stem = file_name.removesuffix(".csv")
    with st.container(horizontal=True, width="content", gap="xsmall"):
        for form in FileFormat:
            st.download_button(
                form.value.upper() if form is not FileFormat.PARQUET else "Parquet",
                data=partial(file_of, table, form),
                file_name=f"{stem}.{form}",
                mime=MEDIA_TYPES[form],
                icon=":material/download:",
                key=f"{key}-{form}",
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


def file_of(table: pd.DataFrame, form: FileFormat) -> bytes:
    """Return a table of a page as a file, with the headers and the zone that the page shows."""
    zones = [dtype.tz for dtype in table.dtypes if isinstance(dtype, pd.DatetimeTZDtype)]
    zone = ZoneInfo(str(zones[0])) if zones else ZoneInfo("UTC")
    return written(table, form, zone=zone, currency="", as_shown=True)
