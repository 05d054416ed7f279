"""The nightly reckoning: whole days as run, beside unmanaged and the best that was possible."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime

import structlog

from ampherd.whatif.days import missing_days, peaks_before, read_day, record_of
from analytics.store import Store
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.errors import AmpherdError
from ocpp_core.domain.site import Site
from ocpp_core.domain.tariff import SiteTariff
from optimizer.replay import Day, DayQuality, quality_of

log = structlog.get_logger(__name__)

MOST_DAYS = 31
"""Days without a reckoning that are made up for in one night, and the rest of their month."""
_NICENESS = 10


class Reckoning:
    """Reckons days that are over, one after the other, in a process that yields to all others."""

    def __init__(
        self, *, store: Store, clock: Clock, site: Site, tariff: SiteTariff | None
    ) -> None:
        self._store = store
        self._clock = clock
        self._site = site
        self._tariff = tariff

    async def run(self) -> int:
        """Reckon every day that lacks it; return their number."""
        days = await asyncio.to_thread(self._missing, self._clock.now())
        if not days:
            return 0
        done = 0
        pool = ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_yielding,
        )
        try:
            failed: set[tuple[int, int]] = set()
            for day in days:
                # A month's days go on from each other.
                if (day.year, day.month) in failed:
                    continue
                found = await asyncio.to_thread(self._read, day)
                quality = await self._reckon(pool, found)
                if quality is None:
                    failed.add((day.year, day.month))
                    continue
                if quality.unpriced_h > 0:
                    log.warning(
                        "prices were missing when a day was reckoned: the last known count",
                        day=str(day),
                        hours=quality.unpriced_h,
                    )
                await self._store.record(record_of(quality, self._site.currency))
                done += 1
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return done

    async def _reckon(self, pool: ProcessPoolExecutor, day: Day) -> DayQuality | None:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(pool, quality_of, day)
        except AmpherdError as error:
            log.warning("a day was not reckoned", day=str(day.day), why=str(error))
            return None

    def _missing(self, now: datetime) -> tuple[date, ...]:
        with self._store.reader() as reader:
            return missing_days(reader, now=now, most=MOST_DAYS)

    def _read(self, day: date) -> Day:
        with self._store.reader() as reader:
            before = peaks_before(reader, day)
            return read_day(reader, self._site, self._tariff, day, before)


def _yielding() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICENESS)
