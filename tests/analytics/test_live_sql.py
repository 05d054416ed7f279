"""Other processes read the running store over quack, and can do nothing else."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

import analytics
from analytics.connection import QuackConnection
from analytics.extensions import load_quack
from analytics.store import Store
from ocpp_core.domain.errors import ConfigurationError, NotReadOnlyError, ReaderError
from tests.analytics.attacks import ATTACKS
from tests.analytics.builders import NOON, Charger
from tests.analytics.conftest import OpenStore
from tests.analytics.ports import free_port

TOKEN = "a-token-that-nobody-guesses"
STOLEN = Path("/tmp/ampherd-stolen.csv")
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def served(open_store: OpenStore) -> tuple[Store, str]:
    store = open_store()
    for message in Charger().whole_session(NOON, 7):
        await store.append(message)
    return store, store.serve_sql(free_port(), TOKEN)


async def test_another_process_reads_while_this_one_writes(served: tuple[Store, str]) -> None:
    """OCPP.md row 66."""
    store, url = served
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.analytics.processes.client", url, TOKEN,
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert client.stdout is not None
    assert client.stdin is not None
    before = json.loads(await client.stdout.readline())

    await store.append(Charger("CP-2").start(NOON + timedelta(hours=3), 8))
    client.stdin.write(b"again\n")
    after = json.loads(await client.stdout.readline())
    client.stdin.close()
    await client.wait()

    assert {"sessions": 1, "energy_kwh": 14.4, "zone": "Europe/Berlin"} == before
    assert {"sessions": 2, "energy_kwh": 14.4, "zone": "Europe/Berlin"} == after


async def test_a_wrong_token_reads_nothing(served: tuple[Store, str]) -> None:
    with pytest.raises(ReaderError, match=r"token|Authentication"):
        await asyncio.to_thread(analytics.open, served[1], "not-the-token-at-all")


async def test_a_reader_without_a_token_is_told_where_to_find_it() -> None:
    with pytest.raises(ReaderError, match="needs a token"):
        analytics.open("quack:127.0.0.1:1")


async def test_attacks_fail_and_change_nothing(served: tuple[Store, str]) -> None:
    store, url = served

    def attack() -> list[str]:
        connection = QuackConnection(url, TOKEN)
        succeeded = []
        for attempt in ATTACKS:
            statement = attempt.replace("{url}", url)
            try:
                connection.frame(statement)
            except ReaderError:
                continue
            succeeded.append(statement)
        connection.close()
        return succeeded

    assert [] == await asyncio.to_thread(attack)

    with await asyncio.to_thread(analytics.open, url, TOKEN) as reader:
        assert 1 == len(reader.sessions(NOON, NOON + timedelta(days=1)))
    await store.append(Charger("CP-2").start(NOON + timedelta(hours=3), 8))
    assert not await asyncio.to_thread(STOLEN.exists)


def test_a_file_and_the_store_itself_refuse_the_same(path: Path, open_store: OpenStore) -> None:
    """Also before live SQL is served, when files are still within the process's reach."""
    store = open_store()
    with store.reader() as reader:
        assert [] == passed(reader)
    store._writer.stop()
    store._writer.join()
    store._database.connection.close()

    with analytics.open(path) as reader:
        assert [] == passed(reader)
        with pytest.raises(ReaderError, match="disabled"):
            reader._connection.frame("FROM read_text('/etc/passwd')")


def passed(reader: analytics.Reader) -> list[str]:
    """Return the attacks that this reader does not refuse."""
    found = []
    for attempt in ATTACKS:
        with suppress(NotReadOnlyError, ReaderError):
            reader.sql(attempt.replace("{url}", "quack:127.0.0.1:1"))
            found.append(attempt)
    return found


async def test_a_client_that_attaches_the_server_reads_and_cannot_write(
    served: tuple[Store, str],
) -> None:
    store, url = served

    def attach() -> tuple[int, int, list[str]]:
        client = duckdb.connect()
        load_quack(client)
        client.execute(f"ATTACH '{url}' AS live (TOKEN '{TOKEN}')")
        (sessions,) = client.execute("SELECT count(*) FROM live.session").fetchone() or (0,)
        (slots,) = client.execute("SELECT count(*) FROM live.site_slot").fetchone() or (0,)
        refused = []
        for attempt in (
            "INSERT INTO live.session SELECT * FROM live.session",
            "INSERT INTO live.site VALUES ('mine', 'mine', 'UTC', 'EUR', 230)",
            "CREATE TABLE live.mine (a INTEGER)",
            "DROP TABLE live.session",
            "DELETE FROM live.session",
            "UPDATE live.session SET energy_wh = 0",
            "FROM quack_query_by_name('live', 'DELETE FROM session')",
        ):
            try:
                client.execute(attempt)
            except duckdb.Error:
                refused.append(attempt)
        client.close()
        return sessions, slots, refused

    sessions, slots, refused = await asyncio.to_thread(attach)

    assert (1, 7) == (sessions, len(refused))
    assert slots > 0
    with store.reader() as reader:
        assert 1 == len(reader.sql("FROM session"))
        assert 1 == len(reader.sql("FROM site"))


async def test_messages_that_change_something_are_refused_whatever_is_in_them(
    served: tuple[Store, str],
) -> None:
    """Kinds of the protocol that no reader sends, and bytes that are none of it."""
    port = int(served[1].rpartition(":")[2])
    bodies = [
        bytes([1, 0, kind, 2, 0, 1, 65, 3, 0, 1, 255, 255, 255, 255])
        for kind in range(100)
        if kind not in {1, 3, 7, 11}
    ]
    bodies += [
        b"",
        b"\x01",
        b"\xff" * 30,
        bytes(5000),
        b"\x01\x00\x03\xff\xff\x01\x00\xff\xff\xff\xff",
    ]

    def send() -> list[bytes]:
        link = http.client.HTTPConnection("127.0.0.1", port)
        answers = []
        for body in bodies:
            link.request("POST", "/quack", body)
            answers.append(link.getresponse().read())
        link.close()
        return answers

    answers = await asyncio.to_thread(send)

    assert {100} == {answer[2] for answer in answers}


async def test_only_this_machine_reaches_live_sql(served: tuple[Store, str]) -> None:
    assert served[1].startswith("quack:127.0.0.1:")
    port = int(served[1].rpartition(":")[2])
    addresses = {
        str(found[4][0])
        for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
        if not str(found[4][0]).startswith("127.")
    }
    for address in addresses:
        with pytest.raises(OSError, match=r"refused|unreachable|timed out"):
            socket.create_connection((address, port), timeout=2)


async def test_an_analyst_reads_with_the_token_of_the_moment(open_store: OpenStore) -> None:
    store, allowed = open_store(), {"first-token-of-an-analyst"}
    url = store.serve_sql(0, TOKEN, analysts=lambda given: given in allowed)
    with await asyncio.to_thread(analytics.open, url, "first-token-of-an-analyst") as reader:
        assert "depot" == reader.site.site_id

        allowed.clear()
        with pytest.raises(ReaderError, match="not known"):
            await asyncio.to_thread(reader.sql, "FROM session")


async def test_the_client_refuses_what_the_server_would_refuse(served: tuple[Store, str]) -> None:
    with (
        await asyncio.to_thread(analytics.open, served[1], TOKEN) as reader,
        pytest.raises(NotReadOnlyError),
    ):
        reader.sql("DELETE FROM session")


async def test_what_an_analyst_needs_is_allowed(served: tuple[Store, str]) -> None:
    with await asyncio.to_thread(analytics.open, served[1], TOKEN) as reader:
        for select in (
            "FROM session",
            "WITH s AS (SELECT * FROM session) SELECT count(*) AS n FROM s",
            "SELECT unnest([1, 2]) AS n",
            "SELECT * FROM generate_series(1, 3) AS t(n)",
            "SELECT date_trunc('day', started_at) AS day, sum(energy_wh) FROM session GROUP BY 1",
            "SELECT table_name FROM information_schema.tables",
            "DESCRIBE session",
            "SUMMARIZE session",
        ):
            assert not reader.sql(select).empty, select


async def test_migrating_and_writing_go_on_with_files_out_of_reach(
    served: tuple[Store, str],
) -> None:
    """`enable_external_access = false` must not touch what the store itself does."""
    store, _ = served
    await asyncio.gather(
        *(store.append(m) for m in Charger("CP-2").whole_session(NOON + timedelta(hours=3), 8))
    )
    await store.refresh_open_sessions(NOON + timedelta(hours=6))

    assert 0 == store.counters["commits_failed"]
    await store.close()


def test_a_short_token_is_refused(open_store: OpenStore) -> None:
    with pytest.raises(ConfigurationError, match="at least 16"):
        open_store().serve_sql(free_port(), "short")


async def test_a_port_that_is_taken_is_said_and_another_one_works(open_store: OpenStore) -> None:
    store = open_store()
    with socket.create_server(("127.0.0.1", 0)) as other:
        with pytest.raises(ConfigurationError, match="cannot listen"):
            store.serve_sql(other.getsockname()[1], TOKEN)

        url = store.serve_sql(free_port(), TOKEN)

    with await asyncio.to_thread(analytics.open, url, TOKEN) as reader:
        assert "depot" == reader.site.site_id
