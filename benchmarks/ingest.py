"""Durable ingest end to end, beside two servers that others would take, in the same run.

500 light chargers (`ocpp_core.sim.load`, in this process) send MeterValues of OCPP 1.6 with eight
values, 1.2 kB. Each server is a process of its own: ours, which answers after its commit; npm
`ocpp-rpc` in strict mode, which stores nothing; PyPI `ocpp` with one INSERT into DuckDB a message.
Rounds go in turn from server to server, so that whatever else the machine does hits all of them:
read the ratios. CPU is that of the server's threads, those that ended too. Then ours alone
under other loads, and killed under load: see `_crash`.

Where it goes with 500 stations, in shares of perf (2026-11-26, two cores, load 7, 70 µs a message):
the event loop 34 µs, of which Python 21 (frames, decoding, decision, live state, answer), sockets
in the kernel 9, uvloop and msgspec 3; the writer 34, of which Python 15 (what a message means,
rows), DuckDB 11, its memory, log and fsync in libc and the kernel 7; checkpoints 2. What a commit
costs whatever it holds is 3 of them: smaller servers and lower rates pay 25 to 100. In whole
sessions a message costs 29 µs more, since each stop settles its session: the energy grid, the bill
and its rows take 0.3 ms.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks._crash import crash
from benchmarks._peers import Peer, looped, peers, running, share
from ocpp_core.domain.clock import SystemClock
from ocpp_core.sim.load import LoadOptions, LoadReport, Mode, Onlooker, run_load
from ocpp_core.sim.load.processes import cpu_seconds
from ocpp_core.sim.load.run import allow_files

ROUNDS = 5
SECONDS = 2.0
"""Of each round with each server, at the longest."""
STATIONS = 500
FEW_STATIONS = 50
SLOW_MESSAGES = 1_000
SLOW_SECONDS = 30.0
"""A round of the server that inserts message by message ends after so many, or so long."""
OURS, STRICT, NAIVE = "ampherd, durable", "ocpp-rpc, strict, in memory", "ocpp + DuckDB insert"

type Figures = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One load."""

    name: str
    stations: int
    mode: Mode = Mode.METER
    rate: float | None = None
    """Messages a second by all together; None: closed loop."""


def main() -> dict[str, object]:
    """Run everything, print the tables and return their numbers."""
    allow_files(4 * STATIONS)  # which the servers inherit
    load = [round(os.getloadavg()[0], 1)]
    with tempfile.TemporaryDirectory() as folder:
        found, left_out = _servers(Path(folder))
        for name, reason in left_out.items():
            print(f"{name} is left out: {reason}")
        compared = _in_turn(found)
        load.append(round(os.getloadavg()[0], 1))
        _print_compared(compared)
        alone = _alone(
            replace(found[0], command=(*found[0].command[:-1], f"{folder}/alone.duckdb"))
        )
        load.append(round(os.getloadavg()[0], 1))
        _print_figures("ours alone", alone)
        database = Path(folder) / "crash.duckdb"
        killed = crash(
            replace(found[0], command=(*found[0].command[:-1], str(database))), database, STATIONS
        )
        load.append(round(os.getloadavg()[0], 1))
    print(f"load average before, between and after: {load} on {os.cpu_count()} cores: {_cpu()}")
    return {
        "compared": compared,
        "cpu_ours_to": {
            name: round(compared[OURS]["cpu_us"] / of["cpu_us"], 4)
            for name, of in compared.items()
            if name != OURS
        },
        "alone": alone,
        "killed": killed,
        "left_out": left_out,
        "stations": STATIONS,
        "rounds": ROUNDS,
        "load_average": load,
        "durable": {OURS: True, STRICT: False, NAIVE: True},
    }


def _servers(folder: Path) -> tuple[list[Peer], dict[str, str]]:
    """Return the servers to compare, ours first, with databases in a folder."""
    (ours, naive, *strict), left_out = peers()
    return [
        replace(ours, name=OURS, command=(*ours.command, str(folder / "ours.duckdb"))),
        *(replace(peer, name=STRICT) for peer in strict),
        replace(naive, name=NAIVE, command=(*naive.command, str(folder / "naive.duckdb"))),
    ], left_out


def _in_turn(found: list[Peer]) -> dict[str, Figures]:
    case = Case(name="closed loop", stations=STATIONS)
    runs: dict[str, list[LoadReport]] = {peer.name: [] for peer in found}
    with running(found) as servers:
        for turn in range(ROUNDS + 1):
            for peer, server in zip(found, servers, strict=True):
                slow = peer.name == NAIVE
                report = _load(server.process, server.port, case, slow=slow)
                if turn:  # the first one warms up
                    runs[peer.name].append(report)
    return {name: _figures(reports) for name, reports in runs.items()}


def _alone(ours: Peer) -> dict[str, Figures]:
    cases = (
        Case(name="500 a second, open loop", stations=STATIONS, rate=500),
        Case(name="5,000 a second, open loop", stations=STATIONS, rate=5_000),
        Case(name="sessions, closed loop", stations=STATIONS, mode=Mode.SESSION),
        Case(name=f"{FEW_STATIONS} stations, closed loop", stations=FEW_STATIONS),
    )
    runs: dict[str, list[LoadReport]] = {case.name: [] for case in cases}
    with running([ours]) as (server,):
        for turn in range(ROUNDS + 1):
            for case in cases:
                report = _load(server.process, server.port, case)
                if turn:
                    runs[case.name].append(report)
    return {name: _figures(reports) for name, reports in runs.items()}


def _load(
    process: subprocess.Popen[str], port: int, case: Case, *, slow: bool = False
) -> LoadReport:
    options = LoadOptions(
        url=f"ws://127.0.0.1:{port}/ocpp",
        mode=case.mode,
        stations=case.stations,
        rate=case.rate,
        messages=max(SLOW_MESSAGES, case.stations) if slow else None,
        duration_s=SLOW_SECONDS if slow else SECONDS,
    )
    cpu = Onlooker(server_cpu_s=partial(cpu_seconds, process.pid))
    report = looped(run_load(options, SystemClock(), cpu))
    if not replace(report, unsent=0).succeeded:  # a late open loop is told, not refused
        raise RuntimeError(f"the numbers mean nothing: {report}")
    return report


def _figures(reports: list[LoadReport]) -> Figures:
    cpu = [report.server_cpu_us or 0.0 for report in reports]
    every = [report.latencies["all"] for report in reports]
    return {
        "cpu_us": round(statistics.median(cpu), 2),
        "cpu_us_least": round(min(cpu), 2),
        "cpu_us_most": round(max(cpu), 2),
        "acknowledged": sum(report.acknowledged for report in reports),
        "acknowledged_per_s": round(statistics.median(r.acknowledged_per_s for r in reports)),
        "unsent": sum(report.unsent for report in reports),
        "p50_ms": statistics.median(latencies["p50_ms"] for latencies in every),
        "p99_ms": statistics.median(latencies["p99_ms"] for latencies in every),
        "p99_ms_most": max(latencies["p99_ms"] for latencies in every),
        "generator_busy": round(statistics.median(r.generator_busy for r in reports), 2),
    }


def _print_compared(figures: dict[str, Figures]) -> None:
    _print_figures(f"{STATIONS} stations, closed loop", figures)
    for name, of in figures.items():
        if name != OURS:
            print(f"  CPU ours/{name}: {share(figures[OURS]['cpu_us'] / of['cpu_us'])}")


def _print_figures(title: str, figures: dict[str, Figures]) -> None:
    print(
        f"\n{title:<30}{'µs CPU of the server':>32}{'answered/s':>12}{'p50 ms':>9}{'p99 ms':>9}"
        f"{'unsent':>8}{'generator':>11}"
    )
    for name, of in figures.items():
        cpu = f"{of['cpu_us']:,.1f} ({of['cpu_us_least']:,.1f}-{of['cpu_us_most']:,.1f})"
        print(
            f"  {name:<28}{cpu:>32}{of['acknowledged_per_s']:>12,.0f}{of['p50_ms']:>9.1f}"
            f"{of['p99_ms']:>9.1f}{of['unsent']:>8,.0f}{of['generator_busy']:>10.0%} "
        )


def _cpu() -> str:
    """Return what the kernel calls the processor."""
    from benchmarks.__main__ import machine  # noqa: PLC0415 -- it runs this module

    return str(machine().get("cpu", "unknown"))


if __name__ == "__main__":
    sys.exit("run it as `make bench NAME=ingest`")
