"""What a key figure is declared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

type Split = Literal["site", "charger", "connector", "driver", "tariff"]
"""What key figures are given for: the site as a whole, or each charger, connector, …"""

type Good = Literal["up", "down", "none"]
"""Which direction is better."""

CURRENCY: Final = "currency"
"""Unit of money: the currency is in the data."""

SITE_ONLY: Final[tuple[Split, ...]] = ("site",)
OF_PLACES: Final[tuple[Split, ...]] = ("site", "charger", "connector")
"""Where a place is meant and not who charges there."""
EVERY_SPLIT: Final[tuple[Split, ...]] = ("site", "charger", "connector", "driver", "tariff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One key figure, as pages, reports, exports and notebooks show it."""

    name: str
    """Column or row name, with its unit."""
    label: str
    unit: str
    """`kWh`, `kW`, `h`, `kg`, `share` (0 to 1), `time`, `` (a number) or `currency`."""
    formula: str
    caveat: str = ""
    good: Good = "none"
    questions: tuple[str, ...] = ()
    """Questions of the Reader, beside `kpis` and `compare`, that show it."""
    splits: tuple[Split, ...] = EVERY_SPLIT
    """What it is given for; missing for the others."""
    source: str = ""
    """Standard, law or paper that the formula follows."""
