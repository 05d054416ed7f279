"""A reader's statement cannot hold the server: time, number, memory, and whoever went away."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import analytics
from analytics.statements import StatementLimits
from analytics.store import Store
from ocpp_core.domain.errors import ReaderError
from tests.analytics.builders import NOON, Charger
from tests.analytics.conftest import OpenStore

TOKEN = "a-token-that-nobody-guesses"
ANALYST = "a-token-of-some-analyst"
ENDLESS = "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"
HUGE = (
    "SELECT count(*) FROM ("
    "SELECT DISTINCT hash(i)::VARCHAR || repeat('x', 200) FROM range(50_000_000) AS r(i))"
)
ROOT = Path(__file__).parents[2]

type Serve = Callable[..., tuple[Store, str]]


@pytest.fixture
def serve(open_store: OpenStore) -> Serve:
    def start(
        limits: StatementLimits | None = None, *, memory_limit: str = "1GB"
    ) -> tuple[Store, str]:
        store = open_store(memory_limit=memory_limit, temp_limit="0GB")
        url = store.serve_sql(0, TOKEN, analysts=lambda token: token == ANALYST, limits=limits)
        return store, url

    return start


async def asked(url: str, select: str, token: str = ANALYST) -> str:
    """Return why a statement failed; empty when it did not."""

    def ask() -> str:
        try:
            with analytics.open(url, token) as reader:
                reader.sql(select)
        except ReaderError as error:
            return str(error)
        return ""

    return await asyncio.to_thread(ask)


async def until(reached: Callable[[], bool]) -> None:
    """Wait for what happens on another thread."""
    async with asyncio.timeout(20):
        while not reached():  # noqa: ASYNC110 -- another thread has no event of this loop
            await asyncio.sleep(0.01)


def running(store: Store) -> int:
    """Return how many statements without an end are running."""
    assert store._live_sql is not None
    statements = store._live_sql._gate.statements
    if statements is None:
        return 0
    return sum(one.text == ENDLESS and one.started.is_set() for one in statements._running)


async def test_a_statement_that_takes_too_long_is_interrupted_with_words(serve: Serve) -> None:
    store, url = serve(StatementLimits(timeout_s=0.3))

    words = await asked(url, ENDLESS)

    assert "took longer than 0.3 s" in words
    assert 1 == store.counters["sql_interrupted"]
    assert "" == await asked(url, "FROM site")
    await store.append(Charger().start(NOON, 7))


async def test_a_statement_ends_when_its_client_is_gone(serve: Serve) -> None:
    store, url = serve()
    script = (
        "import sys, analytics; r = analytics.open(sys.argv[1], sys.argv[2]); r.sql(sys.argv[3])"
    )
    client = subprocess.Popen(  # noqa: ASYNC220 -- killed below
        [sys.executable, "-c", script, url, ANALYST, ENDLESS], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    await until(lambda: running(store) == 1)
    client.kill()
    client.wait()

    await until(lambda: running(store) == 0)

    assert 1 == store.counters["sql_interrupted"]


async def test_analysts_wait_for_a_place_and_the_dashboards_have_their_own(serve: Serve) -> None:
    store, url = serve(StatementLimits(at_once=1, wait_s=0.3))
    first = asyncio.create_task(asked(url, ENDLESS))
    await until(lambda: running(store) == 1)

    assert "running already" in await asked(url, "SELECT 1")
    assert "" == await asked(url, "SELECT 1", TOKEN)

    assert store._live_sql is not None
    await asyncio.to_thread(store._live_sql.detach)
    assert "stopping" in await first


async def test_a_statement_without_memory_fails_with_words_and_commits_go_on(serve: Serve) -> None:
    store, url = serve(memory_limit="200MB")
    heavy = [asyncio.create_task(asked(url, HUGE)) for _ in range(2)]
    charger, number = Charger(), 0
    while not all(task.done() for task in heavy):
        number += 1
        await store.append(charger.metered(NOON, 1000 + number, None))

    for task in heavy:
        assert "more memory than readers may take" in await task
    assert 0 == store.counters["commits_failed"]
    assert number == store.counters["messages_stored"] + store.counters["messages_repeated"]


async def test_the_store_closes_while_a_statement_never_ends(serve: Serve) -> None:
    store, url = serve()
    heavy = asyncio.create_task(asked(url, ENDLESS))
    await until(lambda: running(store) == 1)

    async with asyncio.timeout(10):
        await store.close()

    assert "stopping" in await heavy


async def test_results_come_whole_in_order_and_leave_nothing_behind(serve: Serve) -> None:
    store, url = serve()

    def ask() -> list[int]:
        with analytics.open(url, ANALYST) as reader:
            frame = reader.sql("SELECT i FROM range(300_000) AS r(i) ORDER BY i DESC")
            return [len(frame), int(frame["i"].iloc[0]), int(frame["i"].iloc[-1])]

    assert [300_000, 299_999, 0] == await asyncio.to_thread(ask)
    left = store._database.connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'ampherd_results'"
    ).fetchone()
    assert (0,) == left


async def test_many_at_once_get_their_own_answers(serve: Serve) -> None:
    _, url = serve(StatementLimits(at_once=4))
    found: list[int] = []
    lock = threading.Lock()

    def ask(number: int) -> None:
        with analytics.open(url, ANALYST) as reader:
            value = int(reader.sql(f"SELECT {number} AS n")["n"].iloc[0])
        with lock:
            found.append(value)

    await asyncio.gather(*(asyncio.to_thread(ask, number) for number in range(12)))

    assert list(range(12)) == sorted(found)


async def test_a_statement_as_long_as_a_book_is_refused(serve: Serve) -> None:
    _, url = serve()

    assert "may have 16,384 characters" in await asked(url, "SELECT " + "1, " * 9000 + "1")
