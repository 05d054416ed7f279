"""DuckDB's extensions from their PyPI packages: nothing is downloaded while the server runs."""

from __future__ import annotations

from importlib import resources

import duckdb

from ocpp_core.domain.errors import ReaderError

_QUACK = ("httpfs", "quack")
"""Quack speaks HTTP through httpfs, on the server's side too when external access is off."""


def load_quack(connection: duckdb.DuckDBPyConnection) -> None:
    """Load DuckDB's client-server protocol; ReaderError when its packages are not installed."""
    for name in _QUACK:
        _load(connection, name)


def load_lake(connection: duckdb.DuckDBPyConnection, catalogue: str) -> None:
    """Load DuckLake with a catalogue in `sqlite` or `postgres`; ReaderError as above."""
    for name in (f"{catalogue}_scanner", "ducklake"):
        _load(connection, name)


def _load(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    try:
        package = resources.files(f"duckdb_extension_{name}")
    except ModuleNotFoundError as error:
        raise ReaderError(
            f"DuckDB's extension {name} is not installed",
            hint=f"pip install {_package(name)}=={duckdb.__version__}",
        ) from error
    file = package.joinpath("extensions", f"v{duckdb.__version__}", f"{name}.duckdb_extension")
    try:
        # Loaded from the package itself: `INSTALL` would copy it into the user's home.
        connection.execute(f"LOAD '{str(file).replace("'", "''")}'")
    except duckdb.Error as error:
        raise ReaderError(
            f"DuckDB's extension {name} cannot be loaded: {error}",
            hint=f"pip install {_package(name)}=={duckdb.__version__}",
        ) from error


def _package(extension: str) -> str:
    return f"duckdb-extension-{extension.replace('_', '-')}"
