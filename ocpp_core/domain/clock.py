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


class AlarmClock(Clock, Protocol):
    """A clock whose waits can be cut short; every clock of this module is one."""

    def alarm(self, instant: datetime) -> asyncio.Future[None]:
        """Return a future that is done at `instant`; whoever finishes or cancels it is heeded."""
        ...


async def sleep(clock: Clock, seconds: float) -> None:
    """Wait for `seconds` of the clock's time."""
    await clock.sleep_until(clock.now() + timedelta(seconds=seconds))


class SystemClock:
    """The wall clock."""

    _LOOK_AGAIN_S = 60.0

    def now(self) -> datetime:
        """Return the current instant in UTC."""
        return datetime.now(UTC)

    async def sleep_until(self, instant: datetime) -> None:
        """Sleep in real time, following a clock that is set meanwhile."""
        await self.alarm(instant)

    def alarm(self, instant: datetime) -> asyncio.Future[None]:
        """Return a future that is done at `instant`, following a stepped clock."""
        loop = asyncio.get_running_loop()
        rung: asyncio.Future[None] = loop.create_future()
        timer: asyncio.TimerHandle | None = None

        def look() -> None:
            nonlocal timer
            if rung.done():
                return
            rest_s = (instant - self.now()).total_seconds()
            if rest_s <= 0:
                rung.set_result(None)
            else:
                timer = loop.call_later(min(rest_s, self._LOOK_AGAIN_S), look)

        def forget(_: asyncio.Future[None]) -> None:
            if timer is not None:
                timer.cancel()

        rung.add_done_callback(forget)
        look()
        return rung

    def hold(self) -> AbstractContextManager[None]:
        """Do nothing: real time does not wait."""
        return nullcontext()


class ManualClock:
    """A clock that stands until it is moved, for tests of code that only asks for the time."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._alarms: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return the instant it was last moved to."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward."""
        self._move_to(self._now + timedelta(seconds=seconds))

    async def sleep_until(self, instant: datetime) -> None:
        """Move to `instant` without waiting."""
        self._move_to(max(self._now, instant))
        await asyncio.sleep(0)

    def alarm(self, instant: datetime) -> asyncio.Future[None]:
        """Return a future that is done once the clock has been moved to `instant`."""
        rung: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._alarms.append((instant, rung))
        self._move_to(self._now)
        return rung

    def hold(self) -> AbstractContextManager[None]:
        """Do nothing: only `advance` moves it."""
        return nullcontext()

    def _move_to(self, instant: datetime) -> None:
        self._now = instant
        due = [rung for at, rung in self._alarms if at <= instant]
        self._alarms = [(at, rung) for at, rung in self._alarms if at > instant]
        for rung in due:
            if not rung.done():
                rung.set_result(None)


class PacedClock:
    """Simulated time at up to `speed` times real time, which never outruns the work it causes.

    Sleepers wake one after another, each at exactly its instant. While a hold is taken (a frame is
    unanswered, a plan is being made) time stands still: a slow machine makes the simulation slower
    instead of making the simulated site late. Real latency is measured by the benchmarks instead.
    `run()` drives it and must be running as a task.
    """

    _TICK_S = 0.02
    _SETTLE_TURNS = 5
    """Turns of the event loop without a hold, given to woken tasks before time moves on."""

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
        await self.alarm(instant)

    def alarm(self, instant: datetime) -> asyncio.Future[None]:
        """Return a future that is done when simulated time reaches `instant`."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if instant <= self._now:
            woken.set_result(None)
        else:
            heapq.heappush(self._sleepers, (instant, next(self._order), woken))
        return woken

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
            real_s = loop.time() - last
            last = loop.time()
            # A tick that took long (a hold, a busy machine) is not caught up with.
            step_s = min(real_s, 5 * self._TICK_S) * self.speed
            await self.advance_to(self._now + timedelta(seconds=step_s))

    async def advance_to(self, target: datetime) -> None:
        """Let time pass until `target`, as fast as the work on the way allows.

        Tests drive the clock with this instead of `run()`; not both at once.
        """
        await self._settle()
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
        quiet = 0
        while quiet < self._SETTLE_TURNS:
            await asyncio.sleep(0)
            quiet += 1
            while self._holds:
                await self._released.wait()
                quiet = 0
