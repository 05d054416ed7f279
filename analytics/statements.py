"""Statements of readers inside the process that writes: how long, how many, with what memory.

DuckDB has one memory limit and one pool of threads for the whole process, and no limit on the
time of a statement. So each statement of a reader is run here, to its end, into a table of an
in-memory database: on a cursor that can be interrupted, on a thread whose priority is lowered for
analysts. What is handed out afterwards is a scan of that table.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

import duckdb

from analytics.connection import read_only_check
from ocpp_core.domain.errors import NotReadOnlyError, ReaderError

RESULTS = "ampherd_results"
"""In-memory database of the results on their way to a reader."""

_TICK_S = 0.1
_RELIEF_S = 2.0
_NICER = 10
_LONGEST = 16 * 1024
"""Characters of a statement: while DuckDB plans it cannot be interrupted, and 32,000 columns take
it a minute."""
_SHOWS = ("describe", "desc", "show", "summarize")
_USED = """
    SELECT coalesce(sum(memory_usage_bytes), 0)::BIGINT
    FROM duckdb_memory() WHERE tag NOT IN ('BASE_TABLE', 'METADATA', 'EXTERNAL_FILE_CACHE')
"""
"""Memory that cannot be given up at once: pages of the database file are only a cache."""


class Caller(StrEnum):
    """Who reads."""

    PAGES = "pages"
    """The dashboards of this server."""
    ANALYST = "analyst"
    """Anybody else with a token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLimits:
    """What statements of readers may take."""

    timeout_s: float = 60.0
    """A statement that runs longer is interrupted, s."""
    wait_s: float = 10.0
    """A statement of an analyst that finds no free place within this is refused, s."""
    at_once: int = 2
    """Statements of analysts at the same time."""
    pages_at_once: int = 8
    """Statements of the dashboards at the same time."""
    memory_share: float = 0.7
    """Share of DuckDB's memory limit above which statements of analysts are interrupted."""


@dataclass(slots=True)
class _Running:
    caller: Caller
    text: str
    cursor: duckdb.DuckDBPyConnection
    why: ReaderError | None = None
    """Why it is being interrupted."""
    started: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def interrupt(self, why: ReaderError) -> None:
        self.why = self.why or why
        with suppress(duckdb.Error):
            self.cursor.interrupt()


class Statements:
    """Runs statements of readers within limits; safe to use from several threads."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, limits: StatementLimits) -> None:
        self._connection = connection
        self._limits = limits
        self._running: list[_Running] = []
        self._lock = threading.Lock()
        self._stopping = False
        self._number = 0
        self.counts = dict.fromkeys(
            ("sql_statements", "sql_refused", "sql_interrupted", "sql_failed"), 0
        )
        """What became of statements since the start."""
        row = connection.execute(
            "SELECT parse_formatted_bytes(current_setting('memory_limit'))"
        ).fetchone()
        self._memory = int(row[0] if row else 0) * limits.memory_share
        self._pools = {
            Caller.PAGES: ThreadPoolExecutor(limits.pages_at_once, "sql-pages"),
            Caller.ANALYST: ThreadPoolExecutor(limits.at_once, "sql-analyst", _be_nice),
        }

    @contextmanager
    def result(self, text: str, caller: Caller, gone: Callable[[], bool]) -> Iterator[str]:
        """Run a SELECT and give the name of the table that holds its result within the block.

        `gone` tells whether nobody waits any more. Raises NotReadOnlyError, ReaderError.
        """
        with self._lock:
            self._number += 1
            name = f"{RESULTS}.r{self._number}"
            self.counts["sql_statements"] += 1
        with self._connection.cursor() as cursor:
            self._check(cursor, text)
            running = _Running(caller, text, cursor)
            # A show is no statement that a table can be made of: it stands in FROM.
            shown = text.lstrip(" \t\r\n(").lower().startswith(_SHOWS)
            make = f"CREATE TABLE {name} AS " + (f"FROM ({text}\n)" if shown else text)
            self._run(running, make, gone)
            try:
                yield name
            finally:
                # Who reads on from it keeps what was in it.
                with suppress(duckdb.Error):
                    cursor.execute(f"DROP TABLE IF EXISTS {name}")

    def relieve(self) -> bool:
        """Interrupt what analysts run, because a commit found no memory; False: nothing ran."""
        with self._lock:
            running = [one for one in self._running if one.caller is Caller.ANALYST]
        for one in running:
            one.interrupt(_too_much())
        until = time.monotonic() + _RELIEF_S
        for one in running:
            one.ended.wait(max(0.0, until - time.monotonic()))
        return bool(running)

    def stop(self) -> None:
        """Interrupt everything and take nothing new."""
        self._stopping = True
        with self._lock:
            running = list(self._running)
        for one in running:
            one.interrupt(_stopping())
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)

    def _check(self, cursor: duckdb.DuckDBPyConnection, text: str) -> None:
        if len(text) > _LONGEST:
            self.counts["sql_refused"] += 1
            raise ReaderError(f"refused: a statement may have {_LONGEST:,} characters")
        row = cursor.execute(f"SELECT {read_only_check('$1::VARCHAR')}", [text]).fetchone()
        if row is None or not row[0]:
            self.counts["sql_refused"] += 1
            raise NotReadOnlyError(
                "refused: only one SELECT over tables is allowed here",
                hint="change data through the server: CLI or HTTP API",
            )

    def _run(self, running: _Running, make: str, gone: Callable[[], bool]) -> None:
        def work() -> None:
            running.started.set()
            if running.why is None:
                running.cursor.execute(make)

        try:
            future = self._pools[running.caller].submit(work)
        except RuntimeError:  # the pool was shut down
            raise _stopping() from None
        with self._lock:
            self._running.append(running)
        try:
            self._watch(running, future, gone)
        except duckdb.Error as error:
            self.counts["sql_interrupted" if running.why else "sql_failed"] += 1
            if running.why is not None:
                raise running.why from error
            if isinstance(error, duckdb.OutOfMemoryException):
                raise _too_much() from error
            raise ReaderError(str(error).strip()) from error
        finally:
            running.ended.set()
            with self._lock:
                self._running.remove(running)

    def _watch(self, running: _Running, future: Future[None], gone: Callable[[], bool]) -> None:
        limits = self._limits
        asked = time.monotonic()
        begun: float | None = None
        while True:
            try:
                future.result(_TICK_S)
            except TimeoutError:
                pass
            else:
                if running.why is not None:
                    raise running.why
                return
            now = time.monotonic()
            if running.started.is_set():
                begun = begun or now
            elif now - asked > limits.wait_s and future.cancel():
                self.counts["sql_refused"] += 1
                raise ReaderError(
                    f"refused: {limits.at_once} statements are running already",
                    hint="wait for them to end; [live_sql] at_once sets how many may run",
                )
            if self._stopping:
                running.interrupt(_stopping())
            elif gone():
                running.interrupt(ReaderError("interrupted: nobody waits for the answer"))
                if future.cancel():
                    raise running.why or _stopping()
            elif begun is not None and now - begun > limits.timeout_s:
                running.interrupt(
                    ReaderError(
                        f"interrupted: the statement took longer than {limits.timeout_s:g} s",
                        hint="ask for less at a time; [live_sql] timeout_s sets the limit",
                    )
                )
            elif running.caller is Caller.ANALYST and self._short_of_memory():
                running.interrupt(_too_much())

    def _short_of_memory(self) -> bool:
        try:
            with self._connection.cursor() as cursor:
                row = cursor.execute(_USED).fetchone()
        except duckdb.Error:
            return False
        return row is not None and row[0] > self._memory


def _too_much() -> ReaderError:
    return ReaderError(
        "interrupted: the statement needs more memory than readers may take",
        hint="ask for less at a time; [live_sql] memory_share and [store] memory_mb set the limit",
    )


def _stopping() -> ReaderError:
    return ReaderError("interrupted: the server is stopping", hint="try again in a moment")


def _be_nice() -> None:
    """Let everything else of the process go before this thread; only Linux can do that."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICER)
