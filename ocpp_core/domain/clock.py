"""Time as a parameter: the wall clock, and a paced clock for simulated sites.

Everything that asks for the time or waits takes a `Clock`. Deadlines of sockets stay on the wall
clock: a peer's silence is real even where time is simulated.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What code that needs the time is given."""

    def now(self) -> datetime:
        """Return the current instant, aware, UTC."""
        ...

    async def sleep_until(self, instant: datetime) -> None:
        """Return at `instant` (at once when it has passed)."""
        ...

    def hold(self) -> AbstractContextManager[None]:
        """Keep simulated time from passing while work is under way; on a real clock do nothing."""
        ...


async def sleep(clock: Clock, seconds: float) -> None:
    """Wait for `seconds` of the clock's time."""
    await clock.sleep_until(clock.now() + timedelta(seconds=seconds))


class SystemClock:
    """The wall clock."""

    def now(self) -> datetime:
        """Return the current instant in UTC."""
        return datetime.now(UTC)

    async def sleep_until(self, instant: datetime) -> None:
        """Sleep in real time, looking again at the clock so that a stepped clock is followed."""
        while (rest_s := (instant - self.now()).total_seconds()) > 0:
            await asyncio.sleep(min(rest_s, 60.0))

    def hold(self) -> AbstractContextManager[None]:
        """Do nothing: real time does not wait."""
        return nullcontext()


class ManualClock:
    """A clock that stands until it is moved, for tests of code that only asks for the time."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the instant it was last moved to."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward."""
        self._now += timedelta(seconds=seconds)

    async def sleep_until(self, instant: datetime) -> None:
        """Move to `instant` without waiting."""
        self._now = max(self._now, instant)
        await asyncio.sleep(0)

    def hold(self) -> AbstractContextManager[None]:
        """Do nothing: only `advance` moves it."""
        return nullcontext()


class PacedClock:
    """Simulated time at up to `speed` times real time, which never outruns the work it causes.

    Sleepers wake one after another, each at exactly its instant. While a hold is taken (a frame is
    unanswered, a plan is being made) time stands still: a slow machine makes the simulation slower
    instead of making the simulated site late. Real latency is measured by the benchmarks instead.
    `run()` drives it and must be running as a task.
    """

    _TICK_S = 0.02
    _SETTLE_TURNS = 3
    """Turns of the event loop given to woken tasks before time moves on."""

    def __init__(self, start: datetime, speed: float) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        if start.tzinfo is None:
            raise ValueError("start needs a time zone")
        self._now = start.astimezone(UTC)
        self.speed = speed
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._holds = 0
        self._released = asyncio.Event()
        self._released.set()

    def now(self) -> datetime:
        """Return the simulated instant in UTC."""
        return self._now

    async def sleep_until(self, instant: datetime) -> None:
        """Wait until simulated time reaches `instant`."""
        if instant <= self._now:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (instant, next(self._order), woken))
        await woken

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Stop simulated time inside the block; holds nest and may overlap."""
        self._holds += 1
        self._released.clear()
        try:
            yield
        finally:
            self._holds -= 1
            if self._holds == 0:
                self._released.set()

    async def run(self) -> None:
        """Let time pass until cancelled."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(self._TICK_S)
            await self._settle()
            real_s = loop.time() - last
            last = loop.time()
            # A tick that took long (a hold, a busy machine) is not caught up with.
            step_s = min(real_s, 5 * self._TICK_S) * self.speed
            await self._advance_to(self._now + timedelta(seconds=step_s))

    async def _advance_to(self, target: datetime) -> None:
        while self._sleepers and self._sleepers[0][0] <= target:
            instant, _, woken = heapq.heappop(self._sleepers)
            if woken.done():
                continue
            self._now = max(self._now, instant)
            woken.set_result(None)
            if not self._sleepers or self._sleepers[0][0] > self._now:
                await self._settle()
        self._now = max(self._now, target)

    async def _settle(self) -> None:
        for _ in range(self._SETTLE_TURNS):
            await asyncio.sleep(0)
            await self._released.wait()
