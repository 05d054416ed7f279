"""Planning in a process of its own, started once, so that the event loop never waits for a solver.

The worker is a fresh interpreter that inherits nothing but its two pipes: no sockets, no
database. It ends when its input closes, also when its parent was killed, and leaves Ctrl-C to the
parent. Requests and answers stand behind their length (`optimizer.wire`); only our own child is on
the other end. The worker keeps the last program in the solver, and may take so much memory and no
more: what does not fit is planned by the fixed rule.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import pickle
import signal
import struct
import sys
from pathlib import Path
from typing import BinaryIO

import optimizer
from ocpp_core.domain.lifecycle import Startable
from ocpp_core.domain.plan import Fallback, PlanOptions, PlanOutcome, SiteSnapshot
from optimizer.wire import Receiver, Sender, pack_outcome, unpack_outcome

_SEARCH_PATH = [str(Path(entry).resolve()) for entry in sys.path]
"""Where the worker finds its modules: where its parent found them."""

_LENGTH = struct.Struct("<Q")
_READY = b"ready"
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
"""Threads of numpy's algebra, which planning does not use and which each reserve memory."""

_BOOT = """\
import sys
memory_mb = int(sys.argv[1])
sys.path[:] = sys.argv[2:]
from optimizer.worker import serve
serve(memory_mb)
"""


class PlanWorker(Startable):
    """Makes plans in one worker process; a plan comes back whatever happens to that process."""

    def __init__(
        self,
        *,
        deadline_s: float = 10.0,
        start_timeout_s: float = 60.0,
        memory_mb: int = 1024,
    ) -> None:
        self.deadline_s = deadline_s
        """Real time given to a plan before a fallback stands in for it, s."""
        self.memory_mb = memory_mb
        """Memory that a new worker may take beside its libraries, MB."""
        self._sender = Sender()
        self._start_timeout_s = start_timeout_s
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[PlanOutcome]] = {}
        self._started = False
        self.restarts = 0
        """How often a dead or late worker was replaced."""

    @property
    def pid(self) -> int | None:
        """Process id of the worker, or None while there is none."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start the worker and wait until it can plan; raises OSError when it cannot start."""
        if self._process is not None:
            return
        self._started = True
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _BOOT,
            str(self.memory_mb),
            *_SEARCH_PATH,
            env={**os.environ, **_ONE_THREAD},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # a terminal's Ctrl-C is for the parent
        )
        self._process, self._sender = process, Sender()
        try:
            async with asyncio.timeout(self._start_timeout_s):
                ready = await _receive(process)
        except (TimeoutError, asyncio.IncompleteReadError) as fault:
            await self.stop()
            raise OSError("the planning process did not start") from fault
        except BaseException:
            await self.stop()
            raise
        if ready != _READY:
            await self.stop()
            raise OSError("the planning process did not start")
        self._reader = asyncio.create_task(self._read(process), name="plan-worker-reader")

    async def stop(self) -> None:
        """End the worker; plans under way come back as fallbacks."""
        process, self._process = self._process, None
        reader, self._reader = self._reader, None
        if process is not None:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()  # it holds nothing that a kill could break
            if process.stdin is not None:
                process.stdin.close()
            await process.wait()
        if reader is not None:
            reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reader

    async def plan(
        self, snapshot: SiteSnapshot, options: PlanOptions = optimizer.DEFAULT_OPTIONS
    ) -> PlanOutcome:
        """Return the plan; a `Fallback` when the worker dies or takes longer than `deadline_s`."""
        async with self._one_at_a_time:
            why = await self._try(snapshot, options)
            if not isinstance(why, str):
                return why
            await self.stop()  # the next plan starts a new one
        return await asyncio.to_thread(_fall_back, snapshot, why)

    async def _try(self, snapshot: SiteSnapshot, options: PlanOptions) -> PlanOutcome | str:
        """Return the outcome, or why there is none."""
        if self._reader is not None and self._reader.done():
            await self.stop()  # it died while there was nothing to do
        if self._process is None and self._started:
            self.restarts += 1
        try:
            await self.start()
        except OSError as fault:
            return str(fault)
        process = self._process
        if process is None or process.stdin is None:
            return "the planning process is not running"
        number = next(self._numbers)
        answered: asyncio.Future[PlanOutcome] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answered
        try:
            async with asyncio.timeout(self.deadline_s):
                body = self._sender.pack(number, snapshot, options)  # no await before it is written
                process.stdin.write(_LENGTH.pack(len(body)) + body)
                await process.stdin.drain()
                return await answered
        except TimeoutError:
            return _too_late(snapshot, self.deadline_s)
        except (OSError, _WorkerEndedError):
            return "the planning process ended"
        finally:
            self._waiting.pop(number, None)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        """Hand answers to those who wait; one that came too late is dropped."""
        try:
            while True:
                # A thousand cars take a while to unpack, and the loop has chargers to answer.
                body = await _receive(process)
                number, outcome = await asyncio.to_thread(unpack_outcome, body)
                waiting = self._waiting.get(number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(outcome)
        except (asyncio.IncompleteReadError, OSError, pickle.UnpicklingError):
            pass  # the worker ended; those who wait are told below
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(_WorkerEndedError())


def _too_late(snapshot: SiteSnapshot, deadline_s: float) -> str:
    """Say how large the problem was that took too long, and what to do about it."""
    return (
        f"no plan within {deadline_s:g} s for {len(snapshot.sessions)} sessions in "
        f"{len(snapshot.slot_starts)} slots; a shorter planning.horizon_s is planned faster, "
        "a higher planning.time_limit_s waits longer"
    )


class _WorkerEndedError(Exception):
    """The process ended before it answered."""


async def _receive(process: asyncio.subprocess.Process) -> bytes:
    if process.stdout is None:
        raise OSError("the planning process has no output")
    (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
    return await process.stdout.readexactly(length)


def _fall_back(snapshot: SiteSnapshot, why: str) -> Fallback:
    # Loads numpy and the rest into this process, which is why it is not imported above.
    from optimizer.model import read  # noqa: PLC0415  (see above)
    from optimizer.planner import fall_back  # noqa: PLC0415  (see above)

    return fall_back(read(snapshot), why)


def serve(memory_mb: int) -> None:
    """Answer requests on standard input until it closes: the worker's whole life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A solver that prints must not write into the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = sys.stdin.buffer
    from optimizer.planner import Planner  # noqa: PLC0415  (loaded before the first request)

    planner, receiver = Planner(), Receiver()
    _bound_memory(memory_mb)
    try:
        _write(answers, _READY)
        while body := _read_one(requests):
            number, snapshot, options = receiver.unpack(body)
            _write(answers, pack_outcome(number, planner.plan(snapshot, options)))
    except BrokenPipeError:
        os._exit(0)  # the parent is gone; nobody is left to tell


def _bound_memory(more_mb: int) -> None:
    """Let this process grow by so much; beyond, allocations fail, and a plan by the fixed rule."""
    try:
        import resource  # noqa: PLC0415  (not on Windows, where nothing bounds it)
    except ImportError:
        return
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        most = pages * resource.getpagesize() + more_mb * 2**20
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard == resource.RLIM_INFINITY or most <= hard:
            resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _read_one(requests: BinaryIO) -> bytes | None:
    header = requests.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(header)
    body = requests.read(length)
    return body if len(body) == length else None


def _write(answers: BinaryIO, body: bytes) -> None:
    answers.write(_LENGTH.pack(len(body)) + body)
    answers.flush()
