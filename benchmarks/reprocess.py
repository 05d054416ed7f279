"""Making all tables anew from raw frames: frames a second of one core, and what they pay for.

The history has the shapes of real sessions (`benchmarks/_history.py`). It is reprocessed twice: the
first time fills the tables and takes the place of the database; the second time has to find every
table the same by its hash. CPU is that of the whole process, which runs one thread of DuckDB.
SESSIONS=… in the environment changes the size.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from analytics.database import Database
from analytics.importers.reading import NoProgress, Progress
from analytics.reprocess import Reprocessed, reprocess
from analytics.settlement import Settlement
from analytics.settling import settlement_of
from analytics.store import Store
from benchmarks._history import STATIONS, write_history
from benchmarks._messages import TARIFF, site
from ocpp_core.domain.clock import ManualClock

RUNS = 5
SESSIONS = int(os.environ.get("SESSIONS", "500"))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> dict[str, object]:
    """Reprocess the history several times and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.duckdb"
        frames = _fill(path)
        first = _reprocess(path, NoProgress(), apply=True)
        runs, same = [], True
        for _ in range(RUNS):
            phases, wall = _Phases(), time.perf_counter()
            found = _reprocess(path, phases)
            same = same and found.same
            runs.append({**phases.end(), "wall": time.perf_counter() - wall})
        size = path.stat().st_size
    medians = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    rates = [frames / run["all"] for run in runs]
    print(f"{frames} frames of {first.rebuilt.sessions} sessions, database {size / 1e6:.0f} MB")
    print(f"load average {os.getloadavg()[0]:.1f}, median of {RUNS} runs")
    print(f"{'part':<28}{'us a frame':>12}")
    for name, seconds in medians.items():
        if name not in {"all", "wall"}:
            print(f"{name:<28}{seconds / frames * 1e6:>12.2f}")
    print(f"{'all, CPU':<28}{medians['all'] / frames * 1e6:>12.2f}")
    print(
        f"frames a second of one core: {statistics.median(rates):,.0f} "
        f"({min(rates):,.0f} to {max(rates):,.0f}), tables the same: {same}"
    )
    return {
        "frames": frames,
        "sessions": first.rebuilt.sessions,
        "frames_per_cpu_second": round(statistics.median(rates)),
        "range": [round(min(rates)), round(max(rates))],
        "us_per_frame": {n: round(s / frames * 1e6, 2) for n, s in medians.items()},
        "same": same,
        "load_average": round(os.getloadavg()[0], 1),
        "database_mb": round(size / 1e6),
    }


def _fill(path: Path) -> int:
    asyncio.run(_empty(path))
    database = Database(path, lambda: NOW, memory_limit="1GB", threads=1)
    try:
        return write_history(database, "bench", SESSIONS)
    finally:
        database.close()


async def _empty(path: Path) -> None:
    store = Store.open(path, site=site(STATIONS), driver_tariff=TARIFF, clock=ManualClock(NOW))
    await store.close()


def _reprocess(path: Path, progress: Progress, *, apply: bool = False) -> Reprocessed:
    def settlement(database: Database) -> Settlement:
        return settlement_of(database, TARIFF, (), None, zone=ZoneInfo("UTC"))

    return reprocess(
        path,
        site=site(STATIONS),
        settlement_of=settlement,
        now=lambda: NOW,
        progress=progress,
        apply=apply,
    )


class _Phases:
    """Takes the CPU between one phase and the next, as the progress tells them."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._name, self._begun = "open and copy", time.process_time()

    def _enter(self, name: str) -> None:
        now = time.process_time()
        self.spent[self._name] = now - self._begun
        self._name, self._begun = name, now

    def start(self, total: int, words: str) -> None:
        del total
        self._enter("settle" if "settled" in words else "understand and insert")

    def advance(self, steps: int) -> None:
        del steps

    def note(self, words: str) -> None:
        del words

    def finish(self, words: str) -> None:
        del words
        self._enter("compare")

    def end(self) -> dict[str, float]:
        """Return the CPU of each phase, and of all."""
        self._enter("")
        return {**self.spent, "all": sum(self.spent.values())}
