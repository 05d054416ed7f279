"""Brings a database to the schema of this version, and tells what each table and column means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path

import duckdb

from analytics.places import DuckDbFile, Place
from ocpp_core.domain.errors import StoreError

_FILE = re.compile(r"(\d{4})_\w+\.sql")
_TABLE = re.compile(
    r"((?:^-- [^\n]*\n)+)^CREATE TABLE (\w+) \(\n(.*?)\n\);", re.MULTILINE | re.DOTALL
)
_COLUMN = re.compile(
    r"^    (\w+) ([A-Z]+(?:\([\d, ]+\)|\[\])?)( NOT NULL)?,? -- (.+)$", re.MULTILINE
)

_REPLACED = re.compile(r"^ALTER TABLE (\w+) RENAME TO \w+;$", re.MULTILINE)

_KEY = re.compile(r" Key: ([\w, ]+)\.")
_FILLED = re.compile(r" Filled by: (.+)$")

_APPLIED = """
    CREATE TABLE IF NOT EXISTS schema_version (
        version INTEGER NOT NULL, name VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL
    )
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step of the schema."""

    version: int
    name: str
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as declared."""

    name: str
    type: str
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as declared."""

    name: str
    meaning: str
    key: tuple[str, ...]
    """Columns that tell its rows apart; empty: none do."""
    filled_by: str
    """Which messages, records or parts of Ampherd write it, in words."""
    columns: tuple[Column, ...]


@cache
def migrations() -> tuple[Migration, ...]:
    """Return every migration that ships with this version, in order."""
    found = []
    for file in resources.files("analytics").joinpath("schema").iterdir():
        match = _FILE.fullmatch(file.name)
        if match:
            found.append(
                Migration(version=int(match[1]), name=file.name, sql=file.read_text("utf-8"))
            )
    return tuple(sorted(found, key=lambda migration: migration.version))


def schema_version() -> int:
    """Return the number of the schema that this version of Ampherd knows."""
    return migrations()[-1].version


@cache
def tables() -> dict[str, Table]:
    """Return every table that the migrations declare, with the meaning of its columns."""
    declared: dict[str, Table] = {}
    for migration in migrations():
        for name in _REPLACED.findall(migration.sql):
            del declared[name]
        for head, name, body in _TABLE.findall(migration.sql):
            words = " ".join(line.removeprefix("-- ") for line in head.strip().splitlines())
            filled = _FILLED.search(words)
            declared[name] = Table(
                name=name,
                meaning=without_key(_FILLED.sub("", words)),
                key=key_of(words),
                filled_by=filled[1] if filled else "",
                columns=tuple(
                    Column(name=column, type=kind, required=bool(required), meaning=meaning)
                    for column, kind, required, meaning in _COLUMN.findall(body)
                ),
            )
    return declared


def key_of(words: str) -> tuple[str, ...]:
    """Return the columns that the words of a table or view name as its key."""
    key = _KEY.search(words)
    return tuple(key[1].split(", ")) if key else ()


def without_key(words: str) -> str:
    """Return the words of a table or view without the part that names its key."""
    return _KEY.sub("", words)


def migrate(
    connection: duckdb.DuckDBPyConnection,
    place: Place | Path,
    now: datetime,
    steps: tuple[Migration, ...] | None = None,
) -> tuple[str, ...]:
    """Apply the migrations that `connection` lacks and return their names.

    `place` may be the path of a file. Before the first of them what is there is kept (a file is
    copied beside itself, `NAME.before-0002.duckdb`). Each migration is applied whole or not at all;
    when one fails, StoreError names it and the copy. A database of a later version is refused.
    """
    if isinstance(place, Path):
        place = DuckDbFile(place)
    known = migrations() if steps is None else steps
    connection.execute(_APPLIED)
    applied = {
        int(version)
        for (version,) in connection.execute("SELECT version FROM schema_version").fetchall()
    }
    unknown = applied - {migration.version for migration in known}
    if unknown:
        raise StoreError(
            f"{place.name}: made by a later version (schema {max(unknown)}, this one knows "
            f"{known[-1].version})",
            hint="install the newer version again, or restore an older backup",
        )
    missing = [migration for migration in known if migration.version not in applied]
    copy = place.keep(connection, missing[0].version) if missing and applied else ""
    for migration in missing:
        try:
            connection.begin()
            connection.execute(place.dressed(migration.sql))
            connection.execute(
                "INSERT INTO schema_version VALUES (?, ?, ?)",
                [migration.version, migration.name, now],
            )
            connection.commit()
        except duckdb.Error as error:
            connection.rollback()
            kept = f"; the copy from before is {copy}" if copy else ""
            raise StoreError(
                f"{place.name}: migration {migration.name} failed and changed nothing{kept}: "
                f"{error}",
                hint="report this with the message above; the earlier version opens the copy",
            ) from error
    return tuple(migration.name for migration in missing)
