"""The database and its transactions. Only the writer thread calls what writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb

from analytics.appending import Appender
from analytics.heldfile import let_go
from analytics.latest import Latest
from analytics.natural_keys import (
    COURSES,
    MERGED,
    NATURAL_KEYS,
    NEWEST,
    OF_SESSIONS,
    PARTS,
    REPLACED,
    TIME,
)
from analytics.places import DuckDbFile, Place
from analytics.questions import literal
from analytics.readings import add_new_of
from analytics.retention.files import ARCHIVED, show_archive
from analytics.rolled import RolledDays
from analytics.rows import Cell, Row, Rows, arrow_table, columns
from analytics.schema.migrations import migrate
from ocpp_core.domain.errors import (
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreReadOnlyError,
)


class Database:
    """One open database, wherever its tables live."""

    def __init__(
        self,
        place: Place | Path,
        now: Callable[[], datetime],
        *,
        memory_limit: str,
        threads: int,
        temp_limit: str = "2GB",
    ) -> None:
        self.place = DuckDbFile(place) if isinstance(place, Path) else place
        self.path = self.place.path
        self._now = now
        self._written: Counter[str] = Counter()
        self._config: dict[str, Any] = {
            "memory_limit": memory_limit,
            "max_temp_directory_size": temp_limit,
            "threads": threads,
        }
        self.before_reopen: Callable[[], None] = _nothing
        """Lets go of everything else that has this database open."""
        self.after_reopen: Callable[[], None] = _nothing
        self.connection = self._connect()
        self._appender = Appender(self.connection)
        self._latest = Latest(self.connection, COURSES)
        self._whole: dict[str, set[Cell]] = {}
        """Keys of what is new in this transaction with all its parts, by table."""
        self._opened: dict[str, set[str]] = {}
        """Sessions that have no rows, by table."""
        self._archived_until = self._load_archived()
        self.rolled = RolledDays(self.connection)

    def _connect(self) -> duckdb.DuckDBPyConnection:
        try:
            connection = self.place.connect(self._config)
        except (duckdb.Error, OSError) as error:
            raise translated(error, self.place.name) from error
        try:
            connection.execute("SET TimeZone = 'UTC'")
            if migrate(connection, self.place, self._now()):
                for table in ARCHIVED:  # a migration may have made one anew, with more columns
                    show_archive(connection, table)
            self.place.show(connection)
        except duckdb.Error as error:
            connection.close()
            raise translated(error, self.place.name) from error
        except StoreError:
            connection.close()
            raise
        return connection

    def usable(self) -> duckdb.DuckDBPyConnection:
        """Return the connection, of the file opened again where DuckDB had given it up."""
        try:
            self.connection.execute("SELECT 1")
        except duckdb.Error:
            self.reopen()
        return self.connection

    def reopen(self) -> None:
        """Open the file again after DuckDB gave it up (a failed write of its log)."""
        self.before_reopen()
        self.place.leave()
        self.connection.close()
        let_go(self.path)
        self.connection = self._connect()
        self._appender = Appender(self.connection)
        self._latest = Latest(self.connection, COURSES)
        self.rolled = RolledDays(self.connection)
        self.after_reopen()

    def readings_since(self, since: datetime) -> str:
        """Return the table or view that has all readings from an instant on: the quicker one."""
        until = self._archived_until.get("meter_reading")
        return "meter_reading" if until is None or since >= until else "meter_reading_all"

    def note_archived(self, table: str, until: datetime) -> None:
        """Take note that a day of a table, which ended at `until`, is in the archive."""
        known = self._archived_until.get(table)
        if known is None or known < until:
            self._archived_until[table] = until

    def _load_archived(self) -> dict[str, datetime]:
        rows = self.connection.execute(
            "SELECT table_name, max(last_day) FROM archive_part GROUP BY table_name"
        ).fetchall()
        return {
            table: datetime.combine(day, time(), UTC) + timedelta(days=1) for table, day in rows
        }

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor on the tables for another thread."""
        return self.place.cursor(self.connection)

    def close(self) -> None:
        """Write the log into the file and let go of it."""
        try:
            self.place.checkpoint(self.connection)
        except duckdb.Error as error:
            # The log stays beside the file and is read at the next start: nothing is lost.
            raise translated(error, self.place.name) from error
        finally:
            self.place.leave()
            self.connection.close()
            let_go(self.path)

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Commit what the block does, or nothing of it; raises StoreError."""
        self._written.clear()
        self._whole.clear()
        self.rolled.begin()
        try:
            self.connection.begin()
            yield self.connection
            self.connection.commit()
        except duckdb.Error as error:
            self._roll_back(error)
            raise translated(error, self.place.name) from error
        except BaseException:
            self._roll_back(None)
            raise
        try:
            self.place.committed(self.connection, self._written)
        except duckdb.Error:
            # What is committed is committed; the next time tries again. A database that was given
            # up is opened again.
            self._roll_back(None)

    def _roll_back(self, cause: duckdb.Error | None) -> None:
        try:
            if not isinstance(cause, duckdb.FatalException):
                self.connection.rollback()
        except duckdb.Error:
            # DuckDB ended the transaction itself; a database it gave up is opened again below.
            pass
        self._appender.forget()
        self._latest.forget()
        self._opened.clear()
        self.usable()

    # Writing, within a transaction ----------------------------------------------------------------

    def insert(self, rows: Rows) -> None:
        """Add rows: the new ones as they are, the unsure ones unless their key is there."""
        for table, cells in rows.new.items():
            if not cells:
                continue
            if table in REPLACED:
                self._replace(table, self._last(table, cells))
            elif table in NEWEST or table in MERGED:
                self._renew(table, cells)
            else:
                self.append(table, cells)
        for table, cells in rows.again.items():
            if cells:
                self._replace(table, self._last(table, cells))
        for table, cells in rows.unsure.items():
            if cells:
                self._add_missing(table, cells)
        if rows.late_readings:
            self.insert(add_new_of(self.connection, rows))

    def append(self, table: str, rows: Sequence[Row]) -> None:
        """Append rows."""
        self._written[table] += len(rows)
        self.rolled.changed(self.connection, table, rows)
        self._appender.append(table, rows)
        self._latest.added(table, rows)

    def _add_missing(self, table: str, rows: Sequence[Row]) -> None:
        """Append the rows whose natural key is not in the table."""
        new, rows = self._sorted(table, rows)
        if new:
            self.append(table, new)
        if not rows:
            return
        key = NATURAL_KEYS[table]
        self.rolled.changed(self.connection, table, rows)
        same = " AND ".join(f"known.{name} = incoming.{name}" for name in key)
        bound = ""
        if (span := self._span(table, rows)) is not None:
            first, last = span
            bound = f" AND known.{TIME[table]} BETWEEN {literal(first)} AND {literal(last)}"
        with self._appender.fed(table, arrow_table(table, rows)) as relation:
            added = self.connection.execute(
                f"INSERT INTO {table} SELECT DISTINCT ON ({', '.join(key)}) * "  # noqa: S608 -- a table of ours
                f"FROM {relation} AS incoming "
                f"WHERE NOT EXISTS (SELECT 1 FROM {table} AS known WHERE {same}{bound})"
            ).fetchone()
        self._written[table] += int(added[0]) if added else 0

    def _sorted(self, table: str, rows: Sequence[Row]) -> tuple[Sequence[Row], Sequence[Row]]:
        """Return the rows that cannot be in the table, each once, and all others."""
        if table in PARTS:
            whole = self._whole.get(PARTS[table], ())
            at = [columns(table).index(name) for name in NATURAL_KEYS[table]]
            new: dict[Row, Row] = {}
            for row in rows:
                if row[0] in whole:
                    new.setdefault(tuple(row[i] for i in at), row)
            return list(new.values()), [row for row in rows if row[0] not in whole]
        new_rows, unsure = self._latest.sort(table, rows)
        if table in PARTS.values():
            at_key = columns(table).index(NATURAL_KEYS[table][0])
            self._whole.setdefault(table, set()).update(row[at_key] for row in new_rows)
        return new_rows, unsure

    def replace_sessions(self, table: str, session_ids: Iterable[str], rows: list[Row]) -> None:
        """Replace all rows of some sessions."""
        ids = list(session_ids)
        opened = self._opened.get(table, set())
        self.delete_sessions(table, [one for one in ids if one not in opened])
        opened.difference_update(ids)
        if rows:
            self.append(table, rows)

    def open_sessions(self, session_ids: Iterable[str]) -> None:
        """Take note that nothing is stored of sessions that start: there is nothing to replace.

        What is stored of one all the same goes: it was imported, or its charger uses an id again.
        """
        ids = list(session_ids)
        if not ids:
            return
        of_them, sought = _one_of(ids)
        stored = self.connection.execute(
            f"SELECT session_id FROM session WHERE session_id {of_them}",  # noqa: S608 -- ours
            [sought],
        ).fetchall()
        for table in ("charging_period", "cost_line", "session_interval", "session"):
            self.delete_sessions(table, [session_id for (session_id,) in stored])
            self._opened.setdefault(table, set()).update(ids)

    def delete_sessions(self, table: str, session_ids: Iterable[str]) -> None:
        """Delete the rows of some sessions."""
        ids = list(session_ids)
        if not ids:
            return
        since = self.rolled.lose_sessions(self.connection, ids)
        bound = ""
        if since is not None and table in OF_SESSIONS:
            bound = f" AND {OF_SESSIONS[table]} >= {literal(since)}"
        of_them, sought = _one_of(ids)
        self.connection.execute(
            f"DELETE FROM {table} WHERE session_id {of_them}{bound}",  # noqa: S608 -- a table of ours
            [sought],
        )

    def _replace(self, table: str, rows: Sequence[Row]) -> None:
        """Put rows in the place of those with their keys."""
        same = " AND ".join(f"{table}.{name} = incoming.{name}" for name in NATURAL_KEYS[table])

        def delete(relation: str) -> str:
            return (
                f"DELETE FROM {table} "  # noqa: S608 -- a table of ours
                f"WHERE EXISTS (SELECT 1 FROM {relation} AS incoming WHERE {same})"
            )

        if table == "id_token":
            with self._appender.fed(table, arrow_table(table, rows)) as relation:
                self.rolled.tokens_changed(self.connection, relation)
        self._appender.run_over(table, rows, "delete", delete)
        self.append(table, rows)

    def _renew(self, table: str, cells: Sequence[Row]) -> None:
        """Put rows in the place of those with their keys that were not changed later."""
        incoming = arrow_table(table, self._last(table, cells, merged=table in MERGED))
        chosen = ", ".join(
            f'coalesce(incoming."{name}", known."{name}") AS "{name}"'
            if table in MERGED
            else f'incoming."{name}"'
            for name in columns(table)
        )
        same = " AND ".join(f"known.{name} = incoming.{name}" for name in NATURAL_KEYS[table])
        with self._appender.fed(table, incoming) as relation:
            renewed = self.connection.execute(
                f"SELECT {chosen} FROM {relation} AS incoming LEFT JOIN {table} AS known ON {same} "  # noqa: S608 -- a table of ours
                "WHERE known.changed_at IS NULL OR known.changed_at <= incoming.changed_at"
            ).fetchall()
        if renewed:
            self._replace(table, renewed)

    @staticmethod
    def _span(table: str, rows: Sequence[Row]) -> tuple[datetime, datetime] | None:
        """Return first and last of the instants that bound the search for rows; None: nothing."""
        name = TIME.get(table)
        if name is None:
            return None
        at = columns(table).index(name)
        found = [cell for row in rows if isinstance(cell := row[at], datetime)]
        return (min(found), max(found)) if found else None

    @staticmethod
    def _last(table: str, cells: Sequence[Row], *, merged: bool = False) -> list[Row]:
        at = [columns(table).index(name) for name in NATURAL_KEYS[table]]
        timed = table in NEWEST or table in MERGED
        changed = columns(table).index("changed_at") if timed else None
        last: dict[Row, Row] = {}
        for row in cells:
            key = tuple(row[i] for i in at)
            known = last.get(key)
            if changed is not None and known is not None and _later(known[changed], row[changed]):
                continue  # as when they come in two commits
            if merged and known is not None:
                row = tuple(  # noqa: PLW2901 -- what is known before and what is new, as one row
                    old if new is None else new for old, new in zip(known, row, strict=True)
                )
            last[key] = row
        return list(last.values())


def _one_of(ids: list[str]) -> tuple[str, str | list[str]]:
    """Return how to look for some ids, and what with."""
    # Planning the join takes four times as long as to look for one.
    return ("= $1", ids[0]) if len(ids) == 1 else ("IN (SELECT unnest($1::VARCHAR[]))", ids)


def _later(one: Cell, other: Cell) -> bool:
    return isinstance(one, datetime) and isinstance(other, datetime) and one > other


def _nothing() -> None:
    """Do nothing."""


def translated(error: BaseException, path: Path | str) -> StoreError:
    """Say in the project's words what the database or the system refused."""
    text = str(error).partition("\n")[0]
    low = str(error).casefold()
    if "conflicting lock" in low or "could not set lock" in low or "being used by another" in low:
        return StoreLockedError(
            f"{path}: another process owns this database",
            hint="stop the other `ampherd`, or give this one its own database",
        )
    if any(word in low for word in ("no space left", "file too large", "disk quota", "disk full")):
        return StoreFullError(
            f"{path}: no room to write ({text})",
            hint="make room on the disk; chargers keep what was not stored and send it again",
        )
    if any(
        word in low
        for word in ("permission denied", "read-only", "read only", "operation not permitted")
    ):
        return StoreReadOnlyError(
            f"{path}: cannot be written ({text})",
            hint="the file and its folder must belong to the user that runs Ampherd",
        )
    return StoreError(f"{path}: {text}")
