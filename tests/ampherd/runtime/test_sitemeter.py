"""The month's peak and the load forecast."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampherd.runtime.sitemeter import MeteredPower, MonthPeak

ZONE = ZoneInfo("America/Los_Angeles")
START = datetime(2019, 9, 3, 15, 0, tzinfo=UTC)


def test_peak_is_the_mean_of_a_quarter_hour_not_its_highest_reading() -> None:
    peak = MonthPeak(ZONE)

    peak.reading(START, 10_000.0)
    peak.reading(START + timedelta(minutes=5), 40_000.0)
    peak.reading(START + timedelta(minutes=10), 10_000.0)
    peak.reading(START + timedelta(minutes=15), 0.0)

    assert peak.peak_w == pytest.approx(20_000.0)


def test_the_running_quarter_hour_counts_from_its_start_or_not_at_all() -> None:
    peak = MonthPeak(ZONE)

    peak.reading(START + timedelta(minutes=5), 12_000.0)
    assert peak.quarter_wh(START + timedelta(minutes=10)) is None

    peak.reading(START + timedelta(minutes=20), 6_000.0)
    assert peak.quarter_wh(START + timedelta(minutes=25)) == pytest.approx(1000 + 500)
    assert peak.quarter_wh(START + timedelta(minutes=35)) == pytest.approx(500)


def test_a_running_quarter_hour_does_not_count_yet() -> None:
    peak = MonthPeak(ZONE)

    peak.reading(START, 50_000.0)
    peak.reading(START + timedelta(minutes=14), 0.0)

    assert peak.peak_w == 0.0


def test_a_new_local_month_starts_from_zero() -> None:
    peak = MonthPeak(ZONE)
    last_evening = datetime(2019, 10, 1, 6, 30, tzinfo=UTC)  # 23:30 on 30 September there

    peak.reading(last_evening, 50_000.0)
    peak.reading(last_evening + timedelta(minutes=30), 7_000.0)
    assert peak.peak_w == 50_000.0
    peak.reading(last_evening + timedelta(minutes=45), 7_000.0)

    assert peak.peak_w == 7_000.0
    assert peak.month == (2019, 10)


@given(st.lists(st.tuples(st.integers(1, 2_000), st.floats(0, 1e5)), min_size=2, max_size=40))
def test_readings_between_readings_of_the_same_power_change_nothing(
    steps: list[tuple[int, float]],
) -> None:
    coarse, fine = MonthPeak(ZONE), MonthPeak(ZONE)
    at = START
    for seconds, power_w in steps:
        coarse.reading(at, power_w)
        fine.reading(at, power_w)
        fine.reading(at + timedelta(seconds=seconds / 2), power_w)
        at += timedelta(seconds=seconds)

    coarse.reading(at, 0.0)
    fine.reading(at, 0.0)

    assert fine.peak_w == pytest.approx(coarse.peak_w)


class Usual:
    """Says the same of every instant."""

    def likely_w(self, instant: datetime) -> float:
        return 8_000.0

    def high_w(self, instant: datetime) -> float:
        return 9_000.0


def test_a_forecast_starts_at_the_reading_and_returns_to_history() -> None:
    power = MeteredPower(Usual())
    power.reading(START, 12_000.0)

    expected = power.forecast(otherwise_w=99_000.0)

    assert expected(START) == 12_000.0
    assert expected(START + timedelta(minutes=30)) == pytest.approx(10_000.0)
    assert expected(START + timedelta(hours=2)) == 8_000.0


def test_what_is_seldom_passed_leaves_the_reading_as_it_fades() -> None:
    power = MeteredPower(Usual())
    power.reading(START, 12_000.0)

    high = power.cautious(otherwise_w=99_000.0)

    assert high(START) == 12_000.0
    assert high(START + timedelta(minutes=30)) == pytest.approx(10_500.0)
    assert high(START + timedelta(hours=2)) == 9_000.0


def test_without_reading_or_history_the_assumed_peak_stands_in() -> None:
    power = MeteredPower()

    assert power.forecast(otherwise_w=23_000.0)(START) == 23_000.0
    assert power.cautious(otherwise_w=23_000.0)(START) == 23_000.0


def test_without_history_the_last_reading_stands() -> None:
    power = MeteredPower()
    power.reading(START, 12_000.0)

    assert power.forecast(otherwise_w=99_000.0)(START + timedelta(hours=5)) == 12_000.0
    assert power.cautious(otherwise_w=99_000.0)(START + timedelta(hours=5)) == 12_000.0
