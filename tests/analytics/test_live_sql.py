"""Other processes read the running store over quack, and can do nothing else."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from datetime import timedelta
from pathlib import Path

import pytest

import analytics
from analytics.connection import QuackConnection
from analytics.store import Store
from ocpp_core.domain.errors import ConfigurationError, NotReadOnlyError, ReaderError
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


ATTACKS = [
    "INSERT INTO site SELECT * FROM site",
    "UPDATE session SET energy_wh = 0",
    "DELETE FROM session",
    "DROP TABLE session",
    "CREATE TABLE mine (a INTEGER)",
    "COPY session TO '/tmp/ampherd-stolen.csv'",
    "COPY session FROM '/etc/passwd'",
    "EXPORT DATABASE '/tmp/ampherd-stolen'",
    "ATTACH '/tmp/ampherd-mine.duckdb'",
    "DETACH depot",
    "SET threads = 1",
    "SET GLOBAL quack_authorization_function = 'quack_nop_authorization'",
    "RESET lock_configuration",
    "PRAGMA disable_checkpoint_on_shutdown",
    "INSTALL spatial",
    "LOAD spatial",
    "CHECKPOINT",
    "CALL quack_stop('{url}')",
    "SELECT 1; DELETE FROM session",
    "SELECT 1; SELECT 2",
    "SELECT * FROM quack_stop('{url}')",
    "WITH a AS (FROM quack_stop('{url}')) SELECT * FROM a",
    "SELECT (SELECT 1 FROM quack_stop('{url}'))",
    "SELECT * FROM quack_serve('quack:127.0.0.1:1', token = 'xxxxxxxx')",
    "SELECT * FROM quack_query('quack:127.0.0.1:1', 'SELECT 1', token = 'xxxxxxxx')",
    "SELECT * FROM query('DELETE FROM session')",
    "SELECT * FROM query_table('session')",
    "SELECT * FROM force_checkpoint()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_parquet('/tmp/x.parquet')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM sqlite_scan('/tmp/x', 'y')",
    "DESCRIBE SELECT * FROM read_csv('/etc/passwd')",
    "SELECT getenv('HOME')",
    "",
]


async def test_attacks_fail_and_change_nothing(served: tuple[Store, str]) -> None:
    store, url = served

    def attack() -> list[str]:
        connection = QuackConnection(url, TOKEN)
        succeeded = []
        for attempt in ATTACKS:
            statement = attempt.format(url=url)
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
