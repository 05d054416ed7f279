"""A database of every earlier schema, with a real history in it, becomes today's with its rows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

import analytics
from analytics.database import Database
from analytics.schema.migrations import migrate, migrations, schema_version
from analytics.store_url import place_of
from ocpp_core.domain.errors import StoreError
from tests.analytics.builders import NOON
from tests.analytics.history import write_history
from tests.analytics.test_schema import BROKEN, NEXT, OLD

EARLIER = migrations()[:-1]
DERIVED = {"archive_part", "plan_quality", "rolled_day", "rollup_progress"}
"""Files and progress that a copied history does not come with, and what is worked out again."""


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path = tmp_path_factory.mktemp("today") / "depot.duckdb"
    asyncio.run(write_history(path))
    with duckdb.connect(path, read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Return the columns of each table and view."""
    found = connection.execute(
        "SELECT table_name, list(column_name ORDER BY column_index) FROM duckdb_columns() "
        "WHERE NOT internal GROUP BY table_name"
    ).fetchall()
    return dict(found)


def write_back(
    today: duckdb.DuckDBPyConnection, before: duckdb.DuckDBPyConnection
) -> dict[str, list[str]]:
    """Write a history into an earlier schema, and return what it could take of each table."""
    known = columns(today)
    taken = {}
    stored = {
        name for (name,) in before.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    }
    for table, names in columns(before).items():
        if table not in stored or table not in known or table in {"schema_version", *DERIVED}:
            continue
        taken[table] = [name for name in names if name in known[table]]
        chosen = ", ".join([*taken[table], *_made_up(before, table, set(taken[table]))])
        rows = today.execute(f"SELECT {chosen} FROM {table}").to_arrow_table()
        before.register("rows", rows)
        before.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rows")
        before.unregister("rows")
    return taken


def _made_up(before: duckdb.DuckDBPyConnection, table: str, known: set[str]) -> list[str]:
    """Return a value for each column that today's schema does not have and that needs one."""
    found = before.execute(
        "SELECT column_name, data_type FROM duckdb_columns() "
        "WHERE table_name = $1 AND NOT is_nullable",
        [table],
    ).fetchall()
    return [f"'0'::{kind} AS {name}" for name, kind in found if name not in known]


@pytest.mark.parametrize("version", [migration.version for migration in EARLIER])
def test_a_history_in_an_earlier_schema_is_kept(
    version: int, path: Path, today: duckdb.DuckDBPyConnection
) -> None:
    steps = tuple(migration for migration in EARLIER if migration.version <= version)
    with duckdb.connect(path) as connection:
        migrate(connection, path, NOON, steps)
        connection.execute("SET TimeZone = 'UTC'")
        taken = write_back(today, connection)

    Database(path, lambda: NOON, memory_limit="1GB", threads=1).close()

    with duckdb.connect(path, read_only=True) as upgraded:
        upgraded.execute("SET TimeZone = 'UTC'")
        assert columns(today) == columns(upgraded)
        for table, names in taken.items():
            select = f"SELECT {', '.join(names)} FROM {table} ORDER BY ALL"
            assert today.execute(select).fetchall() == upgraded.execute(select).fetchall(), table
    assert {"session", "ocpp_message", "cost_line"} <= set(taken)
    with analytics.open(path) as reader:
        assert 3 == len(reader.sessions(NOON, NOON + timedelta(days=1)))
    with duckdb.connect(path.with_name(f"depot.before-{after(version):04d}.duckdb")) as copy:
        found = copy.execute("SELECT max(version) FROM schema_version").fetchone()
        assert (version,) == found


def after(version: int) -> int:
    return next(m.version for m in migrations() if m.version > version)


def test_a_lake_keeps_its_catalogue_before_it_is_migrated(tmp_path: Path) -> None:
    url = f"ducklake:sqlite:{tmp_path / 'depot.sqlite'}?data={tmp_path / 'files'}"
    place = place_of(url)
    connection = place.connect({})
    migrate(connection, place, NOON, EARLIER)
    connection.execute("INSERT INTO driver VALUES ('d', 'Ada', NULL, now())")
    connection.close()

    Database(place_of(url), lambda: NOON, memory_limit="1GB", threads=1).close()

    last = migrations()[-1].version
    copy = (
        f"ducklake:sqlite:{tmp_path / f'depot.before-{last:04d}.sqlite'}?data={tmp_path / 'files'}"
    )
    for at, version in ((url, schema_version()), (copy, EARLIER[-1].version)):
        with place_of(at).connect({}) as opened:
            found = opened.execute("SELECT max(version) FROM schema_version").fetchone()
            drivers = opened.execute("SELECT driver_id FROM driver").fetchall()
        assert ((version,), [("d",)]) == (found, drivers)


def test_a_migration_that_fails_changes_nothing_in_a_lake(tmp_path: Path) -> None:
    place = place_of(f"ducklake:sqlite:{tmp_path / 'depot.sqlite'}")
    with place.connect({}) as connection:
        migrate(connection, place, NOON, (OLD,))
        connection.execute("INSERT INTO thing VALUES (7)")

        with pytest.raises(StoreError, match=r"0003_broken.*before-0002\.sqlite"):
            migrate(connection, place, NOON, (OLD, NEXT, BROKEN))

        assert [(7, None)] == connection.execute("SELECT * FROM thing").fetchall()
