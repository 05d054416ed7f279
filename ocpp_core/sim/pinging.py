"""A charger's own pings, for as long as its setting says so.

`WebSocketPingInterval` (OCPP 1.6-J section 5.4, OCPP 2.0.1 OCPPCommCtrlr): seconds between pings,
0 for none. Of the wall clock, as all of a link.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode


class Pinged(Protocol):
    """The other end; a websockets connection is one."""

    async def ping(self) -> Awaitable[float]:
        """Send a ping and return what is done when it was answered."""
        ...

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection."""
        ...


class Pinger:
    """Pings the server and gives the link up when it does not answer until the next one is due."""

    def __init__(self, interval_s: Callable[[], float]) -> None:
        """`interval_s` is asked before each ping; 0: none."""
        self._interval_s = interval_s
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Take up an interval that may have changed."""
        self._changed.set()

    async def run(self, link: Pinged) -> None:
        """Ping until cancelled, or until the link is of no use any more."""
        while True:
            interval_s = self._interval_s()
            self._changed.clear()
            try:
                async with asyncio.timeout(interval_s or None):
                    await self._changed.wait()
                continue
            except TimeoutError:
                pass
            try:
                async with asyncio.timeout(interval_s):
                    await (await link.ping())
            except TimeoutError:
                await link.close(CloseCode.INTERNAL_ERROR, "a ping was not answered")
                return
            except ConnectionClosed:
                return
