"""Rules of the clocks."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ocpp_core.domain.clock import AlarmClock, ManualClock, PacedClock, SystemClock, sleep

START = datetime(2026, 1, 1, tzinfo=UTC)


def paced(speed: float = 1e9) -> PacedClock:
    return PacedClock(START, speed)


async def test_sleepers_wake_in_order_each_at_exactly_its_instant() -> None:
    clock = paced()
    woken: list[tuple[float, datetime]] = []

    async def sleeper(seconds: float) -> None:
        await sleep(clock, seconds)
        woken.append((seconds, clock.now()))

    async with asyncio.TaskGroup() as group:
        for seconds in (30.0, 0.5, 12.25, 30.0, 1.0):
            group.create_task(sleeper(seconds))
        await clock.advance_to(START + timedelta(hours=1))

    assert [0.5, 1.0, 12.25, 30.0, 30.0] == [seconds for seconds, _ in woken]
    assert all(at == START + timedelta(seconds=seconds) for seconds, at in woken)
    assert clock.now() == START + timedelta(hours=1)


async def test_a_chain_of_sleeps_loses_no_time() -> None:
    clock = paced()

    async def chain() -> datetime:
        for _ in range(100):
            await sleep(clock, 0.1)
        return clock.now()

    chained = asyncio.create_task(chain())
    await clock.advance_to(START + timedelta(minutes=1))

    assert START + timedelta(seconds=10) == await chained


async def test_time_stands_still_while_anything_holds_it() -> None:
    clock = paced()
    running = asyncio.create_task(clock.run())
    with clock.hold(), clock.hold():
        held_at = clock.now()
        await asyncio.sleep(0.1)
        assert held_at == clock.now()
    await asyncio.wait_for(clock.sleep_until(held_at + timedelta(seconds=1)), 5)
    running.cancel()

    assert clock.now() >= held_at + timedelta(seconds=1)


async def test_a_hold_taken_by_a_woken_task_stops_the_next_sleeper() -> None:
    clock = paced()
    order: list[str] = []

    async def worker() -> None:
        await sleep(clock, 1)
        with clock.hold():
            for _ in range(50):
                await asyncio.sleep(0)
            assert clock.now() == START + timedelta(seconds=1)
            order.append("worked")

    async def other() -> None:
        await sleep(clock, 1.001)
        order.append("woken")

    async with asyncio.TaskGroup() as group:
        group.create_task(worker())
        group.create_task(other())
        await clock.advance_to(START + timedelta(seconds=2))

    assert ["worked", "woken"] == order


async def test_a_hold_that_fails_lets_time_pass_again() -> None:
    clock = paced()

    with pytest.raises(ZeroDivisionError), clock.hold():
        raise ZeroDivisionError

    await clock.advance_to(START + timedelta(seconds=1))
    assert clock.now() == START + timedelta(seconds=1)


async def test_cancelled_sleepers_are_skipped() -> None:
    clock = paced()
    sleeping = asyncio.create_task(sleep(clock, 1))
    await asyncio.sleep(0)
    sleeping.cancel()

    await clock.advance_to(START + timedelta(seconds=2))

    assert clock.now() == START + timedelta(seconds=2)
    assert sleeping.cancelled()


async def test_paced_time_is_not_faster_than_its_speed() -> None:
    clock = PacedClock(START, 50)
    loop = asyncio.get_running_loop()
    began = loop.time()
    running = asyncio.create_task(clock.run())
    await clock.sleep_until(START + timedelta(seconds=10))
    running.cancel()

    assert loop.time() - began >= 0.19


def test_a_paced_clock_needs_a_speed_and_a_time_zone() -> None:
    with pytest.raises(ValueError, match="above 0"):
        PacedClock(START, 0)
    with pytest.raises(ValueError, match="time zone"):
        PacedClock(START.replace(tzinfo=None), 1)


def clocks() -> list[AlarmClock]:
    return [paced(), ManualClock(START), SystemClock()]


@pytest.mark.parametrize("number", range(3))
async def test_a_passed_instant_does_not_wait(number: int) -> None:
    clock = clocks()[number]
    before = clock.now() - timedelta(seconds=1)

    assert clock.alarm(before).done()
    await asyncio.wait_for(clock.sleep_until(before), 1)
    with clock.hold():
        assert clock.now() >= before


@pytest.mark.parametrize("number", range(3))
async def test_an_alarm_may_be_finished_early_and_is_then_forgotten(number: int) -> None:
    clock = clocks()[number]
    rung = clock.alarm(clock.now() + timedelta(seconds=5))

    rung.set_result(None)
    await rung

    if isinstance(clock, PacedClock):
        await clock.advance_to(clock.now() + timedelta(seconds=10))
    elif isinstance(clock, ManualClock):
        clock.advance(10)


async def test_a_manual_clock_rings_when_it_is_moved() -> None:
    clock = ManualClock(START)
    rung = clock.alarm(START + timedelta(seconds=2))

    clock.advance(1)
    assert not rung.done()
    clock.advance(1)
    assert rung.done()
    await clock.sleep_until(START + timedelta(seconds=9))
    assert clock.now() == START + timedelta(seconds=9)


async def test_the_system_clock_wakes_no_earlier_than_asked() -> None:
    clock = SystemClock()
    instant = clock.now() + timedelta(milliseconds=30)

    await clock.sleep_until(instant)

    assert clock.now() >= instant
    assert clock.now().tzinfo is UTC


async def test_the_system_clock_follows_a_clock_that_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = SystemClock()
    monkeypatch.setattr(SystemClock, "_LOOK_AGAIN_S", 0.01)
    now = clock.now()
    waiting = asyncio.create_task(clock.sleep_until(now + timedelta(hours=1)))
    await asyncio.sleep(0.02)
    assert not waiting.done()

    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=2))

    await asyncio.wait_for(waiting, 5)
