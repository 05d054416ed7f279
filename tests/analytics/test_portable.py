"""Nothing in schema, questions or ids that a DuckLake with PostgreSQL could not carry."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from analytics.natural_keys import NATURAL_KEYS
from analytics.questions import names, question
from analytics.rows import columns
from analytics.schema.migrations import Migration, migrate, migrations, tables
from tests.analytics.builders import NOON

CARRIED = re.compile(
    r"(VARCHAR|DOUBLE|BIGINT|INTEGER|BOOLEAN|DATE|TIMESTAMPTZ|DECIMAL\(\d+, ?\d+\))(\[\])?"
)
"""Types that Parquet and both catalogues keep exactly. TIMESTAMPTZ: DuckDB's long name is below."""

REFUSED_IN_SCHEMA = (
    r"PRIMARY\s+KEY", r"FOREIGN\s+KEY", r"REFERENCES", r"UNIQUE", r"CHECK\s*\(",
    r"CREATE\s+(UNIQUE\s+)?INDEX", r"CREATE\s+SEQUENCE", r"nextval", r"DEFAULT", r"GENERATED",
    r"AUTOINCREMENT", r"SERIAL", r"IDENTITY", r"CREATE\s+TYPE", r"ENUM", r"UNION\s*\(",
    r"MAP\s*\(", r"STRUCT", r"COLLATE", r"MACRO", r"FUNCTION", r"TRIGGER", r"PRAGMA", r"ATTACH",
    r"ON\s+CONFLICT",
)  # fmt: skip
"""A default that is a constant would be carried, but rows are always written whole."""

REFUSED_IN_QUESTIONS = (
    r"rowid", r"duckdb_\w+", r"pragma\w*", r"sqlite_\w+", r"pg_\w+", r"current_database",
    r"current_schema", r"nextval", r"currval", r"main\.", r"lake\.", r"read_\w+\s*\(", r"glob\s*\(",
)  # fmt: skip


def bare(sql: str) -> str:
    """Return SQL without its comments and strings."""
    return re.sub(r"'(?:[^']|'')*'", "''", re.sub(r"--[^\n]*", "", sql))


def found(patterns: tuple[str, ...], sql: str) -> list[str]:
    text = bare(sql)
    return [word for word in patterns if re.search(rf"(?<!\w){word}(?!\w)", text, re.IGNORECASE)]


@pytest.mark.parametrize("migration", migrations(), ids=lambda migration: migration.name)
def test_a_migration_uses_only_what_a_lake_carries(migration: Migration) -> None:
    assert [] == found(REFUSED_IN_SCHEMA, migration.sql)


@pytest.mark.parametrize("name", names())
def test_a_question_uses_nothing_of_one_place(name: str) -> None:
    assert [] == found(REFUSED_IN_QUESTIONS, question(name))


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("CREATE TABLE a (b INTEGER PRIMARY KEY)", r"PRIMARY\s+KEY"),
        ("CREATE TABLE a (b INTEGER DEFAULT nextval('s'))", "nextval"),
        ("CREATE UNIQUE INDEX i ON a (b)", "UNIQUE"),
        ("CREATE TABLE a (b INTEGER GENERATED ALWAYS AS (1))", "GENERATED"),
    ],
)
def test_what_a_lake_refuses_is_found(sql: str, word: str) -> None:
    assert word in found(REFUSED_IN_SCHEMA, sql)
    assert [] == found(REFUSED_IN_SCHEMA, f"-- {word}\nSELECT '{word}'")


def test_every_column_has_a_type_that_a_lake_keeps_exactly() -> None:
    with duckdb.connect() as connection:
        migrate(connection, Path("memory"), NOON)
        stored = connection.execute(
            "SELECT table_name, column_name, "
            "replace(data_type, 'TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ') "
            "FROM duckdb_columns() WHERE NOT internal"
        ).fetchall()
        views = {
            name
            for (name,) in connection.execute("SELECT view_name FROM duckdb_views()").fetchall()
        }

    odd = [
        f"{table}.{column} {kind}"
        for table, column, kind in stored
        if not CARRIED.fullmatch(kind) and table not in views
    ]
    assert [] == odd


def test_nothing_is_kept_in_order_or_apart_by_the_database() -> None:
    with duckdb.connect() as connection:
        migrate(connection, Path("memory"), NOON)
        kinds = {
            kind
            for (kind,) in connection.execute(
                "SELECT constraint_type FROM duckdb_constraints()"
            ).fetchall()
        }
        others = connection.execute(
            "SELECT index_name FROM duckdb_indexes() UNION ALL "
            "SELECT sequence_name FROM duckdb_sequences()"
        ).fetchall()

    assert {"NOT NULL"} == kinds
    assert [] == others


def test_natural_keys_are_columns_of_their_table() -> None:
    assert [] == [
        f"{table}.{name}"
        for table, key in NATURAL_KEYS.items()
        for name in key
        if name not in columns(table)
    ]
    assert set(NATURAL_KEYS) <= set(tables())
