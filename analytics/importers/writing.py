"""Writes recorded sessions: session, 15-minute grid and bill, in batches beside live messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pandas as pd

from analytics.database import Database
from analytics.importers.reading import ImportReport, NoProgress, Progress, Reading, RejectedRow
from analytics.importers.recorded import RecordedSession
from analytics.importers.rules import STRICT, ImportRules, Overlaps
from analytics.importers.runs import Run
from analytics.importers.session_rows import (
    UNKNOWN_POWER_W,
    ConnectorOf,
    SessionRows,
    site_connectors,
)
from analytics.rows import columns
from analytics.settlement import Settlement, rows_by_table
from analytics.state import SessionRow
from analytics.store import Store
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef

_BATCH = 250
"""Sessions in one transaction: messages of chargers wait about 50 ms for each."""


async def import_sessions(
    store: Store,
    reading: Reading[RecordedSession],
    *,
    connector_of: ConnectorOf | None = None,
    rules: ImportRules = STRICT,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Write the sessions that are not there yet; a dry run only counts them.

    The natural key is that of metered sessions: site, connector, token, arrival, register. Where
    a file does not tell the course of the energy, it is spread from the arrival at the
    connector's rating (or until the file says that the car was full), and marked as assumed. A
    bill of the file is kept; a session without one is priced by the site's tariff of its time.
    """
    progress = progress or NoProgress()
    progress.start(len(reading.rows), f"sessions of {reading.file_name}")
    run = None if dry_run else Run(store, reading)
    work = SessionBatches(store, reading, connector_of, rules, run)
    if run is not None:
        await run.begin()
    imported = known = 0
    for at in range(0, len(reading.rows), _BATCH):
        batch = reading.rows[at : at + _BATCH]
        new, old = await store.run(partial(work.write, batch=batch))
        imported += new
        known += old
        progress.advance(len(batch))
    rejected = (*reading.rejected, *work.rejected)
    report = ImportReport(
        rows_read=reading.rows_read,
        rows_imported=imported,
        rows_known=known,
        rejected=tuple(sorted(rejected, key=lambda row: row.line)),
        dry_run=dry_run,
        import_id=None if run is None else run.import_id,
    )
    if run is not None:
        await run.end(report)
    verb = "would be imported" if dry_run else "imported"
    progress.finish(f"{imported} {verb}, {known} known, {len(report.rejected)} rejected")
    return report


async def preview_sessions(
    store: Store,
    reading: Reading[RecordedSession],
    *,
    connector_of: ConnectorOf | None = None,
    rules: ImportRules = STRICT,
    count: int = 10,
) -> pd.DataFrame:
    """Return the first sessions as they would be written, in the site's zone.

    Columns: line, connector, started_at, ended_at, id_token (masked), energy_kwh, billed,
    currency, billed_by (the file, or our tariff), and note: why it would not be written, or what
    is assumed.
    """
    work = SessionBatches(store, reading, connector_of, rules, None)
    found: list[dict[str, Any]] = await store.run(
        lambda database, settlement: work.preview(database, settlement, reading.rows[:count])
    )
    return pd.DataFrame(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    row: SessionRow
    recorded: RecordedSession
    known: bool = False
    refused: str = ""


class SessionBatches:
    """Turns recorded sessions into rows, on the writer thread."""

    def __init__(
        self,
        store: Store,
        reading: Reading[RecordedSession],
        connector_of: ConnectorOf | None,
        rules: ImportRules,
        run: Run | None,
    ) -> None:
        self._site = store.site
        self._rows = SessionRows(
            site=store.site,
            importer=reading.importer,
            connector_of=connector_of or site_connectors(store.site),
        )
        self._rules = rules
        self._run = run
        self._latest_end = store.now() + rules.future_tolerance
        self._taken: dict[tuple[str, int], tuple[datetime, int]] = {}
        """Until when a session of the file has a connector, and the line of it."""
        self.rejected: list[RejectedRow] = []

    def write(
        self, database: Database, settlement: Settlement, *, batch: Sequence[RecordedSession]
    ) -> tuple[int, int]:
        """Write what is new and return how many rows were and how many were known."""
        judged = self._judge(database, batch)
        self.rejected += [
            RejectedRow(line=j.recorded.line, reason=j.refused, content=_content(j.recorded))
            for j in judged
            if j.refused
        ]
        known = sum(j.known for j in judged)
        new = [j for j in judged if not j.known and not j.refused]
        if self._run is None or not new:
            return len(new), known
        derived = rows_by_table(
            [self._rows.derived(settlement, one.row, one.recorded) for one in new]
        )
        with database.transaction():
            self._add_chargers(database, [one.row for one in new])
            database.append("session", [one.row.cells() for one in new])
            for table, rows in derived.items():
                if rows:
                    database.append(table, rows)
            self._run.wrote_sessions(database, [one.row.session_id for one in new])
        return len(new), known

    def preview(
        self, database: Database, settlement: Settlement, batch: Sequence[RecordedSession]
    ) -> list[dict[str, Any]]:
        """Return what `write` would write of a batch."""
        zone = self._site.timezone
        amount_at = columns("cost_line").index("amount")
        shown = []
        for one in self._judge(database, batch):
            row = one.row
            bill = self._rows.derived(settlement, row, one.recorded).cost_lines
            billed = sum((Decimal(str(line[amount_at])) for line in bill), Decimal(0))
            note = "is there already" if one.known else one.refused or row.findings
            shown.append(
                {
                    "line": one.recorded.line,
                    "connector": f"{row.charge_point_id}/{row.connector_id}",
                    "started_at": row.started_at.astimezone(zone).isoformat(timespec="seconds"),
                    "ended_at": one.recorded.departure.astimezone(zone).isoformat(
                        timespec="seconds"
                    ),
                    "id_token": "*" * max(0, len(row.id_token) - 4) + row.id_token[-4:],
                    "energy_kwh": row.energy_wh / 1000,
                    "billed": billed,
                    "currency": self._site.currency,
                    "billed_by": "the file" if one.recorded.bill is not None else row.tariff_id,
                    "note": note.replace("\n", "; "),
                }
            )
        return shown

    # Judging --------------------------------------------------------------------------------------

    def _judge(self, database: Database, batch: Sequence[RecordedSession]) -> list[_Judged]:
        rows = [self._rows.session(recorded) for recorded in batch]
        there = self._known(database, rows)
        beside = self._overlapped(database, rows)
        judged = []
        for row, recorded in zip(rows, batch, strict=True):
            if row.session_id in there:
                judged.append(_Judged(row=row, recorded=recorded, known=True))
                continue
            there.add(row.session_id)
            refused = self._refused(row, recorded, beside.get(row.session_id, ""))
            if not refused:
                taken = self._taken.get((row.charge_point_id, row.connector_id))
                if taken is None or recorded.departure > taken[0]:
                    self._taken[row.charge_point_id, row.connector_id] = (
                        recorded.departure,
                        recorded.line,
                    )
            judged.append(_Judged(row=row, recorded=recorded, refused=refused))
        return judged

    def _refused(self, row: SessionRow, recorded: RecordedSession, beside: str) -> str:
        if not self._rules.future and recorded.departure > self._latest_end:
            return f"ends in the future: {recorded.departure.isoformat(timespec='seconds')}"
        for line in recorded.bill or ():
            if line.currency != self._site.currency:
                return (
                    f"billed in {line.currency or 'no currency'}, and the site's currency is "
                    f"{self._site.currency}"
                )
        taken = self._taken.get((row.charge_point_id, row.connector_id))
        if taken and recorded.arrival + self._rules.overlap_tolerance < taken[0]:
            beside = f"overlaps line {taken[1]}, which holds the connector until " + taken[
                0
            ].isoformat(timespec="seconds")
        if beside and self._rules.overlaps is Overlaps.REJECT:
            return beside
        if beside:
            row.findings = "\n".join(filter(None, (row.findings, beside)))
        return ""

    def _known(self, database: Database, rows: Sequence[SessionRow]) -> set[str]:
        found = database.connection.execute(
            "SELECT session_id FROM session WHERE session_id IN (SELECT unnest($1::VARCHAR[]))",
            [[row.session_id for row in rows]],
        ).fetchall()
        return {session_id for (session_id,) in found}

    def _overlapped(self, database: Database, rows: Sequence[SessionRow]) -> dict[str, str]:
        """Say of each session which one of the database it overlaps at its connector."""
        tolerance = self._rules.overlap_tolerance
        found = database.connection.execute(
            """
            SELECT wanted.session_id, known.started_at, known.ended_at, known.source
            FROM (
                SELECT
                    unnest($1::VARCHAR[]) AS session_id,
                    unnest($2::VARCHAR[]) AS charge_point_id,
                    unnest($3::INTEGER[]) AS connector_id,
                    unnest($4::TIMESTAMPTZ[]) AS started_at,
                    unnest($5::TIMESTAMPTZ[]) AS ended_at
            ) AS wanted
            JOIN session AS known
                ON known.charge_point_id = wanted.charge_point_id
                AND known.connector_id = wanted.connector_id
                AND known.session_id <> wanted.session_id
                AND known.started_at < wanted.ended_at
                AND coalesce(known.ended_at, 'infinity'::TIMESTAMPTZ) > wanted.started_at
            WHERE known.started_at < $6
            """,
            [
                [row.session_id for row in rows],
                [row.charge_point_id for row in rows],
                [row.connector_id for row in rows],
                [row.started_at + tolerance for row in rows],
                [(row.ended_at or row.started_at) - tolerance for row in rows],
                max(row.ended_at or row.started_at for row in rows),
            ],
        ).fetchall()
        words = {}
        for session_id, start, end, source in found:
            since = start.astimezone(UTC).isoformat(timespec="seconds")
            until = "now" if end is None else end.astimezone(UTC).isoformat(timespec="seconds")
            words[session_id] = (
                f"overlaps a session that is there already (source {source}), from {since} until "
                f"{until} at the same connector"
            )
        return words

    def _add_chargers(self, database: Database, rows: Sequence[SessionRow]) -> None:
        unknown = {
            (row.charge_point_id, row.connector_id)
            for row in rows
            if ConnectorRef(ChargePointId(row.charge_point_id), ConnectorId(row.connector_id))
            not in self._site.connectors
        }
        if not unknown:
            return
        there = set(
            database.connection.execute(
                "SELECT charge_point_id, connector_id FROM connector"
            ).fetchall()
        )
        missing = sorted(unknown - there)
        for charge_point_id, connector_id in missing:
            database.connection.execute(
                "INSERT INTO connector (site_id, charge_point_id, connector_id, max_power_w, "
                "configured) VALUES ($1, $2, $3, $4, false)",
                [self._site.site_id, charge_point_id, connector_id, UNKNOWN_POWER_W],
            )
            database.connection.execute(
                "INSERT INTO charge_point (site_id, charge_point_id, configured) "
                "SELECT $1, $2, false WHERE $2 NOT IN (SELECT charge_point_id FROM charge_point)",
                [self._site.site_id, charge_point_id],
            )


def _content(recorded: RecordedSession) -> str:
    return (
        f"station={recorded.station}, arrival={recorded.arrival.isoformat()}, "
        f"departure={recorded.departure.isoformat()}, energy_wh={recorded.energy_wh:g}"
    )
