"""Days that were rolled up say what the sessions say, also after these have changed."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.day_questions import no_days, on_grid
from analytics.questions import Value
from analytics.reader import Reader
from analytics.records import DriverNeedRecord, EmissionRecord, SiteLoadRecord, TokenRecord
from analytics.retention.days import GRAINS, SPLITS, roll_days
from analytics.store import Store
from analytics.writer import CommitPolicy
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import IdToken, SessionId
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.session import DriverNeed
from tests.analytics.builders import SITE_TARIFF, TARIFF, Charger, make_site

BERLIN = ZoneInfo("Europe/Berlin")
CHANGES = [datetime(2026, 3, 27, 23, tzinfo=UTC), datetime(2026, 10, 23, 22, tzinfo=UTC)]
"""Midnight in Berlin, a day before the one on which clocks change."""
LENGTH = timedelta(days=4)
MIN = timedelta(minutes=1)


class Visit(NamedTuple):
    """A session: where, how long after the one before, how long, how much."""

    charger: str
    gap_min: int
    stay_min: int
    energy_wh: int


VISITS = st.builds(
    Visit,
    st.sampled_from(["CP-1", "CP-2"]),
    st.integers(0, 9 * 60),
    st.integers(-90, 30 * 60),  # a clock that was set ends a session before it began
    st.integers(0, 40_000),
)
EDGES = st.integers(0, int(LENGTH / MIN)) | st.sampled_from([0, 23 * 60, 24 * 60, 48 * 60, 96 * 60])
ASKED = st.tuples(EDGES, EDGES, st.sampled_from(GRAINS), st.sampled_from(SPLITS))


def open_store(path: Path, since: datetime) -> Store:
    return Store.open(
        path,
        site=make_site(),
        driver_tariff=TARIFF,
        site_tariff=SITE_TARIFF,
        clock=ManualClock(since + LENGTH + timedelta(days=1)),
        policy=CommitPolicy(window_s=0),
    )


def told(visits: Sequence[Visit], since: datetime, first: int) -> list[StoredMessage]:
    """Messages of sessions that follow each other at their chargers."""
    messages, at = [], {"CP-1": since, "CP-2": since}
    for number, visit in enumerate(visits, first):
        charger = Charger(visit.charger, number=100 * number)
        start = at[visit.charger] + visit.gap_min * MIN
        end = start + visit.stay_min * MIN
        if end > since + LENGTH:
            continue
        full = 1000 + visit.energy_wh
        messages += [
            charger.start(start, number, token=f"TOKEN-{number % 3}"),
            charger.metered(start + visit.stay_min * MIN / 2, full, number),
            charger.stop(end, number, full),
        ]
        at[visit.charger] = end + MIN
    return messages


def loads(since: datetime, every_min: int) -> list[SiteLoadRecord]:
    return [
        SiteLoadRecord(
            at=since + minute * MIN,
            step_s=300,
            building_w=3000.0 + minute % 700,
            pv_w=None if minute % 11 == 0 else 9000.0 * (minute % 1440) / 1440,
        )
        for minute in range(0, int(LENGTH / MIN), every_min)
    ]


def belongs(token: str, driver_id: str | None, at: datetime) -> TokenRecord:
    return TokenRecord(
        id_token=IdToken(token),
        status=AuthorizationStatus.ACCEPTED,
        at=at,
        label=token.lower(),
        driver_id=driver_id,
    )


async def roll(store: Store, most: int = 7) -> None:
    while await store.run(lambda database, _: roll_days(database, BERLIN, store.now(), most=most)):
        pass


def days(store: Store) -> list[date]:
    found = store._database.connection.execute("SELECT day FROM rolled_day ORDER BY day")
    return [day for (day,) in found.fetchall()]


def compare(reader: Reader, since: datetime, asked: Sequence[tuple[int, int, str, str]]) -> None:
    """Ask by days and directly, and let both say the same."""
    for one, other, by, split in asked:
        start, end = since + min(one, other) * MIN, since + max(one, other) * MIN
        first, until = on_grid(start), on_grid(end)
        period: dict[str, Value] = {"start": start, "end": end, "by": by, "split": split}
        grid: dict[str, Value] = {"start": first, "end": until}
        step: dict[str, Value] = {**period, "step_s": 3600, "first": first, "until": until}
        for name, values in (
            ("consumption", period),
            ("revenue", period),
            ("session_outcomes", period),
            ("site_energy", {**period, "by": "hour"}),
            ("occupancy", period),
            ("demand", grid),
            ("site_cost_slots", grid),
            ("site_power", step),
        ):
            of = (until if values is grid else end) - start
            used = reader._whole_days(start, start + of)
            by_days, direct = (
                reader._ask_with(name, days, values) for days in (used, no_days(start + of))
            )
            pd.testing.assert_frame_equal(by_days, direct, rtol=1e-12)


@settings(max_examples=6)
@given(
    st.sampled_from(CHANGES),
    st.lists(VISITS, min_size=1, max_size=12),
    st.lists(VISITS, max_size=2),
    st.sampled_from([5, 45]),
    st.lists(ASKED, min_size=1, max_size=1),
    st.integers(1, 7),
)
def test_whole_days_say_what_sessions_say(
    since: datetime,
    visits: list[Visit],
    late: list[Visit],
    every_min: int,
    asked: list[tuple[int, int, str, str]],
    most: int,
) -> None:
    whole = (0, int(LENGTH / MIN), "total")
    asked = [*asked, (*whole, "connector"), (*whole, "driver")]

    async def run(path: Path) -> None:
        async with open_store(path, since) as store:
            await store.record(*loads(since, every_min))
            await store.record(
                EmissionRecord(at=since + 300 * MIN, step_s=900, kg_per_kwh=0.4, source="grid")
            )
            await asyncio.gather(*map(store.append, told(visits, since, 1)))
            await store.record(belongs("TOKEN-0", "7", since), belongs("TOKEN-1", "7", since))
            await roll(store, most)
            with store.reader() as reader:
                compare(reader, since, asked)
                await asyncio.gather(*map(store.append, told(late, since + 100 * MIN, 50)))
                await store.record(belongs("token-1", "8", since))
                compare(reader, since, asked[:1])
                await roll(store, most)
                compare(reader, since, asked[1:])

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder) / "depot.duckdb"))


SINCE = CHANGES[0]
OVERNIGHT = [Visit("CP-1", 60, 8 * 60, 9000), Visit("CP-1", 11 * 60, 10 * 60, 20_000)]
"""A session on the first day, and one from its evening to the next morning."""


@pytest.fixture
async def store(tmp_path: Path) -> Any:
    async with open_store(tmp_path / "depot.duckdb", SINCE) as opened:
        await opened.record(*loads(SINCE, 15))
        await asyncio.gather(*map(opened.append, told(OVERNIGHT, SINCE, 1)))
        await roll(opened)
        yield opened


async def test_a_day_is_worked_out_when_it_has_ended(store: Store) -> None:
    assert [28, 29, 30, 31, 1] == [day.day for day in days(store)]


async def test_what_runs_keeps_its_days_out(store: Store) -> None:
    charger, at = Charger("CP-2"), SINCE + timedelta(hours=30)
    await store.append(charger.start(at, 9))
    await store.append(charger.metered(at + timedelta(hours=40), 5000, 9))
    await store.refresh_open_sessions(at + timedelta(hours=41))
    await roll(store)

    assert [28] == [day.day for day in days(store)]


@pytest.mark.parametrize(
    ("hour", "left"),
    [
        # A slot of before belongs to what the overnight session cost, which is booked on its end.
        (23, [30, 31, 1]),
        (40, [28, 30, 31, 1]),
        (60, [28, 29, 31, 1]),
        (100, [28, 29, 30, 31]),
    ],
)
async def test_a_late_value_takes_out_the_days_that_it_changes(
    store: Store, hour: int, left: list[int]
) -> None:
    at = SINCE + timedelta(hours=hour, minutes=1)
    await store.record(SiteLoadRecord(at=at, step_s=60, building_w=1.0, pv_w=5.0))

    assert left == [day.day for day in days(store)]


async def test_a_need_that_is_stated_late_takes_out_the_days_of_its_session(store: Store) -> None:
    (session_id,) = store._database.connection.execute(
        "SELECT session_id FROM session ORDER BY started_at LIMIT 1"
    ).fetchone() or ("",)
    need = DriverNeed(energy_wh=9000.0, departure=SINCE + timedelta(hours=9), stated=True)
    await store.record(
        DriverNeedRecord(session_id=SessionId(session_id), at=store.now(), need=need)
    )

    assert [29, 30, 31, 1] == [day.day for day in days(store)]


async def test_a_token_that_is_given_to_another_driver_takes_out_the_days_of_its_sessions(
    store: Store,
) -> None:
    await store.record(belongs("TOKEN-1", "7", SINCE))

    assert [29, 30, 31, 1] == [day.day for day in days(store)]


async def test_a_name_is_looked_up_when_it_is_asked_for(store: Store) -> None:
    await store.record(belongs("TOKEN-1", None, SINCE))

    assert 5 == len(days(store))
    with store.reader() as reader:
        by_driver = reader.consumption(SINCE, SINCE + LENGTH, by="total", split="driver")
    assert {"token-1": 9.0, "***EN-2": 20.0} == dict(
        zip(by_driver["driver"], by_driver["energy_kwh"].round(9), strict=True)
    )


async def test_a_transaction_that_fails_takes_out_nothing(store: Store) -> None:
    def fail(database: Any, settlement: Any) -> None:
        del settlement
        with database.transaction():
            database.rolled.touch(database.connection, SINCE, SINCE + LENGTH)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await store.run(fail)

    assert 5 == len(days(store))


async def test_a_day_that_is_taken_out_between_two_questions_is_not_missing(store: Store) -> None:
    with store.reader() as reader:
        start, end = SINCE, SINCE + LENGTH
        before = reader.consumption(start, end)
        found = reader._whole_days(start, end)
        await store.run(lambda database, _: database.connection.execute("DELETE FROM rolled_day"))
        reader._whole_days = lambda *_: found  # type: ignore[method-assign]

        pd.testing.assert_frame_equal(before, reader.consumption(start, end))


async def test_days_in_which_nothing_was_are_one_step_until_something_comes(store: Store) -> None:
    later = store.now() + timedelta(days=800)

    async def steps() -> int:
        count = 0
        while await store.run(lambda database, _: roll_days(database, BERLIN, later)):
            count += 1
        return count

    first = await steps()
    at_first = len(days(store))
    at = SINCE + timedelta(days=300)
    await store.record(SiteLoadRecord(at=at, step_s=60, building_w=1000.0))
    left = len(days(store))
    again = await steps()

    assert (1, 805, 804, 1) == (first, at_first, left, again)
    assert days(store) == [date(2026, 3, 28) + timedelta(days=n) for n in range(805)]
    with store.reader() as reader:
        compare(reader, SINCE + timedelta(days=299), [(0, 3 * 1440, "day", "site")])


async def test_another_zone_has_other_days(store: Store) -> None:
    lisbon = ZoneInfo("Europe/Lisbon")
    while await store.run(lambda database, _: roll_days(database, lisbon, store.now())):
        pass

    found = store._database.connection.execute("SELECT DISTINCT timezone FROM rolled_day")
    assert [("Europe/Lisbon",)] == found.fetchall()
