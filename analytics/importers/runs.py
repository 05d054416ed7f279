"""Imports on record: begun, ended, listed, undone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from analytics.database import Database
from analytics.importers.reading import ImportReport, NoProgress, Progress, Reading
from analytics.rolled import FOLLOWED
from analytics.rows import columns
from analytics.settlement import Settlement
from analytics.store import Store
from ocpp_core.domain.errors import ImportRefusedError

_UNDONE_AT_ONCE = 500
"""Sessions in one transaction: messages of chargers wait meanwhile."""

_SERIES = {"emission": "source", "price": "kind", "site_load": "source"}
"""Tables of series, and the column that `imported_row.part` is."""


class Run:
    """One import: its row in `import_run` is there from its start, so that it can be undone."""

    def __init__(self, store: Store, reading: Reading[Any]) -> None:
        self._store = store
        self._reading = reading
        self._started_at = store.now()
        self.import_id = ""
        """Known once it began."""

    async def begin(self) -> None:
        """Give the import its id and write that it runs."""

        def write(database: Database, _: Settlement) -> None:
            (before,) = database.connection.execute(
                "SELECT count(*) FROM import_run"
            ).fetchone() or (0,)
            parts = (
                self._store.site.site_id, self._reading.importer, self._reading.file_name,
                self._started_at.isoformat(), str(before),
            )  # fmt: skip
            text = "\x1f".join(parts)
            self.import_id = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
            with database.transaction():
                self._write(database, 0, 0, 0, None)

        await self._store.run(write)

    async def end(self, report: ImportReport) -> None:
        """Write how it ended, and the rows that could not be used."""
        now = self._store.now()

        def write(database: Database, _: Settlement) -> None:
            with database.transaction():
                self._write(
                    database, report.rows_imported, report.rows_known, len(report.rejected), now
                )
                if report.rejected:
                    rows = [
                        (self.import_id, row.line, row.reason, row.content)
                        for row in report.rejected
                    ]
                    database.append("rejected_row", rows)

        await self._store.run(write)

    def wrote_sessions(self, database: Database, session_ids: Sequence[str]) -> None:
        """Note, in the transaction of the caller, which sessions the import wrote."""
        rows = [(self.import_id, "session", one, None, None) for one in session_ids]
        if rows:
            database.append("imported_row", rows)

    def wrote_values(
        self, database: Database, table: str, keys: Sequence[tuple[datetime, str]]
    ) -> None:
        """Note, in the transaction of the caller, which values of a series the import wrote."""
        rows = [(self.import_id, table, None, at, part) for at, part in keys]
        if rows:
            database.append("imported_row", rows)

    def _write(
        self, database: Database, imported: int, known: int, rejected: int, end: datetime | None
    ) -> None:
        database.connection.execute("DELETE FROM import_run WHERE import_id = $1", [self.import_id])
        row = (
            self.import_id, self._store.site.site_id, self._reading.importer,
            self._reading.file_name, self._started_at, self._reading.timezone,
            self._reading.rows_read, imported, known, rejected, end, None,
        )  # fmt: skip
        database.append("import_run", [row])


async def undo_import(
    store: Store, import_id: str, *, progress: Progress | None = None
) -> tuple[int, int]:
    """Delete what an import wrote and return how many sessions and how many values of series.

    `import_id` may be its beginning, when only one import has it. What was there before stays, as
    do sessions that their chargers told of later, the import's own record and its rejected rows.
    Chargers that are known from it alone go too. Raises ImportRefusedError when there is no such
    import, or when it is undone already.
    """
    progress = progress or NoProgress()
    full_id = await store.run(lambda database, _: _found(database, import_id))
    session_ids: list[str] = await store.run(
        lambda database, _: [
            session_id
            for (session_id,) in database.connection.execute(
                "SELECT session_id FROM imported_row JOIN session USING (session_id) "
                "WHERE import_id = $1 AND table_name = 'session' AND source <> 'ocpp' "
                "ORDER BY session_id",
                [full_id],
            ).fetchall()
        ]
    )
    progress.start(len(session_ids), f"undo of import {full_id}")
    for at in range(0, len(session_ids), _UNDONE_AT_ONCE):
        ids = session_ids[at : at + _UNDONE_AT_ONCE]
        await store.run(partial(_delete_sessions, ids=ids))
        progress.advance(len(ids))
    values: int = await store.run(lambda database, _: _delete_values(database, full_id))
    now = store.now()
    await store.run(lambda database, _: _close(database, full_id, now))
    await store.take_prices()
    progress.finish(f"{len(session_ids)} sessions and {values} values deleted")
    return len(session_ids), values


def _found(database: Database, import_id: str) -> str:
    runs = database.connection.execute(
        "SELECT import_id, undone_at IS NOT NULL FROM import_run "
        "WHERE starts_with(import_id, $1) ORDER BY import_id",
        [import_id.casefold()],
    ).fetchall()
    hint = "`ampherd import list` shows every import with its id"
    if len(runs) != 1 or not import_id:
        words = "there is no import" if not runs else f"{len(runs)} imports begin with"
        raise ImportRefusedError(f"{words} {import_id!r}", hint=hint)
    ((full_id, undone),) = runs
    if undone:
        raise ImportRefusedError(f"import {full_id} is undone already", hint=hint)
    (noted,) = database.connection.execute(
        "SELECT rows_imported = 0 OR EXISTS (SELECT 1 FROM imported_row WHERE import_id = $1) "
        "FROM import_run WHERE import_id = $1",
        [full_id],
    ).fetchone() or (True,)
    if not noted:
        raise ImportRefusedError(
            f"import {full_id} was made before Ampherd kept what imports wrote",
            hint="restore a backup from before it",
        )
    return str(full_id)


def _delete_sessions(database: Database, _: Settlement, *, ids: list[str]) -> None:
    with database.transaction():
        connection = database.connection
        left = connection.execute(
            "SELECT DISTINCT charge_point_id, connector_id FROM session "
            "WHERE session_id IN (SELECT unnest($1::VARCHAR[]))",
            [ids],
        ).fetchall()
        for table in ("charging_period", "cost_line", "session_interval", "session"):
            database.delete_sessions(table, ids)
        for charge_point_id, connector_id in left:
            connection.execute(
                "DELETE FROM connector WHERE charge_point_id = $1 AND connector_id = $2 "
                "AND NOT configured AND NOT EXISTS (SELECT 1 FROM session "
                "WHERE charge_point_id = $1 AND connector_id = $2)",
                [charge_point_id, connector_id],
            )
            connection.execute(
                "DELETE FROM charge_point WHERE charge_point_id = $1 AND NOT configured "
                "AND booted_at IS NULL AND NOT EXISTS (SELECT 1 FROM connector "
                "WHERE charge_point_id = $1)",
                [charge_point_id],
            )


def _delete_values(database: Database, import_id: str) -> int:
    deleted = 0
    with database.transaction():
        for table, part in _SERIES.items():
            first, last = database.connection.execute(
                "SELECT min(starts_at), max(starts_at) FROM imported_row "
                "WHERE import_id = $1 AND table_name = $2",
                [import_id, table],
            ).fetchone() or (None, None)
            if first is not None and table in FOLLOWED:
                database.rolled.touch(database.connection, first, last)
            found = database.connection.execute(
                f"DELETE FROM {table} WHERE EXISTS (SELECT 1 FROM imported_row AS noted "  # noqa: S608 -- tables of ours
                f"WHERE noted.import_id = $1 AND noted.table_name = '{table}' "
                f"AND noted.starts_at = {table}.starts_at AND noted.part = {table}.{part})",
                [import_id],
            ).fetchone()
            deleted += int(found[0]) if found else 0
    return deleted


def _close(database: Database, import_id: str, now: datetime) -> None:
    with database.transaction():
        database.connection.execute("DELETE FROM imported_row WHERE import_id = $1", [import_id])
        database.connection.execute(
            "UPDATE import_run SET undone_at = $2 WHERE import_id = $1", [import_id, now]
        )


def missing_keys(
    database: Database, table: str, keys: Sequence[tuple[datetime, str]]
) -> list[tuple[datetime, str]]:
    """Return those (start, part) that a table of a series does not hold yet, each once."""
    part = _SERIES[table]
    assert part in columns(table)  # noqa: S101 -- both are ours
    found = database.connection.execute(
        f"SELECT DISTINCT wanted.at, wanted.part FROM (SELECT unnest($1::TIMESTAMPTZ[]) AS at, "  # noqa: S608 -- a table of ours
        f"unnest($2::VARCHAR[]) AS part) AS wanted WHERE NOT EXISTS (SELECT 1 FROM {table} "
        f"AS known WHERE known.starts_at = wanted.at AND known.{part} = wanted.part)",
        [[at for at, _ in keys], [one for _, one in keys]],
    ).fetchall()
    return [(at, one) for at, one in found]
