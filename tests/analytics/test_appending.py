"""Columns appended by prepared statements."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest

from analytics.appending import Appender


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE reading (value BIGINT NOT NULL)")
        yield connection


def _stored(connection: duckdb.DuckDBPyConnection) -> list[int]:
    return [value for (value,) in connection.execute("FROM reading ORDER BY ALL").fetchall()]


def _columns(*values: int | None) -> pa.Table:
    return pa.table({"value": pa.array(values, pa.int64())})


def test_each_append_adds_its_own_rows(connection: duckdb.DuckDBPyConnection) -> None:
    appender = Appender(connection)

    for rows in (_columns(1, 2), _columns(), _columns(3)):
        appender.append_columns("reading", rows)

    assert _stored(connection) == [1, 2, 3]


def test_rows_that_were_refused_do_not_come_again(connection: duckdb.DuckDBPyConnection) -> None:
    appender = Appender(connection)
    appender.append_columns("reading", _columns(1))

    with pytest.raises(duckdb.ConstraintException):
        appender.append_columns("reading", _columns(2, None))
    appender.append_columns("reading", _columns(3))

    assert _stored(connection) == [1, 3]


def test_appends_go_on_after_the_transaction_of_the_first_was_rolled_back(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    appender = Appender(connection)
    connection.begin()
    appender.append_columns("reading", _columns(1))
    connection.rollback()
    appender.forget()

    appender.append_columns("reading", _columns(2))

    assert _stored(connection) == [2]


def test_a_table_that_was_made_anew_is_the_one_appended_to(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    appender = Appender(connection)
    appender.append_columns("reading", _columns(1))
    connection.execute("DROP TABLE reading")
    connection.execute("CREATE TABLE reading (value BIGINT NOT NULL)")

    appender.append_columns("reading", _columns(2))

    assert _stored(connection) == [2]


def test_a_statement_finds_the_columns_as_often_as_it_names_them(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    appender = Appender(connection)
    appender.append_columns("reading", _columns(1, 4))

    with appender.fed("reading", _columns(2, 3, 4)) as relation:
        missing = connection.execute(
            f"SELECT value, (SELECT min(value) FROM {relation}) FROM {relation} "
            "ANTI JOIN reading USING (value) ORDER BY value"
        ).fetchall()

    assert missing == [(2, 2), (3, 2)]


def test_the_memory_of_appended_rows_is_free_at_once(connection: duckdb.DuckDBPyConnection) -> None:
    appender = Appender(connection)
    before = pa.total_allocated_bytes()

    appender.append_columns("reading", _columns(*range(100_000)))

    assert pa.total_allocated_bytes() - before < 8 * 100_000 / 100
