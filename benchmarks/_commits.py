"""The writer alone: batches handed to its commit one after the other, without an event loop."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from pathlib import Path
from typing import Any

from analytics.places import DuckDbFile
from analytics.store import Store
from analytics.writer import Outcomes
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.site import Site
from ocpp_core.domain.tariff import DriverTariff


class TimedStore(Store):
    """A store that notes how long each commit took."""

    durations_s: list[float]

    def _commit(self, batch: Sequence[Any]) -> Outcomes:
        begun = time.perf_counter()
        outcomes = super()._commit(batch)
        self.durations_s.append(time.perf_counter() - begun)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome
        return outcomes

    def commit(self, batch: Sequence[StoredMessage]) -> None:
        """Commit messages on this thread, while nobody else hands any over."""
        self._commit(batch)

    def checkpointed(self) -> None:
        """Wait for a checkpoint that is under way."""
        if isinstance(self._database.place, DuckDbFile):
            self._database.place.checkpoints.wait()


def timed_store(path: Path, site: Site, tariff: DriverTariff, now: datetime) -> TimedStore:
    """Open a store as the server does."""
    store = TimedStore.open(path, site=site, driver_tariff=tariff, clock=ManualClock(now))
    store.durations_s = []
    return store


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What writing took."""

    messages: int
    wall_s: float
    """Of the commits, and of the last checkpoint that they began."""
    cpu_s: float
    """Of all threads but for making the messages."""
    durations_s: list[float] = field(default_factory=list)
    """Of each commit."""

    def per_s(self, values: int) -> float:
        """Return values stored a second, given those of a message."""
        return self.messages * values / self.wall_s

    def per_cpu_s(self, values: int) -> float:
        """Return values stored a second of CPU."""
        return self.messages * values / self.cpu_s


def write(make: Callable[[], TimedStore], messages: Iterable[StoredMessage], batch: int) -> Written:
    """Write messages in batches of one size."""

    async def measured() -> Written:
        store = make()
        count, making_cpu, wall = 0, 0.0, 0.0
        gc.collect()
        begun_cpu, making = time.process_time(), time.thread_time()
        for items in batched(messages, batch):
            making_cpu += time.thread_time() - making
            begun = time.perf_counter()
            store.commit(items)
            wall += time.perf_counter() - begun
            count += len(items)
            making = time.thread_time()
        begun = time.perf_counter()
        store.checkpointed()
        wall += time.perf_counter() - begun
        cpu = time.process_time() - begun_cpu - making_cpu
        durations_s = list(store.durations_s)
        await store.close()
        return Written(messages=count, wall_s=wall, cpu_s=cpu, durations_s=durations_s)

    return asyncio.run(measured())
