"""What leaves the database for the archive can be asked for as before, and nothing is lost."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from analytics import open as open_reader
from analytics.retention.archive import due_days, take_over, write_day
from analytics.retention.keeper import Keeper, RetentionPolicy
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from tests.analytics.builders import NOON, Charger

MONTHS = timedelta(days=100)
POLICY = RetentionPolicy(raw_days=30)
ASKED = (
    "SELECT * FROM meter_sample ORDER BY ALL",
    "SELECT * FROM ocpp_message_all ORDER BY seq",
    "SELECT session_id, energy_wh, trust FROM session ORDER BY ALL",
    "SELECT * FROM session_interval ORDER BY ALL",
)

type OpenStore = Callable[..., Store]


def ask(store: Store, *selects: str) -> list[list[tuple[Any, ...]]]:
    return [store._database.connection.execute(select).fetchall() for select in selects]


async def with_history(store: Store, days: int = 3) -> Charger:
    charger = Charger()
    for day in range(days):
        for message in charger.whole_session(NOON + timedelta(days=day), 7 + day):
            await store.append(message)
    return charger


async def test_questions_answer_alike_before_and_after(
    open_store: OpenStore, clock: ManualClock
) -> None:
    """OCPP.md row 26: old readings leave the database and stay queryable."""
    store = open_store()
    await with_history(store)
    before = ask(store, *ASKED)
    clock.advance(MONTHS.total_seconds())

    tidied = await Keeper(store, POLICY).tidy()

    assert [[(0,)], [(0,)]] == ask(
        store, "SELECT count(*) FROM meter_reading", "SELECT count(*) FROM ocpp_message"
    )
    assert before == ask(store, *ASKED)
    assert 6 == tidied.days_archived
    await store.close()


async def test_what_is_young_stays(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()
    await with_history(store)
    clock.advance(29 * 86_400)

    assert 0 == (await Keeper(store, POLICY).tidy()).days_archived


async def test_days_from_the_start_of_a_running_session_on_are_left(
    open_store: OpenStore, clock: ManualClock
) -> None:
    store = open_store()
    charger = await with_history(store, days=1)
    await store.append(charger.start(NOON + timedelta(days=1), 99))
    await store.append(charger.metered(NOON + timedelta(days=1, hours=1), 1500, 99))
    clock.advance(MONTHS.total_seconds())

    await Keeper(store, POLICY).tidy()

    assert [[(2,)]] == ask(store, "SELECT count(*) FROM ocpp_message")


async def test_a_day_to_which_rows_come_meanwhile_waits(
    open_store: OpenStore, clock: ManualClock
) -> None:
    store = open_store()
    charger = await with_history(store, days=1)
    clock.advance(MONTHS.total_seconds())
    (_, day), *_ = await store.run(lambda database, _: due_days(database, NOON + MONTHS))
    written = await store.run(
        lambda database, _: write_day(database.connection, store.path, "meter_reading", day, 1)
    )
    await store.append(charger.metered(NOON + timedelta(hours=1, seconds=7), 9000, None))

    assert not await store.run(lambda database, _: take_over(database, written, NOON + MONTHS))
    assert [[(24,)]] == ask(store, "SELECT count(*) FROM meter_reading")


async def test_a_reading_sent_again_is_found_in_the_archive(
    open_store: OpenStore, clock: ManualClock, path: Path
) -> None:
    """OCPP.md row 16: also when the server was restarted since."""
    store = open_store()
    await with_history(store, days=1)
    before = ask(store, ASKED[0])
    clock.advance(MONTHS.total_seconds())
    await Keeper(store, POLICY).tidy()
    await store.close()

    again = open_store()
    other = Charger(number=1000)
    for message in other.whole_session(NOON, 7)[1:-1]:
        await again.append(message)

    assert before == ask(again, ASKED[0])


async def test_message_numbers_go_on_when_all_messages_are_archived(
    open_store: OpenStore, clock: ManualClock
) -> None:
    store = open_store()
    charger = await with_history(store, days=1)
    clock.advance(MONTHS.total_seconds())
    await Keeper(store, POLICY).tidy()
    await store.close()

    again = open_store()
    await again.append(charger.metered(NOON + MONTHS, 9000, None))

    assert [[(26, 26)]] == ask(again, "SELECT max(seq), count(DISTINCT seq) FROM ocpp_message_all")


async def test_a_late_reading_settles_a_session_by_archived_ones_too(
    open_store: OpenStore, clock: ManualClock
) -> None:
    store = open_store()
    charger = await with_history(store, days=1)
    before = ask(store, ASKED[2])
    clock.advance(MONTHS.total_seconds())
    await Keeper(store, POLICY).tidy()

    await store.append(charger.metered(NOON + timedelta(minutes=7), 1840, 7))

    assert before == ask(store, ASKED[2])
    assert [[(24,)]] == ask(store, "SELECT count(*) FROM meter_reading_all")


async def test_files_of_a_month_become_one(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()
    charger = await with_history(store)
    await store.append(charger.metered(NOON + timedelta(days=40), 99_000, None))
    before = ask(store, *ASKED)
    clock.advance(MONTHS.total_seconds())

    await Keeper(store, POLICY).tidy()

    assert [[("meter_reading", 2), ("ocpp_message", 2)]] == ask(
        store, "SELECT table_name, count(*) FROM archive_part GROUP BY ALL ORDER BY ALL"
    )
    assert 4 == len(list(store.path.parent.glob("depot.archive/*/*/*")))
    assert before == ask(store, *ASKED)


async def test_old_files_are_deleted_when_the_site_wants_that(
    open_store: OpenStore, clock: ManualClock
) -> None:
    store = open_store()
    await with_history(store)
    clock.advance(MONTHS.total_seconds())

    await Keeper(store, RetentionPolicy(raw_days=30, archive_days=60)).tidy()

    assert [[(0,)]] == ask(store, "SELECT count(*) FROM meter_reading_all")
    assert [] == list(store.path.parent.glob("depot.archive/*/*/*"))


async def test_a_database_and_its_archive_can_be_moved_together(
    open_store: OpenStore, clock: ManualClock, path: Path, tmp_path: Path
) -> None:
    store = open_store()
    await with_history(store)
    clock.advance(MONTHS.total_seconds())
    await Keeper(store, POLICY).tidy()
    await store.close()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.move(path, elsewhere)
    shutil.move(path.with_name("depot.archive"), elsewhere)

    with open_reader(str(elsewhere / path.name)) as reader:
        count = reader.sql("SELECT count(*) AS n FROM meter_sample")["n"].iloc[0]

    assert 3 * 23 * 2 == count


async def test_a_size_beyond_the_budget_and_missing_files_are_told(
    open_store: OpenStore, clock: ManualClock
) -> None:
    store = open_store()
    await with_history(store)
    clock.advance(MONTHS.total_seconds())
    keeper = Keeper(store, RetentionPolicy(raw_days=30, size_budget_bytes=1000))
    await keeper.tidy()

    size = await keeper.measure()

    assert size.file_bytes > 1000
    assert size.archive_bytes == sum(
        file.stat().st_size for file in store.path.parent.glob("depot.archive/*/*/*")
    )
    assert ["the database takes"] == [words[:18] for words in keeper.alarms()]
    shutil.rmtree(store.path.with_name("depot.archive"))
    await keeper.measure()
    assert "6 files of the archive are missing" in keeper.alarms()[1]


@pytest.mark.parametrize("name", ["it's a site", "bracket[1]"])
async def test_folders_may_have_odd_names(
    open_store: OpenStore, clock: ManualClock, tmp_path: Path, name: str
) -> None:
    store = open_store(at=tmp_path / name / "depot.duckdb")
    await with_history(store, days=1)
    before = ask(store, *ASKED)
    clock.advance(MONTHS.total_seconds())

    await Keeper(store, POLICY).tidy()

    assert before == ask(store, *ASKED)
    await asyncio.wait_for(store.close(), 10)
