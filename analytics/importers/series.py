"""Imports series over time: building load, PV production, prices, marginal emissions."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.database import Database
from analytics.importers.reading import (
    ImportReport,
    NoProgress,
    Progress,
    Reading,
    RejectedRow,
)
from analytics.importers.rules import STRICT, ImportRules
from analytics.importers.runs import Run, missing_keys
from analytics.importers.tables import PLAIN, CsvLayout, Table, read_table
from analytics.records import (
    EmissionRecord,
    PriceKind,
    PriceRecord,
    Record,
    SiteLoadRecord,
    add_record,
)
from analytics.rows import Rows, arrow_table, columns
from analytics.settlement import Settlement
from analytics.store import Store
from ocpp_core.domain.errors import ImportRefusedError

_BATCH = 5_000
_LONGEST_STEP_S = 3600 * 24
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
    """Find the columns of a series by their names and cells; raises ImportRefusedError.

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
        raise ImportRefusedError(
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
    found = _points(path, time, power_kw, timezone, layout)

    def watts(point: _Point) -> float:
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
    found = _points(path, time, price, timezone, layout)
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
    found = _points(path, time, value, timezone, layout)
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


async def import_emissions(
    store: Store,
    reading: Reading[EmissionRow],
    *,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Write the values that are not there yet; steps above 15 minutes become steps of 15."""
    records: list[Record] = [
        EmissionRecord(
            at=row.starts_at,
            step_s=row.step_s,
            kg_per_kwh=row.kg_per_kwh,
            source=reading.importer,
        )
        for row in reading.rows
    ]
    return await _import(store, reading, records, "emission", [], progress, dry_run)


async def import_power(
    store: Store,
    reading: Reading[PowerRow],
    *,
    rules: ImportRules = STRICT,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Write the values that are not there yet; steps above 15 minutes become steps of 15.

    Nobody measures the future: values that begin after now are rejected.
    """
    latest = None if rules.future else store.now() + rules.future_tolerance
    records: list[Record] = []
    rejected: list[RejectedRow] = []
    for row in reading.rows:
        if latest is not None and row.starts_at > latest:
            content = f"{row.starts_at.isoformat()}: {row.power_w:g} W"
            reason = "in the future, where nobody has measured"
            rejected.append(RejectedRow(line=row.line, reason=reason, content=content))
            continue
        building = row.quantity is PowerQuantity.BUILDING
        records.append(
            SiteLoadRecord(
                at=row.starts_at,
                step_s=row.step_s,
                building_w=row.power_w if building else None,
                pv_w=None if building else row.power_w,
                source=reading.importer,
            )
        )
    return await _import(store, reading, records, "site_load", rejected, progress, dry_run)


async def import_prices(
    store: Store,
    reading: Reading[PriceRow],
    *,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Write the prices that are not there yet.

    Raises ImportRefusedError for prices in another currency than the site's.
    """
    currency = store.site.currency
    foreign = {row.currency for row in reading.rows} - {currency}
    if foreign:
        raise ImportRefusedError(
            f"{reading.file_name}: prices in {', '.join(sorted(foreign))}, and the site's currency "
            f"is {currency}",
            hint="convert them first: Ampherd has no exchange rates",
        )
    records: list[Record] = [
        PriceRecord(
            starts_at=row.starts_at,
            step_s=row.step_s,
            value_per_kwh=row.value_per_kwh,
            currency=row.currency,
            kind=PriceKind.ENERGY,
            source=reading.file_name,
        )
        for row in reading.rows
    ]
    return await _import(store, reading, records, "price", [], progress, dry_run)


async def _import(
    store: Store,
    reading: Reading[Any],
    records: list[Record],
    table: str,
    rejected: list[RejectedRow],
    progress: Progress | None,
    dry_run: bool,
) -> ImportReport:
    progress = progress or NoProgress()
    progress.start(len(records), f"{reading.importer} of {reading.file_name}")
    run = None if dry_run else Run(store, reading)
    if run is not None:
        await run.begin()
    part_at = columns(table).index("kind" if table == "price" else "source")
    start_at = columns(table).index("starts_at")
    imported = 0
    for at in range(0, len(records), _BATCH):
        batch = records[at : at + _BATCH]
        cells: dict[tuple[Any, str], Any] = {}
        slots_of: dict[int, list[tuple[Any, str]]] = defaultdict(list)
        for number, record in enumerate(batch):
            rows = Rows()
            add_record(rows, store.site.site_id, record)
            for row in rows.unsure[table]:
                key = (row[start_at], str(row[part_at]))
                cells.setdefault(key, row)
                slots_of[number].append(key)

        def write(database: Database, _: Settlement, cells: Any = cells) -> set[Any]:
            missing = missing_keys(database, table, list(cells))
            if run is not None and missing:
                with database.transaction():
                    new = [cells[at.astimezone(UTC), part] for at, part in missing]
                    database.append(table, arrow_table(table, new))
                    run.wrote_values(database, table, missing)
            return {(at.astimezone(UTC), part) for at, part in missing}

        added = await store.run(write)
        imported += sum(any(key in added for key in keys) for keys in slots_of.values())
        progress.advance(len(batch))
    every = (*reading.rejected, *rejected)
    report = ImportReport(
        rows_read=reading.rows_read,
        rows_imported=imported,
        rows_known=len(records) - imported,
        rejected=tuple(sorted(every, key=lambda row: row.line)),
        dry_run=dry_run,
        import_id=None if run is None else run.import_id,
    )
    if run is not None:
        await run.end(report)
    verb = "would be imported" if dry_run else "imported"
    progress.finish(
        f"{imported} {verb}, {report.rows_known} known, {len(report.rejected)} rejected"
    )
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    line: int
    at: datetime
    step_s: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Points:
    points: list[_Point]
    rejected: tuple[RejectedRow, ...]
    naive: bool
    usual_s: int
    notes: tuple[str, ...]


def _points(
    path: Path, time: str, value: str, timezone: ZoneInfo | None, layout: CsvLayout
) -> _Points:
    table = read_table(path, layout)
    table.require(time, value)
    starts, naive = table.instants(time, timezone)
    values = table.numbers(value)
    repeated = starts.duplicated() & starts.notna()
    usable = starts.notna() & values.notna() & ~repeated
    ordered = starts[usable].sort_values(kind="stable")
    steps = ordered.diff().dt.total_seconds().dropna()
    if steps.empty:
        raise ImportRefusedError(f"{path}: a series needs at least two values")
    usual_s = int(steps.mode().iloc[0])
    if not 0 < usual_s <= _LONGEST_STEP_S:
        raise ImportRefusedError(f"{path}: its steps of {usual_s} s are no series")
    # A value holds until the next one, but no longer than usual: a gap stays a gap.
    lengths = (-ordered.diff(-1).dt.total_seconds()).fillna(usual_s).clip(upper=usual_s)
    return _Points(
        points=[
            _Point(
                line=int(line),
                at=at.to_pydatetime().astimezone(UTC),
                step_s=int(length_s),
                value=float(number),
            )
            for line, at, length_s, number in zip(
                ordered.index.tolist(), ordered, lengths, values[ordered.index], strict=True
            )
        ],
        rejected=_rejected(table, starts, values, usable),
        naive=naive,
        usual_s=usual_s,
        notes=_notes(starts[usable], steps, usual_s),
    )


def _rejected(
    table: Table, starts: pd.Series[Any], values: pd.Series[Any], usable: pd.Series[bool]
) -> tuple[RejectedRow, ...]:
    rejected = list(table.malformed)
    for line in table.frame.index[~usable]:
        if pd.isna(starts[line]):
            reason = "no time, or none that exists once in its zone"
        elif pd.isna(values[line]):
            reason = "no number"
        else:
            reason = "the same time as an earlier row"
        content = table.content(int(line))
        rejected.append(RejectedRow(line=int(line), reason=reason, content=content))
    return tuple(sorted(rejected, key=lambda row: row.line))


def _notes(starts: pd.Series[Any], steps: pd.Series[Any], usual_s: int) -> tuple[str, ...]:
    notes = []
    back = int((starts.diff().dt.total_seconds() < 0).sum())
    if back:
        notes.append(f"the rows are not in order of time ({back} steps back): they were sorted")
    gaps = int((steps > usual_s).sum())
    if gaps:
        notes.append(f"{gaps} gaps in steps of {usual_s} s: they stay gaps")
    return tuple(notes)
