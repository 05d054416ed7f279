"""What a database file says of itself, opened beside whatever else this process does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from ocpp_core.domain.errors import StoreError

_SMALL: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "memory_limit": "512MB"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a database file says of itself."""

    site_id: str
    schema_version: int
    archived: tuple[str, ...]
    """Files of its archive, relative to its folder."""
    rows: int
    """In all tables together."""


def look_into(path: Path, *, count: bool = False) -> Contents:
    """Open a database file that nobody writes and look into it; `count` reads all of it.

    Raises StoreError.
    """
    try:
        with duckdb.connect(path, read_only=True, config=_SMALL) as connection:
            version = connection.execute("SELECT max(version) FROM schema_version").fetchone()
            site = connection.execute("SELECT site_id FROM site").fetchone()
            names = [
                name
                for (name,) in connection.execute(
                    "SELECT table_name FROM duckdb_tables() WHERE NOT internal"
                ).fetchall()
            ]
            archived = []
            if "archive_part" in names:
                archived = connection.execute("SELECT file_name FROM archive_part").fetchall()
            rows = 0
            for name in names if count else ():
                # COUNT(COLUMNS(*)) has to read every column of every row.
                found = connection.execute(
                    f'SELECT count(*), count(COLUMNS(*)) FROM "{name}"'  # noqa: S608 -- from its catalogue
                ).fetchone()
                rows += int(found[0]) if found else 0
    except duckdb.Error as error:
        raise StoreError(
            f"{path.name} is no whole database: {str(error).partition('\n')[0]}"
        ) from error
    return Contents(
        site_id=str(site[0]) if site else "",
        schema_version=int(version[0]) if version and version[0] else 0,
        archived=tuple(str(name) for (name,) in archived),
        rows=rows,
    )
