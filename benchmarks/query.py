"""Questions over years of data: how long pages wait, with ten times the history and in PostgreSQL.

A year of 500 connectors (AMPHERD_BENCH_DAYS, AMPHERD_BENCH_CONNECTORS; AMPHERD_BENCH_FOLDER keeps
and uses the databases again) is asked what pages ask, through the store as the server reads it
(one thread, 1 GB). The same with the last tenth of the days, in turns with the whole, so that the
ratio of what both cost (CPU) says nothing of what else the machine does. PostgreSQL holds the tenth
in tables with indexes as one would make them, and answers the same questions, written in its own
SQL; its time is that of EXPLAIN ANALYZE, without bringing the rows across.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from analytics.extensions import load_lake
from analytics.reader import Reader
from benchmarks._postgres import binaries, server
from benchmarks._year import START, ZONE, Year, build, open_store, roll_up_days

RUNS = 20
PG_RUNS = 5
DAYS = int(os.environ.get("AMPHERD_BENCH_DAYS", "365"))
CONNECTORS = int(os.environ.get("AMPHERD_BENCH_CONNECTORS", "500"))
END = START + timedelta(days=365)

SERVICE = (
    "uptime_share", "session_success_share", "failed_refused", "failed_no_session",
    "failed_no_energy", "faults", "fault_clear_h",
)  # fmt: skip
"""What the tiles of the Chargers page show."""

type Ask = Callable[[Reader], pd.DataFrame]


def _questions() -> dict[str, Ask]:
    """What pages ask: of the last day, week, month and year."""
    # From midnight to midnight of the site, over the change of clocks too, as pages do.
    day, week, month, quarter = (
        (END.astimezone(ZONE) - timedelta(days=days)).astimezone(UTC) for days in (1, 7, 30, 90)
    )
    year = START
    asked: dict[str, Ask] = {
        "overview, month": lambda reader: reader.overview(month, END),
        "overview, year": lambda reader: reader.overview(year, END),
        "consumption by hour, day": lambda reader: reader.consumption(day, END, by="hour"),
        "consumption by day, month": lambda reader: reader.consumption(month, END),
        "consumption by month, year": lambda reader: reader.consumption(year, END, by="month"),
        "consumption by connector, month": lambda reader: reader.consumption(
            month, END, by="total", split="connector"
        ),
        "site power, day": lambda reader: reader.site_power(day, END),
        "site power, month": lambda reader: reader.site_power(month, END, step_s=3600),
        "site power, year": lambda reader: reader.site_power(year, END, step_s=86_400),
        "demand, year": lambda reader: reader.demand(year, END),
        "sessions, day": lambda reader: reader.sessions(day, END),
        "sessions, month": lambda reader: reader.sessions(month, END, limit=1000),
        "utilization, month": lambda reader: reader.utilization(month, END),
        "utilization, year": lambda reader: reader.utilization(year, END),
        "occupancy by hour, week": lambda reader: reader.occupancy(week, END),
        "occupancy by day, year": lambda reader: reader.occupancy(year, END, by="day"),
        "revenue by day, month": lambda reader: reader.revenue(month, END),
        "revenue by month, year": lambda reader: reader.revenue(year, END, by="month"),
        "revenue by connector, month": lambda reader: reader.revenue(
            month, END, by="total", split="connector"
        ),
        "consumption by driver, month": lambda reader: reader.consumption(
            month, END, by="total", split="driver"
        ),
        "consumption by tariff, month": lambda reader: reader.consumption(
            month, END, by="total", split="tariff"
        ),
        "revenue by driver, month": lambda reader: reader.revenue(
            month, END, by="total", split="driver"
        ),
        "consumption by tariff, year": lambda reader: reader.consumption(
            year, END, by="total", split="tariff"
        ),
        "consumption by driver, year": lambda reader: reader.consumption(
            year, END, by="total", split="driver"
        ),
        "revenue by tariff, year": lambda reader: reader.revenue(
            year, END, by="total", split="tariff"
        ),
        "revenue by driver, year": lambda reader: reader.revenue(
            year, END, by="total", split="driver"
        ),
        "service tiles, 90 days": lambda reader: reader.compare(quarter, END, names=SERVICE),
        "all key figures compared, 90 days": lambda reader: reader.compare(quarter, END),
        "chargers, day": lambda reader: reader.chargers(day, END),
        "alarms, month": lambda reader: reader.alarms(month, END),
        "quality, month": lambda reader: reader.quality(month, END),
        "metering by day, month": lambda reader: reader.metering(
            month, END, by="day", connector="CP-0007/1"
        ),
        "metering by minute, day": lambda reader: reader.metering(
            day, END, by="minute", connector="CP-0007/1"
        ),
        "connectors": lambda reader: reader.connectors(),
        "data range": lambda reader: pd.DataFrame([reader.data_range()]),
    }
    return asked


def _session_questions(reader: Reader) -> dict[str, Ask]:
    """What the pages of one session ask, of a session of the last days."""
    found = reader.sql(
        "SELECT session_id FROM session WHERE energy_wh > 0 ORDER BY started_at DESC LIMIT 1"
    )
    session_id = str(found["session_id"].iloc[0])
    return {
        "session: samples": lambda reader: reader.meter_samples(session_id),
        "session: intervals": lambda reader: reader.session_intervals(session_id),
        "session: costs": lambda reader: reader.cost_lines(session_id),
    }


@dataclass(slots=True, kw_only=True)
class _Taken:
    """What a question took, each time."""

    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def time(self, ask: Ask, reader: Reader) -> None:
        """Ask once."""
        begin, used = time.perf_counter(), time.process_time()
        ask(reader)
        self.cpu_ms.append((time.process_time() - used) * 1e3)
        self.wall_ms.append((time.perf_counter() - begin) * 1e3)


def _asked(whole: Path, part: Path) -> dict[str, tuple[_Taken, _Taken]]:
    """Ask both databases in turns: what else the machine does falls on both alike."""

    async def run() -> dict[str, tuple[_Taken, _Taken]]:
        async with AsyncExitStack() as stack:
            asking = []
            for path in (whole, part):
                store = await stack.enter_async_context(open_store(path, CONNECTORS))
                await roll_up_days(store)  # of a database that was made before there were such
                reader = stack.enter_context(store.reader())
                asking.append((reader, {**_questions(), **_session_questions(reader)}))
            found = {}
            for name in asking[0][1]:
                taken = (_Taken(), _Taken())
                for run in range(RUNS + 1):
                    for (reader, questions), into in zip(asking, taken, strict=True):
                        # the first one reads from disk
                        (into if run else _Taken()).time(questions[name], reader)
                found[name] = taken
            return found

    return asyncio.run(run())


def _sizes(year: Year) -> dict[str, float]:
    with duckdb.connect(year.path, read_only=True) as connection:
        used = connection.execute(
            "SELECT count(DISTINCT block_id) * 262144 FROM pragma_storage_info('meter_reading') "
            "WHERE block_id >= 0"
        ).fetchone()
    assert used is not None  # noqa: S101 -- an aggregate has one row
    return {
        "samples": year.samples,
        "sessions": year.sessions,
        "bytes_a_sample": used[0] / year.samples,
        "file_bytes_a_sample": year.path.stat().st_size / year.samples,
    }


# PostgreSQL -------------------------------------------------------------------------------------

_PG_TABLES = ("session", "session_interval", "cost_line", "site_load", "meter_reading")
_PG_INDEXES = (
    "CREATE INDEX ON session (started_at)",
    "CREATE INDEX ON session (ended_at)",
    "CREATE UNIQUE INDEX ON session (session_id)",
    "CREATE INDEX ON session_interval (slot_start)",
    "CREATE INDEX ON session_interval (session_id)",
    "CREATE INDEX ON cost_line (session_id)",
    "CREATE INDEX ON site_load (starts_at)",
    "CREATE INDEX ON meter_reading USING brin (taken_at)",
    "CREATE INDEX ON meter_reading (session_id, taken_at)",
    "CREATE INDEX ON meter_reading (charge_point_id, connector_id, taken_at)",
    "VACUUM ANALYZE",
)


def _pairs(month: datetime) -> dict[str, tuple[str, str]]:
    """The same question in the SQL of DuckDB and of PostgreSQL."""
    since = f"TIMESTAMPTZ '{month.isoformat()}'"
    consumption = """
        SELECT {day} AS period_start, sum(energy_wh) / 1000, count(DISTINCT session_id)
        FROM session_interval WHERE slot_start >= {since} GROUP BY 1 ORDER BY 1
    """
    occupancy = """
        SELECT {hour} AS period_start, sum(connected_s) / 3600, sum(charging_s) / 3600
        FROM session_interval WHERE slot_start >= {since} GROUP BY 1 ORDER BY 1
    """
    utilization = """
        SELECT charge_point_id, connector_id, count(DISTINCT session_id), sum(connected_s),
            sum(charging_s), sum(energy_wh)
        FROM session_interval WHERE slot_start >= {since} GROUP BY 1, 2
    """
    revenue = """
        SELECT {ended} AS period_start, count(DISTINCT session.session_id), sum(amount)
        FROM session LEFT JOIN cost_line ON cost_line.session_id = session.session_id
        WHERE ended_at >= {since} GROUP BY 1 ORDER BY 1
    """
    peaks = """
        SELECT charge_point_id, max(power_import_w), max(current_l1_a), avg(voltage_l1_v), count(*)
        FROM meter_reading WHERE taken_at >= {since} GROUP BY 1
    """
    power = """
        SELECT {load} AS step, avg(site_w), max(site_w), avg(building_w)
        FROM site_load WHERE starts_at >= {since} GROUP BY 1 ORDER BY 1
    """
    texts = {
        "consumption by day": consumption,
        "occupancy by hour": occupancy,
        "utilization": utilization,
        "revenue by day": revenue,
        "site power by hour": power,
        "peaks from raw readings": peaks,
    }
    local = "timezone('Europe/Berlin', {column})"

    def parts(column: str, unit: str) -> str:
        return f"date_trunc('{unit}', {local.format(column=column)})"

    filled = {
        name: text.format(
            since=since,
            day=parts("slot_start", "day"),
            hour=parts("slot_start", "hour"),
            ended=parts("ended_at", "day"),
            load=parts("starts_at", "hour"),
        )
        for name, text in texts.items()
    }
    return {name: (text, text) for name, text in filled.items()}


def _postgres(path: Path) -> dict[str, tuple[float, float]] | None:
    """Median ms of each question in DuckDB and in PostgreSQL; None without PostgreSQL."""
    programs = binaries()
    if programs is None:
        print("PostgreSQL is not installed: that part is left out")
        return None
    with server(programs) as address, duckdb.connect() as copier:
        load_lake(copier, "postgres")
        copier.execute(f"ATTACH '{path}' AS year (READ_ONLY)")
        copier.execute(f"ATTACH '{address}' AS pg (TYPE postgres)")
        for table in _PG_TABLES:
            copier.execute(f"CREATE TABLE pg.{table} AS SELECT * FROM year.{table}")  # noqa: S608 -- tables of ours
        for index in _PG_INDEXES:
            _psql(programs, address, index)
        copier.execute("DETACH pg")
        found = {}
        with duckdb.connect(path, read_only=True, config={"threads": 1}) as ours:
            ours.execute("SET TimeZone = 'UTC'")
            for name, (duck, theirs) in _pairs(END - timedelta(days=30)).items():
                taken, explained = [], []
                for _ in range(PG_RUNS + 1):
                    begin = time.perf_counter()
                    ours.execute(duck).fetchall()
                    taken.append((time.perf_counter() - begin) * 1e3)
                    explained.append(_explained_ms(_psql(programs, address, theirs, explain=True)))
                found[name] = (statistics.median(taken[1:]), statistics.median(explained[1:]))
        return found


def _psql(programs: Path, address: str, sql: str, *, explain: bool = False) -> str:
    text = f"EXPLAIN (ANALYZE, TIMING OFF) {sql}" if explain else sql
    return subprocess.run(
        [programs / "psql", address, "-X", "-q", "-t", "-v", "ON_ERROR_STOP=1", "-c", text],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def _explained_ms(text: str) -> float:
    return sum(
        float(line.split(":")[1].removesuffix(" ms"))
        for line in map(str.strip, text.splitlines())
        if line.startswith(("Planning Time", "Execution Time"))
    )


def _year(folder: Path, name: str, days: int) -> Year:
    path = folder / f"{name}-{CONNECTORS}-{days}.duckdb"
    if path.exists():
        with duckdb.connect(path, read_only=True) as connection:
            counted = connection.execute(
                "SELECT (SELECT count(*) FROM session), (SELECT count(*) FROM meter_reading)"
            ).fetchone()
        assert counted is not None  # noqa: S101 -- an aggregate has one row
        return Year(path=path, sessions=counted[0], readings=counted[1])
    print(f"making {days} days of {CONNECTORS} connectors", flush=True)
    return asyncio.run(build(path, connectors=CONNECTORS, days=days))


def main() -> dict[str, object]:
    """Print and return percentiles, ratios and sizes."""
    with ExitStack() as stack:
        kept = os.environ.get("AMPHERD_BENCH_FOLDER")
        folder = Path(kept or stack.enter_context(tempfile.TemporaryDirectory()))
        whole = _year(folder, "year", DAYS)
        part = _year(folder, "part", DAYS // 10)
        sizes = _sizes(whole)
        print(
            f"{CONNECTORS} connectors, {DAYS} days: {whole.sessions} sessions, "
            f"{whole.samples / 1e6:.0f} million samples; {sizes['bytes_a_sample']:.2f} bytes a "
            f"sample, {sizes['file_bytes_a_sample']:.2f} with everything else in the file\n"
        )
        asked = _asked(whole.path, part.path)
        print(
            f"{'question':34} {'p50 ms':>8} {'p95 ms':>8} {'CPU ms':>8} {'on a tenth':>11} "
            f"{'ratio':>6}"
        )
        questions = {}
        for name, (full, tenth) in asked.items():
            told = {
                "p50_ms": statistics.median(full.wall_ms),
                "p95_ms": statistics.quantiles(full.wall_ms, n=20)[-1],
                "cpu_ms": statistics.median(full.cpu_ms),
                "tenth_p50_ms": statistics.median(tenth.wall_ms),
                "tenth_cpu_ms": statistics.median(tenth.cpu_ms),
            }
            print(
                f"{name:34} {told['p50_ms']:8.1f} {told['p95_ms']:8.1f} {told['cpu_ms']:8.1f} "
                f"{told['tenth_cpu_ms']:11.1f} {told['cpu_ms'] / told['tenth_cpu_ms']:6.2f}"
            )
            questions[name] = told
        compared = _postgres(part.path)
        result: dict[str, object] = {"sizes": sizes, "questions": questions}
        if compared is not None:
            print(f"\n{'a month, on a tenth':34} {'DuckDB ms':>10} {'PostgreSQL ms':>14} ratio")
            for name, (ours, theirs) in compared.items():
                print(f"{name:34} {ours:10.1f} {theirs:14.1f} {theirs / ours:5.1f}")
            result["postgresql"] = {
                name: {"duckdb_ms": ours, "postgresql_ms": theirs}
                for name, (ours, theirs) in compared.items()
            }
        return result
