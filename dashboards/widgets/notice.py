"""What a page says when there is nothing to show: why, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboards.history import HistoryError
from dashboards.source import Fault


def fault(what: Fault) -> None:
    """Show why something is missing."""
    st.error(f"**{what.words}**\n\n{what.hint}", icon=":material/cloud_off:")


def empty(words: str, next_step: str) -> None:
    """Show that there is nothing here yet, and how that changes."""
    st.info(f"**{words}**\n\n{next_step}", icon=":material/hourglass_empty:")


@contextmanager
def guarded() -> Iterator[None]:
    """Show a `HistoryError` of the block as a notice in its place; the rest of the page goes on."""
    try:
        yield
    except HistoryError as error:
        fault(error.fault)
