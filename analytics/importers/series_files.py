"""Reads a file as one of the series that can be imported, its columns and units found or given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from analytics.importers.reading import ImportReport, Progress, Reading
from analytics.importers.series import (
    PRICE_UNITS,
    PowerQuantity,
    SeriesColumns,
    find_series,
    named_series,
    read_emissions,
    read_power,
    read_prices,
)
from analytics.importers.series_writing import import_emissions, import_power, import_prices
from analytics.importers.tables import CsvLayout
from analytics.store import Store
from ocpp_core.domain.errors import ImportRefusedError

EMISSION_UNITS = {"kg/kWh": 1.0, "g/kWh": 1e-3, "kg/MWh": 1e-3, "lb/MWh": 0.45359237e-3}
"""What turns a unit into kg/kWh; a pound is 0.45359237 kg."""


class SeriesKind(StrEnum):
    """What a series is."""

    LOAD = "load"
    PV = "pv"
    PRICES = "prices"
    EMISSIONS = "emissions"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesFile:
    """A file and what was said of it; what is left out is found by the names of its columns."""

    path: Path
    kind: SeriesKind
    currency: str
    """Of the site."""
    time: str | None = None
    value: str | None = None
    unit: str | None = None
    decimal: str = "."

    def read(self, timezone: ZoneInfo | None) -> Reading[Any]:
        """Read it; raises ImportRefusedError, and ZoneNeededError where times bear no zone."""
        layout = CsvLayout(decimal=self.decimal)
        found = series_columns(self.path, self.time, self.value, layout)
        match self.kind:
            case SeriesKind.PRICES:
                currency, per_kwh = price_unit(self.unit, found, self.currency)
                return read_prices(
                    self.path, time=found.time, price=found.value, per_kwh=per_kwh,
                    currency=currency, timezone=timezone, layout=layout,
                )  # fmt: skip
            case SeriesKind.EMISSIONS:
                unit = self.unit or "kg/kWh"
                if unit not in EMISSION_UNITS:
                    raise ImportRefusedError(f"{unit!r} is none of {', '.join(EMISSION_UNITS)}")
                return read_emissions(
                    self.path, time=found.time, value=found.value,
                    kg_per_kwh=EMISSION_UNITS[unit], timezone=timezone, layout=layout,
                )  # fmt: skip
            case SeriesKind.LOAD | SeriesKind.PV:
                chosen = self.unit or found.unit
                if chosen is None:
                    raise ImportRefusedError(
                        f"the name {found.value!r} does not say its unit",
                        hint="give W, kW, MW, Wh, kWh or MWh",
                    )
                pv = self.kind is SeriesKind.PV
                return read_power(
                    self.path, quantity=PowerQuantity.PV if pv else PowerQuantity.BUILDING,
                    time=found.time, power_kw=found.value, unit=chosen, timezone=timezone,
                    layout=layout,
                )  # fmt: skip


async def import_series(
    store: Store,
    kind: SeriesKind,
    reading: Reading[Any],
    *,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Write the values of a series that are not there yet; raises ImportRefusedError."""
    match kind:
        case SeriesKind.PRICES:
            return await import_prices(store, reading, progress=progress, dry_run=dry_run)
        case SeriesKind.EMISSIONS:
            return await import_emissions(store, reading, progress=progress, dry_run=dry_run)
        case SeriesKind.LOAD | SeriesKind.PV:
            return await import_power(store, reading, progress=progress, dry_run=dry_run)


def series_columns(
    path: Path, time: str | None, value: str | None, layout: CsvLayout
) -> SeriesColumns:
    """Return the columns that were named, the others as they are found by their names."""
    if time and value:
        return named_series(time, value)
    found = find_series(path, layout)
    return named_series(time or found.time, value or found.value)


def price_unit(unit: str | None, found: SeriesColumns, currency: str) -> tuple[str, Decimal]:
    """Return the currency of prices and what turns them into prices for a kWh.

    Raises ImportRefusedError when neither `unit` nor the column's name says what they are for.
    """
    if unit is None and found.unit in PRICE_UNITS:
        return found.currency or currency, PRICE_UNITS[found.unit]
    match = re.fullmatch(r"([A-Za-z]{3}|ct)/(MWh|kWh)", unit or "")
    if match is None:
        raise ImportRefusedError(
            f"the name {found.value!r} does not say what the price is for",
            hint="give EUR/MWh, EUR/kWh or ct/kWh",
        )
    per_kwh = PRICE_UNITS[match[2]]
    if match[1] == "ct":
        return currency, per_kwh / 100
    return match[1].upper(), per_kwh
