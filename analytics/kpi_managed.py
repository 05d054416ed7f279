"""Key figures of management: what charging cost beside what it would have cost otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
import pandas as pd

from analytics.kpi_declaration import CURRENCY, SITE_ONLY, Kpi

_DAYS: Final = "Of days that were reckoned, at 00:20 after each; for days, months and totals."
_DEMAND: Final = (
    "A day's demand charge is what it adds to the month's; of a month in part, so is its sum."
)

MANAGED: Final = (
    Kpi(
        name="days_reckoned",
        label="Days reckoned",
        unit="",
        formula="number of days of which it is reckoned what management was worth",
        caveat="The figures about management cover these days only.",
        splits=SITE_ONLY,
    ),
    Kpi(
        name="managed_cost",
        label="Cost as run",
        unit=CURRENCY,
        formula="sum over days: what charging added to the cost of energy + what the day added to "
        "the month's demand charge",
        caveat=f"{_DAYS} {_DEMAND} The building's part of the demand charge is in it.",
        good="down",
        questions=("plan_quality",),
        splits=SITE_ONLY,
    ),
    Kpi(
        name="unmanaged_cost",
        label="Cost without management",
        unit=CURRENCY,
        formula="the same, had every car charged at full power at once",
        caveat=f"{_DAYS} Limits are not looked at, so that cars may get more than they could.",
        questions=("plan_quality",),
        splits=SITE_ONLY,
    ),
    Kpi(
        name="best_cost",
        label="Cost at best",
        unit=CURRENCY,
        formula="the same, with every car of a day and all that it takes known beforehand",
        caveat=f"{_DAYS} Most energy comes first: where more was possible than was delivered, the "
        "best may cost more than what was run.",
        questions=("plan_quality",),
        splits=SITE_ONLY,
    ),
    Kpi(
        name="management_saving",
        label="Saved by management",
        unit=CURRENCY,
        formula="cost without management - cost as run",
        caveat="Compare the energy delivered too: charging less is cheaper.",
        good="up",
        questions=("plan_quality",),
        splits=SITE_ONLY,
    ),
    Kpi(
        name="regret_share",
        label="Cost above the best",
        unit="share",
        formula="cost as run / cost at best - 1",
        caveat="Of whole months: on a single day the two have other peaks behind them.",
        good="down",
        splits=SITE_ONLY,
    ),
)
"""What management cost, saved and missed."""

COLUMNS: Final = ("period_start", "subject", *(kpi.name for kpi in MANAGED))
_SUMS: Final = ("managed_cost", "unmanaged_cost", "best_cost", "management_saving")


def managed(days: pd.DataFrame, starts: Sequence[datetime], subject: str) -> pd.DataFrame:
    """Return the key figures of each period that has a day; `days` as question plan_quality."""
    if days.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    begin = pd.DatetimeIndex(pd.to_datetime(list(starts), utc=True)).as_unit("us")
    # Days and the months and days that they are counted in are all of the site's calendar.
    midnights = pd.DatetimeIndex(days["at"]).as_unit("us")
    at = np.searchsorted(begin.asi8, midnights.asi8, side="right") - 1
    found = days[list(_SUMS)].astype("float64").groupby(begin[at]).sum()
    found.insert(0, "days_reckoned", days.groupby(begin[at]).size().astype("float64"))
    best = found["best_cost"]
    found["regret_share"] = found["managed_cost"] / best.where(best > 0) - 1
    found = found.rename_axis("period_start").reset_index()
    return found.assign(subject=subject)[list(COLUMNS)]
