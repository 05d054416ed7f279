"""What each view and its columns mean, as the migrations declare it.

CREATE VIEW name AS -- Meaning of a row.
-- column: Meaning.
-- *: table (its columns, with their meaning)
SELECT …
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from analytics.schema.migrations import key_of, migrations, tables, without_key

_VIEW = re.compile(
    r"^CREATE (?:OR REPLACE )?VIEW (\w+) AS -- ([^\n]+)\n((?:-- [^\n]+\n)*)", re.MULTILINE
)
_COLUMN = re.compile(r"^-- (\w+): (.+)$", re.MULTILINE)
_LIKE = re.compile(r"^-- \*: (\w+)", re.MULTILINE)
_DROPPED = re.compile(r"^DROP VIEW (?:IF EXISTS )?(\w+);", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view as declared."""

    name: str
    meaning: str
    key: tuple[str, ...]
    """Columns that tell its rows apart; empty: as in the table whose columns it has."""
    columns: dict[str, str]
    """Meaning of each column that has one."""


@cache
def views() -> dict[str, View]:
    """Return every view that the migrations declare and do not drop again."""
    declared: dict[str, View] = {}
    for migration in migrations():
        for name in _DROPPED.findall(migration.sql):
            declared.pop(name, None)
        for name, meaning, head in _VIEW.findall(migration.sql):
            columns: dict[str, str] = {}
            for like in _LIKE.findall(head):
                columns |= (
                    declared[like].columns
                    if like in declared
                    else {column.name: column.meaning for column in tables()[like].columns}
                )
            declared[name] = View(
                name=name,
                meaning=without_key(meaning),
                key=key_of(meaning),
                columns=columns | dict(_COLUMN.findall(head)),
            )
    return declared
