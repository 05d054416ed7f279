"""The KPI dictionary: every key figure is declared once, and shown by its declaration everywhere.

The figures stand in `analytics.kpi_energy`, `analytics.kpi_money`, `analytics.kpi_managed` and
`analytics.kpi_service`; the reference page docs/reference/kpis.md is made of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from analytics.kpi_declaration import (
    CURRENCY,
    EVERY_SPLIT,
    OF_PLACES,
    SITE_ONLY,
    Good,
    Kpi,
    Split,
)
from analytics.kpi_energy import ENERGY
from analytics.kpi_managed import MANAGED
from analytics.kpi_money import MONEY
from analytics.kpi_service import SERVICE

__all__ = [
    "CURRENCY",
    "EVERY_SPLIT",
    "KPIS",
    "OF_PLACES",
    "OVERVIEW",
    "SITE_ONLY",
    "Good",
    "Kpi",
    "Split",
    "undeclared",
]

KPIS: Final[dict[str, Kpi]] = {kpi.name: kpi for kpi in (*ENERGY, *MONEY, *MANAGED, *SERVICE)}
"""Every key figure by its name, in the order in which they are shown."""

OVERVIEW: Final = tuple(name for name, kpi in KPIS.items() if "overview" in kpi.questions)
"""Key figures of the overview."""

DESCRIBES: Final = frozenset(
    {
        "assumed_kwh", "cause", "charger", "circuit_id", "cleared_at", "clear_h", "connector",
        "connectors", "currency", "day", "driver", "error_code", "failed_at", "fault_at", "info",
        "kind", "max_power_kw", "other_currencies", "peak_at", "peak_w",
        "peak_without_charging_w", "period_h", "period_start", "provisional", "reason",
        "session_id", "site_known_h", "subject", "tariff", "vendor_error_code",
    }
)  # fmt: skip
"""Columns of questions about key figures that are none: what a row is about, and what it covers."""


def undeclared(columns: Iterable[str]) -> list[str]:
    """Return the columns that are neither a declared key figure nor say what a row is about."""
    return [name for name in columns if name not in KPIS and name not in DESCRIBES]
