"""What replays tell of cars and of the month: never more than a site would know."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ocpp_core.domain.ids import SessionId
from optimizer.replay import (
    EDF,
    FromHistory,
    Information,
    Planned,
    RecordedStay,
    Setup,
    Situation,
    Summary,
    nothing_ahead,
    simulate,
)
from optimizer.replay.ahead import Ahead, Expected
from optimizer.replay.information import teller
from optimizer.replay.situation import Decision
from tests.optimizer.builders import START, circuit, site
from tests.optimizer.replay_world import setup, stay

ONE = site(circuit("main", limit_a=32), connectors={"CP-1": "main"})
NOW = stay("CP-1", comes_min=0, leaves_min=180, kwh=6, stated_kwh=30, stated_min=60)


def days_before(count: int) -> tuple[RecordedStay, ...]:
    """Return the same stay on so many days before."""
    return tuple(
        replace(
            NOW,
            session_id=SessionId(f"before-{day}"),
            arrival=NOW.arrival - timedelta(days=day),
            departure=NOW.departure - timedelta(days=day),
            stated_departure=NOW.arrival + timedelta(hours=1) - timedelta(days=day),
        )
        for day in range(1, count + 1)
    )


def test_without_stays_on_record_a_forecast_is_what_was_stated() -> None:
    world = setup(ONE, NOW)
    stated, forecast = (
        teller(world, information) for information in (Information.STATED, Information.FORECAST)
    )

    for minutes, taken_wh in ((0, 0.0), (30, 4_000.0), (90, 31_000.0)):
        now = START + timedelta(minutes=minutes)

        assert stated(NOW, now, taken_wh, False) == forecast(NOW, now, taken_wh, False)


def test_a_few_days_on_record_change_nothing() -> None:
    world, before = setup(ONE, NOW), days_before(10)
    stated, forecast = (
        teller(world, information, before=before)
        for information in (Information.STATED, Information.FORECAST)
    )

    assert stated(NOW, START, 0.0, False) == forecast(NOW, START, 0.0, False)


def test_with_stays_on_record_a_forecast_is_what_came_of_them() -> None:
    told = teller(setup(ONE, NOW), Information.FORECAST, before=days_before(30))

    found = told(NOW, START, 0.0, False)

    assert 5_000 < found.rest_wh < 8_000
    assert timedelta(hours=2.5) < found.departure - START < timedelta(hours=3.5)


def expected(world: Setup, source: FromHistory) -> list[tuple[float, bool]]:
    """Return the given peak (W) and whether plans hold back, for each decision of a replay."""
    found: list[tuple[float, bool]] = []

    class Asking:
        name = "asking"

        def begin(self, setup: Setup) -> Any:
            expect, decide = source(setup), EDF.begin(setup)

            def ask(seen: Situation) -> Decision:
                end: datetime = seen.now + timedelta(hours=4)
                told = expect(seen, end)
                found.append((told.peak_w, told.restraint is not None))
                return decide(seen)

            return ask

    simulate(world, Asking())
    return found


def test_a_month_like_the_days_before_has_a_given_peak() -> None:
    (first, *others) = expected(setup(ONE, NOW), FromHistory(before=days_before(30)))

    # 6 kWh in 3 h, and a margin.
    peak_w, held_back = first
    assert peak_w == pytest.approx(1.15 * 2_000)
    assert held_back
    assert all(other == first for other in others)


@pytest.mark.parametrize(
    ("world", "source"),
    [
        (setup(ONE, NOW), FromHistory()),
        (setup(ONE, NOW), FromHistory(before=days_before(10))),
        (setup(ONE, NOW), FromHistory(before=days_before(30), restraint=None)),
        (setup(ONE, NOW, tariff=None), FromHistory(before=days_before(30))),
    ],
    ids=["no history", "too little", "not asked", "no demand charge"],
)
def test_where_nothing_is_known_of_the_month_plans_hold_nothing_back(
    world: Setup, source: FromHistory
) -> None:
    assert {(0.0, False)} == set(expected(world, source))


def crowded(day: int) -> tuple[RecordedStay, ...]:
    """Return a car that comes first and five that come later: too many for the fuse; days ago."""
    first = stay("CP-1", comes_min=0, leaves_min=240, kwh=14)
    others = [
        stay(f"CP-{n}", comes_min=90 + n, leaves_min=240, kwh=14, max_a=16) for n in range(2, 6)
    ]
    return tuple(
        replace(
            one,
            session_id=SessionId(f"{one.ref}-{day}"),
            arrival=one.arrival - timedelta(days=day),
            departure=one.departure - timedelta(days=day),
        )
        for one in (first, *others)
    )


def test_a_site_that_cannot_serve_all_does_not_hold_its_peak_down_for_those_who_come_first() -> (
    None
):
    names = {f"CP-{n}": "main" for n in range(1, 6)}
    world = setup(site(circuit("main", limit_a=20), connectors=names), *crowded(0))
    before = tuple(one for day in range(1, 22) for one in crowded(day))

    def ran(ahead: Ahead) -> Summary:
        return simulate(world, Planned(ahead=ahead, replan_s=1800), before=before).summary()

    alone = ran(nothing_ahead)
    expecting = ran(FromHistory.for_what_is_told(Information.PERFECT, before))

    assert expecting.delivered_percent > alone.delivered_percent + 10
    assert expecting.peak_kw == pytest.approx(alone.peak_kw, rel=0.01)


@pytest.mark.parametrize("days", [0, 10])
def test_without_two_weeks_on_record_nobody_is_expected(days: int) -> None:
    world = setup(ONE, NOW)
    before = tuple(one for day in range(1, days + 1) for one in crowded(day))
    told: list[Expected] = []
    expect = FromHistory.for_what_is_told(Information.PERFECT, before)(world)

    class Asking:
        name = "asking"

        def begin(self, setup: Setup) -> Any:
            decide = EDF.begin(setup)

            def ask(seen: Situation) -> Decision:
                told.append(expect(seen, seen.now + timedelta(hours=4)))
                return decide(seen)

            return ask

    simulate(world, Asking())

    assert {Expected()} == set(told)
