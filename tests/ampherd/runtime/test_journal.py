"""Alarms are on record from when they came on until they went off, also over a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from ampherd.runtime.journal import Alarm, AlarmJournal
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, make_site


def open_store(path: Path, clock: ManualClock) -> Store:
    return Store.open(
        path, site=make_site(), driver_tariff=TARIFF, site_tariff=SITE_TARIFF, clock=clock
    )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def store(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "depot.duckdb", clock) as store:
        yield store


def on_record(store: Store) -> list[tuple[object, ...]]:
    with store.reader() as reader:
        frame = reader.alarms(NOON - timedelta(days=1), NOON + timedelta(days=1))
    frame["raised_s"] = (frame["raised_at"] - NOON).dt.total_seconds()
    frame["cleared_s"] = (frame["cleared_at"] - NOON).dt.total_seconds().fillna(-1)
    columns = ["kind", "subject", "words", "raised_s", "cleared_s"]
    return [tuple(row) for row in frame[columns].itertuples(index=False)]


OFFLINE = Alarm(kind="offline", words="CP-1 lost its connection.")


async def test_an_alarm_is_one_row_from_coming_to_going(store: Store, clock: ManualClock) -> None:
    now = [OFFLINE]
    journal = AlarmJournal(lambda: now, store, clock, ["CP-1"])

    await journal.note()
    clock.advance(15)
    await journal.note()
    now.clear()
    clock.advance(15)
    await journal.note()

    assert [("offline", "CP-1", OFFLINE.words, 0.0, 30.0)] == on_record(store)


async def test_a_figure_that_changes_makes_no_other_alarm(store: Store, clock: ManualClock) -> None:
    words = ["12.5 GiB of 50 GiB are used", "13.1 GiB of 50 GiB are used"]
    journal = AlarmJournal(lambda: [Alarm(kind="storage", words=words[0])], store, clock, ["CP-1"])
    await journal.note()
    words.pop(0)
    await journal.note()

    assert [("storage", "site", "12.5 GiB of 50 GiB are used", 0.0, -1.0)] == on_record(store)


async def test_two_chargers_are_two_alarms(store: Store, clock: ManualClock) -> None:
    other = Alarm(kind="offline", words="CP-2 lost its connection.")
    journal = AlarmJournal(lambda: [OFFLINE, other], store, clock, ["CP-1", "CP-2"])

    await journal.note()

    assert {"CP-1", "CP-2"} == {row[1] for row in on_record(store)}


async def test_what_was_on_before_a_restart_goes_off_after_it(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with open_store(tmp_path / "twice.duckdb", clock) as store:
        await AlarmJournal(lambda: [OFFLINE], store, clock, ["CP-1"]).note()
    clock.advance(60)

    async with open_store(tmp_path / "twice.duckdb", clock) as store:
        journal = AlarmJournal(list, store, clock, ["CP-1"])
        await journal.note()

        assert [("offline", "CP-1", OFFLINE.words, 0.0, 60.0)] == on_record(store)
