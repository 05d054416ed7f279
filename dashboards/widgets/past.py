"""What the pages of the past share: whose clock, which period, compared with what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from analytics.periods import Against
from dashboards import figures, history, source
from dashboards.figures import Span
from dashboards.history import HistoryError
from dashboards.period import Bucket, Period
from dashboards.widgets import notice
from dashboards.widgets.choice import choice
from dashboards.widgets.kpi_tiles import against_choice
from dashboards.widgets.period_picker import pick_period


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A picked period of a site."""

    site_id: str
    zone: ZoneInfo
    currency: str
    now: datetime
    period: Period
    span: Span
    against: Against
    """What it is compared with."""
    before: Span
    before_name: str
    covered: tuple[datetime, datetime] | None
    """From when to when there is data."""

    @property
    def compared_words(self) -> str:
        """What changes are against."""
        year = self.against is Against.YEAR
        return "the same dates a year before" if year else self.before_name


def past_page(title: str, content: Callable[[Past], None]) -> None:
    """Show a page of the past: its heading, the picker, and `content` for what was picked."""
    st.header(title, anchor=False)
    try:
        past = _picked()
        if past is not None:
            content(past)
    except HistoryError as error:
        notice.fault(error.fault)


def bucket_picker(period: Period) -> Bucket:
    """Let the width of the bars be chosen, where there is a choice."""
    choices = period.buckets()
    if len(choices) == 1:
        return choices[0]
    return Bucket(choice("by", choices, choices[0], lambda bucket: f"by {bucket}"))


def _picked() -> Past | None:
    live = source.latest()
    covered = _covered()
    if live.view is not None:
        zone, now = ZoneInfo(live.view.timezone), live.view.at
        site_id, currency = live.view.site_id, live.view.currency
    else:
        # Without the server's clock, what was metered last is the nearest to now that there is.
        site = history.read(lambda r: r.site)
        zone, site_id, currency = site.timezone, site.site_id, site.currency
        if covered is None:
            if live.fault is not None:
                notice.fault(live.fault)
            return None
        now = covered[1]
    period = pick_period(now, zone)
    if covered is None:
        notice.empty(
            "There is no history yet.",
            "It begins with the first car that charges, or with `ampherd import`.",
        )
        return None
    against = against_choice()
    before, name = figures.compared_span(period, zone, now, against)
    return Past(
        site_id=site_id,
        zone=zone,
        currency=currency,
        now=now,
        period=period,
        span=figures.span_of(period, zone, now),
        against=against,
        before=before,
        before_name=name,
        covered=(covered[0], min(covered[1], now)),
    )


def _covered() -> tuple[datetime, datetime] | None:
    found = history.read(lambda r: r.data_range())
    return None if found is None else (found.start, found.end)
