"""DuckLake: the tables as Parquet files, their catalogue in SQLite or PostgreSQL.

    ducklake:sqlite:PATH?data=FOLDER
    ducklake:postgres:dbname=ampherd host=db user=ampherd?data=FOLDER&schema=NAME

is what DuckDB itself calls them in ATTACH, followed by its options DATA_PATH and METADATA_SCHEMA.
`data` may be left out for a lake that is there, and with SQLite (`PATH.files`). A password belongs
into PGPASSWORD or ~/.pgpass.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl

import duckdb

from analytics.extensions import load_lake
from analytics.places import copied
from analytics.questions import literal
from ocpp_core.domain.errors import ConfigurationError, ReaderError

PREFIX = "ducklake:"
LAKE = "lake"
"""Name of the lake within a connection."""

_INLINED_ROWS = 100
"""Inserts of up to so many rows go into the catalogue first; beyond, a Parquet file is quicker
(docs/decisions/0020)."""
_WAITING_ROWS = 20_000
"""Rows of all tables that may wait there; a flush stops commits for about 0.2 s."""
_KEPT = "7 days"
"""How long earlier states of the lake stay readable, and files that no state needs stay on disk."""

_TABLES = f"""
    SELECT table_name FROM duckdb_tables() WHERE database_name = '{LAKE}'
    UNION ALL
    SELECT view_name FROM duckdb_views() WHERE database_name = '{LAKE}'
"""  # noqa: S608 -- a name of ours
_SHOWN = """
    SELECT view_name FROM duckdb_views()
    WHERE NOT internal AND database_name = current_database() AND schema_name = 'main'
"""


class DuckLake:
    """A lake that one server writes and many may read."""

    def __init__(self, *, kind: str, catalogue: str, data: Path | None, schema: str | None) -> None:
        self._kind = kind
        self._catalogue = catalogue
        self._schema = schema
        self._data = data
        self._waiting: Counter[str] = Counter()
        sqlite = kind == "sqlite"
        if data is None and sqlite:
            self._data = Path(f"{catalogue}.files")
        self.path = Path(catalogue) if sqlite else (self._data or Path(LAKE))
        said = re.sub(r"(password\s*=\s*)('[^']*'|\S+)", r"\1…", catalogue)
        said = re.sub(r"(://[^:/@\s]*):[^@\s]*@", r"\1:…@", said)
        self.name = f"{PREFIX}{kind}:{said}"

    @classmethod
    def parse(cls, url: str) -> Self:
        """Understand a URL; raises ConfigurationError."""
        hint = "write ducklake:sqlite:PATH?data=FOLDER or ducklake:postgres:dbname=…?data=FOLDER"
        match = re.fullmatch(rf"{PREFIX}(sqlite|postgres):(.+?)(?:\?((?:data|schema)=.*))?", url)
        if match is None:
            raise ConfigurationError(f"{url}: not a DuckLake that Ampherd knows", hint=hint)
        kind, catalogue, query = match.groups()
        options = dict(parse_qsl(query or ""))
        odd = sorted(set(options) - {"data", "schema"})
        if odd or (kind == "sqlite" and "schema" in options):
            raise ConfigurationError(
                f"{url}: {', '.join(odd) or 'schema'} means nothing here", hint=hint
            )
        data = options.get("data")
        if data is not None and "://" in data:
            raise ConfigurationError(
                f"{url}: the data of a lake must be in a folder of this machine", hint=hint
            )
        return cls(
            kind=kind,
            catalogue=catalogue,
            data=None if data is None else Path(data),
            schema=options.get("schema"),
        )

    # For the one who writes -----------------------------------------------------------------------

    def connect(self, config: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
        """Open or create the lake."""
        if self._data is None:
            raise ConfigurationError(
                f"{self.name}: a server must be told the folder of the data",
                hint="end the address with ?data=FOLDER",
            )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._data.mkdir(parents=True, exist_ok=True)
        # A file, though it holds only views: DuckDB lets one process open it, so that no second
        # server of this machine writes the same lake with another idea of what is in it.
        connection = duckdb.connect(
            self.path.with_name(f"{self.path.name}.server.duckdb"), config=dict(config)
        )
        try:
            self._attach(connection, [f"DATA_INLINING_ROW_LIMIT {_INLINED_ROWS}"])
            for option in ("expire_older_than", "delete_older_than"):
                connection.execute(f"CALL {LAKE}.set_option({literal(option)}, {literal(_KEPT)})")
            # Live SQL switches off all access to files but this database's and these.
            folder = literal(str(self._data.resolve()))
            connection.execute(f"SET allowed_directories = [{folder}]")
            connection.execute(f"USE {LAKE}")
        except BaseException:
            connection.close()
            raise
        return connection

    def keep(self, connection: duckdb.DuckDBPyConnection, version: int) -> str:
        """Copy the catalogue, or name the snapshot: Parquet files are never changed."""
        if self._kind == "sqlite":
            return str(copied(Path(self._catalogue), version, _copy_sqlite))
        row = connection.execute(f"SELECT id FROM ducklake_current_snapshot('{LAKE}')").fetchone()  # noqa: S608 -- a name of ours
        return f"snapshot {row[0] if row else 0} of the lake"

    def dressed(self, sql: str) -> str:
        """Return it as it is: DuckLake refuses what it does not know."""
        return sql

    def show(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make a view of each table where every cursor looks first."""
        with connection.cursor() as cursor:
            _show(cursor)

    def cursor(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        """Return a cursor on the tables themselves."""
        cursor = connection.cursor()
        cursor.execute(f"USE {LAKE}")
        return cursor

    def committed(self, connection: duckdb.DuckDBPyConnection, written: Mapping[str, int]) -> None:
        """Turn rows that wait in the catalogue into Parquet files when there are many."""
        self._waiting.update(written)
        if self._waiting.total() >= _WAITING_ROWS:
            self._flush(connection)

    def checkpoint(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Turn waiting rows into Parquet files, join small ones, drop what no state needs."""
        self._flush(connection)
        for step in (
            "ducklake_expire_snapshots",
            "ducklake_merge_adjacent_files",
            "ducklake_rewrite_data_files",
            "ducklake_cleanup_old_files",
        ):
            connection.execute(f"CALL {step}({literal(LAKE)})")

    def leave(self) -> None:
        """Nothing goes on."""

    def _flush(self, connection: duckdb.DuckDBPyConnection) -> None:
        # Table by table: asking all of them whether anything waits takes a second.
        for table in [*self._waiting]:
            connection.execute(
                f"CALL ducklake_flush_inlined_data({literal(LAKE)}, table_name => {literal(table)})"
            )
            del self._waiting[table]

    # For who reads --------------------------------------------------------------------------------

    def connect_to_read(self) -> duckdb.DuckDBPyConnection:
        """Open the lake for SELECTs that reach no other file; raises ReaderError."""
        if self._kind == "sqlite" and not Path(self._catalogue).is_file():
            raise ReaderError(
                f"{self.name}: no such lake", hint="`ampherd demo` and `ampherd serve` make one"
            )
        connection = duckdb.connect()
        try:
            self._attach(connection, ["READ_ONLY"])
            (data,) = connection.execute(
                "SELECT value FROM ducklake_options($lake) WHERE option_name = 'data_path'",
                {"lake": LAKE},
            ).fetchone() or ("",)
            _show(connection)
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"SET allowed_directories = [{literal(str(data))}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
        except duckdb.Error as error:
            connection.close()
            raise ReaderError(f"{self.name}: {str(error).partition('\n')[0]}") from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _attach(self, connection: duckdb.DuckDBPyConnection, options: list[str]) -> None:
        load_lake(connection, self._kind)
        if self._data is not None:
            options.append(f"DATA_PATH {literal(str(self._data))}")
        if self._schema is not None:
            options.append(f"METADATA_SCHEMA {literal(self._schema)}")
        address = f"{PREFIX}{self._kind}:{self._catalogue}"
        connection.execute(f"ATTACH {literal(address)} AS {LAKE} ({', '.join(options)})")


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy a catalogue with what its own log still holds."""
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


def _show(cursor: duckdb.DuckDBPyConnection) -> None:
    shown = [name for (name,) in cursor.execute(_SHOWN).fetchall()]
    names = [name for (name,) in cursor.execute(_TABLES).fetchall()]
    cursor.begin()
    for name in shown:
        cursor.execute(f'DROP VIEW main."{name}"')
    for name in names:
        cursor.execute(f'CREATE VIEW main."{name}" AS FROM {LAKE}.main."{name}"')
    cursor.commit()
