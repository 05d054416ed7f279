"""`ampherd reprocess`: are the tables what the messages say? And if not, put them right."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from analytics.database import Database, translated
from analytics.hashes import (
    DERIVED,
    DerivedTable,
    TableHash,
    as_hash,
    compared,
    hash_select,
)
from analytics.importers.reading import Progress
from analytics.natural_keys import NATURAL_KEYS
from analytics.rebuild import BEFORE, Rebuilt, leave_archived, rebuild, with_archived
from analytics.retention.files import let_read, quoted
from analytics.schema.migrations import migrations, tables
from analytics.settlement import Settlement
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.site import Site

_SHOWN = 5
"""Differing rows of a table that are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One derived table as it is and as messages make it."""

    table: str
    before: TableHash
    after: TableHash
    differences: tuple[str, ...] = ()
    """The first rows that differ, in words."""

    @property
    def same(self) -> bool:
        """Whether both hold the same rows."""
        return self.before == self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprocessed:
    """What came of it."""

    rebuilt: Rebuilt
    tables: tuple[Comparison, ...]
    copy: Path | None
    """Where the database from before is kept; None: nothing was put in its place."""

    @property
    def same(self) -> bool:
        """Whether every table is what the messages say."""
        return all(table.same for table in self.tables)


def reprocess(
    path: Path,
    *,
    site: Site,
    settlement_of: Callable[[Database], Settlement],
    now: Callable[[], datetime],
    progress: Progress,
    apply: bool = False,
) -> Reprocessed:
    """Make all derived tables anew beside the database, and compare.

    With `apply` the new database takes the place of the old one, which is kept beside it. Whatever
    happens before that one step, the database is as it was. The database must have no other owner;
    raises StoreError.
    """
    _check(path)
    beside = path.with_name(f"{path.stem}.reprocessed{path.suffix}")
    _remove(beside)
    try:
        rebuilt = rebuild(
            path, beside, site=site, settlement_of=settlement_of, now=now, progress=progress
        )
        progress.finish(f"{rebuilt.messages} messages, {rebuilt.sessions} sessions; comparing …")
        tables = compare(path, beside)
        copy = None
        if apply and rebuilt.forgotten:
            raise StoreError(
                f"{path}: its first {rebuilt.forgotten} messages were deleted; what they "
                "made would be lost",
                hint="the database is as it was; without --apply what can be compared is compared",
            )
        if apply and rebuilt.unread_count > rebuilt.misread:
            raise StoreError(
                f"{path}: {rebuilt.unread_count - rebuilt.misread} messages that were understood "
                f"cannot be any more, first {rebuilt.unread[0]}",
                hint="the database is as it was; please report this",
            )
        if apply:
            leave_archived(path, beside, now)
            copy = _swap(path, beside, now())
    except duckdb.Error as error:
        raise translated(error, path) from error
    finally:
        _remove(beside)
    return Reprocessed(rebuilt=rebuilt, tables=tables, copy=copy)


def compare(before: Path, after: Path) -> tuple[Comparison, ...]:
    """Compare the derived tables of two databases."""
    with closing(duckdb.connect(after, read_only=True)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        let_read(connection, before)
        connection.execute(f"ATTACH {quoted(before)} AS {BEFORE} (READ_ONLY)")
        return tuple(_compare(connection, table) for table in DERIVED)


def _compare(connection: duckdb.DuckDBPyConnection, table: DerivedTable) -> Comparison:
    columns = sorted(column.name for column in tables()[table.name].columns)
    hashes = []
    old = with_archived(connection, table.name)
    for schema, source in ((f"{BEFORE}.", old), ("", None)):
        select = hash_select(table, columns, schema, source)
        ((_, rows, total),) = connection.execute(select).fetchall()
        hashes.append(as_hash(rows, total))
    before, after = hashes
    differences = () if before == after else _differences(connection, table, columns, old)
    return Comparison(table=table.name, before=before, after=after, differences=differences)


def _differences(
    connection: duckdb.DuckDBPyConnection, table: DerivedTable, columns: list[str], source: str
) -> tuple[str, ...]:
    """Say which rows differ, and in what."""
    kept = [name for name in columns if name not in table.without]
    old, new = compared(table, columns, f"{BEFORE}.", source), compared(table, columns)
    key = NATURAL_KEYS.get(table.name, _OTHER_KEYS.get(table.name, ()))
    order = ", ".join(key) or "ALL"
    gone, come = (
        connection.execute(
            f"({one}) EXCEPT ALL ({other}) ORDER BY {order} LIMIT {_SHOWN}"
        ).fetchall()
        for one, other in ((old, new), (new, old))
    )
    at = [kept.index(name) for name in key]
    by_key = {tuple(row[i] for i in at): row for row in come}
    words = []
    for row in gone:
        name = _name(table.name, key, row, at)
        other = by_key.pop(tuple(row[i] for i in at), None) if at else None
        if other is None:
            words.append(f"{name}: no message makes this row, or another one like it differs")
        else:
            changed = "; ".join(
                f"{column} was {_shown(was)}, messages say {_shown(said)}"
                for column, was, said in zip(kept, row, other, strict=True)
                if was != said
            )
            words.append(f"{name}: {changed}")
    words += [
        f"{_name(table.name, key, row, at)}: messages make this row, and it is not there"
        for row in by_key.values()
    ]
    return tuple(words[:_SHOWN])


_OTHER_KEYS = {
    "charge_point": ("charge_point_id",),
    "charging_period": ("session_id", "period"),
    "charging_profile": ("charge_point_id", "message_id", "step", "outcome"),
    "cost_line": ("session_id", "line"),
    "session_interval": ("session_id", "slot_start"),
}


def _name(table: str, key: tuple[str, ...], row: tuple[Any, ...], at: list[int]) -> str:
    named = ", ".join(f"{column} {_shown(row[i])}" for column, i in zip(key, at, strict=True))
    return f"{table} with {named}" if named else table


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return "nothing" if value is None or value == "" else str(value)[:60]


def _check(path: Path) -> None:
    """Refuse a database that is not there, has an owner, or is of another version."""
    if not path.is_file():
        raise StoreError(f"{path}: no such database", hint="`ampherd serve` makes one")
    try:
        with closing(duckdb.connect(path)) as connection:
            found = connection.execute("SELECT max(version) FROM schema_version").fetchone()
            connection.execute("CHECKPOINT")  # so that the file alone is complete
    except duckdb.Error as error:
        raise translated(error, path) from error
    newest = migrations()[-1].version
    if found is None or found[0] != newest:
        raise StoreError(
            f"{path}: its schema is not that of this version",
            hint="start `ampherd serve` on it once, which brings it up to date and keeps a copy",
        )


def _swap(path: Path, beside: Path, now: datetime) -> Path:
    """Put the new database in the place of the old one, which is kept under another name.

    There is a database under `path` at every instant.
    """
    copy = path.with_name(f"{path.stem}.before-reprocess-{now:%Y%m%dT%H%M%S}{path.suffix}")
    try:
        try:
            os.link(path, copy)
        except OSError:  # a file system without hard links
            shutil.copy2(path, copy)
        beside.replace(path)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be replaced: {error}", hint="the database is as it was"
        ) from error
    return copy


def _remove(path: Path) -> None:
    for file in (path, path.with_name(f"{path.name}.wal")):
        file.unlink(missing_ok=True)
