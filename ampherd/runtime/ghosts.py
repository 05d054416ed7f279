"""The watchdog of open sessions: tells of those that are likely over (OCPP.md row 9).

A charger may lose the end of a session, or keep it in its queue for days. Nothing is closed by
this, since a late end is always taken: a person is told, with the reasons, until the session ends
or is heard of again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime

import pandas as pd

from analytics import Reader
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.ids import TransactionId
from ocpp_core.domain.live import LiveSite

LOOK_INTERVAL_S = 900
"""How often open sessions are looked over."""


class GhostWatch:
    """Looks for sessions that are likely over, and says so while they are open."""

    def __init__(
        self, reader: Callable[[], AbstractContextManager[Reader]], live: LiveSite, clock: Clock
    ) -> None:
        self._reader = reader
        self._live = live
        self._clock = clock
        self._found: dict[TransactionId, str] = {}

    async def look(self) -> None:
        """Look over the open sessions, in a thread of its own."""
        found = await asyncio.to_thread(self._ask, self._clock.now())
        self._found = {
            TransactionId(int(row["transaction_id"])): self._words(row)
            for row in found.to_dict("records")
            if not pd.isna(row["transaction_id"])
        }

    def alarms(self) -> Iterator[str]:
        """Say which sessions are likely over and why, one sentence each."""
        for number, words in self._found.items():
            known = self._live.transactions.get(number)
            if known is None or known.ended_at is None:
                yield words

    def _ask(self, at: datetime) -> pd.DataFrame:
        with self._reader() as reader:
            return reader.ghosts(at)

    def _words(self, row: dict[object, object]) -> str:
        since = pd.Timestamp(str(row["started_at"])).tz_convert(self._live.site.timezone)
        why = "; ".join(str(row["reasons"]).splitlines())
        return (
            f"{row['connector']}: transaction {row['transaction_id']}, open since "
            f"{since:%Y-%m-%d %H:%M}, is likely over: {why}."
        )
