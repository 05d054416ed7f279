"""The history of links says when chargers were there, and when nobody could tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ampherd.runtime.links import LinkHistory
from analytics.records import SiteLoadRecord
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.live import LinkChange
from tests.analytics.builders import NOON, TARIFF, make_site

ONE, TWO = ChargePointId("CP-1"), ChargePointId("CP-2")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def store(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Store]:
    site = make_site(chargers=2)
    path = tmp_path / "depot.duckdb"
    async with Store.open(path, site=site, driver_tariff=TARIFF, clock=clock) as store:
        yield store


async def told(store: Store) -> list[tuple[str, datetime, str]]:
    select = "SELECT charge_point_id, changed_at, state FROM link ORDER BY changed_at, 1"
    found: list[tuple[str, datetime, str]] = await store.run(
        lambda database, _: database.connection.execute(select).fetchall()
    )
    return found


def change(at: datetime, *, online: bool) -> LinkChange:
    return LinkChange(charge_point_id=ONE, at=at, online=online)


async def test_chargers_are_offline_from_the_start_until_they_come(
    store: Store, clock: ManualClock
) -> None:
    links = LinkHistory(store, clock, (ONE, TWO))

    await links.begin()
    links.changed(change(NOON + MINUTE, online=True))
    links.changed(change(NOON + 2 * MINUTE, online=False))

    assert [
        ("CP-1", NOON, "offline"),
        ("CP-2", NOON, "offline"),
        ("CP-1", NOON + MINUTE, "online"),
        ("CP-1", NOON + 2 * MINUTE, "offline"),
    ] == await told(store)


async def test_links_that_end_with_the_server_are_no_outage(
    store: Store, clock: ManualClock
) -> None:
    links = LinkHistory(store, clock, (ONE,))

    await links.begin()
    links.changed(change(NOON + MINUTE, online=True))
    clock.advance(5 * 60)
    links.end()
    links.changed(change(NOON + 6 * MINUTE, online=False))

    assert [("CP-1", NOON + MINUTE, "online"), ("CP-1", NOON + 5 * MINUTE, "unwatched")] == (
        await told(store)
    )[1:]


async def test_after_a_crash_the_last_sign_of_life_ends_the_history(
    store: Store, clock: ManualClock
) -> None:
    crashed = LinkHistory(store, clock, (ONE,))
    await crashed.begin()
    crashed.changed(change(NOON + MINUTE, online=True))
    await store.record(SiteLoadRecord(at=NOON + 9 * MINUTE, step_s=60, site_w=1.0))
    clock.advance(60 * 60)

    await LinkHistory(store, clock, (ONE,)).begin()

    assert [
        ("CP-1", NOON + 9 * MINUTE, "unwatched"),
        ("CP-1", NOON + 60 * MINUTE, "offline"),
    ] == (await told(store))[2:]
