"""Making all tables anew from raw frames: frames a second of one core, and what they pay for.

The history has the shapes of real sessions (`benchmarks/_history.py`). It is reprocessed twice: the
first time fills the tables and takes the place of the database; the second time has to find every
table the same by its hash. CPU is that of the whole process, which runs one thread of DuckDB.
SESSIONS=… in the environment changes the size.

Why it is not 100,000 frames a second: those leave 10 us a frame. The rows below `alone` are what
nobody who translates each frame can do without, measured by themselves on the same frames: DuckDB
hands out the texts, the decoder makes values of the JSON, the translator makes readings, whose
units and phases it looks up, and rows with eight values each go back into DuckDB. They alone take
up nearly all of it, before anybody has asked which session a reading belongs to and what the
session costs, and the most part of that is C already (DuckDB, msgspec, pyarrow). What would be
faster is to take frames together that differ only in digits, and to work on columns from the text
on. That would be a second way to understand a frame beside the one that took it in, and this
command is there to prove that one.
"""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from analytics.database import Database
from analytics.importers.reading import NoProgress, Progress
from analytics.readings import placement_of
from analytics.reprocess import Reprocessed, reprocess
from analytics.rows import arrow_table, instants
from analytics.settlement import Settlement
from analytics.settling import settlement_of
from analytics.store import Store
from benchmarks._history import STATIONS, write_history
from benchmarks._messages import TARIFF, site
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.events import Metered, SessionUpdated
from ocpp_core.protocol.translator import Decoded
from ocpp_core.protocol.versions import translator_for

RUNS = 5
_BATCH = 50_000
"""Frames that are read at a time, as `ampherd reprocess` does."""
_PARTS = {
    "messages read": "understand and insert",
    "sessions settled": "settle",
    "days rolled up": "roll up days",
}
"""By what the progress says of them."""
SESSIONS = int(os.environ.get("SESSIONS", "500"))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> dict[str, object]:
    """Reprocess the history several times and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.duckdb"
        frames = _fill(path)
        first = _reprocess(path, NoProgress(), apply=True)
        runs, same = [], True
        alone = [_alone(path, frames) for _ in range(RUNS)]
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
    floors = {name: statistics.median(run[name] for run in alone) for name in alone[0]}
    print("alone, without sessions, bills and all else:")
    for name, seconds in floors.items():
        print(f"  {name:<26}{seconds / frames * 1e6:>12.2f}")
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
        "us_per_frame_alone": {n: round(s / frames * 1e6, 2) for n, s in floors.items()},
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


def _alone(path: Path, frames: int) -> dict[str, float]:
    """Measure what is inevitable for who translates every frame, in batches as they are read."""
    spent = {"frames from DuckDB": 0.0, "JSON to values": 0.0}
    spent |= {"values to readings": 0.0, "rows into DuckDB": 0.0}
    gc.disable()  # as while tables are made anew
    try:
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute(f"ATTACH '{path}' AS history (READ_ONLY)")
            connection.execute(
                "CREATE TABLE meter_reading AS FROM history.meter_reading WHERE false"
            )
            for first in range(1, frames + 1, _BATCH):
                at = _batch(connection, first)
                for name, (begin, end) in zip(spent, pairwise(at), strict=True):
                    spent[name] += end - begin
    finally:
        gc.enable()
    return spent


def _batch(connection: duckdb.DuckDBPyConnection, first: int) -> list[float]:
    """Take some frames to readings and these into a table; tell the CPU at each step."""
    at = [time.process_time()]
    found = connection.execute(
        "SELECT ocpp_version, message_at, frame FROM history.ocpp_message "
        "WHERE seq >= $1 AND seq < $2 ORDER BY seq",
        [first, first + _BATCH],
    ).to_arrow_table()
    versions, times, texts = found.columns
    frames = list(zip(versions.to_pylist(), instants(times), texts.to_pylist(), strict=True))
    at.append(time.process_time())
    speaks = {version: translator_for(version) for version, _, _ in frames}
    calls = [(speaks[version], speaks[version].read(text), when) for version, when, text in frames]
    at.append(time.process_time())
    readings = [
        reading
        for translator, call, when in calls
        if call is not None
        and isinstance(decoded := translator.decode(call, when), Decoded)
        and isinstance(decoded.event, Metered | SessionUpdated)
        for reading in decoded.event.readings
    ]
    at.append(time.process_time())
    rows = [
        ("CP", 1, "S", reading.taken_at, 1, placed.layout_id, *placed.cells(reading))
        for reading in readings
        for placed in (placement_of(reading.layout),)
    ]
    if rows:
        connection.register("incoming", arrow_table("meter_reading", rows))
        connection.execute("INSERT INTO meter_reading SELECT * FROM incoming")
    at.append(time.process_time())
    return at


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
        self._enter(_PARTS[words])

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
