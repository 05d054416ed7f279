"""Keeps a running store to what its policy says, a step at a time, so that messages never wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Concatenate

import duckdb

from analytics.database import Database
from analytics.retention.archive import (
    due_days,
    forget_files,
    merge_month,
    missing_files,
    next_part,
    take_over,
    take_over_month,
    whole_months,
    write_day,
)
from analytics.retention.days import roll_days
from analytics.retention.rollups import forget_minutes, roll_up
from analytics.retention.size import StorageSize, measure, record
from analytics.store import Store

GIB = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """How long the database keeps what."""

    raw_days: int = 90
    """Raw frames, readings and plans stay in the database that long, then go to the archive."""
    minute_days: int = 400
    """Minutes of the roll-ups are kept that long; quarters of an hour and days for ever."""
    archive_days: int | None = None
    """Files of the archive are deleted after that long; None: never."""
    size_budget_bytes: int = 50 * GIB
    """Database, log and archive together should stay below; beyond it there is an alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """What one run moved and deleted."""

    days_archived: int
    rows_archived: int
    files_deleted: int
    minutes_deleted: int


class Keeper:
    """Rolls up, archives and measures a store; every method belongs to the store's event loop."""

    def __init__(self, store: Store, policy: RetentionPolicy) -> None:
        self._store = store
        self._policy = policy
        self._missing: list[str] = []
        self.size: StorageSize | None = None
        """As last measured."""

    async def roll_up(self) -> None:
        """Roll up all readings that came since the last time, and the days that are due."""
        zone = self._store.site.timezone
        while await self._write(roll_up, zone, self._store.now()):
            pass
        while await self._write(roll_days, zone, self._store.now()):
            pass

    async def tidy(self) -> Tidied:
        """Archive what is old enough, let go of what is too old; raises StoreError.

        A day to which rows come meanwhile is left for the next run.
        """
        await self.roll_up()  # what leaves the table must be in the roll-ups
        policy, path, now = self._policy, self._store.path, self._store.now()
        days = rows = 0
        for table, day in await self._write(due_days, now - timedelta(days=policy.raw_days)):
            part = await self._write(next_part, table, day)
            written = await self._beside(write_day, path, table, day, part)
            if await self._write(take_over, written, now):
                days, rows = days + 1, rows + written.row_count
        for table, month in await self._write(whole_months):
            merged = await self._beside(merge_month, path, table, month, now)
            await self._write(take_over_month, merged, now)
        files: list[str] = []
        if policy.archive_days is not None:
            oldest = (now - timedelta(days=policy.archive_days)).date()
            files = await self._write(forget_files, oldest)
        minutes = await self._write(forget_minutes, now - timedelta(days=policy.minute_days))
        return Tidied(
            days_archived=days,
            rows_archived=rows,
            files_deleted=len(files),
            minutes_deleted=minutes,
        )

    async def measure(self) -> StorageSize:
        """Measure the size on disk and keep it with the data."""
        size = await self._beside(measure, self._store.path)
        self._missing = await self._write(missing_files)
        await self._write(record, size, self._policy.size_budget_bytes, self._store.now())
        self.size = size
        return size

    def alarms(self) -> tuple[str, ...]:
        """Say what needs a person."""
        found = []
        if self.size is not None and self.size.total_bytes > self._policy.size_budget_bytes:
            found.append(
                f"the database takes {self.size.total_bytes / GIB:.1f} GiB of the "
                f"{self._policy.size_budget_bytes / GIB:.1f} GiB of retention.size_budget_gib: "
                "lower retention.raw_days, set retention.archive_days, or raise the budget"
            )
        if self._missing:
            found.append(
                f"{len(self._missing)} files of the archive are missing, first {self._missing[0]}: "
                "questions about that time fail until they are put back"
            )
        return tuple(found)

    async def _write[**P, T](
        self, work: Callable[Concatenate[Database, P], T], *args: P.args, **named: P.kwargs
    ) -> T:
        """Do work on the writer thread."""
        done: T = await self._store.run(lambda database, _: work(database, *args, **named))
        return done

    async def _beside[**P, T](
        self,
        work: Callable[Concatenate[duckdb.DuckDBPyConnection, P], T],
        *args: P.args,
        **named: P.kwargs,
    ) -> T:
        """Do work on a cursor of its own in a thread, while the writer goes on."""
        cursor = await self._write(lambda database: database.connection.cursor())
        try:
            return await asyncio.to_thread(work, cursor, *args, **named)
        finally:
            cursor.close()
