"""Where the tables live: a DuckDB file here, a DuckLake in `analytics.lake`; one SQL for both."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import duckdb

from analytics.checkpoints import LOG_BYTES, Checkpoints
from analytics.compression import STORAGE_VERSION, compressed
from analytics.heldfile import chunks, handle_of
from analytics.retention.files import let_read, refuse_comma
from ocpp_core.domain.errors import StoreError


class Place(Protocol):
    """What the store needs of the home of its tables; the SQL is the same in all of them."""

    @property
    def path(self) -> Path:
        """What lies on this machine; files that belong to the store lie beside it."""
        ...

    @property
    def name(self) -> str:
        """The place as messages name it, without a password."""
        ...

    def connect(self, config: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
        """Open or create it for the one who writes; raises duckdb.Error or OSError."""
        ...

    def keep(self, connection: duckdb.DuckDBPyConnection, version: int) -> str:
        """Keep what is there before it is migrated to `version`, and say where.

        Raises StoreError when there is no room for it.
        """
        ...

    def dressed(self, sql: str) -> str:
        """Return the SQL of a migration with what this kind of place adds to it."""
        ...

    def show(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let every cursor of the connection find the tables by their plain names."""
        ...

    def cursor(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        """Return a cursor on the tables themselves."""
        ...

    def committed(self, connection: duckdb.DuckDBPyConnection, written: Mapping[str, int]) -> None:
        """Tidy up after commits when it is time to, given the rows written into each table.

        Raises duckdb.Error.
        """
        ...

    def checkpoint(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write what waits in a log into its final form; raises duckdb.Error."""
        ...

    def leave(self) -> None:
        """End what goes on beside the commits: the connection is about to be closed."""
        ...


class DuckDbFile:
    """One file that one process owns."""

    def __init__(self, path: Path, *, log_bytes: int = LOG_BYTES) -> None:
        self.path = path
        self.name = str(path)
        self.checkpoints = Checkpoints(path, log_bytes=log_bytes)

    def connect(self, config: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
        """Open or create the file."""
        refuse_comma(self.path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        settings = {"storage_compatibility_version": STORAGE_VERSION, **self.checkpoints.settings()}
        connection = duckdb.connect(self.path, config=dict(config) | settings)
        let_read(connection, self.path)
        return connection

    def keep(self, connection: duckdb.DuckDBPyConnection, version: int) -> str:
        """Copy the file beside itself, whole or not at all."""
        connection.execute("CHECKPOINT")  # so that the file alone is complete
        return str(copied(self.path, version))

    def dressed(self, sql: str) -> str:
        """Return it with how columns are compressed."""
        return compressed(sql)

    def show(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Nothing is to do."""

    def cursor(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        """Return a cursor."""
        return connection.cursor()

    def committed(
        self,
        connection: duckdb.DuckDBPyConnection,
        written: Mapping[str, int],  # noqa: ARG002 -- the log's length says more
    ) -> None:
        """Begin to write the log into the file when it has grown."""
        self.checkpoints.committed(connection)

    def checkpoint(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write the log into the file."""
        self.checkpoints.wait()
        connection.execute("CHECKPOINT")

    def leave(self) -> None:
        """Wait for a checkpoint."""
        self.checkpoints.wait()


def _copy_open(source: Path, target: Path) -> None:
    # Not by `shutil` alone: closing the file would let other processes into it.
    with target.open("wb") as written:
        for chunk in chunks(handle_of(source), source.stat().st_size):
            written.write(chunk)


def copied(path: Path, version: int, copier: Callable[[Path, Path], None] = _copy_open) -> Path:
    """Copy a file to `NAME.before-VERSION.SUFFIX` beside it; a copy that is there is complete.

    Raises StoreError when there is no room for it.
    """
    copy = path.with_name(f"{path.stem}.before-{version:04d}{path.suffix}")
    partial = copy.with_name(f"{copy.name}.partial")
    try:
        copier(path, partial)
        with partial.open("rb+") as written:
            os.fsync(written.fileno())
        shutil.copystat(path, partial)
        partial.replace(copy)
    except (OSError, sqlite3.Error) as error:
        partial.unlink(missing_ok=True)
        raise StoreError(
            f"{path}: cannot be copied before its migration: {error}",
            hint="make room beside the database file; nothing was changed",
        ) from error
    return copy
