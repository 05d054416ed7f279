"""What readers and backups do to chargers' answers: 500 messages a second, each stored first.

The chargers and the analysts are processes of their own. `endless` is a join that never ends, read
over live SQL with the limits that `ampherd serve` has by default but for the time limit; `hungry`
asks again and again for more memory than there is; `backup` copies the database all the time.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from analytics.snapshot import frozen_file
from analytics.statements import StatementLimits
from analytics.store import Store
from benchmarks._chargers import Case, Nobody, looped, under_load
from benchmarks._messages import TARIFF, site
from ocpp_core.csms.memory_credentials import MemoryCredentials
from ocpp_core.csms.server import CentralSystem, CentralSystemOptions
from ocpp_core.domain.clock import SystemClock
from ocpp_core.domain.live import LiveSite
from ocpp_core.domain.security import SecurityProfile
from ocpp_core.domain.tokens import MemoryTokenBook

RUNS = 3
STATIONS = 500
LOAD = Case(name="500 a second", stations=STATIONS, messages=5_000, rate=500)
TOKEN = "token-of-the-dashboards"  # noqa: S105 -- of this process alone
ANALYST = "token-of-an-analyst"
MEMORY_MB = 512
ENDLESS = (
    "SELECT count(*) FROM range(10_000_000) AS a(i), range(10_000_000) AS b(j) "
    "WHERE hash(i + j) = 0"
)
HUNGRY = "SELECT count(*) FROM (SELECT DISTINCT hash(i), i FROM range(500_000_000) AS r(i))"
_CLIENT = """
import sys, analytics
from ocpp_core.domain.errors import ReaderError
while True:
    try:
        with analytics.open(sys.argv[1], sys.argv[2]) as reader:
            reader.sql(sys.argv[3])
    except ReaderError as error:
        print(str(error).split(": ")[-1][:60], flush=True)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What goes on beside the chargers."""

    name: str
    query: str = ""
    analysts: int = 0
    backup: bool = False


CASES = (
    Beside(name="nothing else"),
    Beside(name="an endless query", query=ENDLESS, analysts=1),
    Beside(name="two endless queries", query=ENDLESS, analysts=2),
    Beside(name="a query without memory", query=HUNGRY, analysts=1),
    Beside(name="backups without pause", backup=True),
)


def main() -> dict[str, object]:
    """Run every case `RUNS` times, interleaved, and print medians with their range."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    found: dict[str, list[dict[str, float]]] = {case.name: [] for case in CASES}
    for _ in range(RUNS):
        for case in CASES:
            found[case.name].append(looped(_measure(case)))
    load = os.getloadavg()[0]
    print(f"{'beside it':<26}{'p50 ms':>8}{'p99 ms':>22}{'not stored':>12}{'interrupted':>13}")
    result: dict[str, object] = {"load_average": round(load, 1)}
    for name, runs in found.items():
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        tails = [run["p99_ms"] for run in runs]
        p99 = f"{middle['p99_ms']:.1f} ({min(tails):.1f}-{max(tails):.1f})"
        print(
            f"{name:<26}{middle['p50_ms']:>8.1f}{p99:>22}"
            f"{middle['commits_failed']:>12.0f}{middle['sql_interrupted']:>13.0f}"
        )
        result[name] = {key: round(value, 2) for key, value in middle.items()} | {
            "p99_ms_range": [round(min(tails), 2), round(max(tails), 2)]
        }
    print(f"load average {load:.1f}")
    return result


async def _measure(beside: Beside) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        made = site(STATIONS)
        store = Store.open(
            Path(folder) / "bench.duckdb",
            site=made,
            driver_tariff=TARIFF,
            clock=SystemClock(),
            memory_limit=f"{MEMORY_MB}MB",
        )
        system = CentralSystem(
            live=LiveSite(made),
            ledger=store,
            tokens=MemoryTokenBook(),
            clock=SystemClock(),
            listener=Nobody(),
            credentials=MemoryCredentials(others=SecurityProfile.NONE),
            options=CentralSystemOptions(port=0),
        )
        async with store, system:
            url = store.serve_sql(
                0,
                TOKEN,
                analysts=lambda token: token == ANALYST,
                limits=StatementLimits(timeout_s=3600),
            )
            async with _going_on(beside, url, store, Path(folder)):
                numbers = await under_load(LOAD, system, store)
            counters = store.counters
            return {
                "p50_ms": numbers["p50_ms"],
                "p99_ms": numbers["p99_ms"],
                "commits_failed": counters["commits_failed"],
                "sql_interrupted": counters["sql_interrupted"] + counters["sql_failed"],
            }


@asynccontextmanager
async def _going_on(beside: Beside, url: str, store: Store, folder: Path) -> AsyncIterator[None]:
    clients = [
        subprocess.Popen(  # noqa: ASYNC220 -- returns at once
            [sys.executable, "-c", _CLIENT, url, ANALYST, beside.query],
            stdout=subprocess.DEVNULL,
        )
        for _ in range(beside.analysts)
    ]
    copying = asyncio.create_task(_copy(store, folder)) if beside.backup else None
    try:
        while beside.analysts and store.counters["sql_statements"] < 2 * beside.analysts:  # noqa: ASYNC110 -- another thread counts
            await asyncio.sleep(0.05)
        yield
    finally:
        for client in clients:
            client.kill()
            client.wait()
        if copying is not None:
            copying.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await copying


async def _copy(store: Store, folder: Path) -> None:
    from ampherd.backup.copying import Source, write_copy  # noqa: PLC0415 -- of this case alone

    for number in range(10_000):
        async with frozen_file(store) as frozen:
            copy = Source(path=frozen.path, name=f"copy-{number}")
            await asyncio.to_thread(
                write_copy, copy, frozen.chunks(), folder, lambda _: None, bytes_per_s=100e6
            )
        (folder / copy.name).unlink()
