"""Raw messages are compressed by zstd where the format of the file can do it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from analytics.compression import COMPRESSED, compressed
from analytics.database import Database
from analytics.rows import Row
from analytics.schema.migrations import migrations, tables
from tests.analytics.builders import NOON

_ROWS: list[Row] = [
    (
        "depot", seq, NOON, "CP-1", "from-charger", f"m{seq}", "Heartbeat", "ocpp1.6",
        f'[2,"m{seq}","Heartbeat",{{}}]', f'[3,"m{seq}",{{"currentTime":"{seq}"}}]', "answered",
        None, "", None, None,
    )
    for seq in range(1, 200)
]  # fmt: skip


def _write(path: Path) -> None:
    database = Database(path, lambda: NOON, memory_limit="1GB", threads=1)
    with database.transaction():
        database.append("ocpp_message", _ROWS)
    database.close()


def _kinds(path: Path) -> set[str]:
    with duckdb.connect(path, read_only=True) as connection:
        rows = connection.execute(
            "SELECT DISTINCT compression FROM pragma_storage_info('ocpp_message') "
            "WHERE column_name IN ('frame', 'answer') AND segment_type = 'VARCHAR'"
        ).fetchall()
    return {kind for (kind,) in rows}


def _frames(path: Path) -> list[tuple[str, str]]:
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute("SELECT frame, answer FROM ocpp_message ORDER BY seq").fetchall()


def test_a_new_file_compresses_raw_messages_by_zstd(tmp_path: Path) -> None:
    _write(tmp_path / "depot.duckdb")

    assert {"ZSTD"} == _kinds(tmp_path / "depot.duckdb")


def test_a_file_of_an_older_format_takes_messages_as_before(tmp_path: Path) -> None:
    old, new = tmp_path / "old.duckdb", tmp_path / "new.duckdb"
    duckdb.connect(old, config={"storage_compatibility_version": "v1.0.0"}).close()

    _write(old)
    _write(new)

    assert "ZSTD" not in _kinds(old)
    assert _frames(new) == _frames(old)


@pytest.mark.parametrize("table", COMPRESSED)
def test_every_creation_of_a_compressed_table_says_so(table: str) -> None:
    assert set(COMPRESSED[table]) <= {column.name for column in tables()[table].columns}

    for step in migrations():
        said = compressed(step.sql).count("USING COMPRESSION zstd")

        assert step.sql.count(f"CREATE TABLE {table} (") * len(COMPRESSED[table]) == said
