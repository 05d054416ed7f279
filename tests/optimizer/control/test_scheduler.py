"""Jobs at their times, and plans when something happened: both by our clock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from ocpp_core.domain.clock import ManualClock
from optimizer.control.scheduler import ReplanLoop, Scheduler

START = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


class SteppedClock(ManualClock):
    """Sleepers wait until the clock is moved on, each at its own instant."""

    async def sleep_until(self, instant: datetime) -> None:
        await self.alarm(instant)

    async def run_for(self, seconds: float, *, step_s: float = 1.0) -> None:
        end = self.now() + timedelta(seconds=seconds)
        while self.now() < end:
            self.advance(min(step_s, (end - self.now()).total_seconds()))
            await spin()


async def spin(turns: int = 10) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


class Noted:
    """A job that notes when it ran; may take long or fail."""

    def __init__(self, clock: SteppedClock, *, takes_s: float = 0, fails: bool = False) -> None:
        self.clock, self.takes_s, self.fails = clock, takes_s, fails
        self.at: list[datetime] = []
        self.at_once = self.most_at_once = 0

    async def __call__(self) -> None:
        self.at.append(self.clock.now())
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self.takes_s:
            await self.clock.sleep_until(self.clock.now() + timedelta(seconds=self.takes_s))
        self.at_once -= 1
        if self.fails:
            raise RuntimeError("on purpose")

    @property
    def seconds(self) -> list[float]:
        return [(at - START).total_seconds() for at in self.at]


async def test_a_periodic_job_runs_at_its_interval_of_our_clock() -> None:
    clock = SteppedClock(START)
    scheduler, job = Scheduler(clock), Noted(clock)
    scheduler.every(60, "sample", job)
    async with scheduler:
        await spin()
        await clock.run_for(200)

    assert [60, 120, 180] == job.seconds


async def test_a_start_may_be_given() -> None:
    clock = SteppedClock(START)
    scheduler, job = Scheduler(clock), Noted(clock)
    scheduler.every(900, "quarter", job, start=START)
    async with scheduler:
        await spin()
        await clock.run_for(1000, step_s=50)

    assert [0, 900] == job.seconds


async def test_a_cron_job_keeps_local_time_through_the_change_to_summer_time() -> None:
    clock = SteppedClock(START)  # 23:30 in Berlin, the night in which 2:00 becomes 3:00
    scheduler, job = Scheduler(clock), Noted(clock)
    scheduler.cron("daily", job, timezone=BERLIN, expression="5 0 * * *")
    async with scheduler:
        await spin()
        await clock.run_for(2 * 86_400, step_s=300)

    assert ["29 00:05", "30 00:05"] == [f"{at.astimezone(BERLIN):%d %H:%M}" for at in job.at[:2]]
    assert timedelta(hours=23) == job.at[1] - job.at[0]


@pytest.mark.parametrize(
    ("start", "expression", "expected"),
    [
        ("2026-03-28 23:00", "30 2 * * *", ["29 03:30 +0200", "30 02:30 +0200"]),
        ("2026-10-24 23:00", "30 2 * * *", ["25 02:30 +0200", "26 02:30 +0100"]),
        ("2026-10-25 00:45", "30 2 * * *", ["26 02:30 +0100", "27 02:30 +0100"]),
        ("2026-10-24 23:00", "0 0 * * *", ["26 00:00 +0100", "27 00:00 +0100"]),
    ],
    ids=["left out", "twice", "in the repeated hour", "midnight"],
)
async def test_a_cron_job_runs_once_a_day_when_clocks_change(
    start: str, expression: str, expected: list[str]
) -> None:
    clock = SteppedClock(datetime.fromisoformat(start).replace(tzinfo=UTC))
    scheduler, job = Scheduler(clock), Noted(clock)
    scheduler.cron("nightly", job, timezone=BERLIN, expression=expression)
    async with scheduler:
        await spin()
        await clock.run_for(2.2 * 86_400, step_s=300)

    assert expected == [f"{at.astimezone(BERLIN):%d %H:%M %z}" for at in job.at[:2]]


async def test_a_job_that_fails_is_counted_and_runs_again() -> None:
    clock = SteppedClock(START)
    scheduler, job = Scheduler(clock), Noted(clock, fails=True)
    kept = scheduler.every(10, "broken", job)
    async with scheduler:
        await spin()
        await clock.run_for(35)

    assert (3, 3) == (kept.runs, kept.errors)


async def test_a_slow_job_never_runs_twice_at_once_and_makes_nothing_up() -> None:
    clock = SteppedClock(START)
    scheduler, job = Scheduler(clock), Noted(clock, takes_s=25)
    kept = scheduler.every(10, "slow", job)
    async with scheduler:
        await spin()
        await clock.run_for(100)

    assert [10, 40, 70, 100] == job.seconds
    assert 1 == job.most_at_once
    assert 3 == kept.late


async def test_one_job_does_not_wait_for_another() -> None:
    clock = SteppedClock(START)
    scheduler, slow, quick = Scheduler(clock), Noted(clock, takes_s=1000), Noted(clock)
    scheduler.every(10, "slow", slow)
    scheduler.every(10, "quick", quick)
    async with scheduler:
        await spin()
        await clock.run_for(30)

    assert [10, 20, 30] == quick.seconds


async def test_a_job_may_be_added_while_others_run() -> None:
    clock = SteppedClock(START)
    scheduler, job = Scheduler(clock), Noted(clock)
    async with scheduler:
        scheduler.every(10, "late", job)
        await spin()
        await clock.run_for(10)

    assert [10] == job.seconds
    assert ["late"] == [j.name for j in scheduler.jobs]


async def test_jobs_have_different_names_and_intervals_above_zero() -> None:
    scheduler = Scheduler(SteppedClock(START))
    scheduler.every(10, "one", Noted(SteppedClock(START)))

    with pytest.raises(ValueError, match="already a job one"):
        scheduler.every(10, "one", Noted(SteppedClock(START)))
    with pytest.raises(ValueError, match="above 0 s"):
        scheduler.every(0, "two", Noted(SteppedClock(START)))


async def test_stopping_ends_every_job() -> None:
    clock = SteppedClock(START)
    scheduler, job = Scheduler(clock), Noted(clock, takes_s=1000)
    scheduler.every(10, "slow", job)
    await scheduler.start()
    await spin()
    await clock.run_for(20)

    await scheduler.stop()

    assert {asyncio.current_task()} == asyncio.all_tasks()


# Planning -------------------------------------------------------------------------------------


async def test_plans_are_made_at_the_start_and_at_least_every_so_often() -> None:
    clock = SteppedClock(START)
    plan = Noted(clock)
    async with ReplanLoop(clock, plan, replan_s=300) as loop:
        await spin()
        await clock.run_for(905)

        assert [1, 301, 601, 901] == plan.seconds
        assert ("time",) == loop.last_causes
        assert 4 == loop.plans


async def test_events_close_together_give_one_plan() -> None:
    clock = SteppedClock(START)
    plan = Noted(clock)
    async with ReplanLoop(clock, plan) as loop:
        await spin()
        await clock.run_for(10)
        for cause in ("plugged in A/1", "plugged in B/1", "plugged in A/1"):
            loop.trigger(cause)
            await spin()
        await clock.run_for(10)

        assert [1, 11] == plan.seconds
        assert ("plugged in A/1", "plugged in B/1") == loop.last_causes


async def test_events_during_a_plan_cause_one_more_and_never_two_at_once() -> None:
    clock = SteppedClock(START)
    plan = Noted(clock, takes_s=5)
    async with ReplanLoop(clock, plan) as loop:
        await spin()
        await clock.run_for(2)
        loop.trigger("limit")
        await clock.run_for(1)
        loop.trigger("need")
        await clock.run_for(30)
        await loop.settled()

        assert [1, 7] == plan.seconds
        assert ("limit", "need") == loop.last_causes
    assert 1 == plan.most_at_once


async def test_a_plan_that_fails_is_counted_and_the_next_one_made() -> None:
    clock = SteppedClock(START)
    plan = Noted(clock, fails=True)
    async with ReplanLoop(clock, plan, replan_s=60) as loop:
        await spin()
        await clock.run_for(70)

        assert (2, 2) == (loop.plans, loop.errors)


async def test_a_stopped_loop_leaves_no_task() -> None:
    clock = SteppedClock(START)
    loop = ReplanLoop(clock, Noted(clock, takes_s=100))
    await loop.start()
    await spin()
    await clock.run_for(5)

    await loop.stop()

    assert {asyncio.current_task()} == asyncio.all_tasks()


async def test_a_job_that_keeps_failing_is_told_once_and_once_more_when_it_works_again() -> None:
    clock = SteppedClock(START)
    scheduler = Scheduler(clock)
    left = 3

    async def work() -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise ValueError("full")

    scheduler.every(10, "store it", work)
    with capture_logs() as told:
        await scheduler.start()
        await clock.run_for(60)
        await scheduler.stop()

    assert [("error", None), ("warning", 3)] == [(t["log_level"], t.get("failed")) for t in told]
