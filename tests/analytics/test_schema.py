"""Migrations go forward, whole or not at all, and every column has a meaning."""

from __future__ import annotations

import resource
from pathlib import Path

import duckdb
import pytest

from analytics.schema.migrations import Migration, migrate, migrations, tables
from ocpp_core.domain.errors import StoreError
from tests.analytics.builders import NOON
from tests.analytics.test_faults import line, start

OLD = Migration(version=1, name="0001_old.sql", sql="CREATE TABLE thing (a INTEGER)")
NEXT = Migration(version=2, name="0002_next.sql", sql="ALTER TABLE thing ADD COLUMN b INTEGER")
BROKEN = Migration(
    version=3,
    name="0003_broken.sql",
    sql="ALTER TABLE thing ADD COLUMN c INTEGER; SELECT * FROM nowhere",
)


def test_every_column_of_every_table_has_a_meaning() -> None:
    with duckdb.connect() as connection:
        migrate(connection, Path("memory"), NOON)
        found = connection.execute(
            "SELECT table_name, list(column_name ORDER BY column_index) FROM duckdb_columns() "
            "WHERE NOT internal AND table_name IN (SELECT table_name FROM duckdb_tables()) "
            "AND table_name <> 'schema_version' GROUP BY table_name"
        ).fetchall()

    declared = {name: [column.name for column in t.columns] for name, t in tables().items()}
    assert declared == dict(found)
    assert [] == [
        f"{table.name}.{column.name}"
        for table in tables().values()
        for column in table.columns
        if len(column.meaning) < 4
    ]


def test_every_migration_has_a_number_of_its_own() -> None:
    numbers = [migration.version for migration in migrations()]

    assert sorted(set(numbers)) == numbers


def test_a_database_is_copied_before_it_is_migrated(path: Path) -> None:
    with duckdb.connect(path) as connection:
        migrate(connection, path, NOON, (OLD,))
        connection.execute("INSERT INTO thing VALUES (7)")

        assert ("0002_next.sql",) == migrate(connection, path, NOON, (OLD, NEXT))

    with duckdb.connect(path.with_name("depot.before-0002.duckdb")) as copy:
        assert [(7,)] == copy.execute("SELECT * FROM thing").fetchall()


def test_a_new_database_is_not_copied(path: Path) -> None:
    with duckdb.connect(path) as connection:
        migrate(connection, path, NOON, (OLD, NEXT))

    assert [path] == list(path.parent.glob("*.duckdb"))


def test_migrating_twice_changes_nothing(path: Path) -> None:
    with duckdb.connect(path) as connection:
        migrate(connection, path, NOON, (OLD, NEXT))

        assert () == migrate(connection, path, NOON, (OLD, NEXT))


def test_a_migration_that_fails_changes_nothing_and_names_the_copy(path: Path) -> None:
    with duckdb.connect(path) as connection:
        migrate(connection, path, NOON, (OLD,))

        with pytest.raises(StoreError, match=r"0003_broken.*before-0002"):
            migrate(connection, path, NOON, (OLD, NEXT, BROKEN))

        assert ["a", "b"] == [row[0] for row in connection.execute("DESCRIBE thing").fetchall()]
        assert (2,) == connection.execute("SELECT max(version) FROM schema_version").fetchone()


def test_a_process_that_is_killed_in_a_migration_changes_nothing(path: Path) -> None:
    with duckdb.connect(path) as connection:
        migrate(connection, path, NOON, (OLD,))
        connection.execute("INSERT INTO thing VALUES (7)")

    with start("migrating", str(path)) as migrating:
        assert "in the middle" == line(migrating)
        migrating.kill()

    with duckdb.connect(path.with_name("depot.before-0002.duckdb"), read_only=True) as copy:
        assert [(7,)] == copy.execute("SELECT * FROM thing").fetchall()
    with duckdb.connect(path) as connection:
        assert [(7,)] == connection.execute("SELECT * FROM thing").fetchall()
        assert ("0002_next.sql",) == migrate(connection, path, NOON, (OLD, NEXT))
        assert [(7, None)] == connection.execute("SELECT * FROM thing").fetchall()


def test_without_room_for_the_copy_the_start_is_refused(path: Path) -> None:
    with duckdb.connect(path) as connection:
        migrate(connection, path, NOON, (OLD,))
        connection.execute("INSERT INTO thing FROM range(200_000)")
        connection.execute("CHECKPOINT")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size // 2, hard))
        try:
            with pytest.raises(StoreError, match="cannot be copied") as refusal:
                migrate(connection, path, NOON, (OLD, NEXT))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

        assert "make room" in refusal.value.hint
        assert {"depot.duckdb"} == {file.name for file in path.parent.iterdir()}
        assert ["a"] == [row[0] for row in connection.execute("DESCRIBE thing").fetchall()]
        assert ("0002_next.sql",) == migrate(connection, path, NOON, (OLD, NEXT))


def test_half_a_copy_is_no_copy(path: Path) -> None:
    half = path.with_name("depot.before-0002.duckdb.partial")
    half.write_bytes(b"what a killed process left")
    with duckdb.connect(path) as connection:
        migrate(connection, path, NOON, (OLD,))
        migrate(connection, path, NOON, (OLD, NEXT))

    assert not half.exists()
    with duckdb.connect(path.with_name("depot.before-0002.duckdb")) as copy:
        assert ["a"] == [row[0] for row in copy.execute("DESCRIBE thing").fetchall()]


def test_a_migration_whose_number_came_between_is_applied_too(path: Path) -> None:
    """Two of them may be made at the same time, and the higher number be released first."""
    other = Migration(version=3, name="0003_other.sql", sql="CREATE TABLE other (a INTEGER)")
    with duckdb.connect(path) as connection:
        migrate(connection, path, NOON, (OLD, other))

        assert ("0002_next.sql",) == migrate(connection, path, NOON, (OLD, NEXT, other))


def test_a_database_of_a_later_version_is_refused(path: Path) -> None:
    with duckdb.connect(path) as connection:
        migrate(connection, path, NOON, (OLD, NEXT))

        with pytest.raises(StoreError, match="later version"):
            migrate(connection, path, NOON, (OLD,))


def test_sessions_of_the_first_schema_are_kept_by_later_ones(path: Path) -> None:
    with duckdb.connect(path) as connection:
        migrate(connection, path, NOON, migrations()[:1])
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            "INSERT INTO session BY NAME SELECT 's' AS session_id, 'depot' AS site_id, 'CP-1' AS "
            "charge_point_id, 1 AS connector_id, 'T' AS id_token, 7 AS transaction_id, now() AS "
            "started_at, 1000 AS meter_start_wh, 1.5 AS energy_wh, 'ocpp' AS source, 'metered' AS "
            "trust, 'odd' AS findings"
        )
        migrate(connection, path, NOON)

        kept = connection.execute(
            "SELECT session_id, transaction_id, station_transaction_id, meter_start_wh, energy_wh, "
            "findings, adopted, end_inferred, remarks FROM session"
        ).fetchall()
    assert [("s", 7, None, 1000, 1.5, "odd", False, False, "")] == kept
