"""Backups by the running server: on request, and by itself as the configuration says."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from ampherd.backup.making import Wanted, make_backup, prune
from ampherd.backup.manifest import backups_in
from ampherd.config import Config
from analytics.snapshot import frozen_file
from analytics.store import Store
from ocpp_core.domain.clock import SystemClock
from ocpp_core.domain.errors import AmpherdError

log = structlog.get_logger(__name__)

CHECK_INTERVAL_S = 300
"""How often the server looks whether a backup is due."""
_BYTES_PER_S = 100e6
"""A copy leaves the disk to commits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupState:
    """The backup that runs, or the last one."""

    state: str = "none"
    """`none` yet, `running`, `done` or `failed`."""
    started_at: datetime | None = None
    done_bytes: int = 0
    total_bytes: int = 0
    seconds: float = 0.0
    folder: str = ""
    """Where it is, once done."""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupEntry:
    """A finished backup."""

    folder: str
    made_at: datetime
    size_bytes: int
    scheduled: bool
    secrets: bool


class Backups:
    """Makes one backup at a time; times are of the wall clock."""

    def __init__(self, config: Config, store: Store) -> None:
        spec = config.spec.backup
        self._config = config
        self._store = store
        self._clock = SystemClock()
        self._keep = spec.keep
        self._every = None if spec.every_hours is None else timedelta(hours=spec.every_hours)
        self.folder = (config.path.absolute().parent / Path(spec.folder).expanduser()).resolve()
        self._task: asyncio.Task[None] | None = None
        self._failed = ""
        self._stopping = False
        self.state = BackupState()

    def start(self, *, secrets: bool = False, scheduled: bool = False) -> bool:
        """Begin a backup; False when one is running already."""
        if self._task is not None and not self._task.done():
            return False
        self.state = BackupState(state="running", started_at=self._clock.now())
        wanted = Wanted(
            folder=self.folder, secrets=secrets, scheduled=scheduled, bytes_per_s=_BYTES_PER_S
        )
        self._task = asyncio.create_task(self._run(wanted), name="backup")
        return True

    async def stop(self) -> None:
        """Give up a backup that runs, and wait until its files are let go."""
        if self._task is not None and not self._task.done():
            self._stopping = True
            await asyncio.gather(self._task, return_exceptions=True)

    async def tick(self) -> None:
        """Begin a backup when one is due."""
        if self._every is None:
            return
        entries = await asyncio.to_thread(self.entries)
        last = max((entry.made_at for entry in entries), default=None)
        if last is None or self._clock.now() - last >= self._every:
            self.start(secrets=self._config.spec.backup.secrets, scheduled=True)

    def entries(self) -> tuple[BackupEntry, ...]:
        """Return the finished backups of this site in the configured folder, oldest first."""
        return tuple(
            BackupEntry(
                folder=str(path),
                made_at=manifest.made_at,
                size_bytes=manifest.size_bytes,
                scheduled=manifest.scheduled,
                secrets=manifest.secrets,
            )
            for path, manifest in backups_in(self.folder)
            if manifest.site_id == self._config.site.site_id
        )

    def alarms(self) -> tuple[str, ...]:
        """Say that the last backup failed."""
        return (f"The last backup failed: {self._failed}",) if self._failed else ()

    async def _run(self, wanted: Wanted) -> None:
        begun = time.monotonic()
        try:
            async with frozen_file(self._store) as frozen:
                folder = await asyncio.to_thread(
                    make_backup,
                    self._config,
                    frozen,
                    wanted,
                    self._clock.now(),
                    started=self._started,
                    advance=self._advance,
                )
            if wanted.scheduled:
                site_id = self._config.site.site_id
                await asyncio.to_thread(prune, wanted.folder, site_id, self._keep)
        except (AmpherdError, OSError) as error:
            self._failed = f"{error}. {getattr(error, 'hint', '')}".strip()
            self._ended("failed", begun, error=self._failed)
            log.error("backup failed", reason=str(error))  # noqa: TRY400 -- the words are enough
            return
        self._failed = ""
        self._ended("done", begun, folder=str(folder))
        log.info("backup made", folder=str(folder), seconds=round(self.state.seconds, 1))

    def _started(self, total: int) -> None:
        self.state = BackupState(
            state="running", started_at=self.state.started_at, total_bytes=total
        )

    def _advance(self, count: int) -> None:
        if self._stopping:
            raise AmpherdError("the server is stopping")
        state = self.state
        self.state = BackupState(
            state="running",
            started_at=state.started_at,
            total_bytes=state.total_bytes,
            done_bytes=state.done_bytes + count,
        )

    def _ended(self, how: str, begun: float, *, folder: str = "", error: str = "") -> None:
        state = self.state
        self.state = BackupState(
            state=how,
            started_at=state.started_at,
            done_bytes=state.done_bytes,
            total_bytes=state.total_bytes,
            seconds=time.monotonic() - begun,
            folder=folder,
            error=error,
        )
