"""Which days are in the roll-ups, and which leave them because what they follow from changes.

A day is in `rolled_day` while the tables of days, and site_quarter, hold what its sessions and the
site's power say.
What changes it takes it out in the same transaction; `analytics.retention.days` works it out again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import duckdb

from analytics.grid import SLOT_S, slot_of
from analytics.rows import Row, columns

FOLLOWED: dict[str, tuple[str, ...]] = {
    "emission": ("starts_at",),
    "session": ("started_at", "ended_at"),
    "session_interval": ("slot_start",),
    "site_load": ("starts_at",),
}
"""Tables that days follow from (bills are written with their session), and their instants."""

_LAST = """
    SELECT max(coalesce(ended_at, $until))
    FROM session
    WHERE
        least(started_at, ended_at) <= $last
        AND (ended_at IS NULL OR greatest(started_at, ended_at) >= $first)
"""
"""What a slot cost depends on all its sessions, and is booked where each of them ended."""

_MARGIN = timedelta(days=1)

_STORED = """
    SELECT
        min(least(started_at, ended_at)),
        max(greatest(started_at, coalesce(ended_at, $until))),
        count(*)
    FROM session
    WHERE session_id IN (SELECT unnest($ids::VARCHAR[]))
"""

_REASSIGNED = """
    SELECT
        min(least(started_at, ended_at)),
        max(greatest(started_at, coalesce(ended_at, $until)))
    FROM session
    WHERE lower(id_token) IN (
        SELECT lower(incoming.id_token)
        FROM {incoming} AS incoming
        LEFT JOIN id_token AS known ON lower(known.id_token) = lower(incoming.id_token)
        WHERE known.driver_id IS DISTINCT FROM incoming.driver_id
    )
"""


class RolledDays:
    """The days in the roll-ups, as the writer knows them; its methods belong in a transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        row = connection.execute("SELECT max(ends_at) FROM rolled_day").fetchone()
        self._until: datetime | None = None if row is None else _instant(row[0])
        """No later instant is in the roll-ups: what changes after it costs nothing."""
        self._lost: set[str] = set()
        """Sessions of this transaction whose stored rows are seen to."""
        self._bounds: dict[tuple[str, ...], datetime] = {}
        """When the first of some sessions of this transaction began."""

    def begin(self) -> None:
        """Take note that a transaction begins."""
        self._lost.clear()
        self._bounds.clear()

    def added(self, until: datetime) -> None:
        """Take note that days up to an instant were worked out."""
        self._until = until if self._until is None else max(self._until, until)

    def clear(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Take out all days."""
        connection.execute("DELETE FROM rolled_day")

    def changed(
        self, connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]
    ) -> None:
        """Take out the days that rows on their way into a table change."""
        if self._until is None or table not in FOLLOWED:
            return
        # A clock that was set can end a session before it began.
        places = [columns(table).index(name) for name in FOLLOWED[table]]
        at = [cell for row in rows for place in places if isinstance(cell := row[place], datetime)]
        if at:
            self.touch(connection, min(at), max(at))

    def tokens_changed(self, connection: duckdb.DuckDBPyConnection, incoming: str) -> None:
        """Take out the days of the sessions of tokens that a relation gives to another driver."""
        if self._until is None:
            return
        found = connection.execute(
            _REASSIGNED.format(incoming=incoming), {"until": self._until}
        ).fetchone()
        if found is not None and found[0] is not None:
            self.touch(connection, found[0].astimezone(UTC), found[1].astimezone(UTC))

    def lose_sessions(
        self, connection: duckdb.DuckDBPyConnection, ids: Sequence[str]
    ) -> datetime | None:
        """Take out the days of sessions as they are stored, before their rows go.

        Returns when the first of them began, if that is known of all: no row of their grid lies
        before it, so that the history of before need not be searched.
        """
        if self._until is None:
            return None
        if self._lost.issuperset(ids):
            return self._bounds.get(tuple(ids))
        self._lost.update(ids)
        found = connection.execute(_STORED, {"ids": list(ids), "until": self._until}).fetchone()
        if found is None or found[0] is None:
            return None
        first, last = found[0].astimezone(UTC), found[1].astimezone(UTC)
        self.touch(connection, first, last)
        if found[2] != len(ids):
            return None
        self._bounds[tuple(ids)] = since = slot_of(first) - _MARGIN
        return since

    def touch(self, connection: duckdb.DuckDBPyConnection, first: datetime, last: datetime) -> None:
        """Take out the days that something between two instants, both included, is part of."""
        if self._until is None or first >= self._until:
            return
        slot, end = slot_of(first), slot_of(last) + timedelta(seconds=SLOT_S)
        found = connection.execute(
            _LAST, {"first": slot, "last": end, "until": self._until}
        ).fetchone()
        latest = None if found is None else _instant(found[0])
        connection.execute(
            "DELETE FROM rolled_day WHERE ends_at > $1 AND starts_at <= $2",
            [slot, last if latest is None else max(last, latest)],
        )


def _instant(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
