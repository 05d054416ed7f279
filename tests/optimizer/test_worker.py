"""A plan comes back whatever happens to the process that makes it."""

import asyncio
import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

import optimizer
from ocpp_core.domain.plan import Fallback, Optimal, PlanOptions, SiteSnapshot
from optimizer import check, wire
from optimizer.worker import PlanWorker
from tests.optimizer.builders import car, circuit, site, snapshot

ROOT = Path(__file__).parents[2]


@pytest.fixture
def taken() -> SiteSnapshot:
    on = site(circuit("main", limit_a=40), connectors={"CP-1": "main", "CP-2": "main"})
    return snapshot(on, car("CP-1", kwh=20, hours=3), car("CP-2", kwh=20, hours=3))


@pytest.fixture
async def worker() -> AsyncIterator[PlanWorker]:
    async with PlanWorker() as started:
        yield started


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_the_worker_plans_as_this_process_does(
    worker: PlanWorker, taken: SiteSnapshot
) -> None:
    here = optimizer.plan(taken)
    there = await worker.plan(taken)

    assert isinstance(there, Optimal)
    assert replace(here.plan, solve_s=0) == replace(there.plan, solve_s=0)


async def test_a_worker_that_died_is_replaced(worker: PlanWorker, taken: SiteSnapshot) -> None:
    first = worker.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)

    outcomes = [await worker.plan(taken) for _ in range(2)]

    assert isinstance(outcomes[-1], Optimal)
    assert () == check.findings(taken, outcomes[0].plan)
    assert 1 == worker.restarts
    assert worker.pid not in {None, first}


async def test_a_plan_that_takes_too_long_is_replaced_by_a_named_fallback(
    worker: PlanWorker, taken: SiteSnapshot
) -> None:
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGSTOP)
    worker.deadline_s = 0.05

    outcome = await worker.plan(taken)
    worker.deadline_s = 30.0
    next_one = await worker.plan(taken)

    assert isinstance(outcome, Fallback)
    assert outcome.why.startswith("no plan within 0.05 s for ")
    assert "planning.horizon_s" in outcome.why
    assert () == check.findings(taken, outcome.plan)
    assert isinstance(next_one, Optimal)


async def test_plans_asked_for_at_once_are_each_answered(
    worker: PlanWorker, taken: SiteSnapshot
) -> None:
    fewer = replace(taken, sessions=taken.sessions[:1])

    both = await asyncio.gather(worker.plan(taken), worker.plan(fewer))

    assert [2, 1] == [len({slot.ref for slot in outcome.plan.slots}) for outcome in both]


async def test_giving_up_on_a_plan_does_not_spoil_the_next(
    worker: PlanWorker, taken: SiteSnapshot
) -> None:
    fewer = replace(taken, sessions=taken.sessions[:1])
    given_up = asyncio.create_task(worker.plan(taken))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up

    outcome = await worker.plan(fewer)

    assert 1 == len({slot.ref for slot in outcome.plan.slots})


async def test_a_site_that_changes_reaches_the_worker(
    worker: PlanWorker, taken: SiteSnapshot
) -> None:
    root = taken.site.circuits[0]
    narrow = replace(taken, site=replace(taken.site, circuits=(replace(root, limit_a=10),)))

    outcomes = [await worker.plan(each) for each in (taken, taken, narrow, taken)]

    highest = [max(slot.current_a for slot in outcome.plan.slots) for outcome in outcomes]
    assert highest == [highest[0], highest[0], 10.0, highest[0]]
    assert highest[0] > 10


async def test_a_plan_that_needs_more_memory_than_allowed_is_a_named_fallback(
    taken: SiteSnapshot,
) -> None:
    async with PlanWorker(memory_mb=0) as worker:
        outcome = await worker.plan(taken)

    assert isinstance(outcome, Fallback)
    assert () == check.findings(taken, outcome.plan)


async def test_what_crosses_is_what_was_sent(taken: SiteSnapshot) -> None:
    outcome = optimizer.plan(taken)
    sender, receiver = wire.Sender(), wire.Receiver()

    requests = [receiver.unpack(sender.pack(n, taken, PlanOptions())) for n in (1, 2)]

    assert requests == [(1, taken, PlanOptions()), (2, taken, PlanOptions())]
    assert (7, outcome) == wire.unpack_outcome(wire.pack_outcome(7, outcome))


async def test_stopping_ends_the_process(taken: SiteSnapshot) -> None:
    worker = PlanWorker()
    await worker.start()
    pid = worker.pid
    assert pid is not None

    await worker.stop()

    assert not alive(pid)
    assert worker.pid is None


async def test_ctrl_c_is_left_to_the_parent(worker: PlanWorker, taken: SiteSnapshot) -> None:
    assert worker.pid is not None
    assert os.getpgid(worker.pid) != os.getpgid(0)

    os.kill(worker.pid, signal.SIGINT)

    assert isinstance(await worker.plan(taken), Optimal)
    assert 0 == worker.restarts


def open_files(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the listing's own is gone by now
            found.add(str(link.readlink()))
    return found


async def test_the_worker_inherits_no_sockets() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with server, PlanWorker() as worker:
        listening = os.fstat(server.sockets[0].fileno()).st_ino
        assert worker.pid is not None

        assert f"socket:[{listening}]" in open_files(os.getpid())
        assert f"socket:[{listening}]" not in open_files(worker.pid)


def test_no_orphan_is_left_when_the_parent_is_killed() -> None:
    program = """
import asyncio
import contextlib
from optimizer.worker import PlanWorker

async def main():
    async with PlanWorker() as worker:
        print(worker.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        watched = os.pidfd_open(pid)
        parent.kill()
    try:
        _wait_for_end(watched)
    finally:
        os.close(watched)

    assert not alive(pid)


def _wait_for_end(pidfd: int) -> None:

    ended, _, _ = select.select([pidfd], [], [], 20)
    assert ended, "the worker outlived its parent"
