"""Writes DuckDB's log into the database file beside the commits, not within one of them.

A checkpoint that joins row groups keeps out whoever appends, for as long as it takes to write up to
122,880 rows anew; one that does not lets commits go on. So rows are joined only where little is
written. See docs/decisions/0033.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import duckdb

LOG_BYTES = 16 * 1024 * 1024
"""A longer log is written into the file."""
LONGEST_LOG = "64MB"
"""DuckDB does it within a commit when the log has grown to this all the same: recovery is bounded.
But for commits while a backup is copied."""
_JOINED = 1
"""Row groups of each table that one checkpoint makes of smaller ones: up to 0.5 s of work."""
_QUIET_S = 60.0
"""Least time for a log to grow, for rows to be joined at its end: 160 MeterValues a second, of
which less than one in a hundred waits for it."""


class Checkpoints:
    """The checkpoints of one file. Only the writer thread calls the methods."""

    def __init__(
        self,
        path: Path,
        *,
        log_bytes: int = LOG_BYTES,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = path.with_name(f"{path.name}.wal")
        self._log_bytes = log_bytes
        self._monotonic_s = monotonic_s
        self._began_s = monotonic_s()
        self._thread: threading.Thread | None = None
        self._held = False

    @staticmethod
    def settings() -> dict[str, str | int]:
        """Return with what DuckDB is to open the file."""
        return {"wal_autocheckpoint": LONGEST_LOG, "max_vacuum_tasks": 0}

    def committed(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Begin a checkpoint when the log is long enough and none is under way."""
        if self._held or (self._thread is not None and self._thread.is_alive()):
            return
        try:
            size = self._log.stat().st_size
        except OSError:
            return  # there is no log
        if size < self._log_bytes:
            return
        now_s = self._monotonic_s()
        quiet, self._began_s = now_s - self._began_s >= _QUIET_S, now_s
        self._thread = threading.Thread(
            target=_checkpoint,
            args=(connection.cursor(), _JOINED if quiet else 0),
            name="checkpoint",
            daemon=True,
        )
        self._thread.start()

    def wait(self) -> None:
        """Wait for the end of a checkpoint that is under way."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def hold(self) -> None:
        """Begin none until `release`, and wait for the one that is under way."""
        self._held = True
        self.wait()

    def release(self) -> None:
        """Begin checkpoints again."""
        self._held = False


def _checkpoint(cursor: duckdb.DuckDBPyConnection, joined: int) -> None:
    # What fails here is tried again after the next commit; if it goes on, the log grows until
    # DuckDB does it within a commit, which fails with the reason.
    with suppress(duckdb.Error), cursor:
        if joined:
            cursor.execute(f"SET GLOBAL max_vacuum_tasks = {joined}")
        try:
            cursor.execute("CHECKPOINT")
        finally:
            if joined:
                cursor.execute("SET GLOBAL max_vacuum_tasks = 0")
