"""Writes recorded sessions: session, 15-minute grid and bill, in batches beside live messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pandas as pd

from analytics.database import Database
from analytics.grid import Point
from analytics.importers.ocpi import is_fine
from analytics.importers.reading import ImportReport, NoProgress, Progress, Reading, RejectedRow
from analytics.importers.recorded import BilledLine, RecordedSession
from analytics.importers.rules import STRICT, ImportRules, Overlaps
from analytics.importers.runs import Run
from analytics.rows import Row, columns
from analytics.sessions import Trust
from analytics.settlement import Derived, Settlement, rows_by_table
from analytics.state import SessionRow
from analytics.store import Store
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef, IdToken
from ocpp_core.domain.session import natural_session_id
from ocpp_core.domain.site import Site

_BATCH = 250
"""Sessions in one transaction: messages of chargers wait about 50 ms for each."""

_UNKNOWN_POWER_W = 7_360.0
"""Rating of a station that the site does not have: 32 A on one phase at 230 V."""

_AS_BILLED = "as-billed"
"""Tariff of imported bills whose file names none."""

_NOT_IN_IDENTITY = re.compile(r"[^A-Za-z0-9*_=+|@.-]")
_NUMBERED = re.compile(r"(.+)/([1-9]\d{0,4})")

type ConnectorOf = Callable[[str], ConnectorRef]


def site_connectors(site: Site) -> ConnectorOf:
    """Return how stations of a file become connectors.

    A station named as a connector (`CP-7/1`) or as a charger of the site is that one; any other
    becomes a charger of its own, which has history and is not configured.
    """
    del site  # A name is the same connector whether the site has it or not.

    def connector_of(station: str) -> ConnectorRef:
        numbered = _NUMBERED.fullmatch(station)
        name, number = (numbered[1], int(numbered[2])) if numbered else (station, 1)
        identity = _NOT_IN_IDENTITY.sub("-", name)[:48]
        return ConnectorRef(ChargePointId(identity), ConnectorId(number))

    return connector_of


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
        self._importer = reading.importer
        self._connector_of = connector_of or site_connectors(store.site)
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
        derived = rows_by_table([self._derived(settlement, one) for one in new])
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
            bill = self._derived(settlement, one).cost_lines
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
        rows = [self._row(recorded) for recorded in batch]
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

    # Rows -----------------------------------------------------------------------------------------

    def _row(self, recorded: RecordedSession) -> SessionRow:
        ref = self._connector_of(recorded.station)
        session_id = recorded.session_id or natural_session_id(
            self._site.site_id,
            ref,
            IdToken(recorded.id_token),
            recorded.arrival,
            recorded.meter_start_wh,
        )
        return SessionRow(
            session_id=session_id,
            site_id=self._site.site_id,
            charge_point_id=ref.charge_point_id,
            connector_id=ref.connector_id,
            id_token=recorded.id_token,
            token_status=None,
            transaction_id=None,
            started_at=recorded.arrival,
            ended_at=recorded.departure,
            meter_start_wh=recorded.meter_start_wh,
            meter_stop_wh=round(recorded.meter_start_wh + recorded.energy_wh),
            energy_wh=recorded.energy_wh,
            stop_reason=recorded.stop_reason,
            asked_wh=recorded.asked_wh,
            departure=recorded.announced_departure,
            need_stated=recorded.need_stated if recorded.asked_wh is not None else None,
            source=self._importer,
            trust=recorded.trust or (Trust.METERED if is_fine(recorded.course) else Trust.ASSUMED),
            findings="\n".join(recorded.findings),
        )

    def _derived(self, settlement: Settlement, one: _Judged) -> Derived:
        row, recorded = one.row, one.recorded
        points = recorded.course or self._course(row, recorded)
        if recorded.course:
            row.last_energy_at = recorded.full_at
        derived = settlement.derive(row, points, assumed=row.trust == Trust.ASSUMED)
        if recorded.bill is None:
            return derived
        row.tariff_id = row.tariff_version = None
        return Derived(
            intervals=derived.intervals,
            cost_lines=[
                _cost_line(row, number, line, recorded.tariff_id or _AS_BILLED)
                for number, line in enumerate(recorded.bill, 1)
            ],
            periods=[(*period[:-1], None) for period in derived.periods],
        )

    def _course(self, row: SessionRow, recorded: RecordedSession) -> tuple[Point, ...]:
        """Charge at the rating from the arrival on; set when the last energy flowed."""
        start, end, energy_wh = recorded.arrival, recorded.departure, recorded.energy_wh
        ref = ConnectorRef(ChargePointId(row.charge_point_id), ConnectorId(row.connector_id))
        full = start + timedelta(hours=energy_wh / self._rating_w(ref))
        if recorded.full_at is not None and recorded.full_at > full:
            full = recorded.full_at
        if full > end:
            words = "took more energy than the connector's rating allows in its stay"
            row.findings = "\n".join(filter(None, (row.findings, words)))
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


def _cost_line(row: SessionRow, number: int, line: BilledLine, tariff_id: str) -> Row:
    price = line.amount / line.quantity if line.quantity else line.amount
    values: dict[str, Any] = {
        "site_id": row.site_id,
        "session_id": row.session_id,
        "line": number,
        "kind": line.kind,
        "quantity": line.quantity.quantize(Decimal("0.000001")),
        "unit": line.unit,
        "unit_price": price.quantize(Decimal("0.000001")),
        "amount": line.amount,
        "currency": line.currency,
        "tariff_id": tariff_id,
        "tariff_version": 0,
        "rule": line.rule,
        "provisional": False,
        "vat_amount": line.vat_amount or Decimal(0),
        "starts_at": row.started_at,
        "ends_at": row.ended_at,
    }
    return tuple(values.get(name) for name in columns("cost_line"))


def _content(recorded: RecordedSession) -> str:
    return (
        f"station={recorded.station}, arrival={recorded.arrival.isoformat()}, "
        f"departure={recorded.departure.isoformat()}, energy_wh={recorded.energy_wh:g}"
    )
