"""Which days are in the roll-ups, and which leave them because what they follow from changes.

A day is in `rolled_day` while charging_day, earning_day and outcome_day hold what its sessions say.
What changes it takes it out in the same transaction; `analytics.retention.days` works it out again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from analytics.grid import SLOT_S, slot_of

FOLLOWED: dict[str, tuple[str, str]] = {
    "emission": ("starts_at", "starts_at"),
    "session": ("started_at", "ended_at"),
    "session_interval": ("slot_start", "slot_start"),
    "site_load": ("starts_at", "starts_at"),
}
"""Tables that days follow from (bills are written with their session): first and last instant."""

_LAST = """
    SELECT max(coalesce(ended_at, $until))
    FROM session
    WHERE started_at <= $last AND coalesce(ended_at >= $first, true)
"""
"""What a slot cost depends on all its sessions, and is booked where each of them ended."""

_STORED = """
    SELECT min(started_at), max(coalesce(ended_at, $until))
    FROM session
    WHERE session_id IN (SELECT unnest($ids::VARCHAR[]))
"""


class RolledDays:
    """The days in the roll-ups, as the writer knows them; its methods belong in a transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        row = connection.execute("SELECT max(ends_at) FROM rolled_day").fetchone()
        self._until: datetime | None = None if row is None else _instant(row[0])
        """No later instant is in the roll-ups: what changes after it costs nothing."""

    def added(self, until: datetime) -> None:
        """Take note that days up to an instant were worked out."""
        self._until = until if self._until is None else max(self._until, until)

    def clear(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Take out all days."""
        connection.execute("DELETE FROM rolled_day")

    def changed(
        self, connection: duckdb.DuckDBPyConnection, table: str, incoming: pa.Table
    ) -> None:
        """Take out the days that rows on their way into a table change."""
        if self._until is None or table not in FOLLOWED or not incoming.num_rows:
            return
        since, until = FOLLOWED[table]
        first = _instant(pc.min(incoming.column(since)).as_py())
        last = _instant(pc.max(incoming.column(until)).as_py())
        if first is not None:
            self.touch(connection, first, first if last is None else max(first, last))

    def lose_sessions(self, connection: duckdb.DuckDBPyConnection, ids: Iterable[str]) -> None:
        """Take out the days of sessions as they are stored, before their rows go."""
        if self._until is None:
            return
        row = connection.execute(_STORED, {"ids": list(ids), "until": self._until}).fetchone()
        first, last = (None, None) if row is None else map(_instant, row)
        if first is not None and last is not None:
            self.touch(connection, first, last)

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
