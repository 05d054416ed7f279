"""Group commit: one thread takes whatever arrived while the last commit ran."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from ocpp_core.domain.errors import StoreError


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitPolicy:
    """When to commit, and how much may wait."""

    window_s: float = 0.018
    """Least time between two commits under load; after a pause that long a commit starts at once.
    A commit costs about 1 ms of CPU whatever it holds, so this decides the cost of a message."""
    stretch: float = 2.5
    """How many times as long it may be while messages keep coming."""
    batch: int = 2_000
    """Most items in one commit."""
    waiting: int = 20_000
    """Items that may wait; what comes beyond is refused, so that memory does not grow."""

    def is_due(self, *, elapsed_s: float, waiting: int, before: int) -> bool:
        """Tell whether to commit, so long after the last one began.

        `before` is how many waited `STEP_S` ago. Where nobody came since then, everybody may be
        waiting for this commit. The more wait, the less is there to be won by more of them.
        """
        if elapsed_s < self.window_s:
            return False
        if waiting == before:
            return True
        return elapsed_s >= self.window_s * self.stretch - waiting * _SOONER_S


STEP_S = 0.005
"""How often is looked who waits."""
_SOONER_S = 1 / 20_000
"""How much sooner a commit starts for each message that waits."""


class Job:
    """Work that the writer thread does alone, between two commits."""

    __slots__ = ("run",)

    def __init__(self, run: Callable[[], Any]) -> None:
        self.run = run


type Outcomes = list[BaseException | None]
"""For each item why it was not committed, or None."""

type _Waiting = tuple[Any, asyncio.Future[Any]]


class GroupWriter:
    """Owns the thread that commits. `submit` belongs to one event loop."""

    def __init__(
        self, commit: Callable[[Sequence[Any]], Outcomes], policy: CommitPolicy, name: str
    ) -> None:
        self._commit = commit
        self._policy = policy
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._waiting = 0
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self.refused = 0
        """Items refused because too many were waiting."""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Items that are not committed yet."""
        return self._waiting

    def submit(self, item: Any) -> asyncio.Future[Any]:
        """Queue an item; the future is done when it is committed, or fails with a StoreError."""
        loop = self._loop
        if loop is None:
            loop = self._loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        if self._closed:
            future.set_exception(StoreError("the store is closed"))
        elif self._waiting >= self._policy.waiting:
            self.refused += 1
            future.set_exception(
                StoreError(
                    f"{self._waiting} messages wait for the disk already",
                    hint="the disk is too slow or full; see the store's last error",
                )
            )
        else:
            self._waiting += 1
            self._queue.put((item, future))
        return future

    async def close(self) -> None:
        """Commit what waits, then end the thread."""
        self.stop()
        # Not a future of the loop's executor: that may be shut down already.
        while self._thread.is_alive():
            await asyncio.sleep(0.001)
            self._thread.join(0)
        await asyncio.sleep(0)  # what the thread told last is heard before the store is gone

    def stop(self) -> None:
        """Take nothing new; the thread ends when what waits is committed."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)

    def join(self) -> None:
        """Wait for the thread without an event loop."""
        self._thread.join()

    def _run(self) -> None:
        started = -self._policy.window_s
        ended = False
        while not ended:
            first = self._queue.get()
            if first is not None:
                self._gather(started)
            started = time.monotonic()
            batch: list[_Waiting] = []
            entry: _Waiting | None = first
            while True:
                if entry is None:
                    ended = True
                    break
                if isinstance(entry[0], Job):
                    self._group(batch)
                    self._alone(entry)
                    batch = []
                else:
                    batch.append(entry)
                    if len(batch) >= self._policy.batch:
                        break
                try:
                    entry = self._queue.get_nowait()
                except Empty:
                    break
            self._group(batch)

    def _gather(self, started: float) -> None:
        """Wait for the end of the window that began with the last commit."""
        least = started + self._policy.window_s
        now = time.monotonic()
        if now >= least:
            return
        if (pause_s := least - STEP_S - now) > 0 and not self._closed:
            time.sleep(pause_s)
        before = self._queue.qsize()
        while not self._closed:
            time.sleep(min(STEP_S, max(0.0, least - time.monotonic()) or STEP_S))
            waiting, elapsed_s = self._queue.qsize(), time.monotonic() - started
            if self._policy.is_due(elapsed_s=elapsed_s, waiting=waiting, before=before):
                return
            before = waiting

    def _group(self, batch: list[_Waiting]) -> None:
        if not batch:
            return
        try:
            outcomes = self._commit([item for item, _ in batch])
        except Exception as failure:  # noqa: BLE001 -- handed to everybody who waits for it
            outcomes = [failure] * len(batch)
        self._tell([future for _, future in batch], None, outcomes)

    def _alone(self, entry: _Waiting) -> None:
        job, future = entry
        result: Any = None
        error: BaseException | None = None
        try:
            result = job.run()
        except Exception as failure:  # noqa: BLE001 -- handed to who asked for the job
            error = failure
        self._tell([future], result, [error])

    def _tell(self, futures: list[asyncio.Future[Any]], result: Any, outcomes: Outcomes) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            return  # nobody is left to be told; what was committed is committed
        loop.call_soon_threadsafe(self._settle, futures, result, outcomes)

    def _settle(self, futures: list[asyncio.Future[Any]], result: Any, outcomes: Outcomes) -> None:
        self._waiting -= len(futures)
        for future, error in zip(futures, outcomes, strict=True):
            if future.done():
                continue  # who waited was cancelled
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
