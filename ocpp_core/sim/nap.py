"""Waiting that can be cut short, and holding time back while work is under way."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from datetime import datetime

from ocpp_core.domain.clock import AlarmClock, Clock


class Nap:
    """One task's wait for an instant or for somebody to wake it, whichever comes first."""

    def __init__(self, clock: AlarmClock) -> None:
        self._clock = clock
        self._alarm: asyncio.Future[None] | None = None
        self._woken = False

    async def until(self, instant: datetime | None) -> None:
        """Wait for `instant` (None: for ever) or for `wake`; a wake beforehand ends it at once."""
        if not self._woken:
            self._alarm = (
                asyncio.get_running_loop().create_future()
                if instant is None
                else self._clock.alarm(instant)
            )
            await self._alarm
            self._alarm = None
        self._woken = False

    def wake(self) -> None:
        """End the wait under way, or the next one."""
        if self._alarm is None or self._alarm.done():
            self._woken = True
        else:
            self._alarm.set_result(None)


class Busy:
    """A clock's hold that one owner takes and releases, as often as it likes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: ExitStack | None = None

    def take(self) -> None:
        """Stop simulated time; nothing happens when it is already held."""
        if self._held is None:
            self._held = ExitStack()
            self._held.enter_context(self._clock.hold())

    def release(self) -> None:
        """Let simulated time pass; nothing happens when it was not held."""
        if self._held is not None:
            self._held.close()
            self._held = None
