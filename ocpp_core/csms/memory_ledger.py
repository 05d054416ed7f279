"""A ledger in memory, for tests, benchmarks and trying things out: it forgets on exit."""

from __future__ import annotations

import asyncio

from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.messages import StoredMessage


class MemoryLedger:
    """Keeps every message in a list; commits at once, when told to, or fails on order."""

    def __init__(self, *, keep: bool = True) -> None:
        self.messages: list[StoredMessage] = []
        """What was committed, in order; empty with `keep=False`."""
        self.failure: StoreError | None = None
        """When set, every commit fails with it."""
        self.held = False
        """When set, commits wait for `release`."""
        self._keep = keep
        self._waiting: list[tuple[StoredMessage, asyncio.Future[None]]] = []
        self._done: asyncio.Future[None] | None = None

    def append(self, message: StoredMessage) -> asyncio.Future[None]:
        """Commit a message, or queue it while commits are held."""
        if not (self.held or self.failure or self._waiting):
            if self._keep:
                self.messages.append(message)
            return self._committed()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((message, done))
        if not self.held:
            self._commit()
        return done

    def _committed(self) -> asyncio.Future[None]:
        """Return a future that is done, the same one for as long as the loop is."""
        loop = asyncio.get_running_loop()
        if self._done is None or self._done.get_loop() is not loop:
            self._done = loop.create_future()
            self._done.set_result(None)
        return self._done

    @property
    def waiting(self) -> tuple[StoredMessage, ...]:
        """What was appended and not committed yet."""
        return tuple(message for message, _ in self._waiting)

    def release(self) -> None:
        """Commit what waits and hold nothing any more."""
        self.held = False
        self._commit()

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        for message, done in waiting:
            if done.done():
                continue
            if self.failure is not None:
                done.set_exception(self.failure)
                continue
            if self._keep:
                self.messages.append(message)
            done.set_result(None)
