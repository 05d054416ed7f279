"""The store alone: what a durable message costs, and how long a commit takes.

Messages are handed over as the server does, on an event loop, already decoded: no sockets, no
JSON. CPU is that of the whole process (loop and writer thread). A message is done when it is
committed.

Then the writer without a loop, in batches of one size; and the same store on a database of
20 GB (AMPHERD_BENCH_GB; 0 leaves it out), which is made in AMPHERD_BENCH_FOLDER or where temporary
files go, and removed at the end.
"""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

from analytics.store import Store
from analytics.writer import CommitPolicy
from benchmarks._commits import timed_store, write
from benchmarks._large import fill, has_room
from benchmarks._messages import START, TARIFF, readings, sessions, site
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.messages import StoredMessage

RUNS = 5
STATIONS = 500
MESSAGES = 10_000
VALUES = 8
"""Of a reading."""
BATCHES = (1_000, 125)
"""Messages of a commit of the writer alone: 8,000 and 1,000 values."""
GIGABYTES = float(os.environ.get("AMPHERD_BENCH_GB", "20"))
LARGE_SECONDS = 40
"""Of each load on the large database."""


async def _closed_loop(store: Store, messages: list[StoredMessage], stations: int) -> list[float]:
    """Each station sends its next message when the last one is committed; latencies in s."""
    latencies: list[float] = []

    async def station(number: int) -> None:
        for message in messages[number::stations]:
            due = time.perf_counter()
            await store.append(message)
            latencies.append(time.perf_counter() - due)

    await asyncio.gather(*(station(number) for number in range(stations)))
    return latencies


async def _open_loop(store: Store, messages: list[StoredMessage], rate: float) -> list[float]:
    """Messages come at a fixed rate; latency counts from when each was due."""
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    begin = loop.time()
    waiting: list[asyncio.Future[None]] = []

    def done(due: float, _: asyncio.Future[None]) -> None:
        latencies.append(loop.time() - due)

    for number, message in enumerate(messages):
        due = begin + number / rate
        if (pause := due - loop.time()) > 0.001:
            await asyncio.sleep(pause)
        future = store.append(message)
        future.add_done_callback(partial(done, due))
        waiting.append(future)
    await asyncio.gather(*waiting)
    return latencies


def _run(kind: str, stations: int, count: int, rate: float | None = None) -> dict[str, float]:
    if kind == "sessions":
        turns = max(1, count // (10 * stations))
        messages = [message for turn in range(turns) for message in sessions(stations, turn)]
    else:
        messages = list(readings(stations, max(1, count // stations)))

    async def measured() -> dict[str, float]:
        with tempfile.TemporaryDirectory() as folder:
            store = Store.open(
                Path(folder) / "bench.duckdb",
                site=site(stations),
                driver_tariff=TARIFF,
                clock=ManualClock(START),
                policy=CommitPolicy(),
            )
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            if rate is None:
                latencies = await _closed_loop(store, messages, stations)
            else:
                latencies = await _open_loop(store, messages, rate)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            commits = store.counters["commits"]
            stored = store.counters["messages_stored"]
            await store.close()
        if stored != len(messages):
            raise RuntimeError(f"{stored} of {len(messages)} messages stored")
        ordered = sorted(latencies)
        return {
            "cpu_us_per_message": cpu / len(messages) * 1e6,
            "messages_per_s": len(messages) / wall,
            "p50_ms": ordered[len(ordered) // 2] * 1e3,
            "p99_ms": ordered[int(len(ordered) * 0.99)] * 1e3,
            "messages_per_commit": len(messages) / commits,
        }

    return asyncio.run(measured())


CASES: tuple[tuple[str, str, int, int, float | None], ...] = (
    ("readings, 500 stations, closed loop", "readings", 500, MESSAGES, None),
    ("session mix, 500 stations, closed loop", "sessions", 500, MESSAGES, None),
    ("readings, 50 stations, closed loop", "readings", 50, MESSAGES // 4, None),
    ("readings, 500 a second", "readings", 500, 1_500, 500.0),
    ("readings, 5,000 a second", "readings", 500, MESSAGES, 5_000.0),
)


def main() -> dict[str, object]:
    """Run every case `RUNS` times, interleaved, and print medians with their range."""
    load = [round(os.getloadavg()[0], 1)]
    result = _cases()
    with tempfile.TemporaryDirectory(dir=os.environ.get("AMPHERD_BENCH_FOLDER")) as folder:
        load.append(round(os.getloadavg()[0], 1))
        result["writer alone"] = _writer_alone(Path(folder))
        load.append(round(os.getloadavg()[0], 1))
        if GIGABYTES and has_room(Path(folder), GIGABYTES):
            result["large database"] = _large(Path(folder) / "large.duckdb")
        elif GIGABYTES:
            print(f"no room for {GIGABYTES:g} GB: the large database is left out")
        load.append(round(os.getloadavg()[0], 1))
    print(f"\nload average before, between and after: {load} on {os.cpu_count()} cores")
    return result | {"load_average": load}


def _cases() -> dict[str, object]:
    found: dict[str, list[dict[str, float]]] = {name: [] for name, *_ in CASES}
    for _ in range(RUNS):
        for name, kind, stations, count, rate in CASES:
            found[name].append(_run(kind, stations, count, rate))
    print(f"{'case':<42}{'µs CPU/msg':>22}{'msg/s':>9}{'p50 ms':>8}{'p99 ms':>8}{'per commit':>12}")
    result: dict[str, object] = {}
    for name, runs in found.items():
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        low = min(run["cpu_us_per_message"] for run in runs)
        high = max(run["cpu_us_per_message"] for run in runs)
        cpu = f"{middle['cpu_us_per_message']:.1f} ({low:.1f}-{high:.1f})"
        print(
            f"{name:<42}{cpu:>22}{middle['messages_per_s']:>9.0f}{middle['p50_ms']:>8.1f}"
            f"{middle['p99_ms']:>8.1f}{middle['messages_per_commit']:>12.1f}"
        )
        result[name] = {key: round(value, 2) for key, value in middle.items()}
    return result


def _writer_alone(folder: Path) -> dict[str, dict[str, float]]:
    """Write readings in batches of each size, in turn."""
    runs: dict[int, list[dict[str, float]]] = {batch: [] for batch in BATCHES}
    for turn in range(RUNS):
        for batch in BATCHES:
            path = folder / f"alone-{turn}-{batch}.duckdb"
            written = write(
                partial(timed_store, path, site(STATIONS), TARIFF, START),
                readings(STATIONS, 5 * MESSAGES // STATIONS),
                batch,
            )
            path.unlink()
            runs[batch].append(
                {
                    "values_per_s": round(written.per_s(VALUES)),
                    "values_per_cpu_s": round(written.per_cpu_s(VALUES)),
                    **_commit_times(written.durations_s),
                }
            )
    print(
        f"\n{'the writer alone':<42}{'values/s':>11}{'values/CPU s':>14}{'p50 ms':>8}{'p99 ms':>8}"
    )
    result = {}
    for batch, of in runs.items():
        middle = {key: statistics.median(run[key] for run in of) for key in of[0]}
        name = f"{batch:,} readings of {VALUES} values a commit"
        print(
            f"{name:<42}{middle['values_per_s']:>11,.0f}{middle['values_per_cpu_s']:>14,.0f}"
            f"{middle['commit_p50_ms']:>8.1f}{middle['commit_p99_ms']:>8.1f}"
        )
        result[name] = middle
    return result


def _large(path: Path) -> dict[str, object]:
    """Commit beside many gigabytes of history, and beside none."""
    print(f"\na database of {GIGABYTES:g} GB, and an empty one", flush=True)
    empty = path.with_name("empty.duckdb")
    for made in (path, empty):
        asyncio.run(timed_store(made, site(STATIONS), TARIFF, START).close())
    rows = fill(path, GIGABYTES, stations=STATIONS, until=START)
    size_gb = round(path.stat().st_size / 1e9, 1)
    found: dict[str, object] = {"messages": rows, "gigabytes": size_gb}
    print(f"{'load':<42}{'commits':>9}{'p50 ms':>8}{'p99 ms':>8}{'most':>8}{'answered p99 ms':>17}")
    turn = 0
    for rate in (500.0, 5_000.0):
        rounds = round(rate * LARGE_SECONDS / STATIONS)
        for made, words in ((empty, "empty"), (path, f"{size_gb:g} GB")):
            messages = list(readings(STATIONS, rounds, turn))
            figures = asyncio.run(_rated(made, messages, rate))
            name = f"{rate:,.0f} readings a second, {words}"
            print(
                f"{name:<42}{figures['commits']:>9,.0f}{figures['commit_p50_ms']:>8.1f}"
                f"{figures['commit_p99_ms']:>8.1f}{figures['commit_most_ms']:>8.1f}"
                f"{figures['answered_p99_ms']:>17.1f}",
                flush=True,
            )
            found[name] = figures
        turn += rounds
    return found


async def _rated(path: Path, messages: list[StoredMessage], rate: float) -> dict[str, float]:
    begun = time.perf_counter()
    store = timed_store(path, site(STATIONS), TARIFF, START)
    opened_s = time.perf_counter() - begun
    gc.collect()
    latencies = sorted(await _open_loop(store, messages, rate))
    durations_s = list(store.durations_s)
    await store.close()
    return {
        "opened_s": round(opened_s, 2),
        "commits": len(durations_s),
        **_commit_times(durations_s),
        "answered_p50_ms": round(latencies[len(latencies) // 2] * 1e3, 2),
        "answered_p99_ms": round(latencies[int(len(latencies) * 0.99)] * 1e3, 2),
    }


def _commit_times(durations_s: list[float]) -> dict[str, float]:
    ordered = sorted(durations_s)
    return {
        "commit_p50_ms": round(ordered[len(ordered) // 2] * 1e3, 2),
        "commit_p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1e3, 2),
        "commit_most_ms": round(ordered[-1] * 1e3, 2),
    }
