"""The log is written into the file beside the commits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from analytics.checkpoints import Checkpoints
from analytics.places import DuckDbFile

_ROWS = "INSERT INTO reading SELECT i, repeat('x', 100) FROM range(3000) AS r(i)"


@dataclass(slots=True, kw_only=True)
class _Opened:
    checkpoints: Checkpoints
    connection: duckdb.DuckDBPyConnection
    path: Path
    now_s: list[float] = field(default_factory=lambda: [0.0])

    def log_bytes(self) -> int:
        log = self.path.with_name(f"{self.path.name}.wal")
        return log.stat().st_size if log.exists() else 0

    def write(self, times: int) -> None:
        for _ in range(times):
            self.connection.execute(_ROWS)
            self.checkpoints.committed(self.connection)
            self.checkpoints.wait()

    def row_groups(self) -> int:
        row = self.connection.execute(
            "SELECT count(DISTINCT row_group_id) FROM pragma_storage_info('reading')"
        ).fetchone()
        return 0 if row is None else int(row[0])


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[_Opened]:
    path, now_s = tmp_path / "depot.duckdb", [0.0]
    checkpoints = Checkpoints(path, log_bytes=100_000, monotonic_s=lambda: now_s[0])
    with DuckDbFile(path).connect({"threads": 1}) as connection:
        connection.execute("CREATE TABLE reading (number BIGINT, note VARCHAR)")
        yield _Opened(checkpoints=checkpoints, connection=connection, path=path, now_s=now_s)


def test_a_long_log_is_written_into_the_file(opened: _Opened) -> None:
    opened.write(5)

    assert 0 == opened.log_bytes()


def test_a_short_log_is_left(opened: _Opened) -> None:
    opened.connection.execute("INSERT INTO reading VALUES (1, '')")
    opened.checkpoints.committed(opened.connection)
    opened.checkpoints.wait()

    assert opened.log_bytes() > 0


def test_nothing_is_written_into_a_file_that_is_held(opened: _Opened) -> None:
    opened.checkpoints.hold()
    opened.write(2)

    assert opened.log_bytes() > 200_000

    opened.checkpoints.release()
    opened.write(1)

    assert 0 == opened.log_bytes()


def test_rows_are_joined_where_little_is_written(opened: _Opened) -> None:
    opened.write(8)

    assert 8 == opened.row_groups()

    opened.now_s[0] = 60.0
    opened.write(1)

    assert opened.row_groups() < 3


def test_a_file_that_commits_go_into_stays_readable_at_every_checkpoint(opened: _Opened) -> None:
    for _ in range(20):
        opened.connection.execute(_ROWS)
        opened.checkpoints.committed(opened.connection)  # which the next commit does not wait for
    opened.checkpoints.wait()

    assert (60_000,) == opened.connection.execute("SELECT count(*) FROM reading").fetchone()
