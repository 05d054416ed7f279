"""Tiles of key figures, each as the KPI dictionary declares it, with its change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from analytics.kpi import KPIS, Kpi, Split
from analytics.periods import Against
from dashboards import format as fmt
from dashboards import history
from dashboards.figures import ALL
from dashboards.period import midnight
from dashboards.widgets.choice import choice, chosen_of

SERVICE: Final = (
    "uptime_share", "session_success_share", "failed_refused", "failed_no_session",
    "failed_no_energy", "faults", "fault_clear_h",
)  # fmt: skip
"""How well the chargers serve."""

LOAD: Final = (
    "load_factor_share", "site_load_factor_share", "co2_kg", "co2_known_share", "delivered_share",
)  # fmt: skip
"""How evenly and how cleanly the cars were charged, and how much of what they asked they got."""

SITE: Final = ("energy_kwh", "building_kwh", "grid_import_kwh", "peak_site_kw", "pv_share")
"""What the site drew, and how high."""

_AGAINST: Final[Mapping[Against, str]] = {
    Against.PREVIOUS: "against the period before",
    Against.YEAR: "against a year before",
}
_MOST_IN_A_ROW: Final = 6
"""Tiles whose names can be read on a screen of 1280 pixels."""
_DAYS: Final = ("7", "30", "90")
_IMPORT: Final = (
    "No emission of this period is known: import a series with `ampherd import emissions`."
)
_UNKNOWN: Final[Mapping[str, str]] = {
    "uptime_share": "nobody watched",
    "session_success_share": "no start",
    "failed_refused": "nobody watched",
    "failed_no_session": "nobody watched",
    "failed_no_energy": "no data",
    "faults": "nobody watched",
    "fault_clear_h": "no fault cleared",
    "load_factor_share": "no energy charged",
    "site_load_factor_share": "grid import not known",
    "building_kwh": "not metered",
    "grid_import_kwh": "not metered",
    "peak_site_kw": "not metered",
    "pv_share": "no PV metered",
    "co2_kg": "no emission known",
    "co2_known_share": "no energy charged",
    "delivered_share": "no session that asked",
}
"""Why a key figure is missing, in a few words."""


def service_tiles(now: datetime, zone: ZoneInfo) -> None:
    """Show how well the chargers served in the last days, today included."""
    st.subheader("Service", anchor=False)
    days = int(choice("days", _DAYS, "30", lambda text: f"{text} days"))
    against = against_choice()
    _service(days, against, now, zone, ALL)


def charger_tiles(charge_point_id: str, now: datetime, zone: ZoneInfo) -> None:
    """Show how well one charger served, over the days and against what is chosen for all."""
    days = int(chosen_of("days", _DAYS, "30"))
    against = Against(chosen_of("against", [*Against], Against.PREVIOUS))
    _service(days, against, now, zone, charge_point_id)


def _service(days: int, against: Against, now: datetime, zone: ZoneInfo, subject: str) -> None:
    end = now.astimezone(zone).date() + timedelta(days=1)
    start = midnight(end - timedelta(days=days), zone)
    key = "service" if subject == ALL else "service-of-one"
    kpi_tiles(
        SERVICE, start, midnight(end, zone), now=now, key=key, against=against, subject=subject
    )
    year = against is Against.YEAR
    words = "the same dates a year before" if year else f"the {days} days before"
    st.caption(f"The last {days} days with today; changes against {words}.")


def against_choice() -> Against:
    """Ask which period the tiles are compared with."""
    chosen = choice("against", [*Against], Against.PREVIOUS, lambda key: _AGAINST[Against(key)])
    return Against(chosen)


def kpi_tiles(
    names: Sequence[str],
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    key: str,
    against: Against = Against.PREVIOUS,
    subject: str = ALL,
) -> None:
    """Show a tile for each key figure, with its change against another period.

    Of the site, or of the charger that `subject` names.

    Raises `HistoryError` where the past cannot be read.
    """
    split: Split = "site" if subject == ALL else "charger"
    found = history.read(
        lambda r: r.compare(start, end, names=names, now=now, against=against, split=split)
    )
    rows = found[found["subject"] == subject].set_index("kpi")
    money = history.read(lambda r: r.site).currency
    unknown: set[str] = set()
    columns = -(-len(names) // -(-len(names) // _MOST_IN_A_ROW))
    grid = st.grid(columns, min_column_width=165, gap="xsmall", key=key)
    for name in names:
        kpi = KPIS[name]
        value, before = _value(rows, name, "value"), _value(rows, name, "compared")
        if name == "co2_kg":
            # The sum over no known emission is no 0 kg.
            value = math.nan if _value(rows, "co2_known_share", "value") == 0 else value
            before = math.nan if _value(rows, "co2_known_share", "compared") == 0 else before
        missing = math.isnan(value)
        why = _why(name, rows) if missing else change_words(kpi, value, before, money)
        help_text = f"{kpi.formula}. {kpi.caveat}".strip()
        if missing:
            unknown.add(name)
        if name == "co2_kg" and missing:
            help_text += f" {_IMPORT}"
        moved = not missing and not math.isnan(before) and value != before
        grid.metric(
            kpi.label,
            written(kpi, value, money),
            delta=why,
            delta_color=_colour(kpi) if moved else "off",
            delta_arrow="auto" if moved else "off",
            help=help_text,
            border=True,
            height="stretch",
        )
    if "co2_kg" in unknown:
        st.caption(_IMPORT)


def _why(name: str, rows: pd.DataFrame) -> str:
    if name == "fault_clear_h" and math.isnan(_value(rows, "faults", "value")):
        return _UNKNOWN["faults"]
    return _UNKNOWN.get(name, "not known")


def written(kpi: Kpi, value: float, currency: str) -> str:
    """Write a value with its unit; `–` where it is missing."""
    if math.isnan(value):
        return fmt.ABSENT
    match kpi.unit:
        case "share":
            return fmt.percent(value)
        case "h":
            return fmt.duration(value * 3600)
        case "kWh":
            return fmt.energy(value * 1e3)
        case "kW":
            return fmt.power(value * 1e3)
        case "":
            return fmt.count(value)
        case "currency":
            return fmt.money(value, currency)
        case unit:
            return f"{value:,.1f} {unit}"


def change_words(kpi: Kpi, value: float, before: float, currency: str) -> str:
    """Say a change: shares in points, numbers and times in their unit, the rest in percent."""
    if math.isnan(before):
        return "before: not known"
    change = value - before
    if change == 0:
        return "unchanged"
    # Streamlit knows a fall by its ASCII hyphen.
    sign = "+" if change > 0 else "-"
    if kpi.unit == "share":
        return f"{sign}{abs(change) * 100:.1f} points"
    if kpi.unit in {"", "h"} or before == 0:
        return f"{sign}{written(kpi, abs(change), currency)}"
    return f"{sign}{fmt.percent(abs(change / before))}"


def _colour(kpi: Kpi) -> Literal["normal", "inverse", "off"]:
    match kpi.good:
        case "up":
            return "normal"
        case "down":
            return "inverse"
        case "none":
            return "off"


def _value(rows: pd.DataFrame, name: str, column: str) -> float:
    return float(rows[column].astype("float64")[name]) if name in rows.index else math.nan
