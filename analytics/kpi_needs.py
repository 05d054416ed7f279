"""Which key figures need which questions, and how their answers are named."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import pandas as pd

from analytics import kpi_managed
from analytics.kpi import KPIS, Split
from analytics.kpi_frames import ALL


def _needing(*questions: str) -> frozenset[str]:
    return frozenset(name for name, kpi in KPIS.items() if set(questions) & {*kpi.questions})


CONSUMPTION: Final = _needing("consumption", "utilization") | {"load_factor_share"}
REVENUE: Final = _needing("revenue") | {"margin_after_demand"}
OUTCOMES: Final = _needing("session_outcomes")
UPTIME: Final = _needing("uptime")
SERVICE: Final = frozenset(
    {
        "failed_refused", "failed_no_session", "failed_no_energy", "session_success_share",
        "faults", "fault_clear_h",
    }
)  # fmt: skip
SITE: Final = _needing("site_energy")
MANAGED: Final = frozenset(kpi.name for kpi in kpi_managed.MANAGED)
DEMAND: Final = _needing("demand") | {"margin_after_demand"}


def column_of(split: Split) -> str:
    """Name the column that says what a row is about."""
    return "connector" if split in {"site", "connector"} else split


def named(frame: pd.DataFrame, split: Split) -> pd.DataFrame:
    return frame.rename(columns={"subject": column_of(split)})


def subject_of(places: pd.DataFrame, split: Split) -> pd.Series:
    if split == "charger":
        return places["charge_point_id"]
    if split == "connector":
        return places["connector"]
    return pd.Series(ALL, index=places.index)


def instants(begin: list[datetime]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(pd.to_datetime(begin, utc=True)).as_unit("us")


def other_currencies_of(money: pd.DataFrame) -> pd.Series:
    """Say in words what was billed in other currencies."""
    if money.empty:
        return pd.Series(dtype="object")
    words = [
        f"{amount:,.2f} {currency}"
        for amount, currency in zip(money["revenue"], money["currency"], strict=True)
    ]
    return pd.Series(words, index=money.index).groupby(level=[0, 1]).agg(", ".join)
