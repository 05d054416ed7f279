"""Makes every table that follows from messages anew, in a database beside the present one.

One reconstruction: messages are read back by the translators that read them when they came, and go
through the projection and the settlement that the server uses. What does not follow from messages
is taken from where it is stored: docs/sessions.md lists it.
"""

from __future__ import annotations

import gc
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from analytics.applying import write_boots
from analytics.database import Database
from analytics.hashes import DERIVED
from analytics.importers.reading import Progress
from analytics.natural_keys import NATURAL_KEYS
from analytics.projection import Projection
from analytics.recall import COLUMNS, Kept, recall
from analytics.retention.days import roll_days
from analytics.retention.files import ARCHIVED, quoted, show_archive
from analytics.rows import instants
from analytics.settlement import Settlement
from analytics.state import SessionRow, State
from ocpp_core.domain.site import Site

BEFORE = "before"
"""Name under which the present database is attached."""

_MESSAGES = 50_000
"""Numbers of messages in one transaction."""
_SESSIONS = 5_000
"""Sessions that are settled together."""
_DAYS = 62
"""Days that are rolled up together."""
_IMPORTED = "SELECT session_id FROM before.session WHERE source <> 'ocpp'"
_KEPT = {
    "session": "source <> 'ocpp'",
    "session_interval": f"session_id IN ({_IMPORTED})",
    "cost_line": f"session_id IN ({_IMPORTED})",
    "charging_period": f"session_id IN ({_IMPORTED})",
}
"""Rows of derived tables that do not come from messages: imported sessions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What was made anew."""

    messages: int
    sessions: int
    unread: tuple[str, ...]
    """Messages that could not be understood any more, the first of them in words."""
    unread_count: int
    forgotten: int = 0
    """Messages that are no longer kept: what they made cannot be made anew."""
    misread: int = 0
    """Messages that were not understood when they came either."""


class _Beside(Database):
    """A database whose tables are written once: nothing is there that could be replaced."""

    def delete_sessions(self, table: str, session_ids: Any) -> None:
        """Do nothing."""
        del table, session_ids


class _WholeState(State):
    """The projection's memory without a limit: what is not in it was never said."""

    REMEMBERED_SESSIONS = sys.maxsize


def rebuild(
    before: Path,
    beside: Path,
    *,
    site: Site,
    settlement_of: Callable[[Database], Settlement],
    now: Callable[[], datetime],
    progress: Progress,
    memory_limit: str = "2GB",
) -> Rebuilt:
    """Write `beside`, a database that holds what `before` does with all derived tables made anew.

    `before` is only read.
    """
    shutil.copy2(before, beside)
    database = _Beside(beside, now, memory_limit=memory_limit, threads=1)
    try:
        connection = database.connection
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"ATTACH {quoted(before)} AS {BEFORE} (READ_ONLY)")
        with database.transaction():
            _empty(connection)
        rebuilt = _Rebuild(database, site, settlement_of(database), progress).run()
        progress.start(1, "days rolled up")
        while roll_days(database, site.timezone, now(), most=_DAYS):
            pass
        progress.advance(1)
        return rebuilt
    finally:
        database.close()


class _Rebuild:
    def __init__(
        self, database: Database, site: Site, settlement: Settlement, progress: Progress
    ) -> None:
        self._database = database
        self._site = site
        self._settlement = settlement
        self._progress = progress
        self._state = _WholeState(find_transaction=_not_there, find_session=_not_there)
        self._boots: dict[str, Any] = {}
        self._unread: list[str] = []
        self._unread_count = 0

    def run(self) -> Rebuilt:
        messages = with_archived(self._database.connection, "ocpp_message")
        ((total, first),) = self._all(
            f"SELECT count(*), coalesce(min(seq), 1) FROM {messages}"  # noqa: S608 -- tables of ours
        )
        ((misread,),) = self._all(
            f"SELECT count(*) FROM {messages} WHERE findings LIKE '%not interpreted: %'"  # noqa: S608 -- ours
        )
        self._progress.start(int(total), "messages read")
        # No cycles arise here, and millions of objects stay: the collector would look at them all.
        with _without_collector():
            for some in self._batches(messages):
                self._take(some)
            sessions = self._sessions()
            with self._database.transaction():
                write_boots(self._database, self._site, self._boots)
            self._settle(sessions)
        return Rebuilt(
            messages=int(total),
            sessions=len(sessions),
            unread=tuple(self._unread),
            unread_count=self._unread_count,
            forgotten=int(first) - 1,
            misread=int(misread),
        )

    def _batches(self, messages: str) -> Iterator[list[Kept]]:
        """Yield messages in the order of their numbers, so many numbers at a time.

        To sort all of them at once would need room for all frames.
        """
        ((at, last),) = self._all(f"SELECT min(seq), max(seq) FROM {messages}")  # noqa: S608 -- ours
        while at is not None and at <= last:
            found = self._database.connection.execute(
                f"SELECT {COLUMNS} FROM {messages} "  # noqa: S608 -- columns of ours
                "WHERE seq >= $first AND seq < $until ORDER BY seq",
                {"first": at, "until": at + _MESSAGES},
            ).to_arrow_table()
            at += _MESSAGES
            if found.num_rows:
                columns = [
                    instants(column) if pa.types.is_timestamp(column.type) else column.to_pylist()
                    for column in found.columns
                ]
                yield list(zip(*columns, strict=True))
            else:  # numbers may have gaps of any size
                ((at,),) = self._all(f"SELECT min(seq) FROM {messages} WHERE seq >= {at}")  # noqa: S608 -- ours

    def _take(self, messages: list[Kept]) -> None:
        projection = Projection(self._site.site_id, self._state, 0)
        for kept in messages:
            try:
                projection.add_stored(kept[0], recall(kept))
            except Exception as error:  # noqa: BLE001 -- as when it came: kept raw, counted, told
                self._unread_count += 1
                if len(self._unread) < 10:
                    self._unread.append(f"message {kept[0]} ({kept[5]}): {error}")
        with self._database.transaction():
            self._database.insert(projection.rows)
        self._boots |= projection.booted
        self._progress.advance(len(messages))

    def _sessions(self) -> list[SessionRow]:
        """Return the sessions with what drivers asked and the tariff that was attached."""
        sessions = list(self._state.by_session.values())
        for session_id, energy_wh, departure, stated in self._all(
            "SELECT session_id, energy_wh, departure, stated FROM driver_need ORDER BY stated_at"
        ):
            row = self._state.by_session.get(session_id)
            if row is not None:
                row.asked_wh, row.need_stated = energy_wh, stated
                row.departure = departure.astimezone(UTC)
        for session_id, tariff_id, version in self._all(
            "SELECT session_id, tariff_id, tariff_version FROM before.session "
            "WHERE source = 'ocpp' AND tariff_id IS NOT NULL"
        ):
            row = self._state.by_session.get(session_id)
            if row is not None:
                row.tariff_id, row.tariff_version = tariff_id, version
        sessions.sort(key=lambda row: row.started_at)
        return sessions

    def _settle(self, sessions: list[SessionRow]) -> None:
        """Settle each session once; a running one until its last reading."""
        self._progress.start(len(sessions), "sessions settled")
        for some in batched(sessions, _SESSIONS):
            for row in some:
                self._settlement.choose_tariff(row)
            with self._database.transaction():
                self._settlement.settle(some)
                self._database.append("session", [row.cells() for row in some])
            self._progress.advance(len(some))
        with self._database.transaction() as connection:
            # What the site paid for energy is not in messages, and its tariff may be another now.
            connection.execute("""
                UPDATE session_interval
                SET price_per_kwh = known.price_per_kwh, feed_in_per_kwh = known.feed_in_per_kwh
                FROM before.session_interval AS known
                WHERE known.session_id = session_interval.session_id
                    AND known.slot_start = session_interval.slot_start
                    AND (known.price_per_kwh, known.feed_in_per_kwh) IS DISTINCT FROM
                        (session_interval.price_per_kwh, session_interval.feed_in_per_kwh)
            """)

    def _all(self, select: str) -> list[tuple[Any, ...]]:
        return self._database.connection.execute(select).fetchall()


def with_archived(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """Return what to select from for a table of the attached database with what was archived."""
    files = connection.execute(
        f"SELECT file_name FROM {BEFORE}.archive_part WHERE table_name = $1 ORDER BY ALL",  # noqa: S608 -- ours
        [table],
    ).fetchall()
    if not files:
        return f"{BEFORE}.{table}"
    names = ", ".join(quoted(name) for (name,) in files)
    return (
        f"(SELECT * FROM {BEFORE}.{table} UNION ALL BY NAME "  # noqa: S608 -- tables of ours
        f"SELECT * FROM read_parquet([{names}], union_by_name = true))"
    )


def leave_archived(before: Path, path: Path, now: Callable[[], datetime]) -> None:
    """Take out of a new database what the archive holds, and show both together as before."""
    database = Database(path, now, memory_limit="2GB", threads=1)
    try:
        database.connection.execute(f"ATTACH {quoted(before)} AS {BEFORE} (READ_ONLY)")
        with database.transaction() as connection:
            connection.execute("INSERT INTO archive_part SELECT * FROM before.archive_part")
            files = connection.execute(
                "SELECT file_name FROM archive_part WHERE table_name = 'meter_reading'"
            ).fetchall()
            if files:
                names = ", ".join(quoted(name) for (name,) in files)
                same = " AND ".join(
                    f"meter_reading.{name} = archived.{name}"
                    for name in NATURAL_KEYS["meter_reading"]
                )
                connection.execute(
                    f"DELETE FROM meter_reading WHERE EXISTS (SELECT 1 FROM "  # noqa: S608 -- tables of ours
                    f"read_parquet([{names}], union_by_name = true) AS archived WHERE {same})"
                )
            for table in ARCHIVED:
                show_archive(connection, table)
    finally:
        database.close()


def _not_there(key: int | str) -> None:
    del key


def _empty(connection: duckdb.DuckDBPyConnection) -> None:
    """Take out of a copy of the database what is made anew, with what is archived of it."""
    connection.execute("DELETE FROM archive_part")
    for rolled in (
        "rolled_day", "charging_day", "earning_day", "outcome_day", "site_day", "site_quarter",
    ):  # fmt: skip
        connection.execute(f"DELETE FROM {rolled}")  # noqa: S608 -- a table of ours
    for name in ARCHIVED:
        show_archive(connection, name)
    for table in DERIVED:
        if table.name == "charge_point":
            connection.execute("DELETE FROM charge_point")
            connection.execute(
                "INSERT INTO charge_point (site_id, charge_point_id, configured) "
                "SELECT site_id, charge_point_id, configured FROM before.charge_point"
            )
        else:
            connection.execute(f"DELETE FROM {table.name}")  # noqa: S608 -- a table of ours
            if table.name in _KEPT:
                connection.execute(
                    f"INSERT INTO {table.name} BY NAME SELECT * FROM before.{table.name} "  # noqa: S608 -- ours
                    f"WHERE {_KEPT[table.name]}"
                )


@contextmanager
def _without_collector() -> Iterator[None]:
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
