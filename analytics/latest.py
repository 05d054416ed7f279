"""What is later than all that is stored cannot be there yet: that spares looking for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from analytics.rows import Row, columns


@dataclass(slots=True)
class _Last:
    """The last instant of some rows, and the keys of those that bear it."""

    at: datetime
    keys: set[Row] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A table whose rows come in the order of an instant, but for some."""

    key: tuple[str, ...]
    """What tells its rows apart; two rows of one key have one instant and are of one kind."""
    at: str
    """The instant."""
    kind: tuple[str, ...] = ()
    """Rows of one kind come in order, whatever comes of others."""


class Latest:
    """The last rows of some tables, as far as a connection was asked to look for others."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, courses: dict[str, Course]) -> None:
        self._connection = connection
        self._courses = courses
        self._last: dict[str, dict[Row, _Last]] = {}

    def sort(self, table: str, rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
        """Return those of some rows that are new for certain, each once, and all others."""
        course = self._courses.get(table)
        if course is None:
            return [], list(rows)
        last = self._of(table, course)
        key_at, at_at, kind_at = _places(table, course)
        new: dict[Row, Row] = {}
        unsure: list[Row] = []
        for row in rows:
            key = tuple(row[place] for place in key_at)
            known = last.get(tuple(row[place] for place in kind_at))
            at = row[at_at]
            if not isinstance(at, datetime):
                unsure.append(row)
            elif known is None or at > known.at or (at == known.at and key not in known.keys):
                new.setdefault(key, row)
            else:
                unsure.append(row)
        return list(new.values()), unsure

    def added(self, table: str, rows: Sequence[Row]) -> None:
        """Take note of rows that were appended."""
        course = self._courses.get(table)
        if course is None or table not in self._last:
            return  # they are found when somebody asks
        last = self._last[table]
        key_at, at_at, kind_at = _places(table, course)
        for row in rows:
            at = row[at_at]
            if isinstance(at, datetime):
                kind = tuple(row[place] for place in kind_at)
                _note(last, kind, at, tuple(row[place] for place in key_at))

    def forget(self) -> None:
        """Look again: what was added may have been rolled back."""
        self._last.clear()

    def _of(self, table: str, course: Course) -> dict[Row, _Last]:
        last = self._last.get(table)
        if last is None:
            last = self._last[table] = {}
            kind = "".join(f"{name}, " for name in course.kind)
            latest = f"SELECT {kind}max({course.at}) AS {course.at} FROM {table} GROUP BY ALL"  # noqa: S608 -- a table of ours
            for *cells, at in self._connection.execute(
                f"SELECT {kind}{', '.join(course.key)}, {course.at} FROM {table} "  # noqa: S608 -- a table of ours
                f"SEMI JOIN ({latest}) USING ({kind}{course.at})"
            ).fetchall():
                kinds = len(course.kind)
                _note(last, tuple(cells[:kinds]), at, tuple(cells[kinds:]))
        return last


def _note(last: dict[Row, _Last], kind: Row, at: datetime, key: Row) -> None:
    known = last.get(kind)
    if known is None or at > known.at:
        known = last[kind] = _Last(at)
    if at == known.at:
        known.keys.add(key)


def _places(table: str, course: Course) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
    index = columns(table).index
    return tuple(map(index, course.key)), index(course.at), tuple(map(index, course.kind))
