"""How large the database is, by table, with its archive and its budget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from analytics.database import Database
from analytics.rows import Row

_KEPT = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSize:
    """Bytes on disk."""

    file_bytes: int
    """The database and its log."""
    archive_bytes: int
    tables: dict[str, tuple[int, int]]
    """Rows and bytes of each table that has any."""

    @property
    def total_bytes(self) -> int:
        """All of it."""
        return self.file_bytes + self.archive_bytes


def measure(connection: duckdb.DuckDBPyConnection, path: Path) -> StorageSize:
    """Measure; `connection` is a cursor of its own. Sizes of tables count blocks in use."""
    log = path.with_name(f"{path.name}.wal")
    names = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary"
    ).fetchall()
    block = connection.execute("SELECT block_size FROM pragma_database_size()").fetchone()
    block_bytes = 262_144 if block is None else int(block[0])
    tables = {}
    for (name,) in names:
        # Counted: the estimate of DuckDB's catalogue holds rows that were deleted as well.
        counted = connection.execute(f"SELECT count(*) FROM {name}").fetchone()  # noqa: S608 -- a table of ours
        rows = 0 if counted is None else int(counted[0])
        if not rows:
            continue
        used = connection.execute(
            "SELECT count(DISTINCT block_id) FROM pragma_storage_info($1) WHERE block_id >= 0",
            [name],
        ).fetchone()
        tables[str(name)] = (rows, 0 if used is None else int(used[0]) * block_bytes)
    archived = connection.execute(
        "SELECT coalesce(sum(size_bytes), 0) FROM archive_part"
    ).fetchone()
    return StorageSize(
        file_bytes=path.stat().st_size + (log.stat().st_size if log.exists() else 0),
        archive_bytes=0 if archived is None else int(archived[0]),
        tables=tables,
    )


def record(database: Database, size: StorageSize, budget_bytes: int, now: datetime) -> None:
    """Keep a measurement, and let go of those that are more than 400 days old."""
    rows: list[Row] = [
        (now, "file", "", None, size.file_bytes),
        (now, "archive", "", None, size.archive_bytes),
        (now, "budget", "", None, budget_bytes),
        *((now, "table", name, count, used) for name, (count, used) in size.tables.items()),
    ]
    with database.transaction():
        database.connection.execute(
            "DELETE FROM storage_size WHERE measured_at < $1", [now - _KEPT]
        )
        database.append("storage_size", rows)
