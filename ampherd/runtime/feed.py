"""Stored messages as they come, for whoever watches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.messages import StoredMessage

WAITING = 1_000
"""Messages that may wait for one watcher; a slower one loses the oldest."""


class MessageFeed:
    """Hands each stored message to every watcher; costs nothing while nobody watches."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Queue[StoredMessage]] = set()
        self.lost = 0
        """Messages that a slow watcher did not get; all of them are in the store."""

    def publish(self, message: StoredMessage) -> None:
        """Hand on a message; returns at once."""
        for queue in self._watchers:
            if queue.full():
                queue.get_nowait()
                self.lost += 1
            queue.put_nowait(message)

    async def watch(self, charge_point_id: ChargePointId | None) -> AsyncGenerator[StoredMessage]:
        """Yield every message from now on, of one charger or of all."""
        queue: asyncio.Queue[StoredMessage] = asyncio.Queue(WAITING)
        self._watchers.add(queue)
        try:
            while True:
                message = await queue.get()
                if charge_point_id in (None, message.charge_point_id):
                    yield message
        finally:
            self._watchers.discard(queue)
