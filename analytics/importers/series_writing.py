"""Writes series over time: what is not there yet, in batches."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC
from typing import Any

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
from analytics.importers.series import EmissionRow, PowerQuantity, PowerRow, PriceRow
from analytics.record_rows import add_record
from analytics.records import (
    EmissionRecord,
    PriceKind,
    PriceRecord,
    Record,
    SiteLoadRecord,
)
from analytics.rows import Rows, columns
from analytics.settlement import Settlement
from analytics.store import Store
from ocpp_core.domain.errors import ImportRefusedError

_BATCH = 5_000


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
    """Write the prices that are not there yet; quarters that waited for a price get theirs.

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
            kind=PriceKind.MARKET,
            source=reading.file_name,
        )
        for row in reading.rows
    ]
    report = await _import(store, reading, records, "price", [], progress, dry_run)
    if not dry_run and report.rows_imported:
        await store.take_prices()
    return report


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
                    database.append(table, new)
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
