"""Imports series over time: building load, PV production, prices."""

from __future__ import annotations

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
    content,
    instants,
    numbers,
    read_table,
    require,
)
from analytics.importers.writing import record_run
from analytics.records import PriceKind, PriceRecord, Record, SiteLoadRecord, add_record
from analytics.rows import Rows, arrow_table
from analytics.settlement import Settlement
from analytics.store import Store
from ocpp_core.domain.errors import ImportRefusedError

_BATCH = 5_000
_LONGEST_STEP_S = 3600 * 24


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


def read_power(
    path: Path,
    *,
    quantity: PowerQuantity,
    time: str,
    power_kw: str,
    timezone: ZoneInfo | None = None,
) -> Reading[PowerRow]:
    """Read a series of mean power from the columns `time` and `power_kw`.

    Raises ImportRefusedError for a file that is not understood as a whole.
    """
    points, rejected, naive = _points(path, time, power_kw, timezone)
    rows = tuple(
        PowerRow(line=line, starts_at=at, step_s=step_s, power_w=value * 1000, quantity=quantity)
        for line, at, step_s, value in points
    )
    return Reading(
        importer=f"{quantity} series",
        file_name=path.name,
        rows=rows,
        rejected=rejected,
        timezone=timezone.key if timezone and naive else None,
    )


def read_prices(
    path: Path,
    *,
    time: str,
    price: str,
    per_kwh: Decimal,
    currency: str,
    timezone: ZoneInfo | None = None,
) -> Reading[PriceRow]:
    """Read a series of prices; `per_kwh` turns the column's unit into a price for a kWh.

    For EUR/MWh `per_kwh` is Decimal("0.001"). Raises ImportRefusedError for a file that is not
    understood as a whole.
    """
    points, rejected, naive = _points(path, time, price, timezone)
    rows = tuple(
        PriceRow(
            line=line,
            starts_at=at,
            step_s=step_s,
            value_per_kwh=(Decimal(repr(value)) * per_kwh).quantize(Decimal("0.000001")),
            currency=currency,
        )
        for line, at, step_s, value in points
    )
    return Reading(
        importer="price series",
        file_name=path.name,
        rows=rows,
        rejected=rejected,
        timezone=timezone.key if timezone and naive else None,
    )


async def import_power(
    store: Store,
    reading: Reading[PowerRow],
    *,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Write the values that are not there yet; steps above 15 minutes become steps of 15."""
    records: list[Record] = [
        SiteLoadRecord(
            at=row.starts_at,
            step_s=row.step_s,
            building_w=row.power_w if row.quantity is PowerQuantity.BUILDING else None,
            pv_w=row.power_w if row.quantity is PowerQuantity.PV else None,
            source=reading.importer,
        )
        for row in reading.rows
    ]
    return await _import(store, reading, records, "site_load", progress, dry_run)


async def import_prices(
    store: Store,
    reading: Reading[PriceRow],
    *,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Write the prices that are not there yet."""
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
    return await _import(store, reading, records, "price", progress, dry_run)


async def _import(
    store: Store,
    reading: Reading[Any],
    records: list[Record],
    table: str,
    progress: Progress | None,
    dry_run: bool,
) -> ImportReport:
    progress = progress or NoProgress()
    progress.start(len(records), f"{reading.importer} of {reading.file_name}")
    imported = known = 0
    for at in range(0, len(records), _BATCH):
        batch = records[at : at + _BATCH]
        rows = Rows()
        for record in batch:
            add_record(rows, store.site.site_id, record)
        cells = rows.unsure[table]

        def write(database: Database, _: Settlement, cells: Any = cells) -> int:
            if dry_run:
                return database.count_missing(table, arrow_table(table, cells))
            with database.transaction():
                return database.add_missing(table, arrow_table(table, cells))

        added = await store.run(write)
        imported += round(len(batch) * added / len(cells)) if cells else 0
        progress.advance(len(batch))
    known = len(records) - imported
    report = ImportReport(
        rows_read=reading.rows_read,
        rows_imported=imported,
        rows_known=known,
        rejected=reading.rejected,
        dry_run=dry_run,
    )
    if not dry_run:
        await record_run(store, reading, report)
    progress.finish(f"{imported} imported, {known} known, {len(reading.rejected)} rejected")
    return report


def _points(
    path: Path, time: str, value: str, timezone: ZoneInfo | None
) -> tuple[list[tuple[int, datetime, int, float]], tuple[RejectedRow, ...], bool]:
    table = read_table(path)
    require(table, path, (time, value))
    starts, naive = instants(table[time], path, timezone)
    values = numbers(table[value])
    repeated = starts.duplicated() & starts.notna()
    rejected = []
    for line in table.index[starts.isna() | values.isna() | repeated]:
        if pd.isna(starts[line]):
            reason = "no time, or none that exists once in its zone"
        elif pd.isna(values[line]):
            reason = "no number"
        else:
            reason = "the same time as an earlier row"
        rejected.append(
            RejectedRow(line=int(line), reason=reason, content=content(table, int(line)))
        )
    usable = starts.notna() & values.notna() & ~repeated
    ordered = starts[usable].sort_values()
    steps = ordered.diff().dt.total_seconds().dropna()
    if steps.empty:
        raise ImportRefusedError(f"{path}: a series needs at least two values")
    usual_s = int(steps.mode().iloc[0])
    if not 0 < usual_s <= _LONGEST_STEP_S:
        raise ImportRefusedError(f"{path}: its steps of {usual_s} s are no series")
    # A value holds until the next one, but no longer than usual: a gap stays a gap.
    lengths = (-ordered.diff(-1).dt.total_seconds()).fillna(usual_s).clip(upper=usual_s)
    points = [
        (int(line), at.to_pydatetime().astimezone(UTC), int(length_s), float(number))
        for line, at, length_s, number in zip(
            ordered.index.tolist(), ordered, lengths, values[ordered.index], strict=True
        )
    ]
    return points, tuple(rejected), naive
