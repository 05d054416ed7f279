"""Keeps the history of chargers' links, and of when nobody watched them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ampherd.runtime.unstored import Unstored
from analytics.database import Database
from analytics.records import LinkRecord, LinkState
from analytics.settlement import Settlement
from analytics.store import Store
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.live import LinkChange

_LEFT_OPEN = """
    SELECT charge_point_id, max(changed_at)
    FROM link
    GROUP BY charge_point_id
    HAVING arg_max(state, row(changed_at, state <> 'unwatched')) <> 'unwatched'
"""

_LAST_SIGN = """
    SELECT max(sign_at) FROM (
        SELECT max(message_at) AS sign_at FROM ocpp_message
        UNION ALL SELECT max(starts_at) FROM site_load WHERE source = 'measured'
        UNION ALL SELECT max(changed_at) FROM link
    )
"""


class LinkHistory:
    """Writes every change of a link between `begin` and `end`, and that nobody watches after.

    Where an earlier run ended without a word, its last sign of life is taken for its end: what
    chargers did from then on is not known, and counts neither as up nor as down.
    """

    def __init__(self, store: Store, clock: Clock, points: Iterable[ChargePointId]) -> None:
        self._store = store
        self._clock = clock
        self._points = tuple(points)
        self._watching = False
        self._unstored = Unstored("links")

    async def begin(self) -> None:
        """From now on chargers without a link are offline."""
        now = self._clock.now()
        left = await self._store.run(_left_open)
        await self._store.record(
            *(
                _record(name, min(at, now), LinkState.UNWATCHED, "the server ended without a word")
                for name, at in left
            ),
            *(_record(name, now, LinkState.OFFLINE, "the server started") for name in self._points),
        )
        self._watching = True

    def end(self) -> None:
        """From now on nobody watches; links that end with the server are no fault of chargers."""
        self._watching = False
        now = self._clock.now()
        self._write(
            *(_record(n, now, LinkState.UNWATCHED, "the server stopped") for n in self._points)
        )

    def changed(self, change: LinkChange) -> None:
        """Write that a charger came or went; returns at once."""
        if self._watching:
            state = LinkState.ONLINE if change.online else LinkState.OFFLINE
            self._write(_record(change.charge_point_id, change.at, state, change.reason))

    def _write(self, *records: LinkRecord) -> None:
        if records:
            self._store.record(*records).add_done_callback(self._unstored.note)


def _record(name: ChargePointId, at: datetime, state: LinkState, reason: str) -> LinkRecord:
    return LinkRecord(charge_point_id=name, at=at, state=state, reason=reason)


def _left_open(database: Database, _: Settlement) -> list[tuple[ChargePointId, datetime]]:
    """Return the chargers whose history an earlier run left open, with its last sign of life."""
    connection = database.connection
    found = connection.execute(_LEFT_OPEN).fetchall()
    if not found:
        return []
    row = connection.execute(_LAST_SIGN).fetchone()
    sign = None if row is None else row[0]
    return [
        (ChargePointId(name), max(sign or changed_at, changed_at)) for name, changed_at in found
    ]
