"""What happens when the disk, the file or the process fails."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import cast

import duckdb
import pytest

from analytics.connection import FileConnection
from analytics.database import translated
from analytics.schema.migrations import migrations
from ocpp_core.domain.errors import (
    StoreFullError,
    StoreLockedError,
    StoreReadOnlyError,
)
from ocpp_core.domain.messages import StoredMessage
from tests.analytics.builders import NOON, Charger
from tests.analytics.conftest import OpenStore

ROOT = Path(__file__).parents[2]


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.analytics.processes.{script}", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_database_that_another_process_owns_is_refused_with_a_hint(
    path: Path, open_store: OpenStore
) -> None:
    """OCPP.md row 66."""
    with start("owner", str(path)) as owner:
        assert "open" == line(owner)

        with pytest.raises(StoreLockedError, match="another process owns") as refusal:
            open_store()
        with pytest.raises(StoreLockedError, match="running server"):
            FileConnection(path)

        owner.communicate("")
    assert refusal.value.hint
    open_store()


async def test_what_was_acknowledged_survives_kill_9(path: Path, open_store: OpenStore) -> None:
    """The first run creates the file, the others find what a killed process left."""
    acknowledged: set[str] = set()
    for run in range(2):
        with start("endless_writer", str(path), str(run)) as writer:
            acknowledged |= {line(writer) for _ in range(300)}
            writer.send_signal(signal.SIGKILL)
            assert writer.stdout is not None
            # What it said before it died counts too; the last line may be cut.
            acknowledged |= {said[:-1] for said in writer.stdout if said.endswith("\n")}

    store = open_store()

    with store.reader() as reader:
        stored = set(reader.sql("SELECT message_id FROM ocpp_message")["message_id"])
        counted = reader.sql("SELECT count(*) AS n FROM ocpp_message")["n"].iloc[0]
    assert 600 <= len(acknowledged)
    assert set() == acknowledged - stored
    assert len(stored) == counted


def test_a_full_disk_is_said_and_the_writer_goes_on_when_there_is_room(path: Path) -> None:
    with start("full_disk", str(path)) as process:
        said, _ = process.communicate("")

    words = dict(part.split("=", 1) for part in said.split())
    assert "StoreFullError" == words["error"]
    assert "True" == words["hint"]
    assert words["acknowledged"] == words["stored"]
    assert "True" == words["refused_absent"]
    assert "True" == words["goes_on"]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("IO Error: Could not set lock on file", StoreLockedError),
        ('IO Error: Cannot open file "x": Permission denied', StoreReadOnlyError),
        ('IO Error: Cannot open file "x": Read-only file system', StoreReadOnlyError),
        ("IO Error: Could not write file: No space left on device", StoreFullError),
        ("IO Error: Could not write file: File too large", StoreFullError),
    ],
)
def test_the_system_s_refusals_get_words_and_a_hint(words: str, kind: type[Exception]) -> None:
    error = translated(duckdb.IOException(words), Path("depot.duckdb"))

    assert kind is type(error)
    assert error.hint
    assert "depot.duckdb" in str(error)


def test_a_folder_that_cannot_be_made_is_refused(path: Path, open_store: OpenStore) -> None:
    path.parent.joinpath("file").write_text("", "utf-8")

    with pytest.raises(Exception, match=r"Not a directory|exists"):
        open_store(at=path.parent / "file" / "depot.duckdb")


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (Charger().start(NOON, 7, meter_wh=2**70), "cannot be stored"),
        (replace(Charger().start(NOON, 7), action=cast("str", None)), "NOT NULL"),
    ],
    ids=["too-large", "missing"],
)
async def test_an_item_that_no_column_can_hold_takes_no_other_with_it(
    open_store: OpenStore, odd: StoredMessage, words: str
) -> None:
    store, charger = open_store(), Charger(number=1)

    results = await asyncio.gather(
        store.append(odd),
        store.append(charger.metered(NOON, 1000, None)),
        return_exceptions=True,
    )

    assert words in str(results[0])
    assert results[1] is None
    assert 1 == store.counters["messages_stored"]


async def test_kill_9_around_checkpoints_loses_nothing(path: Path, open_store: OpenStore) -> None:
    """Killed at once after it has said that a checkpoint begins."""
    acknowledged: set[str] = set()
    for run in range(3):
        with start("killed_checkpoint", str(path), str(run)) as writer:
            seen = 0
            while seen < 5:
                said = line(writer)
                if said == "checkpoint":
                    seen += 1
                else:
                    acknowledged.add(said)
            writer.send_signal(signal.SIGKILL)
            assert writer.stdout is not None
            acknowledged |= {
                said[:-1]
                for said in writer.stdout
                if said.endswith("\n") and said != "checkpoint\n"
            }

    store = open_store()

    with store.reader() as reader:
        rows = reader.sql(
            "SELECT charge_point_id || ' ' || message_id AS name, seq FROM ocpp_message"
        )
    assert len(acknowledged) >= 300
    assert set() == acknowledged - set(rows["name"])
    assert rows["name"].is_unique
    assert rows["seq"].is_unique


async def test_kill_9_with_checkpoints_beside_commits_loses_nothing(
    path: Path, open_store: OpenStore
) -> None:
    acknowledged: set[str] = set()
    for run in range(2):
        with start("killed_beside", str(path), str(run)) as writer:
            for _ in range(40 + 17 * run):
                acknowledged.add(line(writer))
            writer.send_signal(signal.SIGKILL)
            assert writer.stdout is not None
            acknowledged |= {said[:-1] for said in writer.stdout if said.endswith("\n")}

    store = open_store()

    with store.reader() as reader:
        rows = reader.sql(
            "SELECT charge_point_id || ' ' || message_id AS name, seq FROM ocpp_message"
        )
    assert set() == acknowledged - set(rows["name"])
    assert rows["name"].is_unique
    assert rows["seq"].is_unique


def test_kill_9_in_the_copy_before_a_migration_leaves_no_half_copy(
    path: Path, open_store: OpenStore
) -> None:
    store = open_store()
    store._writer.stop()
    store._writer.join()
    store._database.close()
    newest = migrations()[-1].version
    before = path.with_name(f"depot.before-{newest:04d}.duckdb")
    with duckdb.connect(path) as connection:
        connection.execute("DELETE FROM schema_version WHERE version = $1", [newest])
    with start("killed_copy", str(path)) as opening:
        assert "copying" == line(opening)
        opening.send_signal(signal.SIGKILL)

    assert not before.exists()
    with duckdb.connect(path) as connection:  # as it was: the earlier version opens it
        found = connection.execute("SELECT count(*) FROM site").fetchone()
    assert (1,) == found
