"""Whole days of raw rows go to Parquet files beside the database and stay queryable.

A file is written first and belongs to nothing. Then, in one transaction, its rows leave the table,
the file is entered in `archive_part`, and the view over table and files is made anew. What is cut
off in between leaves a file that the next run writes again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb

from analytics.database import Database, translated
from analytics.retention.files import ARCHIVED, archive_name, quoted, show_archive

_SEQ = {"meter_reading": "message_seq", "ocpp_message": "seq"}

_UNSETTLED = """
    SELECT min(started_at) FROM session WHERE ended_at IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file with the rows of a table of one UTC day, not yet part of the archive."""

    table: str
    day: date
    file_name: str
    """Relative to the folder of the database."""
    row_count: int
    size_bytes: int
    last_seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A file with all archived rows of a table and month, not yet part of the archive."""

    table: str
    file_name: str
    replaces: tuple[str, ...]
    first_day: date
    last_day: date
    row_count: int
    size_bytes: int
    last_seq: int | None


def due_days(database: Database, before: datetime) -> list[tuple[str, date]]:
    """Return each table and UTC day that ended before an instant and has rows still.

    Days from the start of the oldest running session on are left alone: it is not settled yet.
    """
    open_since = database.connection.execute(_UNSETTLED).fetchone()
    limit = before.astimezone(UTC)
    if open_since is not None and open_since[0] is not None:
        limit = min(limit, open_since[0].replace(tzinfo=UTC))
    limit_day = limit.date()
    found = []
    for table, column in ARCHIVED.items():
        days = database.connection.execute(
            f"SELECT DISTINCT {column}::DATE FROM {table} WHERE {column} < $1 ORDER BY ALL",  # noqa: S608 -- a table of ours
            [datetime.combine(limit_day, time(), UTC)],
        ).fetchall()
        found += [(table, day) for (day,) in days]
    return found


def write_day(
    connection: duckdb.DuckDBPyConnection, path: Path, table: str, day: date, part: int
) -> Written:
    """Write the rows of a table of one UTC day to a Parquet file; raises StoreError.

    `connection` is a cursor of its own: this takes seconds, and the writer goes on meanwhile.
    """
    file_name = f"{archive_name(path)}/{table}/{day:%Y-%m}/{day.isoformat()}-{part}.parquet"
    file = path.parent / file_name
    unfinished = file.with_suffix(".unfinished")
    start, end = _bounds(day)
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"COPY (SELECT * FROM {table} WHERE {ARCHIVED[table]} >= $start "  # noqa: S608 -- a table of ours
            f"AND {ARCHIVED[table]} < $end ORDER BY {ARCHIVED[table]}) TO "
            f"{quoted(unfinished)} (FORMAT parquet, COMPRESSION zstd)",
            {"start": start, "end": end},
        )
        with unfinished.open("rb+") as handle:
            os.fsync(handle.fileno())
        seq = f"max({_SEQ[table]})" if table in _SEQ else "NULL"
        row = connection.execute(
            f"SELECT count(*), {seq} FROM read_parquet({quoted(unfinished)})"  # noqa: S608 -- our file
        ).fetchone()
        unfinished.replace(file)
    except (duckdb.Error, OSError) as error:
        raise translated(error, file) from error
    assert row is not None  # noqa: S101 -- an aggregate has one row
    return Written(
        table=table,
        day=day,
        file_name=file_name,
        row_count=int(row[0]),
        size_bytes=file.stat().st_size,
        last_seq=None if row[1] is None else int(row[1]),
    )


def take_over(database: Database, written: Written, now: datetime) -> bool:
    """Let a written file stand for its rows; False when rows came meanwhile, and nothing is done.

    Raises StoreError. Belongs to the writer thread.
    """
    start, end = _bounds(written.day)
    column = ARCHIVED[written.table]
    connection = database.connection
    with database.transaction():
        present = connection.execute(
            f"SELECT count(*) FROM {written.table} WHERE {column} >= $1 AND {column} < $2",  # noqa: S608 -- a table of ours
            [start, end],
        ).fetchone()
        if present is None or int(present[0]) != written.row_count:
            return False
        connection.execute(
            f"DELETE FROM {written.table} WHERE {column} >= $1 AND {column} < $2",  # noqa: S608 -- a table of ours
            [start, end],
        )
        connection.execute(
            "INSERT INTO archive_part VALUES ($1, $2, $3, $3, $4, $5, $6, $7)",
            [
                written.table, written.file_name, written.day, written.row_count,
                written.size_bytes, written.last_seq, now,
            ],
        )  # fmt: skip
        show_archive(connection, written.table)
    database.note_archived(written.table, end)
    return True


def next_part(database: Database, table: str, day: date) -> int:
    """Return the number of the next file of a table and day: late rows make another one."""
    row = database.connection.execute(
        "SELECT count(*) FROM archive_part WHERE table_name = $1 AND first_day = $2", [table, day]
    ).fetchone()
    return 1 if row is None else int(row[0]) + 1


def whole_months(database: Database) -> list[tuple[str, date]]:
    """Return each table and month before the last archived one that has more than one file."""
    rows = database.connection.execute(
        """
        SELECT table_name, date_trunc('month', first_day)::DATE AS month
        FROM (
            SELECT *, max(last_day) OVER (PARTITION BY table_name) AS newest FROM archive_part
        ) AS part
        GROUP BY table_name, month
        HAVING count(*) > 1 AND month < date_trunc('month', max(newest))
        ORDER BY ALL
        """
    ).fetchall()
    return [(str(table), month) for table, month in rows]


def merge_month(
    connection: duckdb.DuckDBPyConnection, path: Path, table: str, month: date, now: datetime
) -> Merged:
    """Write the files of a table and month into one, not yet part of the archive.

    `connection` is a cursor of its own. Raises StoreError.
    """
    parts = connection.execute(
        "SELECT file_name, row_count, last_seq, last_day FROM archive_part "
        "WHERE table_name = $1 AND date_trunc('month', first_day) = $2 ORDER BY file_name",
        [table, month],
    ).fetchall()
    names = [str(part[0]) for part in parts]
    file_name = (
        f"{archive_name(path)}/{table}/{month:%Y-%m}/{month:%Y-%m}-{now:%Y%m%dT%H%M%S}.parquet"
    )
    file = path.parent / file_name
    unfinished = file.with_suffix(".unfinished")
    listed = ", ".join(quoted(path.parent / name) for name in names)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"COPY (SELECT * FROM read_parquet([{listed}], union_by_name = true) "  # noqa: S608 -- our files
            f"ORDER BY {ARCHIVED[table]}) TO {quoted(unfinished)} "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
        with unfinished.open("rb+") as handle:
            os.fsync(handle.fileno())
        unfinished.replace(file)
    except (duckdb.Error, OSError) as error:
        raise translated(error, file) from error
    return Merged(
        table=table,
        file_name=file_name,
        replaces=tuple(names),
        first_day=month,
        last_day=max(part[3] for part in parts),
        row_count=sum(int(part[1]) for part in parts),
        size_bytes=file.stat().st_size,
        last_seq=max((int(part[2]) for part in parts if part[2] is not None), default=None),
    )


def take_over_month(database: Database, merged: Merged, now: datetime) -> None:
    """Let one file stand for those of its month, which are deleted; raises StoreError.

    Belongs to the writer thread.
    """
    connection = database.connection
    with database.transaction():
        connection.execute(
            "DELETE FROM archive_part WHERE file_name IN (SELECT unnest($1::VARCHAR[]))",
            [list(merged.replaces)],
        )
        connection.execute(
            "INSERT INTO archive_part VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            [
                merged.table, merged.file_name, merged.first_day, merged.last_day,
                merged.row_count, merged.size_bytes, merged.last_seq, now,
            ],
        )  # fmt: skip
        show_archive(connection, merged.table)
    for name in merged.replaces:
        (database.path.parent / name).unlink(missing_ok=True)


def forget_files(database: Database, before: date) -> list[str]:
    """Delete archived files whose last day is before a day; returns their names.

    Belongs to the writer thread. Raises StoreError.
    """
    connection = database.connection
    with database.transaction():
        gone = connection.execute(
            "DELETE FROM archive_part WHERE last_day < $1 RETURNING file_name", [before]
        ).fetchall()
        for table in ARCHIVED:
            show_archive(connection, table)
    names = [str(name) for (name,) in gone]
    for name in names:
        (database.path.parent / name).unlink(missing_ok=True)
    return names


def missing_files(database: Database) -> list[str]:
    """Return the archive's files that are not where they should be."""
    rows = database.connection.execute("SELECT file_name FROM archive_part").fetchall()
    return [name for (name,) in rows if not (database.path.parent / name).is_file()]


def _bounds(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), UTC)
    return start, start + timedelta(days=1)
