"""The way to the past: one shared `Reader`, and its refusals as words for people."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

import analytics
from analytics import Reader
from dashboards.source import Fault, Settings
from ocpp_core.domain.errors import AmpherdError


class HistoryError(Exception):
    """The past cannot be had; `fault` says why and what to do."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.words)
        self.fault = fault


@st.cache_resource(show_spinner=False)
def reader() -> Reader:
    """Return the process's one Reader; what fails is tried again by the next caller."""
    settings = Settings.from_environment()
    if not settings.store_url:
        raise HistoryError(
            Fault(
                words="These pages were not told where the history is.",
                hint="Start them with `ampherd serve` or `ampherd demo`, or set AMPHERD_STORE_URL.",
            )
        )
    return analytics.open(settings.store_url, token=settings.store_token or None)


def read[T](ask: Callable[[Reader], T]) -> T:
    """Return the answer to `ask`; raises `HistoryError` where there is none."""
    try:
        return ask(reader())
    except AmpherdError as error:
        raise HistoryError(
            Fault(
                words=f"The history cannot be read: {error}",
                hint=error.hint or "Is the server running? Reload the page to try again.",
            )
        ) from error
