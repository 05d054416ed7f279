"""Reads series over time: building load, PV production, prices, marginal emissions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from analytics.importers.points import SeriesPoint, points_of
from analytics.importers.reading import (
    Reading,
)
from analytics.importers.tables import PLAIN, ColumnsUnclearError, CsvLayout, read_table
from ocpp_core.domain.errors import ImportRefusedError

_HOUR_S = 3600
_MICRO = Decimal("0.000001")

POWER_UNITS = {"W": 1.0, "kW": 1e3, "MW": 1e6}
"""Watts of a unit of mean power."""
ENERGY_UNITS = {"Wh": 1.0, "kWh": 1e3, "MWh": 1e6}
"""Watt-hours of a unit of energy per step."""
PRICE_UNITS = {"MWh": Decimal("0.001"), "kWh": Decimal(1)}
"""What turns a price per unit into one per kWh."""


class PowerQuantity(StrEnum):
    """What a power series is."""

    BUILDING = "building"
    PV = "pv"


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerRow:
    """Mean power from `starts_at` for `step_s`."""

    line: int
    starts_at: datetime
    step_s: int
    power_w: float
    quantity: PowerQuantity


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """A price that holds from `starts_at` for `step_s`."""

    line: int
    starts_at: datetime
    step_s: int
    value_per_kwh: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionRow:
    """CO2 that one more kWh from the grid causes, from `starts_at` for `step_s`."""

    line: int
    starts_at: datetime
    step_s: int
    kg_per_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesColumns:
    """Which columns of a file are the series, and what its unit is by the column's name."""

    time: str
    value: str
    unit: str | None
    """`kW`, `kWh`, `MWh`, …; None: the name does not say."""
    currency: str | None = None
    """Of prices, where the name says it."""


def find_series(path: Path, layout: CsvLayout = PLAIN) -> SeriesColumns:
    """Find the columns of a series by their names and cells; raises ColumnsUnclearError.

    The time is a column whose name says so; UTC is preferred to local time. The value is the only
    other column that holds numbers. Units are read from the end of its name: `dc_kw`,
    `electricity_kwh`, `price_eur_mwh`.
    """
    table = read_table(path, layout)
    names = [str(name) for name in table.frame.columns]
    times = [
        name for name in names if re.search(r"time|date|start|zeit|datum", name, re.IGNORECASE)
    ]
    times.sort(key=lambda name: "utc" not in name.casefold())
    values = [
        name for name in names if name not in times and table.numbers(name).notna().mean() > 0.5
    ]
    if not times or len(values) != 1:
        raise ColumnsUnclearError(
            f"{path}: which columns are the time and the value is not clear from "
            f"{', '.join(names)}",
            hint="name them: --time COLUMN --value COLUMN",
        )
    return named_series(times[0], values[0])


def named_series(time: str, value: str) -> SeriesColumns:
    """Return the columns with what the name of the value says about its unit."""
    parts = [part for part in re.split(r"[^A-Za-z]+", value) if part]
    known = {unit.casefold(): unit for unit in (*POWER_UNITS, *ENERGY_UNITS)}
    unit = next((known[p.casefold()] for p in reversed(parts) if p.casefold() in known), None)
    currency = next((p.upper() for p in parts if p.casefold() in _CURRENCIES), None)
    return SeriesColumns(time=time, value=value, unit=unit, currency=currency)


_CURRENCIES = {"eur", "usd", "gbp", "chf", "nok", "sek", "dkk", "pln", "czk", "cad", "aud"}


def read_power(
    path: Path,
    *,
    quantity: PowerQuantity,
    time: str,
    power_kw: str,
    unit: str = "kW",
    timezone: ZoneInfo | None = None,
    layout: CsvLayout = PLAIN,
) -> Reading[PowerRow]:
    """Read a series of mean power, or of energy per step, from the columns `time` and `power_kw`.

    `unit` is W, kW or MW, or Wh, kWh or MWh per step. Raises ImportRefusedError for a file that
    is not understood as a whole.
    """
    if unit not in POWER_UNITS and unit not in ENERGY_UNITS:
        raise ImportRefusedError(
            f"{path}: {unit!r} is no unit of power or energy",
            hint=f"use one of {', '.join((*POWER_UNITS, *ENERGY_UNITS))}",
        )
    found = points_of(path, time, power_kw, timezone, layout)

    def watts(point: SeriesPoint) -> float:
        if unit in POWER_UNITS:
            return point.value * POWER_UNITS[unit]
        return point.value * ENERGY_UNITS[unit] * _HOUR_S / found.usual_s

    rows = tuple(
        PowerRow(
            line=point.line,
            starts_at=point.at,
            step_s=point.step_s,
            power_w=watts(point),
            quantity=quantity,
        )
        for point in found.points
    )
    return Reading(
        importer=f"{quantity} series",
        file_name=path.name,
        rows=rows,
        rejected=found.rejected,
        timezone=timezone.key if timezone and found.naive else None,
        notes=found.notes,
    )


def read_prices(
    path: Path,
    *,
    time: str,
    price: str,
    per_kwh: Decimal,
    currency: str,
    timezone: ZoneInfo | None = None,
    layout: CsvLayout = PLAIN,
) -> Reading[PriceRow]:
    """Read a series of prices; `per_kwh` turns the column's unit into a price for a kWh.

    For EUR/MWh `per_kwh` is Decimal("0.001"). Raises ImportRefusedError for a file that is not
    understood as a whole.
    """
    found = points_of(path, time, price, timezone, layout)
    rows = tuple(
        PriceRow(
            line=point.line,
            starts_at=point.at,
            step_s=point.step_s,
            value_per_kwh=(Decimal(repr(point.value)) * per_kwh).quantize(_MICRO),
            currency=currency,
        )
        for point in found.points
    )
    return Reading(
        importer="price series",
        file_name=path.name,
        rows=rows,
        rejected=found.rejected,
        timezone=timezone.key if timezone and found.naive else None,
        notes=found.notes,
    )


def read_emissions(
    path: Path,
    *,
    time: str,
    value: str,
    kg_per_kwh: float = 1.0,
    timezone: ZoneInfo | None = None,
    layout: CsvLayout = PLAIN,
) -> Reading[EmissionRow]:
    """Read a series of marginal emissions; `kg_per_kwh` turns the column's unit into kg/kWh.

    Raises ImportRefusedError for a file that is not understood as a whole.
    """
    found = points_of(path, time, value, timezone, layout)
    return Reading(
        importer="emission series",
        file_name=path.name,
        rows=tuple(
            EmissionRow(
                line=point.line,
                starts_at=point.at,
                step_s=point.step_s,
                kg_per_kwh=point.value * kg_per_kwh,
            )
            for point in found.points
        ),
        rejected=found.rejected,
        timezone=timezone.key if timezone and found.naive else None,
        notes=found.notes,
    )
