"""What a SELECT of one's own is told when it cannot be answered."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from analytics.connection import FileConnection
from ocpp_core.domain.errors import NotReadOnlyError, ReaderError


@pytest.fixture
def connection(tmp_path: Path) -> FileConnection:
    path = tmp_path / "file.duckdb"
    with duckdb.connect(path) as made:
        made.execute("CREATE TABLE t AS SELECT 1 AS x")
    return FileConnection(path)


def test_text_that_is_no_sql_is_called_that_and_not_an_attempt_to_write(
    connection: FileConnection,
) -> None:
    with pytest.raises(ReaderError, match=r"not SQL: .*FROM") as raised:
        connection.checked("SELECT at FROM t")

    assert not isinstance(raised.value, NotReadOnlyError)


@pytest.mark.parametrize("statement", ["INSERT INTO t VALUES (2)", "SELECT 1; SELECT 2"])
def test_a_statement_that_is_no_single_select_is_refused(
    connection: FileConnection, statement: str
) -> None:
    with pytest.raises(NotReadOnlyError):
        connection.checked(statement)


def test_a_select_is_answered(connection: FileConnection) -> None:
    assert connection.checked("SELECT x FROM t")["x"].tolist() == [1]
