"""A table of records with its CSV file, or what to do where there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboards import format as fmt
from dashboards.widgets import notice
from dashboards.widgets.charted import heading

_WHEN = "ddd D MMM YYYY, HH:mm:ss"
_TALL = 420
_ROWS = 10
"""More rows than this scroll within the table."""


def records(
    title: str,
    table: pd.DataFrame,
    *,
    key: str,
    file_name: str,
    none: tuple[str, str],
    caption: str = "",
    config: Mapping[str, ColumnConfig] | None = None,
) -> None:
    """Show `table` under `title`.

    `none` says what an empty one means and what to do next; empty: there is nothing to do. Columns
    of times are in the site's zone and name it in their header.
    """
    if table.empty:
        st.subheader(title, anchor=False)
        words, next_step = none
        if next_step:
            notice.empty(words, next_step)
        else:
            st.caption(words)
        return
    heading(title, table, alt_text=title, file_name=file_name, key=key, shown=True)
    if caption:
        st.caption(caption)
    when = {
        name: st.column_config.DatetimeColumn(format=_WHEN)
        for name in table.columns
        if isinstance(table[name].dtype, pd.DatetimeTZDtype)
    }
    st.dataframe(
        table,
        hide_index=True,
        height=_TALL if len(table) > _ROWS else "auto",
        column_config={**when, **(config or {})},
        alt=title,
        key=f"{key}-table",
        placeholder=fmt.ABSENT,
    )


def renamed(frame: pd.DataFrame, columns: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return some columns under the names that people read, in that order."""
    return frame[[name for name, _ in columns]].rename(columns=dict(columns))
