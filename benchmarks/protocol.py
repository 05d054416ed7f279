"""Server CPU for one message without storage, beside two libraries in the same run.

50 light chargers (`ocpp_core.sim.load`) send their next message when the last one is answered: a
reading of eight values, MeterValues of OCPP 1.6 (1.2 kB) or TransactionEvent of 2.0.1. Each server
is a process of its own and keeps nothing on disk: ours with a ledger that forgets, PyPI `ocpp` on
`websockets`, npm `ocpp-rpc` in strict mode. Rounds go in turn from server to server, so that
whatever else the machine does hits all of them: read the ratios, not the microseconds. CPU is that
of the server's threads, those that ended too. Then 5,000 chargers connect and boot, and
stay.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from functools import partial
from typing import Any

from benchmarks._peers import Peer, looped, peers, running, share
from ocpp_core.domain.clock import SystemClock
from ocpp_core.sim.load import LoadOptions, LoadReport, Mode, Onlooker, run_load
from ocpp_core.sim.load.processes import cpu_seconds, resident_bytes
from ocpp_core.sim.load.run import allow_files

ROUNDS = 5
SECONDS = 2.0
"""Of each round, with each server."""
CHARGERS = 50
CROWD = 5_000
VERSIONS = {"1.6": "MeterValues", "2.0.1": "TransactionEvent"}
OURS = "ampherd"

type Figures = dict[str, float]


def main() -> dict[str, object]:
    """Run everything, print the tables and return their numbers."""
    allow_files(2 * CROWD)
    found, left_out = peers()
    for name, reason in left_out.items():
        print(f"{name} is left out: {reason}")
    load = [round(os.getloadavg()[0], 1)]
    messages = _measure_messages(found)
    load.append(round(os.getloadavg()[0], 1))
    crowds = {peer.name: _measure_crowd(peer) for peer in found}
    load.append(round(os.getloadavg()[0], 1))
    print(f"load average before, between and after: {load} on {os.cpu_count()} cores")
    _print_messages(messages)
    _print_crowds(crowds)
    return {
        "messages": messages,
        "crowds": crowds,
        "left_out": left_out,
        "chargers": CHARGERS,
        "crowd": CROWD,
        "rounds": ROUNDS,
        "load_average": load,
        "durable": False,
    }


# One message ------------------------------------------------------------------------------------


def _measure_messages(found: list[Peer]) -> dict[str, dict[str, Figures]]:
    runs: dict[tuple[str, str], list[LoadReport]] = {}
    with running(found) as servers:
        for turn in range(ROUNDS + 1):
            for version in VERSIONS:
                for peer, server in zip(found, servers, strict=True):
                    report = _load(server.process, server.port, version, seconds=SECONDS)
                    if turn:  # the first one warms up
                        runs.setdefault((version, peer.name), []).append(report)
    return {
        version: {peer.name: _figures(runs[version, peer.name]) for peer in found}
        for version in VERSIONS
    }


def _load(
    process: subprocess.Popen[str],
    port: int,
    version: str,
    *,
    seconds: float,
    **changes: Any,
) -> LoadReport:
    options = LoadOptions(
        url=f"ws://127.0.0.1:{port}/ocpp",
        version=version,
        duration_s=seconds,
        **{"stations": CHARGERS} | changes,
    )
    cpu = Onlooker(server_cpu_s=partial(cpu_seconds, process.pid))
    report = looped(run_load(options, SystemClock(), cpu))
    if not report.succeeded:
        raise RuntimeError(f"the numbers mean nothing: {report}")
    return report


def _figures(reports: list[LoadReport]) -> Figures:
    cpu = [report.server_cpu_us or 0.0 for report in reports]
    return {
        "cpu_us": round(statistics.median(cpu), 2),
        "cpu_us_least": round(min(cpu), 2),
        "cpu_us_most": round(max(cpu), 2),
        "acknowledged_per_s": round(statistics.median(r.acknowledged_per_s for r in reports)),
        "p99_ms": statistics.median(r.latencies["all"]["p99_ms"] for r in reports),
    }


def _print_messages(messages: dict[str, dict[str, Figures]]) -> None:
    head = ("µs CPU of the server", "", "ours/it", "answered/s", "p99 ms")
    for version, figures in messages.items():
        title = f"OCPP {version}, {VERSIONS[version]}"
        print(f"\n{title:<30}{head[0]:>20}{head[1]:>18}{head[2]:>10}{head[3]:>12}{head[4]:>8}")
        for name, of in figures.items():
            spread = f"({of['cpu_us_least']:.1f}-{of['cpu_us_most']:.1f})"
            ratio = figures[OURS]["cpu_us"] / of["cpu_us"]
            print(
                f"  {name:<28}{of['cpu_us']:>20.1f}{spread:>18}{share(ratio):>10}"
                f"{of['acknowledged_per_s']:>12,.0f}{of['p99_ms']:>8.1f}"
            )


# A crowd ----------------------------------------------------------------------------------------


def _measure_crowd(peer: Peer) -> Figures:
    """Let many chargers connect and boot at once, twice: for the time, then for the memory."""
    with running([peer]) as (server,):
        storm = _load(
            server.process, server.port, "1.6",
            seconds=SECONDS, mode=Mode.BOOT, stations=CROWD, at_once=CROWD,
        )  # fmt: skip
    with running([peer]) as (server,):
        process = server.process
        _load(process, server.port, "1.6", seconds=0.1, mode=Mode.IDLE, stations=1)
        before, after = resident_bytes(process.pid), 0

        def weigh() -> None:
            nonlocal after
            after = resident_bytes(process.pid)

        options = LoadOptions(
            url=f"ws://127.0.0.1:{server.port}/ocpp",
            mode=Mode.IDLE,
            stations=CROWD,
            duration_s=1.0,
        )
        idle = looped(run_load(options, SystemClock(), Onlooker(measured=weigh)))
        if not idle.succeeded:
            raise RuntimeError(f"the numbers mean nothing: {idle}")
    return {
        "storm_s": round(storm.seconds, 2),
        "storm_cpu_ms_per_connection": round((storm.server_cpu_s or 0.0) / CROWD * 1e3, 3),
        "storm_p99_ms": storm.latencies["all"]["p99_ms"],
        "kib_per_idle_connection": round((after - before) / CROWD / 1024, 2),
        "base_mb": round(before / 1e6, 1),
    }


def _print_crowds(crowds: dict[str, Figures]) -> None:
    head = ("storm s", "CPU ms each", "KiB each, idle", "process MB before")
    title = f"{CROWD:,} chargers connect and boot"
    print(f"\n{title:<36}{head[0]:>10}{head[1]:>14}{head[2]:>16}{head[3]:>20}")
    for name, of in crowds.items():
        print(
            f"  {name:<34}{of['storm_s']:>10.2f}{of['storm_cpu_ms_per_connection']:>14.2f}"
            f"{of['kib_per_idle_connection']:>16.1f}{of['base_mb']:>20.1f}"
        )


if __name__ == "__main__":
    sys.exit("run it as `make bench NAME=protocol`")
