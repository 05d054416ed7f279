"""The page of measurements and the table of plans' quality, from what benchmarks wrote down."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
_HEAD = """
# Performance

What was measured, with the command that measures it again; `benchmarks/results/` holds the numbers
behind each table, `benchmarks/README.md` says how to measure.
Numbers of different runs do not compare: only those of one table do.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One benchmark on the page."""

    name: str
    title: str
    goals: str = ""
    """As a list; empty: none was set, the table tells what is."""
    reading: str = ""
    """What the table does not say by itself, without numbers: they would grow old."""


CHAPTERS = (
    Chapter(
        name="plan",
        title="Planning",
        goals="""\
- PuLP engine, 200 cars, 96 slots: at most 2 times direct
- pools, 1,000 cars, 96 slots: at most 0.15 times direct; 288 slots, worst seed: at most 0.5 times
- pools, 5,000 cars, 96 slots: at most 0.05 times direct, in 300 MB
- hot, 200 cars: at most 3 ms (p95 10 ms), at least 20 times faster than building and solving again
- 0 or 6 A, 200 cars: at most 3 times direct, losing at most 0.1 %; hard case 0.3 %
""",
    ),
    Chapter(
        name="month",
        title="A month in closed loop",
        goals="""\
- trace, 150 kW, cost: at most 1,205 $ at 99.95 % delivered, no line passed (better: 1,190 $)
- trace, energy: 30 kW at least 91.9 %, 50 kW at least 99.85 %
- with stated departures and energies: what they lose, and what forecasts win back
""",
    ),
    Chapter(
        name="foresight",
        title="Forecasts in closed loop",
    ),
    Chapter(
        name="forecast",
        title="Skill of forecasts",
        goals="- better than what drivers state, and than the site's mean\n",
    ),
    Chapter(
        name="ingest",
        title="Durable ingest",
        goals="""\
- 500 stations, closed loop: at most 60 µs of CPU a durable message, at least 10,000 a second
- at most 2 times the CPU of `ocpp-rpc`, which stores nothing
- at most 1/100 of PyPI `ocpp` with one insert a message
- 500 and 5,000 messages a second: at most 250 and 80 µs, p99 of at most 100 ms
- whole sessions, closed loop: at most 55 µs; 50 stations: at most 160 µs, at least 2,500 a second
- kill -9 under load, three times: nothing acknowledged is missing
""",
    ),
    Chapter(
        name="store",
        title="The writer alone, and beside 20 GB",
        goals="""\
- at least 200,000 samples a second in batches of 1,000
- a database of 20 GB: p99 of a commit at most 25 ms
""",
    ),
    Chapter(
        name="query",
        title="Questions over a year of 500 connectors",
        goals="""\
- each question at most 200 ms (p95), and at most 10 % slower than on a tenth of the data
- at most 8 bytes a sample on disk
""",
        reading="""\
A period that both databases hold costs the same in both, but for what looks for one session among
all (samples, costs, grid: ids are not sorted, so each is compared).
A year is 36 days on the tenth, and so are 90 days: there the whole reads up to ten times the rows
of the roll-ups. That shows by connector and by driver, with some 380 rows for each day.
Most of what short answers take is planning, which costs the same whatever is read.
Comparing key figures asks each question twice, once for each period.
Failed starts, faults and uptime are in no roll-up, since a status counts until the next one.
""",
    ),
    Chapter(
        name="isolation",
        title="Analysts beside chargers",
        goals="- a heavy question stalls no charger\n",
    ),
    Chapter(
        name="reprocess",
        title="All tables from raw frames again",
        goals="- at least 100,000 frames a second and core, or the reason why not\n",
        reading="""\
Each frame goes through the code that once took it in: translating, its session, what that costs.
""",
    ),
    Chapter(
        name="protocol",
        title="The protocol without a store",
        goals="- 50 stations: at most 22 µs a message, and 1/30 of PyPI `ocpp`\n",
    ),
    Chapter(
        name="guard",
        title="The guard",
    ),
    Chapter(
        name="lake",
        title="A store on DuckLake",
    ),
)


def page(written: str) -> str:
    """Return the page of measurements; `written` says what wrote it."""
    return f"{written}{_HEAD}" + "".join(_chapter(chapter) for chapter in CHAPTERS)


def _chapter(chapter: Chapter) -> str:
    path = _BENCHMARKS / "results" / f"{chapter.name}.json"
    record: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    method = ast.get_docstring(ast.parse((_BENCHMARKS / f"{chapter.name}.py").read_text("utf-8")))
    text = f"\n## {chapter.title}\n\n{method}\n"
    if chapter.goals:
        text += f"\nGoals:\n\n{chapter.goals}"
    text += f"\n{_measured(chapter.name, record)}"
    return text + (f"\n{chapter.reading}" if chapter.reading else "")


def _measured(name: str, record: dict[str, Any]) -> str:
    if not record:
        return f"Not measured yet: `make bench NAME={name}`.\n"
    run = f"`{record['command']}`, {_where(record)}"
    if "printed" not in record:  # by a run from before this page
        return f"{run}: [numbers](../benchmarks/results/{name}.json) without a table.\n"
    table = "\n".join(record["printed"]).strip("\n")
    return f"{run}:\n\n```\n{table}\n```\n"


def _where(record: dict[str, Any]) -> str:
    machine = record["machine"]
    cpu = machine.get("cpu", machine["architecture"])
    memory = f"{machine['memory_gb']} GB" if "memory_gb" in machine else ""
    place = [
        record["started"][:10],
        f"revision {record['revision']}",
        f"{cpu}, {machine['cores']} cores",
        memory,
        record["python"],
    ]
    return ", ".join(filter(None, place))


_BEGIN, _END = "<!-- quality -->\n", "<!-- /quality -->\n"


def with_quality(text: str) -> str:
    """Return a page with the table of plans' quality between its two marks."""
    before, rest = text.split(_BEGIN)
    after = rest.split(_END)[1]
    return before + _BEGIN + "".join(_quality()) + _END + after


def _quality() -> Iterator[str]:
    record = json.loads((_BENCHMARKS / "results" / "month.json").read_text("utf-8"))
    rows = record["result"]["rows"]
    best = {
        (row["month"], row["kw"], row["profile"]): row["total_usd"]
        for row in rows
        if row["how"] == "hindsight"
    }
    yield "| month, limit | told and planned by | delivered | peak | bill | above hindsight |\n"
    yield "|---|---|--:|--:|--:|--:|\n"
    for row in rows:
        case = f"{row['month']}, {row['kw']:.0f} kW, {row['profile']}"
        least = best.get((row["month"], row["kw"], row["profile"]))
        money = f"{row['total_usd']:,.0f} $" if row["total_usd"] else "–"
        above = f"{100 * (row['total_usd'] / least - 1):.1f} %" if least else "–"
        yield (
            f"| {case} | {row['how']} | {row['delivered_percent']:.2f} % "
            f"| {row['peak_kw']:.1f} kW | {money} | {above} |\n"
        )
    yield f"\n`{record['command']}`, {_where(record)}.\n"
