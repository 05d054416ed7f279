"""What history says of the cars that are here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ampherd.runtime.foresight import Foresight, ForesightRules
from ampherd.runtime.snapshot import PlanningRules, session_need
from analytics.importers import RecordedSession, import_sessions
from analytics.importers.reading import Reading
from analytics.importers.sessions import ordered
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.domain.live import LiveSite
from ocpp_core.domain.session import DriverNeed
from tests.analytics.builders import NOON
from tests.analytics.desk import CP, Desk, started

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path / "site.duckdb")
    desk.clock = ManualClock(NOON)
    await desk.hear(started(NOON), NOON)
    yield desk
    await desk.store.close()


async def keep(desk: Desk, rows: list[RecordedSession]) -> None:
    await import_sessions(
        desk.store, Reading(importer="test", file_name="test.csv", rows=ordered(rows), rejected=())
    )


def habit(token: str, days: int, hours: float = 3.0) -> list[RecordedSession]:
    """Return stays of a driver who says eight hours and leaves after `hours`."""
    return [
        RecordedSession(
            line=day,
            station="CP-1",
            id_token=token,
            arrival=NOON - day * DAY,
            departure=NOON - day * DAY + hours * HOUR,
            energy_wh=6000,
            asked_wh=30_000,
            announced_departure=NOON - day * DAY + 8 * HOUR,
            need_stated=True,
        )
        for day in range(1, days + 1)
    ]


def the_session(desk: Desk, departure: datetime) -> tuple[DriverNeed, IdToken]:
    live = desk.live.charge_points[CP].connectors[ConnectorId(1)]
    assert live.session is not None
    live.session.need = DriverNeed(energy_wh=30_000, departure=departure)
    live.session.status = AuthorizationStatus.ACCEPTED
    return live.session.need, live.session.id_token


def foresight(desk: Desk) -> Foresight:
    return Foresight(desk.store.reader, desk.site, ForesightRules())


async def test_a_driver_who_leaves_early_is_planned_to_leave_early(desk: Desk) -> None:
    _, token = the_session(desk, NOON + 8 * HOUR)
    await keep(desk, habit(token.upper(), 20))
    seen = foresight(desk)
    await seen.learn(NOON)
    await seen.look(desk.live, NOON)
    live = desk.live.charge_points[CP].connectors[ConnectorId(1)]
    assert live.session is not None

    expected = seen.need(live.session, NOON + HOUR)
    need = session_need(live, PlanningRules(), NOON + HOUR, 0.0, full=False, expected=expected)

    assert need is not None
    assert NOON + 2.5 * HOUR < need.departure < NOON + 3.5 * HOUR
    assert 5_000 < need.energy_wh < 7_000
    assert expected is not None
    assert "leaves earlier in 10 of 10 stays" in expected.words


async def test_without_history_a_car_is_planned_as_its_driver_asked(desk: Desk) -> None:
    asked, _ = the_session(desk, NOON + 8 * HOUR)
    seen = foresight(desk)
    await seen.learn(NOON)
    await seen.look(desk.live, NOON)
    live = desk.live.charge_points[CP].connectors[ConnectorId(1)]
    assert live.session is not None

    need = session_need(
        live, PlanningRules(), NOON, 0.0, full=False, expected=seen.need(live.session, NOON)
    )

    assert need is not None
    assert (asked.departure, asked.energy_wh) == (need.departure, need.energy_wh)


async def test_stays_name_no_token_and_nothing_that_was_not_said(desk: Desk) -> None:
    rows = habit("ANN", 2)
    silent = RecordedSession(
        line=9, station="CP-1", id_token="BOB", arrival=NOON - 9 * DAY,
        departure=NOON - 9 * DAY + HOUR, energy_wh=1000,
    )  # fmt: skip
    await keep(desk, [*rows, silent])

    with desk.ask() as reader:
        found = reader.stays(NOON - 30 * DAY, NOON)

    assert [1000, 6000, 6000] == found["energy_wh"].tolist()
    assert [True, False, False] == found["stated_wh"].isna().tolist()
    assert [True, False, False] == found["stated_departure"].isna().tolist()
    assert 2 == found["driver"].nunique()
    assert not found["driver"].isin(["ANN", "BOB"]).any()


async def test_who_comes_at_this_hour_is_expected_until_then(desk: Desk) -> None:
    await keep(desk, habit("ANN", 20))
    seen = Foresight(desk.store.reader, desk.site, ForesightRules(cars=False, arrivals=True))
    early = NOON - HOUR
    empty = LiveSite(desk.site)
    await seen.learn(early)
    await seen.look(empty, early)

    expected = seen.coming(early, early + 4 * HOUR)

    assert {(NOON, 6_000)} == {(one.arrival, round(one.energy_wh)) for one in expected}
    assert 1 == pytest.approx(sum(one.cars for one in expected), abs=0.1)
    assert () == seen.coming(early, early + HOUR / 2)
    assert {NOON} == {one.arrival for one in seen.coming(early, early + 48 * HOUR)}
    await seen.look(desk.live, NOON + HOUR / 60)
    assert () == seen.coming(NOON + HOUR / 60, NOON + 4 * HOUR)


async def test_cars_are_expected_as_far_as_plans_look(desk: Desk) -> None:
    await keep(desk, habit("ANN", 20))
    rules = ForesightRules(cars=False, arrivals=True, horizon=48 * HOUR)
    seen, early = Foresight(desk.store.reader, desk.site, rules), NOON - HOUR
    await seen.learn(early)
    await seen.look(desk.live, early)

    expected = seen.coming(early, early + 48 * HOUR)

    assert {NOON, NOON + 24 * HOUR} == {one.arrival for one in expected}


async def test_without_history_or_unasked_no_car_is_expected(desk: Desk) -> None:
    rules = ForesightRules(cars=False, arrivals=True)
    for seen, days in ((Foresight(desk.store.reader, desk.site, rules), 5), (foresight(desk), 20)):
        await keep(desk, habit("ANN", days))
        await seen.learn(NOON - HOUR)
        await seen.look(desk.live, NOON - HOUR)

        assert () == seen.coming(NOON - HOUR, NOON + 4 * HOUR)
