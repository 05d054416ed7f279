"""Where the archive of a database is, and how DuckDB finds and may read it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from ocpp_core.domain.errors import ConfigurationError

ARCHIVED = {
    "meter_reading": "taken_at",
    "ocpp_message": "message_at",
    "plan_site": "slot_start",
    "plan_slot": "slot_start",
}
"""Tables that grow with every message or plan, and the column that says of which day a row is."""


def archive_name(path: Path) -> str:
    """Return the name of the folder, beside a database, of its archive."""
    return f"{path.stem}.archive"


def quoted(path: Path | str) -> str:
    """Return a path as a SQL literal."""
    return f"'{str(path).replace("'", "''")}'"


def refuse_comma(path: Path) -> None:
    """Raise ConfigurationError for a database in a folder whose archive DuckDB would not find.

    `file_search_path` is a list that commas part, and knows no quotes (DuckDB 1.5.5).
    """
    folder = path.absolute().parent
    if "," in str(folder):
        raise ConfigurationError(
            f"{folder}: a comma is in the name of the database's folder, and DuckDB would look for "
            "its archive in two folders",
            hint="rename the folder, or put the database elsewhere ([store] path)",
        )


def let_read(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Let queries on a database read its archive, also once access to files is switched off.

    The views name files relative to the folder of the database, so that both can be moved together.
    """
    folder, name = path.absolute().parent, archive_name(path)
    refuse_comma(path)
    # DuckDB judges the name as it stands in the view, and opens it by way of the search path.
    allowed = ", ".join((quoted(f"{folder / name}/"), quoted(f"{name}/")))
    connection.execute(f"SET GLOBAL file_search_path = {quoted(folder)}")
    connection.execute(f"SET GLOBAL allowed_directories = [{allowed}]")


def show_archive(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Make the view over a table and its files anew."""
    files = connection.execute(
        "SELECT file_name FROM archive_part WHERE table_name = $1 ORDER BY first_day, file_name",
        [table],
    ).fetchall()
    select = f"SELECT * FROM {table}"  # noqa: S608 -- a table of ours
    if files:
        names = ", ".join(quoted(name) for (name,) in files)
        # By name: files of earlier versions lack the columns that came later.
        archived = f"SELECT * FROM read_parquet([{names}], union_by_name = true)"  # noqa: S608 -- our files
        select += f" UNION ALL BY NAME {archived}"
    connection.execute(f"CREATE OR REPLACE VIEW {table}_all AS {select}")
