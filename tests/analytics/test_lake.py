"""A DuckLake carries the schema, the writer and every question, with the results of a file."""

from __future__ import annotations

import asyncio
import signal
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import analytics
from analytics import lake
from analytics.lake import DuckLake
from analytics.questions import Value, bind, names, question
from analytics.reader import Reader
from analytics.retention.days import roll_days
from analytics.schema.migrations import tables
from analytics.schema.views import views
from benchmarks import _postgres
from ocpp_core.domain.errors import (
    ConfigurationError,
    NotReadOnlyError,
    ReaderError,
    StoreLockedError,
)
from tests.analytics.builders import NOON, Charger
from tests.analytics.conftest import OpenStore
from tests.analytics.history import write_history
from tests.analytics.ports import free_port
from tests.analytics.test_faults import line, start
from tests.analytics.test_reader import PLAN

ASKED: dict[str, Value] = {
    "at": NOON + timedelta(minutes=20),
    "by": "hour",
    "days": 0,
    "days_from": NOON + timedelta(days=2),
    "days_until": NOON + timedelta(days=2),
    "end": NOON + timedelta(days=2),
    "first": NOON - timedelta(days=2),
    "head_since": NOON - timedelta(days=2),
    "limit": 1000,
    "odd": False,
    "off": False,
    "plan_id": PLAN.plan_id,
    "silent_h": 0.5,
    "site_id": "depot",
    "split": "connector",
    "start": NOON - timedelta(days=2),
    "step_s": 900,
    "tail_since": NOON + timedelta(days=2),
    "timezone": "Europe/Berlin",
    "until": NOON + timedelta(days=2),
}
"""What the questions are asked with, else NULL; a question about one session is told which."""


@dataclass(frozen=True)
class Histories:
    """The same history in a file and in a lake."""

    file: Reader
    lake: Reader
    session_id: str


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    programs = _postgres.binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: Debian's package postgresql has its server")
    with _postgres.server(programs, durable=False) as address:
        yield address


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def histories(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Histories]:
    folder = tmp_path_factory.mktemp("lake")
    if request.param == "sqlite":
        url = f"ducklake:sqlite:{folder / 'depot.sqlite'}?data={folder / 'depot files'}"
    else:
        address = request.getfixturevalue("postgres")
        url = f"ducklake:postgres:{address}?data={folder / 'data'}&schema=depot"
    file = folder / "depot.duckdb"
    session_id = asyncio.run(write_history(file))
    assert session_id == asyncio.run(write_history(file, url))
    with analytics.open(file) as one, analytics.open(url) as other:
        yield Histories(one, other, session_id)


def rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return the rows in an order of their own: neither place promises one."""
    columns = [frame[name].astype(object).where(frame[name].notna(), None) for name in frame]
    found = zip(*([str(cell) for cell in column] for column in columns), strict=True)
    return sorted(found)


@pytest.mark.parametrize("name", [*tables(), *views()])
def test_a_table_holds_in_a_lake_what_it_holds_in_a_file(name: str, histories: Histories) -> None:
    in_file = histories.file.sql(f"SELECT * FROM {name}")
    in_lake = histories.lake.sql(f"SELECT * FROM {name}")

    assert list(in_file.dtypes) == list(in_lake.dtypes)
    assert rows(in_file) == rows(in_lake)
    assert not in_file.empty, "the history of this test has nothing for it"


@pytest.mark.parametrize("name", names())
def test_a_question_has_the_same_answer_in_a_lake(name: str, histories: Histories) -> None:
    text = question(name)
    one_session = "$session_id IS NULL" not in text
    asked = defaultdict[str, Value](lambda: None, ASKED)
    if one_session:
        asked["session_id"] = histories.session_id

    in_file = histories.file._connection.frame(bind(text, asked))
    in_lake = histories.lake._connection.frame(bind(text, asked))

    assert list(in_file.columns) == list(in_lake.columns)
    assert rows(in_file) == rows(in_lake)


# The place ----------------------------------------------------------------------------------------


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"ducklake:sqlite:{tmp_path / 'depot.sqlite'}"


async def test_a_lake_is_read_while_a_server_writes_it(url: str, open_store: OpenStore) -> None:
    store, charger = open_store(at=url), Charger()
    await store.append(charger.start(NOON, 7))

    with analytics.open(url) as reader:
        before = len(reader.sql("SELECT * FROM session"))
        await store.append(charger.start(NOON + timedelta(hours=1), 8))
        after = len(reader.sql("SELECT * FROM session"))

    assert (1, 2) == (before, after)


async def test_live_sql_serves_a_lake(url: str, open_store: OpenStore) -> None:
    store = open_store(at=url)
    await store.append(Charger().start(NOON, 7))
    served = store.serve_sql(free_port(), "a token of some length")

    with analytics.open(served, token="a token of some length") as reader:
        assert 1 == len(reader.sessions(NOON, NOON + timedelta(hours=1)))
        with pytest.raises(NotReadOnlyError):
            reader.sql("SELECT * FROM read_parquet('*.parquet')")
        with pytest.raises(ReaderError):
            reader._connection.frame(f"SELECT * FROM read_text('{store.path}')")
    await store.append(Charger().start(NOON + timedelta(hours=1), 8))
    await store.close()


async def test_a_second_server_of_the_same_lake_is_refused(url: str, open_store: OpenStore) -> None:
    with start("owner", url) as owner:
        assert "open" == line(owner)

        with pytest.raises(StoreLockedError):
            open_store(at=url)

        owner.communicate("")
    open_store(at=url)


def parquet(folder: Path) -> list[Path]:
    return list(folder.glob("**/meter_reading/*.parquet"))


async def test_rows_become_parquet_files_and_a_reader_sees_no_difference(
    url: str, tmp_path: Path, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake, "_WAITING_ROWS", 30)
    store, charger = open_store(at=url), Charger()
    for at in range(3):
        messages = charger.whole_session(NOON + at * timedelta(hours=3), at + 1, hours=0.5)
        await asyncio.gather(*(store.append(message) for message in messages))
    files = parquet(tmp_path)
    with store.reader() as reader:
        sessions = rows(reader.sql("SELECT * FROM session"))
        readings = rows(reader.sql("SELECT * FROM meter_reading"))
    await store.close()

    assert files
    assert (3, 15) == (len(sessions), len(readings))
    with analytics.open(url) as reader:
        assert sessions == rows(reader.sql("SELECT * FROM session"))
        assert readings == rows(reader.sql("SELECT * FROM meter_reading"))


async def test_days_are_rolled_up_in_a_lake(url: str, open_store: OpenStore) -> None:
    store, charger = open_store(at=url), Charger()
    await asyncio.gather(*map(store.append, charger.whole_session(NOON, 7)))
    zone, late = store.site.timezone, NOON + timedelta(days=3)
    await store.run(lambda database, _: roll_days(database, zone, late))
    start, end = NOON - timedelta(hours=13), NOON + timedelta(hours=35)
    with store.reader() as reader:
        rolled = reader._whole_days(start, end)
        by_days = [reader.consumption(start, end), reader.revenue(start, end)]
        await store.append(charger.start(NOON + timedelta(hours=3), 8))
        taken_out = reader._whole_days(start, end)
        anew = [reader.consumption(start, end), reader.revenue(start, end)]

    assert (2, 1) == (rolled.days, taken_out.days)
    for one, other in zip(by_days, anew, strict=True):
        pd.testing.assert_frame_equal(one, other, rtol=1e-12)


def test_what_was_acknowledged_survives_kill_9_in_a_lake(url: str, open_store: OpenStore) -> None:
    acknowledged: set[str] = set()
    for run in range(2):
        with start("endless_writer", url, str(run)) as writer:
            acknowledged |= {line(writer) for _ in range(20)}
            writer.send_signal(signal.SIGKILL)
            assert writer.stdout is not None
            acknowledged |= {said[:-1] for said in writer.stdout if said.endswith("\n")}

    with open_store(at=url).reader() as reader:
        stored = set(reader.sql("SELECT message_id FROM ocpp_message")["message_id"])
    assert set() == acknowledged - stored


@pytest.mark.parametrize(
    "select",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_parquet('/etc/hostname')",
        "COPY site TO '/tmp/site.csv'",
        "INSERT INTO site BY NAME SELECT 'x' AS site_id",
        "INSERT INTO lake.main.site BY NAME SELECT 'x' AS site_id",
        "ATTACH '/tmp/other.duckdb'",
        "SET enable_external_access = true",
    ],
)
def test_a_reader_of_a_lake_reaches_nothing_else(select: str, histories: Histories) -> None:
    with pytest.raises(NotReadOnlyError):
        histories.lake.sql(select)
    with pytest.raises(ReaderError):
        histories.lake._connection.frame(select)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ducklake:depot.ducklake", "not a DuckLake that Ampherd knows"),
        ("ducklake:mysql:db=x", "not a DuckLake that Ampherd knows"),
        ("ducklake:sqlite:", "not a DuckLake that Ampherd knows"),
        ("ducklake:sqlite:a.sqlite?data=s3://bucket/x", "folder of this machine"),
        ("ducklake:sqlite:a.sqlite?data=x&colour=red", "colour means nothing"),
        ("ducklake:sqlite:a.sqlite?schema=x", "schema means nothing"),
    ],
)
def test_an_address_that_means_nothing_is_refused_with_a_hint(address: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as refusal:
        analytics.open(address)

    assert refusal.value.hint


def test_a_lake_that_is_not_there_cannot_be_read(url: str) -> None:
    with pytest.raises(ReaderError, match="no such lake"):
        analytics.open(url)


def test_a_server_needs_the_folder_of_the_data(open_store: OpenStore) -> None:
    with pytest.raises(ConfigurationError, match="folder of the data"):
        open_store(at="ducklake:postgres:dbname=x")


@pytest.mark.parametrize(
    "catalogue",
    [
        "dbname=x password=secret host=h",
        "dbname=x password='secret word' host=h",
        "postgresql://ampherd:secret@h/x",
    ],
)
def test_a_password_is_never_said(catalogue: str) -> None:
    assert "secret" not in DuckLake.parse(f"ducklake:postgres:{catalogue}?data=x").name
