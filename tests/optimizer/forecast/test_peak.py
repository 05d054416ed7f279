"""The peak that the month reaches anyway."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.forecast import DayPeak, History, day_peaks, expected_peak_w, least_peak_w
from optimizer.forecast.distribution import distribution
from optimizer.forecast.history import hours_of
from optimizer.forecast.peak import BaseLoad, CarsHere, coming_peaks
from tests.optimizer.forecast.stays import MONDAY, ZONE, stay


def days(*peaks_kw: float) -> list[DayPeak]:
    """Return workdays of the weeks before `MONDAY`."""
    before = [(MONDAY - timedelta(days=n)).date() for n in range(1, 100)]
    work = [day for day in before if day.weekday() < 5]
    return [DayPeak(day=day, peak_w=1000 * kw) for day, kw in zip(work, peaks_kw, strict=False)]


def test_one_car_needs_its_energy_over_its_stay() -> None:
    least = least_peak_w(np.array([8.0]), np.array([12.0]), np.array([10.0]), 11.0)

    assert least == pytest.approx(2500)


def test_a_building_leaves_less_room() -> None:
    base = BaseLoad(start_h=0.0, kw=np.full(48, 7.0))

    least = least_peak_w(np.array([8.0]), np.array([12.0]), np.array([10.0]), 11.0, base)

    assert least == pytest.approx(9500)


@given(
    st.lists(
        st.tuples(st.floats(0, 20), st.floats(0.5, 12), st.floats(0.1, 40)),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=40, deadline=None)
def test_no_day_can_do_with_less_than_its_least_peak(
    cars: list[tuple[float, float, float]],
) -> None:
    """Charging at once and at full power is one way to serve a day; the bound is not above it."""
    arrival = np.array([c[0] for c in cars])
    departure = arrival + np.array([c[1] for c in cars])
    energy = np.minimum(np.array([c[2] for c in cars]), 11 * (departure - arrival))

    least = least_peak_w(arrival, departure, energy, 11.0)

    assert least <= 1000 * 11 * len(cars) + 1e-6
    assert least >= 1000 * float((energy / (departure - arrival)).max()) * 0.3


def test_a_month_with_many_days_left_reaches_what_busy_days_reached() -> None:
    past = days(*[20, 25, 30, 35] * 12)

    early = expected_peak_w(past, at=MONDAY, zone=ZONE, so_far_w=0, quantile=0.3)
    late = expected_peak_w(
        past, at=MONDAY + timedelta(days=28), zone=ZONE, so_far_w=0, quantile=0.3
    )

    assert early == 35_000
    assert late < early


def test_a_peak_that_was_reached_is_expected() -> None:
    past = days(*[20] * 40)

    assert expected_peak_w(past, at=MONDAY, zone=ZONE, so_far_w=42_000, quantile=0.3) == 42_000


def test_two_days_say_nothing_of_a_month() -> None:
    assert expected_peak_w(days(30, 40), at=MONDAY, zone=ZONE, so_far_w=5, quantile=0.5) == 5


@given(st.lists(st.floats(1, 100), max_size=30), st.floats(0, 50))
@settings(max_examples=40, deadline=None)
def test_a_higher_quantile_expects_no_lower_peak(peaks: list[float], so_far_kw: float) -> None:
    found = [
        expected_peak_w(
            days(*peaks), at=MONDAY, zone=ZONE, so_far_w=1000 * so_far_kw, quantile=quantile
        )
        for quantile in (0.0, 0.2, 0.5, 0.8, 1.0)
    ]

    assert found == sorted(found)
    assert 1000 * so_far_kw <= found[0]
    assert found[-1] <= 1000 * max([so_far_kw, *peaks]) + 1e-6


def test_only_whole_days_before_today_count() -> None:
    history = History.of([stay(-3, 4.0, 8.0), stay(-1, 4.0, 12.0), stay(0, 1.0, 9.0)], ZONE)

    found = day_peaks(history, at=MONDAY + timedelta(hours=2), most_kw=11.0)

    assert [round(day.peak_w) for day in found] == [2000, 0, 3000]


def test_a_day_that_may_go_on_like_busy_ones_is_expected_to_need_more() -> None:
    past = [stay(-day + n / 24, 6.0, 30.0) for day in range(1, 22) for n in range(6)]
    history = History.of(past, ZONE)
    here = CarsHere(departure_h=np.array([hours_of(MONDAY) + 6]), energy_kwh=np.array([30.0]))

    alone = coming_peaks(
        History.of([stay(-day, 6.0, 30.0) for day in range(1, 22)], ZONE),
        at=MONDAY,
        here=here,
        came_today=1,
        most_kw=11.0,
    )
    busy = coming_peaks(history, at=MONDAY, here=here, came_today=1, most_kw=11.0)

    assert alone is not None
    assert busy is not None
    assert alone.quantile(0.5) < busy.quantile(0.5)
    assert busy.quantile(0.1) >= 1000 * 30 / 6


def test_without_days_on_record_nothing_is_said_of_today() -> None:
    here = CarsHere(departure_h=np.zeros(0), energy_kwh=np.zeros(0))

    assert (
        coming_peaks(History.of((), ZONE), at=MONDAY, here=here, came_today=0, most_kw=11.0) is None
    )


def test_what_is_known_of_today_counts_for_the_month() -> None:
    past = days(*[20] * 40)
    today = distribution(np.full(9, 50_000.0), np.ones(9), evidence=30.0, prior_share=0.0)

    found = expected_peak_w(past, at=MONDAY, zone=ZONE, so_far_w=0, quantile=0.2, today=today)

    assert found == 50_000
