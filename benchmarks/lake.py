"""What a group commit takes in a DuckDB file and in a DuckLake with SQLite and PostgreSQL.

Meter values with 8 samples each are handed to the store as the server does; a commit is timed from
the first message to the answer of the last, one commit after the other. All places sync to the same
disk before they answer. The places take turns, one round each; medians are over rounds. Reading is
one question about the day's power, asked beside the writing.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from analytics.store import Store
from analytics.writer import CommitPolicy
from benchmarks import _postgres
from benchmarks._messages import START, TARIFF, readings, site
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.messages import StoredMessage

ROUNDS = 5
COMMITS = 20
SIZES = (1, 50, 500)
"""Messages of a commit."""
STATIONS = 500
_QUESTION = "SELECT max(power_import_w), count(*) FROM meter_reading"


class Place:
    """A store in one place, with messages that never repeat."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.store = Store.open(
            url,
            site=site(STATIONS),
            driver_tariff=TARIFF,
            clock=ManualClock(START),
            policy=CommitPolicy(window_s=0),
        )
        self._messages: Iterator[StoredMessage] = readings(STATIONS, 10_000)
        self.commit_ms: dict[int, list[list[float]]] = {size: [] for size in SIZES}
        self.cpu_ms: dict[int, list[float]] = {size: [] for size in SIZES}
        self.question_ms: list[float] = []

    async def round(self) -> None:
        """Write commits of every size, then read."""
        for size in SIZES:
            took = []
            cpu = time.process_time()
            for _ in range(COMMITS):
                batch = [next(self._messages) for _ in range(size)]
                started = time.perf_counter()
                await asyncio.gather(*(self.store.append(message) for message in batch))
                took.append((time.perf_counter() - started) * 1e3)
            self.cpu_ms[size].append((time.process_time() - cpu) / COMMITS * 1e3)
            self.commit_ms[size].append(took)
        with self.store.reader() as reader:
            started = time.perf_counter()
            await asyncio.to_thread(reader.sql, _QUESTION)
            self.question_ms.append((time.perf_counter() - started) * 1e3)


async def _measured(urls: dict[str, str]) -> list[Place]:
    places = [Place(name, url) for name, url in urls.items()]
    for _ in range(ROUNDS):
        for place in places:
            await place.round()
    for place in places:
        await place.store.close()
    return places


def main() -> dict[str, object]:
    """Print the table and return its numbers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = {
            "DuckDB file": str(folder / "file" / "bench.duckdb"),
            "DuckLake, SQLite": f"ducklake:sqlite:{folder / 'sqlite' / 'bench.sqlite'}",
        }
        programs = _postgres.binaries()
        if programs is None:
            print("PostgreSQL is not installed: its lake is left out")
        else:
            address = stack.enter_context(_postgres.server(programs))
            urls["DuckLake, PostgreSQL"] = f"ducklake:postgres:{address}?data={folder / 'pg'}"
        load = os.getloadavg()[0]
        places = asyncio.run(_measured(urls))
    print(f"{'place':<22}{'messages':>9}{'p50 ms':>9}{'p90 ms':>9}{'max ms':>9}{'our CPU ms':>12}")
    result: dict[str, object] = {"load_before": round(load, 2)}
    for place in places:
        for size in SIZES:
            rounds = [sorted(took) for took in place.commit_ms[size]]
            numbers = {
                "p50_ms": statistics.median(took[len(took) // 2] for took in rounds),
                "p90_ms": statistics.median(took[int(len(took) * 0.9)] for took in rounds),
                "max_ms": max(took[-1] for took in rounds),
                "cpu_ms": statistics.median(place.cpu_ms[size]),
            }
            print(
                f"{place.name:<22}{size:>9}{numbers['p50_ms']:>9.1f}{numbers['p90_ms']:>9.1f}"
                f"{numbers['max_ms']:>9.1f}{numbers['cpu_ms']:>12.1f}"
            )
            result[f"{place.name}, {size}"] = {k: round(v, 2) for k, v in numbers.items()}
        question = statistics.median(place.question_ms)
        print(f"{place.name:<22} question over all readings: {question:.1f} ms")
        result[f"{place.name}, question_ms"] = round(question, 2)
    print(f"load average before: {load:.2f}; CPU is ours, without that of PostgreSQL")
    return result
