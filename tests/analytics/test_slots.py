"""Rows that are written into arrays which statements know."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import duckdb
import pytest

from analytics.appending import Appender
from analytics.rows import Cell, Row, arrow_table, columns
from analytics.schema.migrations import Column, tables
from analytics.slots import Slots, UnfitError

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class _Odd(StrEnum):
    ODD = "ä"
    PLAIN = "a"


class _Text(str):
    __slots__ = ("__weakref__",)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def _made(connection: duckdb.DuckDBPyConnection, *names: str) -> Appender:
    for name in names:
        declared = ", ".join(
            f'"{column.name}" {column.type}{" NOT NULL" if column.required else ""}'
            for column in tables()[name].columns
        )
        connection.execute(f"CREATE TABLE {name} ({declared})")
    return Appender(connection)


def _cell(column: Column, number: int) -> Cell:
    cells: dict[str, Cell] = {
        "VARCHAR": f"{column.name} {number} 'ä' \N{BLACK CHESS KNIGHT}\n",
        "TIMESTAMPTZ": NOON + timedelta(microseconds=number),
        "DOUBLE": number / 3,
        "BIGINT": 2**62 - number,
        "INTEGER": -number,
        "BOOLEAN": number % 2 == 0,
        "DATE": date(2026, 6, 1),
        "DOUBLE[]": [number / 3, 1e300, float("inf")],
        "VARCHAR[]": ["it's", "", "[", f'"{number}"'],
    }
    return cells.get(column.type, Decimal(number))


def _rows(table: str, count: int) -> list[Row]:
    """Return rows, of which every third is as empty as it may be."""
    return [
        tuple(
            None if number % 3 == 2 and not column.required else _cell(column, number)
            for column in tables()[table].columns
        )
        for number in range(count)
    ]


def _stored(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[object, ...]]:
    return connection.execute(f"FROM {table}").fetchall()


def _answered(*answers: Any) -> list[Row]:
    at = columns("ocpp_message").index("answer")
    return [
        (*row[:at], answer, *row[at + 1 :])
        for row, answer in zip(_rows("ocpp_message", len(answers)), answers, strict=True)
    ]


def test_rows_of_every_table_are_stored_as_columns_of_arrow_are(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    appender = _made(connection, *tables())
    for table in tables():
        rows = _rows(table, 4)
        appender.append_columns(table, arrow_table(table, rows))
        expected = _stored(connection, table)
        connection.execute(f"DELETE FROM {table}")
        appender.append(table, rows)

        actual = _stored(connection, table)

        assert expected == actual, table


@pytest.mark.parametrize("count", [0, 1, 32, 33, 256, 257, 2_048, 2_049])
def test_each_append_adds_its_own_rows_and_no_others(
    connection: duckdb.DuckDBPyConnection, count: int
) -> None:
    appender = _made(connection, "link")
    appender.append("link", _rows("link", 40))
    appender.append("link", _rows("link", 31))
    before = _stored(connection, "link")

    appender.append("link", rows := _rows("link", count))

    assert [tuple(row) for row in rows] == _stored(connection, "link")[len(before) :]


def test_texts_that_no_database_can_hold_are_refused_before_it_sees_them(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    appender = _made(connection, "ocpp_message")

    for odd in ("\ud800", 5, b"x", ["a"]):
        with pytest.raises((ValueError, TypeError)):
            appender.append("ocpp_message", _answered("a", odd))
    appender.append(
        "ocpp_message", _answered(_Odd.ODD, _Odd.PLAIN, _Text("ö"), _Text("o"), None, "a\0b")
    )

    stored = [
        row[columns("ocpp_message").index("answer")] for row in _stored(connection, "ocpp_message")
    ]
    assert ["ä", "a", "ö", "o", None, "a\0b"] == stored


@pytest.mark.parametrize(
    ("column", "odd"),
    [
        ("energy_import_wh", "1.5"),
        ("connector_id", 1.5),
        ("connector_id", 2**31),
        ("message_seq", "1"),
        ("message_seq", 1.5),
        ("taken_at", NOON.replace(tzinfo=None)),
        ("taken_at", "2026-06-01"),
        ("taken_at", None),
        ("connector_id", None),
        ("others", ["1.5"]),
        ("raw_values", [1.5]),
    ],
)
def test_cells_of_another_kind_are_refused(
    connection: duckdb.DuckDBPyConnection, column: str, odd: Cell
) -> None:
    appender = _made(connection, "meter_reading")
    row = list(_rows("meter_reading", 1)[0])
    row[columns("meter_reading").index(column)] = odd

    with pytest.raises((ValueError, TypeError, ArithmeticError)):
        appender.append("meter_reading", [row])

    assert [] == _stored(connection, "meter_reading")


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("message_seq", -(2**63)),
        ("message_seq", 2**63 - 1),
        ("energy_import_wh", float("nan")),
        ("energy_import_wh", float("-inf")),
        ("others", [0.1, float("-inf")]),
        ("others", []),
        ("raw_values", ["NULL", "null", " ", "a, b", "{}"]),
    ],
)
def test_what_stands_for_something_else_is_stored_as_it_is(
    connection: duckdb.DuckDBPyConnection, column: str, cell: Cell
) -> None:
    appender = _made(connection, "meter_reading")
    at = columns("meter_reading").index(column)
    row = list(_rows("meter_reading", 1)[0])
    row[at] = cell

    appender.append("meter_reading", [row, row])

    assert [repr(cell)] * 2 == [repr(row[at]) for row in _stored(connection, "meter_reading")]


@pytest.mark.parametrize(
    ("table", "column"),
    {
        column.type: (name, column.name)
        for name, table in tables().items()
        for column in table.columns
        if column.required
    }.values(),
)
def test_what_must_be_there_is_missing_nowhere(
    connection: duckdb.DuckDBPyConnection, table: str, column: str
) -> None:
    appender = _made(connection, table)
    row = list(_rows(table, 1)[0])
    row[columns(table).index(column)] = None

    with pytest.raises((TypeError, duckdb.ConstraintException)):
        appender.append(table, [row])

    assert [] == _stored(connection, table)


def test_texts_of_any_class_are_read_where_they_lie(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    appender = _made(connection, "ocpp_message")
    long = "x" * 40

    appender.append("ocpp_message", _answered(_Odd.PLAIN, _Text(long), long, ""))

    stored = [
        row[columns("ocpp_message").index("answer")] for row in _stored(connection, "ocpp_message")
    ]
    assert ["a", long, long, ""] == stored


def test_rows_are_read_as_what_they_are_after_tables_and_relations_changed(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    appender = _made(connection, "ocpp_message")
    appender.append("ocpp_message", _answered(None, None))
    connection.execute("ALTER TABLE ocpp_message RENAME TO earlier")
    connection.execute("CREATE TABLE ocpp_message AS FROM earlier LIMIT 0")
    connection.register("another", {"a": Slots("ocpp_message", 1).first(1)["answer"]})

    appender.append("ocpp_message", _answered(None, None))
    appender.append("ocpp_message", _answered("1", "true"))

    stored = [
        row[columns("ocpp_message").index("answer")] for row in _stored(connection, "ocpp_message")
    ]
    assert [None, None, "1", "true"] == stored


@pytest.mark.parametrize("count", [3, 40])
def test_rows_of_a_transaction_that_was_rolled_back_do_not_come_again(
    connection: duckdb.DuckDBPyConnection, count: int
) -> None:
    appender = _made(connection, "link")
    rows = _rows("link", count)
    for _ in range(2):
        connection.begin()
        appender.append("link", rows)
        with pytest.raises((TypeError, duckdb.ConstraintException)):
            appender.append("link", [*rows[1:], [None] * len(rows[0])])
        connection.rollback()
        appender.forget()
    gc.collect()

    appender.append("link", rows[::-1])

    assert rows[::-1] == _stored(connection, "link")


def test_nothing_is_kept_of_rows_that_were_appended(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    appender = _made(connection, "ocpp_message")
    text = _Text("text")
    kept = weakref.ref(text)
    appender.append("ocpp_message", _answered(text))

    del text
    gc.collect()

    assert kept() is None


def test_tables_of_money_and_days_are_left_to_arrow() -> None:
    with pytest.raises(UnfitError):
        Slots("cost_line", 1)
