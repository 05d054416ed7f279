"""The month as one workbook, to be downloaded."""

from __future__ import annotations

from functools import partial
from importlib.metadata import PackageNotFoundError, version

import streamlit as st

from analytics.exporters import MEDIA_TYPES, FileFormat
from analytics.reports import Month, month_report
from dashboards import history
from dashboards.widgets.past import Past


def monthly_report(past: Past) -> None:
    """Offer the report of any month for which there is data; first that of the chosen period."""
    months = months_of(past)
    if not months:
        return
    first = Month(year=past.period.first.year, month=past.period.first.month)
    with st.popover("Monthly report", icon=":material/summarize:", type="tertiary"):
        st.caption(
            "One workbook: overview, sessions, energy by day, bills, energy cost and demand "
            "charge, data quality. Totals are formulas."
        )
        chosen = st.selectbox(
            "Month",
            months,
            index=months.index(first) if first in months else 0,
            format_func=str,
            key="report-month",
        )
        st.download_button(
            "XLSX",
            data=partial(_workbook, past, chosen),
            file_name=f"{past.site_id}-{chosen}.xlsx",
            mime=MEDIA_TYPES[FileFormat.XLSX],
            icon=":material/download:",
            key="report-xlsx",
            on_click="ignore",
        )


def months_of(past: Past) -> list[Month]:
    """Return the months of the site's zone for which there is data, the latest first."""
    if past.covered is None:
        return []
    start, end = (at.astimezone(past.zone) for at in past.covered)
    first, last = start.year * 12 + start.month - 1, end.year * 12 + end.month - 1
    return [Month(year=n // 12, month=n % 12 + 1) for n in range(last, first - 1, -1)]


def _workbook(past: Past, month: Month) -> bytes:
    return history.read(lambda r: month_report(r, month, generated_at=past.now, version=_version()))


def _version() -> str:
    try:
        return version("ampherd")
    except PackageNotFoundError:  # pragma: no cover -- run from a bare checkout
        return "of a checkout"
