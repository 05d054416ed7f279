"""How long a car stays and what it takes."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.forecast import (
    Caution,
    History,
    PastStay,
    Prior,
    energy_forecast,
    expected_need,
    forecast_car,
    stay_forecast,
)
from tests.optimizer.forecast.stays import MONDAY, ZONE, stay, visit

EMPTY = History.of((), ZONE)

past_stays = st.lists(
    st.builds(
        stay,
        st.floats(-60, -0.5),
        st.floats(0.1, 30),
        st.floats(0, 80),
        driver=st.sampled_from(["ann", "bob", None]),
        connector=st.sampled_from(["CP-1/1", "CP-2/1"]),
        stated_h=st.none() | st.floats(0.5, 24),
        stated_kwh=st.none() | st.floats(1, 100),
    ),
    max_size=25,
)
statements = st.none() | st.floats(0.5, 24)


@given(past_stays, statements, statements)
@settings(max_examples=40, deadline=None)
def test_a_higher_quantile_is_never_a_lower_value(
    past: list[PastStay], stated_h: float | None, stated_kwh: float | None
) -> None:
    car = visit(0, stated_h=stated_h, stated_kwh=stated_kwh)
    forecast = forecast_car(History.of(past, ZONE), car, at=MONDAY)

    for found in (forecast.stay, forecast.energy, forecast.stay.beyond(3.0)):
        values = [found.quantile(share) for share in np.linspace(0, 1, 21)]

        assert values == sorted(values)
        assert found.weights.sum() == pytest.approx(1)
        assert 0 <= found.prior_share <= 1


@given(past_stays, statements, st.floats(0, 100), st.floats(0, 60), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_a_car_that_is_here_is_planned_to_leave_after_now_and_to_want_no_less_than_it_took(
    past: list[PastStay],
    stated_h: float | None,
    elapsed_h: float,
    taken_kwh: float,
    share: float,
) -> None:
    forecast = forecast_car(History.of(past, ZONE), visit(0, stated_h=stated_h), at=MONDAY)
    now = MONDAY + timedelta(hours=elapsed_h)

    need = expected_need(
        forecast,
        at=now,
        taken_wh=1000 * taken_kwh,
        caution=Caution(departure=share, energy=share),
        zone=ZONE,
    )

    assert need.departure >= now
    assert need.energy_wh >= 0
    assert "planned until" in need.words


@given(past_stays, past_stays, statements)
@settings(max_examples=40, deadline=None)
def test_what_was_not_over_changes_no_forecast(
    past: list[PastStay], later: list[PastStay], stated_h: float | None
) -> None:
    car = visit(0, stated_h=stated_h)
    future = [
        stay((s.arrival - MONDAY) / timedelta(days=1) + 70, 5.0, driver=s.driver) for s in later
    ]
    still_here = [stay(-0.3, 40.0)]

    for ask in (stay_forecast, energy_forecast):
        known = ask(History.of(past, ZONE), car, at=MONDAY)
        told = ask(History.of([*past, *future, *still_here], ZONE), car, at=MONDAY)

        assert known.quantile(0.3) == pytest.approx(told.quantile(0.3))
        assert known.prior_share == pytest.approx(told.prior_share)


def test_without_history_the_prior_is_all_there_is_and_says_so() -> None:
    prior = Prior(stay_h=6.0, energy_kwh=15.0)

    found = forecast_car(EMPTY, visit(0), at=MONDAY, prior=prior)

    assert found.stay.assumed
    assert found.energy.prior_share == 1
    assert found.stay.quantile(0.5) == pytest.approx(6.0, rel=0.05)
    assert found.energy.quantile(0.5) == pytest.approx(15.0, rel=0.05)


def test_without_history_a_driver_is_taken_at_his_word() -> None:
    forecast = forecast_car(EMPTY, visit(0, stated_h=5, stated_kwh=11), at=MONDAY)

    need = expected_need(forecast, at=MONDAY, taken_wh=4000, caution=Caution(), zone=ZONE)

    assert need.departure == MONDAY + timedelta(hours=5)
    assert need.energy_wh == pytest.approx(7000)
    assert need.departure_assumed
    assert need.energy_assumed
    assert (
        need.words == "planned until 13:00 (driver said 13:00; nothing on record against it); "
        "planned for 11.0 kWh in all (driver asked for 11.0 kWh)"
    )


def test_more_stays_of_a_steady_driver_come_ever_closer_to_his_habit() -> None:
    others = [stay(-day, 3.0, 30.0, driver=f"d{day}") for day in range(1, 20)]
    wrong = []
    for known in (0, 2, 8, 30):
        habit = [stay(-day, 9.0, 6.0) for day in range(1, known + 1)]
        found = stay_forecast(History.of([*others, *habit], ZONE), visit(0), at=MONDAY)
        wrong.append(abs(found.mean() - 9.0))

    assert wrong == sorted(wrong, reverse=True)
    assert wrong[-1] < 0.5


def test_what_drivers_say_is_corrected_by_how_wrong_it_was() -> None:
    past = [
        stay(-day, 6.0 + 0.1 * (day % 5), 8.0, driver="ann", stated_h=10.0, stated_kwh=40.0)
        for day in range(1, 41)
    ]
    forecast = forecast_car(
        History.of(past, ZONE), visit(0, driver="new", stated_h=10, stated_kwh=40), at=MONDAY
    )

    need = expected_need(forecast, at=MONDAY, taken_wh=0, caution=Caution(), zone=ZONE)

    assert MONDAY + timedelta(hours=5.5) < need.departure < MONDAY + timedelta(hours=7)
    assert need.energy_wh == pytest.approx(8000, rel=0.1)
    assert need.words == (
        "planned until 14:05 (driver said 18:00; leaves earlier in 10 of 10 stays); "
        "planned for 8.0 kWh in all (driver asked for 40.0 kWh; takes less in 10 of 10 stays)"
    )


def test_drivers_who_speak_the_truth_are_followed() -> None:
    said = [2.0, 4.0, 6.0, 8.0, 10.0]
    past = [
        stay(-day, said[day % 5], 2 * said[day % 5], stated_h=said[day % 5]) for day in range(1, 61)
    ]

    found = stay_forecast(History.of(past, ZONE), visit(0, stated_h=7.0), at=MONDAY)

    assert found.quantile(0.5) == pytest.approx(7.0, abs=0.4)


def test_a_car_that_outstays_all_on_record_is_expected_to_stay_in_proportion() -> None:
    history = History.of([stay(-day, 9.0) for day in range(1, 30)], ZONE)

    left = stay_forecast(history, visit(0), at=MONDAY).beyond(200.0)

    assert left.assumed
    assert 200 < left.quantile(0.2) < 240
