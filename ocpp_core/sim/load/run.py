"""A run: connect and boot, work for a while, leave in order."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from ocpp_core.domain.clock import Clock
from ocpp_core.sim.load import scripts, wire
from ocpp_core.sim.load.options import SUBPROTOCOLS, LoadOptions, Mode
from ocpp_core.sim.load.report import Latencies, LoadReport
from ocpp_core.sim.load.station import Station
from ocpp_core.sim.load.words import WORDS

if sys.platform != "win32":
    import resource

PROGRESS_S = 2.0
_SPARE_FILES = 100
_FINISH_S = 10.0
"""How long stations have to end their transactions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Onlooker:
    """Who watches a run from outside."""

    progress: Callable[[str], None] = lambda _: None
    """Is told how it goes, every few seconds."""
    server_cpu_s: Callable[[], float] | None = None
    """Gives the CPU time that the server has taken so far, where somebody knows it."""
    acknowledged: Callable[[str, str], None] | None = None
    """Is told the identity and the message id of every CALLRESULT, also of booting and leaving."""
    measured: Callable[[], None] = lambda: None
    """Is told when everything is measured, while all stations are still connected."""


async def run_load(
    options: LoadOptions, clock: Clock, onlooker: Onlooker = Onlooker()
) -> LoadReport:
    """Put load on a server and return what came of it; bounded by the times in `options`.

    Raises OSError when not one station could connect, or the system allows too few connections.
    """
    allow_files(options.stations + _SPARE_FILES)
    run = _Run(options, clock, onlooker)
    try:
        return await run.run()
    finally:
        run.close()


def allow_files(count: int) -> None:
    """Raise this process's limit of open files; raises OSError when the system forbids it."""
    if sys.platform == "win32":
        return  # it has no such limit
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= count or soft == resource.RLIM_INFINITY:
        return
    if hard != resource.RLIM_INFINITY and hard < count:
        raise OSError(f"{count} open files are needed and {hard} allowed: see `ulimit -n`")
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


class _Run:
    """The crew of one run."""

    def __init__(self, options: LoadOptions, clock: Clock, onlooker: Onlooker) -> None:
        self._options = options
        self._clock = clock
        self._onlooker = onlooker
        self._loop = asyncio.get_running_loop()
        self._report = LoadReport(
            mode=options.mode, version=options.version, stations=options.stations,
            rate=options.rate,
        )  # fmt: skip
        self._latencies = Latencies()
        self._alive: dict[Station, None] = {}
        """Connected and ready to work, in the order in which they came."""
        self._settling: dict[Station, asyncio.Future[bool]] = {}
        """Who is told when a station is through with its conversation, or gone (False)."""
        self._measuring = options.mode is Mode.BOOT
        self._working = False
        self._leaving = False
        self._all_idle = asyncio.Event()
        self._busy = 0
        self._last_answer_at = 0.0
        self._name = f"{int(clock.now().timestamp() * 1000):x}"
        """Part of every message id, so that no two runs share one."""

    async def run(self) -> LoadReport:
        report, options = self._report, self._options
        watch = self._loop.create_task(self._watch(), name="load watch")
        try:
            began, cpu, server = self._now()
            await self._connect_all()
            report.connect_s = time.perf_counter() - began
            if not self._alive:
                raise OSError(self._why_nobody())
            if options.mode is not Mode.BOOT:
                began, cpu, server = self._now()
                await self._work()
            ended = self._last_answer_at
            if options.mode is Mode.IDLE or not ended:
                ended = time.perf_counter()
            report.seconds = ended - began
            until, cpu_until, server_until = self._now()
            report.generator_busy = (cpu_until - cpu) / (until - began)
            if self._onlooker.server_cpu_s is not None:
                report.server_cpu_s = server_until - server
            self._onlooker.measured()
            report.latencies = self._latencies.summary()
            await self._finish()
        finally:
            watch.cancel()
        return report

    def close(self) -> None:
        """Drop whoever is still connected."""
        self._leaving = True
        for station in tuple(self._alive):
            station.close()

    def _now(self) -> tuple[float, float, float]:
        server_cpu_s = self._onlooker.server_cpu_s
        return time.perf_counter(), time.process_time(), server_cpu_s() if server_cpu_s else 0.0

    # Phases ------------------------------------------------------------------------------------

    async def _connect_all(self) -> None:
        numbers = iter(range(self._options.stations))

        async def connect_some() -> None:
            for number in numbers:
                await self._connect(number)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._options.at_once, self._options.stations)):
                group.create_task(connect_some())

    async def _connect(self, number: int) -> None:
        options = self._options
        name = options.name_of(number)
        subprotocol = SUBPROTOCOLS[options.version]
        station = Station(
            self,
            WORDS[options.version](name, _ticker(self._clock)),
            time.perf_counter,
            name=name,
            request=wire.request(
                options.host, options.port, options.path_of(name), subprotocol, name,
                options.password,
            ),
            subprotocol=subprotocol,
            run=self._name,
        )  # fmt: skip
        settled = self._settling[station] = self._loop.create_future()
        try:
            async with asyncio.timeout(options.timeout_s):
                await self._loop.create_connection(
                    lambda: station, options.host, options.port, ssl=options.context
                )
                if await settled:
                    self._alive[station] = None
                    self._report.connected += 1
        except TimeoutError:
            if not station.abort("not connected in time"):
                self._report.faults["not connected in time"] += 1
        except OSError as error:
            self._report.faults[f"cannot connect: {error.strerror or error}"] += 1
        finally:
            self._settling.pop(station, None)

    async def _work(self) -> None:
        options = self._options
        self._measuring = self._working = True
        if options.mode is Mode.IDLE:
            await asyncio.sleep(options.duration_s)
        elif options.rate is None:
            self._converse()
            await self._wait_for_idle(options.duration_s)
        else:
            for station in self._alive:
                station.converse(scripts.work(options, station.words), paced=True)
            await self._pace(options.rate)
        self._working = False
        self._report.unsent += sum(station.overdue for station in self._alive)
        for station in self._alive:
            station.stop_conversing()
        self._busy = sum(station.waiting for station in self._alive)
        self._all_idle.clear()
        await self._wait_for_idle(options.timeout_s)
        for station in tuple(self._alive):
            if station.waiting:
                station.abort("no answer in time")
        await asyncio.sleep(0)  # the ends of their connections are told in the next turn
        self._measuring = False

    def _converse(self) -> None:
        self._all_idle.clear()
        self._busy = len(self._alive)
        for station in tuple(self._alive):
            station.converse(scripts.work(self._options, station.words))

    async def _pace(self, rate: float) -> None:
        """Let a message be due at one station after the other, at a steady rate."""
        limit = round(rate * self._options.duration_s)
        count = min(limit, self._options.messages or limit)
        began = time.perf_counter()
        number = 0
        while number < count and self._alive:
            stations = tuple(self._alive)
            due = began + number / rate
            if (pause_s := due - time.perf_counter()) > 0:
                await asyncio.sleep(pause_s)
            due_now = min(count, int((time.perf_counter() - began) * rate) + 1)
            for nth in range(number, due_now):
                stations[nth % len(stations)].send_at(began + nth / rate)
            number = max(number, due_now)

    async def _finish(self) -> None:
        self._leaving = True
        self._all_idle.clear()
        self._busy = len(self._alive)
        for station in tuple(self._alive):
            station.converse(scripts.finish(station.words))
        await self._wait_for_idle(_FINISH_S)

    async def _wait_for_idle(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                if self._busy:
                    await self._all_idle.wait()
        except TimeoutError:
            pass

    async def _watch(self) -> None:
        """Drop who waits too long, and say how it goes."""
        report, seen = self._report, 0
        while True:
            await asyncio.sleep(PROGRESS_S)
            for station in tuple(self._alive):
                if station.unanswered_s() > self._options.timeout_s and not station.overdue:
                    station.abort("no answer in time")
            done = report.acknowledged
            if self._leaving:
                continue
            self._onlooker.progress(
                f"{len(self._alive)} of {report.stations} stations, "
                f"{done} messages acknowledged, {(done - seen) / PROGRESS_S:.0f}/s"
            )
            seen = done

    def _why_nobody(self) -> str:
        reasons = "; ".join(f"{reason} ({count})" for reason, count in self._report.faults.items())
        return f"no station could connect: {reasons or 'no reason given'}"

    # Crew --------------------------------------------------------------------------------------

    def ready(self, station: Station) -> None:
        script = scripts.work if self._options.mode is Mode.BOOT else scripts.prepare
        station.converse(script(self._options, station.words))

    def may_send(self) -> bool:
        limit = self._options.messages
        return limit is None or not self._working or self._report.sent < limit

    def sent(self) -> None:
        if self._measuring and not self._leaving:
            self._report.sent += 1

    def answered(self, station: Station, action: str, seconds: float, *, accepted: bool) -> None:
        if accepted and self._onlooker.acknowledged is not None:
            self._onlooker.acknowledged(station.name, station.message_id)
        if not self._measuring or self._leaving:
            return
        self._last_answer_at = time.perf_counter()
        if accepted:
            self._report.acknowledged += 1
            self._latencies.add(action, seconds)
        else:
            self._report.refused += 1

    def idle(self, station: Station) -> None:
        settled = self._settling.get(station)
        if settled is not None:
            if not settled.done():
                settled.set_result(True)
        else:
            self._one_is_idle()

    def commanded(self) -> None:
        self._report.commands += 1

    def gone(self, station: Station, reason: str) -> None:
        settled = self._settling.get(station)
        if settled is not None and not settled.done():
            settled.set_result(False)
        was_alive = station in self._alive
        self._alive.pop(station, None)
        if self._leaving:
            self._one_is_idle()
            return
        self._report.faults[reason] += 1
        if station.waiting and self._measuring:
            self._report.lost += 1
        if was_alive:
            self._one_is_idle()

    def _one_is_idle(self) -> None:
        self._busy -= 1
        if self._busy <= 0:
            self._all_idle.set()


def _ticker(clock: Clock) -> Callable[[], str]:
    """Return a clock in words that never says the same twice."""
    last = clock.now()

    def tick() -> str:
        nonlocal last
        last = max(clock.now(), last + timedelta(milliseconds=1))
        return last.isoformat(timespec="milliseconds")[:-6] + "Z"

    return tick
