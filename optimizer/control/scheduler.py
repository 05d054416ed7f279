"""When things run: periodic jobs, and re-planning on events.

Times come from APScheduler's triggers, waiting from our clock: APScheduler's own scheduler follows
the wall clock only, and simulated sites live in simulated time (docs/decisions/0011).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from ocpp_core.domain.clock import AlarmClock
from ocpp_core.domain.lifecycle import Startable

log = structlog.get_logger(__name__)

type Work = Callable[[], Awaitable[None]]

_INSTANT = timedelta(microseconds=1)


class _Trigger(Protocol):
    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None: ...


class _WallTime:
    """A cron trigger that counts wall time, and leaves the change of clocks to the zone.

    APScheduler 3.11 counts days of 24 hours across the change to summer time, and so skips the
    next day's run of a job that is due within the first hour of the day.
    """

    def __init__(self, expression: str, timezone: ZoneInfo) -> None:
        self._cron: _Trigger = CronTrigger.from_crontab(expression, timezone=UTC)
        self._timezone = timezone

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """Return the first instant at or after `now` at which a matching local time begins.

        A time that the change to summer time leaves out comes an hour later; of the two of the
        change back, the first one counts.
        """
        del previous_fire_time
        wall = now.astimezone(self._timezone).replace(tzinfo=UTC, fold=0)
        while True:
            found = self._cron.get_next_fire_time(None, wall)
            if found is None:
                return None
            at = found.replace(tzinfo=self._timezone).astimezone(UTC)
            if at >= now:
                return at
            wall = found + _INSTANT


@dataclass(slots=True)
class Job:
    """Work that comes back, and how it fared."""

    name: str
    trigger: _Trigger
    work: Work
    runs: int = 0
    errors: int = 0
    failing: int = 0
    """How often it failed since it last worked."""
    failed_by: type[Exception] | None = None
    """What it failed by the last time; None: it worked."""
    late: int = 0
    """How often a time passed while it was still running; such times are not made up for."""
    next_at: datetime | None = None


class Scheduler(Startable):
    """Runs jobs at their times; a job never runs twice at once, and its errors end nothing."""

    def __init__(self, clock: AlarmClock) -> None:
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._started = False

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Every job, in the order in which they were added."""
        return tuple(self._jobs.values())

    def every(self, seconds: float, name: str, work: Work, *, start: datetime | None = None) -> Job:
        """Run `work` every `seconds`, first after one interval or at `start`."""
        if seconds <= 0:
            raise ValueError(f"job {name}: the interval must be above 0 s, not {seconds:g}")
        first = start or self._clock.now() + timedelta(seconds=seconds)
        return self._add(name, IntervalTrigger(seconds=seconds, start_date=first), work)

    def cron(self, name: str, work: Work, *, timezone: ZoneInfo, expression: str) -> Job:
        """Run `work` at the local times of a crontab expression, e.g. `5 0 * * *` at 00:05."""
        return self._add(name, _WallTime(expression, timezone), work)

    def _add(self, name: str, trigger: _Trigger, work: Work) -> Job:
        if name in self._jobs:
            raise ValueError(f"there is already a job {name}")
        job = self._jobs[name] = Job(name=name, trigger=trigger, work=work)
        if self._started:
            self._launch(job)
        return job

    async def start(self) -> None:
        """Start every job; jobs added later start at once."""
        if not self._started:
            self._started = True
            for job in self.jobs:
                self._launch(job)

    async def stop(self) -> None:
        """End every job, also one that is running."""
        self._started = False
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _launch(self, job: Job) -> None:
        self._tasks[job.name] = asyncio.create_task(self._run(job), name=f"job {job.name}")

    async def _run(self, job: Job) -> None:
        job.next_at = _next_time(job.trigger, self._clock.now() - _INSTANT)
        while job.next_at is not None:
            due = job.next_at
            await self._clock.sleep_until(due)
            await _guarded(job)
            now = self._clock.now()
            job.next_at = _next_time(job.trigger, due)
            if job.next_at is not None and job.next_at < now:
                job.late += 1
                job.next_at = _next_time(job.trigger, now - _INSTANT)


async def _guarded(job: Job) -> None:
    job.runs += 1
    try:
        await job.work()
    except Exception as error:
        job.errors += 1
        job.failing += 1
        if type(error) is not job.failed_by:
            log.exception("job failed; more of the same are only counted", job=job.name)
        job.failed_by = type(error)
    else:
        if job.failing:
            log.warning("job works again", job=job.name, failed=job.failing)
        job.failing, job.failed_by = 0, None


def _next_time(trigger: _Trigger, after: datetime) -> datetime | None:
    """Return the first time strictly after an instant, UTC."""
    at = trigger.get_next_fire_time(None, after + _INSTANT)
    return None if at is None else at.astimezone(UTC)


class ReplanLoop(Startable):
    """Plans when something happened, and at least every so often; never two plans at once.

    What happens while a plan is being made causes one more, however much it was.
    """

    def __init__(
        self,
        clock: AlarmClock,
        replan: Work,
        *,
        replan_s: float = 300.0,
        settle_s: float = 1.0,
    ) -> None:
        self._clock, self._replan = clock, replan
        self._replan_s, self._settle_s = replan_s, settle_s
        self._causes: list[str] = []
        self._alarm: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self.plans = 0
        """Plans asked for, whatever came of them."""
        self.errors = 0
        self.last_causes: tuple[str, ...] = ()
        """Why the last plan was made."""

    def trigger(self, cause: str) -> None:
        """Ask for a plan soon; several asks within the settling time give one plan."""
        self._causes.append(cause)
        self._idle.clear()
        if self._alarm is not None and not self._alarm.done():
            self._alarm.set_result(None)

    async def start(self) -> None:
        """Start; the first plan is made after the settling time."""
        if self._task is None:
            self.trigger("start")
            self._task = asyncio.create_task(self._run(), name="replan")

    async def stop(self) -> None:
        """End the loop; a plan under way is abandoned."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def settled(self) -> None:
        """Return when every event so far is in a plan."""
        await self._idle.wait()

    async def _run(self) -> None:
        while True:
            if not self._causes:
                self._idle.set()
                self._alarm = self._clock.alarm(
                    self._clock.now() + timedelta(seconds=self._replan_s)
                )
                await self._alarm
                self._alarm = None
            if self._causes:  # else the time is up, and there is nothing to settle
                await self._clock.sleep_until(self._clock.now() + timedelta(seconds=self._settle_s))
            self.last_causes = tuple(dict.fromkeys(self._causes)) or ("time",)
            self._causes.clear()
            self._idle.clear()
            self.plans += 1
            try:
                await self._replan()
            except Exception:
                self.errors += 1
                log.exception("planning failed", causes=self.last_causes)
