"""Puts on record how chargers came in, in a thread: a file is written while links go on.

Whoever comes in meanwhile shares the next writing, so that a site that moves to TLS in one night
writes its file some dozens of times and not once for each charger.
"""

from __future__ import annotations

import asyncio

from ocpp_core.domain.ports import Credentials


class Keeper:
    """Has credentials kept, one writing at a time."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._waiting: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None

    def kept(self) -> asyncio.Future[None]:
        """Return a future that is done when all that was noted until now is on record.

        It fails with a StoreError when it cannot be.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append(future)
        if self._task is None:
            self._task = loop.create_task(self._write(), name="keep credentials")
        return future

    async def stop(self) -> None:
        """Wait for what is being written."""
        if self._task is not None:
            await self._task

    async def _write(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                try:
                    await asyncio.to_thread(self._credentials.keep)
                except Exception as error:  # noqa: BLE001 - whoever waits is told and turned away
                    for future in waiting:
                        future.set_exception(error)
                else:
                    for future in waiting:
                        future.set_result(None)
        finally:
            self._task = None
