"""Writes recorded sessions: session, 15-minute grid and bill, in batches beside live messages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from analytics.database import Database
from analytics.grid import Point
from analytics.importers.reading import ImportReport, NoProgress, Progress, Reading
from analytics.importers.sessions import RecordedSession
from analytics.rows import Row, arrow_table
from analytics.sessions import Trust
from analytics.settlement import Settlement
from analytics.state import SessionRow
from analytics.store import Store
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef, IdToken
from ocpp_core.domain.session import natural_session_id
from ocpp_core.domain.site import Site

_BATCH = 250
"""Sessions in one transaction: messages of chargers wait about 50 ms for each."""

_UNKNOWN_POWER_W = 7_360.0
"""Rating of a station that the site does not have: 32 A on one phase at 230 V."""

_NOT_IN_IDENTITY = re.compile(r"[^A-Za-z0-9*_=+|@.-]")

type ConnectorOf = Callable[[str], ConnectorRef]


def site_connectors(site: Site) -> ConnectorOf:
    """Return how stations of a file become connectors.

    A station named as a connector (`CP-7/1`) or as a charger of the site is that one; any other
    becomes a charger of its own, which has history and is not configured.
    """

    def connector_of(station: str) -> ConnectorRef:
        if "/" in station:
            try:
                ref = ConnectorRef.parse(station)
            except ValueError:
                ref = None
            if ref is not None and ref in site.connectors:
                return ref
        name = _NOT_IN_IDENTITY.sub("-", station)[:48]
        return ConnectorRef(ChargePointId(name), ConnectorId(1))

    return connector_of


async def import_sessions(
    store: Store,
    reading: Reading[RecordedSession],
    *,
    connector_of: ConnectorOf | None = None,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Write the sessions that are not there yet; a dry run only counts them.

    The natural key is that of metered sessions: site, connector, token, arrival. Energy is spread
    from the arrival at the connector's rating until it is reached, and marked as assumed.
    """
    progress = progress or NoProgress()
    progress.start(len(reading.rows), f"sessions of {reading.file_name}")
    work = _SessionBatches(store.site, reading, connector_of or site_connectors(store.site))
    imported = known = 0
    for at in range(0, len(reading.rows), _BATCH):
        batch = reading.rows[at : at + _BATCH]
        new = await store.run(partial(work.write, batch=batch, dry_run=dry_run))
        imported += new
        known += len(batch) - new
        progress.advance(len(batch))
    report = ImportReport(
        rows_read=reading.rows_read,
        rows_imported=imported,
        rows_known=known,
        rejected=reading.rejected,
        dry_run=dry_run,
    )
    if not dry_run:
        await record_run(store, reading, report)
    verb = "would be imported" if dry_run else "imported"
    progress.finish(f"{imported} {verb}, {known} known, {len(reading.rejected)} rejected")
    return report


async def record_run(store: Store, reading: Reading[Any], report: ImportReport) -> None:
    """Write that a file was imported, and the rows that could not be."""
    now = store.now()
    text = f"{reading.importer}\x1f{reading.file_name}\x1f{now.isoformat()}"
    import_id = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
    run: Row = (
        import_id, store.site.site_id, reading.importer, reading.file_name, now,
        reading.timezone, report.rows_read, report.rows_imported, report.rows_known,
        len(report.rejected),
    )  # fmt: skip

    def write(database: Database, _: Settlement) -> None:
        with database.transaction():
            database.append("import_run", arrow_table("import_run", [run]))
            if report.rejected:
                rows = [(import_id, row.line, row.reason, row.content) for row in report.rejected]
                database.append("rejected_row", arrow_table("rejected_row", rows))

    await store.run(write)


class _SessionBatches:
    def __init__(
        self, site: Site, reading: Reading[RecordedSession], connector_of: ConnectorOf
    ) -> None:
        self._site = site
        self._importer = reading.importer
        self._connector_of = connector_of

    def write(
        self,
        database: Database,
        settlement: Settlement,
        *,
        batch: Sequence[RecordedSession],
        dry_run: bool,
    ) -> int:
        rows = {row.session_id: (row, recorded) for row, recorded in map(self._row, batch)}
        there = database.connection.execute(
            "SELECT session_id FROM session WHERE session_id IN (SELECT unnest($1::VARCHAR[]))",
            [list(rows)],
        ).fetchall()
        for (session_id,) in there:
            del rows[session_id]
        if dry_run or not rows:
            return len(rows)
        intervals: list[Row] = []
        cost_lines: list[Row] = []
        for row, recorded in rows.values():
            points = self._course(row, recorded)
            derived = settlement.derive(row, points, assumed=True)
            intervals += derived.intervals
            cost_lines += derived.cost_lines
        with database.transaction():
            self._add_chargers(database, [row for row, _ in rows.values()])
            sessions = [row.cells() for row, _ in rows.values()]
            database.append("session", arrow_table("session", sessions))
            if intervals:
                database.append("session_interval", arrow_table("session_interval", intervals))
            if cost_lines:
                database.append("cost_line", arrow_table("cost_line", cost_lines))
        return len(rows)

    def _row(self, recorded: RecordedSession) -> tuple[SessionRow, RecordedSession]:
        ref = self._connector_of(recorded.station)
        session_id = natural_session_id(
            self._site.site_id, ref, IdToken(recorded.id_token), recorded.arrival, 0
        )
        row = SessionRow(
            session_id=session_id,
            site_id=self._site.site_id,
            charge_point_id=ref.charge_point_id,
            connector_id=ref.connector_id,
            id_token=recorded.id_token,
            token_status=None,
            transaction_id=None,
            started_at=recorded.arrival,
            ended_at=recorded.departure,
            meter_start_wh=0,
            meter_stop_wh=round(recorded.energy_wh),
            energy_wh=recorded.energy_wh,
            asked_wh=recorded.asked_wh,
            departure=recorded.announced_departure,
            need_stated=recorded.need_stated if recorded.asked_wh is not None else None,
            source=self._importer,
            trust=Trust.ASSUMED,
        )
        return row, recorded

    def _course(self, row: SessionRow, recorded: RecordedSession) -> tuple[Point, ...]:
        """Charge at the rating from the arrival on; set when the last energy flowed."""
        start, end, energy_wh = recorded.arrival, recorded.departure, recorded.energy_wh
        ref = ConnectorRef(ChargePointId(row.charge_point_id), ConnectorId(row.connector_id))
        full = start + timedelta(hours=energy_wh / self._rating_w(ref))
        if full > end:
            row.findings = "took more energy than the connector's rating allows in its stay"
            full = end
        row.last_energy_at = full if energy_wh > 0 else None
        points = [Point(at=start, energy_wh=0.0)]
        if start < full < end:
            points.append(Point(at=full, energy_wh=energy_wh))
        points.append(Point(at=end, energy_wh=energy_wh))
        return tuple(points)

    def _rating_w(self, ref: ConnectorRef) -> float:
        connector = self._site.connectors.get(ref)
        if connector is None:
            return _UNKNOWN_POWER_W
        return connector.max_current_a * len(connector.phases) * self._site.voltage_v

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
                [self._site.site_id, charge_point_id, connector_id, _UNKNOWN_POWER_W],
            )
            database.connection.execute(
                "INSERT INTO charge_point (site_id, charge_point_id, configured) "
                "SELECT $1, $2, false WHERE $2 NOT IN (SELECT charge_point_id FROM charge_point)",
                [self._site.site_id, charge_point_id],
            )
