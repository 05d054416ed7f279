"""Where the archive of a database is, and how DuckDB finds and may read it."""

from __future__ import annotations

from pathlib import Path

import duckdb


def archive_name(path: Path) -> str:
    """Return the name of the folder, beside a database, of its archive."""
    return f"{path.stem}.archive"


def quoted(path: Path | str) -> str:
    """Return a path as a SQL literal."""
    return f"'{str(path).replace("'", "''")}'"


def let_read(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Let queries on a database read its archive, also once access to files is switched off.

    The views name files relative to the folder of the database, so that both can be moved together.
    """
    folder, name = path.absolute().parent, archive_name(path)
    # DuckDB judges the name as it stands in the view, and opens it by way of the search path.
    allowed = ", ".join((quoted(f"{folder / name}/"), quoted(f"{name}/")))
    connection.execute(f"SET GLOBAL file_search_path = {quoted(folder)}")
    connection.execute(f"SET GLOBAL allowed_directories = [{allowed}]")
