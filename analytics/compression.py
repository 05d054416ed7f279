"""How a DuckDB file compresses raw messages: by zstd, which the schema itself does not say.

See docs/decisions/0036. A DuckLake compresses its Parquet files by itself, and refuses the clause.
"""

from __future__ import annotations

import re
from functools import partial

STORAGE_VERSION = "v1.4.0"
"""Format of new database files: DuckDB 1.4 and later read them. A file that is there stays as it
is, and ignores what its format cannot do."""

COMPRESSED: dict[str, tuple[str, ...]] = {"ocpp_message": ("frame", "answer")}
"""Columns by their tables."""


def compressed(sql: str) -> str:
    """Return the SQL of a migration with the compression of the tables that it creates."""
    for table, names in COMPRESSED.items():
        created = re.compile(rf"^CREATE TABLE {table} \(\n.*?\n\);", re.MULTILINE | re.DOTALL)
        sql = created.sub(partial(_columns, names), sql)
    return sql


def _columns(names: tuple[str, ...], created: re.Match[str]) -> str:
    columns = re.compile(rf"^(    (?:{'|'.join(names)}) VARCHAR(?: NOT NULL)?),", re.MULTILINE)
    return columns.sub(r"\1 USING COMPRESSION zstd,", created[0])
