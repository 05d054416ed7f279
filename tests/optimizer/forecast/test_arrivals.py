"""Which cars are still to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.forecast import History, PastStay, arrivals_forecast, expected_number
from tests.optimizer.forecast.stays import MONDAY, ZONE, stay

MIDNIGHT = datetime(2026, 3, 1, 23, tzinfo=UTC)
"""Local midnight before `MONDAY`."""
DAY = timedelta(days=1)


def workdays(weeks: int, cars: int = 4) -> list[PastStay]:
    """Return weeks in which the same cars come at 8, 9, … o'clock on each workday."""
    return [
        stay(-day + n / 24, 8.0, 10.0, driver=f"d{n}")
        for day in range(1, 7 * weeks + 1)
        if (MONDAY - day * DAY).weekday() < 5
        for n in range(cars)
    ]


def test_without_history_no_car_is_expected() -> None:
    empty = History.of((), ZONE)

    assert arrivals_forecast(empty, at=MONDAY, end=MONDAY + DAY) == ()


def test_a_steady_site_is_expected_to_be_as_ever() -> None:
    history = History.of(workdays(8), ZONE)

    cars = arrivals_forecast(history, at=MIDNIGHT, end=MIDNIGHT + DAY)

    assert expected_number(cars) == pytest.approx(4, abs=0.3)
    assert {car.arrival.astimezone(ZONE).hour for car in cars} == {8, 9, 10, 11}
    assert cars[0].energy_wh == pytest.approx(10_000)
    assert cars[0].departure - cars[0].arrival == timedelta(hours=8)


def test_a_day_off_is_expected_to_be_quiet() -> None:
    history = History.of(workdays(8), ZONE)
    saturday = MIDNIGHT + 5 * DAY

    cars = arrivals_forecast(history, at=saturday, end=saturday + DAY)

    assert expected_number(cars) < 0.5


def test_a_busy_morning_makes_a_busy_day() -> None:
    history, now = History.of(workdays(8), ZONE), MONDAY + timedelta(hours=1.5)
    end = MIDNIGHT + DAY

    quiet, usual, busy = (
        expected_number(arrivals_forecast(history, at=now, end=end, came_today=came))
        for came in (0, 2, 10)
    )

    assert quiet < usual < busy


def test_a_cautious_quantile_expects_more() -> None:
    history = History.of([*workdays(8), *workdays(1, 8)], ZONE)
    end = MIDNIGHT + DAY

    mean = arrivals_forecast(history, at=MIDNIGHT, end=end)
    many = arrivals_forecast(history, at=MIDNIGHT, end=end, count_quantile=0.9)

    assert expected_number(many) > expected_number(mean)


@given(st.integers(0, 47), st.integers(1, 30), st.none() | st.integers(0, 30))
@settings(max_examples=30, deadline=None)
def test_expected_cars_come_within_the_time_asked_for(
    half_hours: int, length_h: int, came_today: int | None
) -> None:
    history = History.of(workdays(4), ZONE)
    now = MIDNIGHT + timedelta(minutes=30 * half_hours)
    end = now + timedelta(hours=length_h)

    cars = arrivals_forecast(history, at=now, end=end, came_today=came_today)

    assert all(now <= car.arrival < end for car in cars)
    assert all(car.departure > car.arrival and car.number > 0 for car in cars)


def test_what_was_not_over_is_not_expected_to_come_again() -> None:
    past = workdays(6)
    later = [stay(day, 5.0, driver="new") for day in range(30)]

    known = arrivals_forecast(History.of(past, ZONE), at=MIDNIGHT, end=MIDNIGHT + DAY)
    told = arrivals_forecast(History.of([*past, *later], ZONE), at=MIDNIGHT, end=MIDNIGHT + DAY)

    assert known == told
