"""What a SELECT of one's own is told when it cannot be answered."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from analytics.connection import FileConnection, StoreConnection
from analytics.places import DuckDbFile
from ocpp_core.domain.errors import (
    ConfigurationError,
    NotReadOnlyError,
    ReaderError,
    ReaderTimeoutError,
)


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


def test_a_question_that_takes_too_long_is_interrupted_and_says_so() -> None:
    with duckdb.connect() as writer:
        connection = StoreConnection(writer, timeout_s=0.05)

        with pytest.raises(ReaderTimeoutError, match=r"longer than 0\.05 s"):
            connection.frame("SELECT count(*) FROM range(1000000) a, range(1000000) b")

        assert 1 == len(StoreConnection(writer, timeout_s=60).frame("SELECT 1"))


def test_a_folder_with_a_comma_is_refused_with_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="comma"):
        DuckDbFile(tmp_path / "north, south" / "depot.duckdb").connect({})

    assert not (tmp_path / "north, south").exists()


def test_a_file_is_opened_again_while_another_reader_has_it(
    connection: FileConnection, tmp_path: Path
) -> None:
    """As a cell of a notebook that is run twice does."""
    again = FileConnection(tmp_path / "file.duckdb")
    zone = "SELECT current_setting('TimeZone') AS zone"

    assert ["UTC", "UTC"] == [one.frame(zone)["zone"][0] for one in (connection, again)]
