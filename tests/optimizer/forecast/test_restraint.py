"""How far the month's peak is trusted, and what a kW beyond it has to bring."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optimizer
from optimizer.forecast import (
    BaseLoad,
    DayPeak,
    History,
    Restraint,
    day_peaks,
    given_peak_w,
    restrained_price,
)
from optimizer.forecast.history import hours_of
from tests.depth import times
from tests.optimizer.builders import car, circuit, site, snapshot
from tests.optimizer.forecast.stays import MONDAY, ZONE, stay

RESTRAINT = Restraint()


def days(count: int, kw: float = 20.0) -> list[DayPeak]:
    """Return so many days before `MONDAY` that needed as much each."""
    before = [(MONDAY - timedelta(days=n)).date() for n in range(1, count + 1)]
    return [DayPeak(day=day, peak_w=1000 * kw) for day in before]


def test_a_month_like_the_last_one_may_take_a_little_more() -> None:
    found = given_peak_w(days(60), at=MONDAY, zone=ZONE, restraint=RESTRAINT)

    assert found == pytest.approx(1.15 * 20_000)


def test_a_few_days_say_nothing_of_a_month() -> None:
    assert given_peak_w(days(13), at=MONDAY, zone=ZONE, restraint=RESTRAINT) == 0.0
    assert given_peak_w([], at=MONDAY, zone=ZONE, restraint=RESTRAINT) == 0.0


def test_without_a_demand_charge_there_is_nothing_to_hold_back_for() -> None:
    assert restrained_price((0.2, 0.3), 0.0, RESTRAINT) is None
    assert restrained_price((), 10.0, RESTRAINT) is None


@given(
    st.lists(st.floats(-500, 500), min_size=1, max_size=5),
    st.floats(0.01, 500),
    st.floats(0.5, 24),
)
@settings(max_examples=times(30))
def test_a_kwh_is_worth_more_than_its_energy_and_a_kw_its_charge(
    prices: list[float], charge: float, kwh: float
) -> None:
    price = restrained_price(prices, charge, Restraint(kwh_per_kw=kwh))

    assert price is not None
    assert price > max(prices)
    assert kwh * (price - max(0.0, *prices)) == pytest.approx(charge)


def planned_kw(hours: float, price: float | None) -> float:
    """Return the peak of a plan for a car that asks for 10 kW all its stay; the month had 5 kW."""
    on = site(circuit("main", limit_a=63.0), connectors={"CP-1": "main"})
    one = replace(car("CP-1", kwh=10 * hours, hours=hours), unmet_price_per_kwh=price)
    taken = snapshot(
        on, one, slot_h=(0.5,) * 24, price=(0.2,) * 24, demand_charge=16.0, peak_w=5_000.0
    )
    return max(optimizer.plan(taken).plan.site_w) / 1000


def test_a_kw_beyond_the_given_peak_has_to_bring_its_kwh() -> None:
    price = restrained_price((0.2,), 16.0, RESTRAINT)

    assert planned_kw(6.0, price) == pytest.approx(5.0, abs=0.3)
    assert planned_kw(12.0, price) > 9.0
    assert planned_kw(6.0, None) > 9.0


def test_a_building_s_own_peak_is_part_of_every_day() -> None:
    history = History.of([stay(-day, hours=2.0, kwh=4.0) for day in range(1, 6)], ZONE)
    first = MONDAY - timedelta(days=7)
    starts = [first + n * timedelta(minutes=30) for n in range(48 * 6)]
    watts = [30_000.0 if at.astimezone(ZONE).hour == 20 else 1_000.0 for at in starts]
    base = BaseLoad.of(starts, watts, first=first, end=MONDAY)

    found = day_peaks(history, at=MONDAY, most_kw=11.0, base=base)

    assert 5 == len(found)
    # The last day before `MONDAY` was not measured: it is taken to be as usual.
    assert all(day.peak_w == pytest.approx(30_000) for day in found)


def test_a_load_that_was_not_measured_is_as_usual() -> None:
    first = MONDAY.astimezone(UTC).replace(hour=0, minute=0)
    starts = [first + n * timedelta(minutes=15) for n in range(96)]
    watts = [1000.0 * at.hour for at in starts]
    base = BaseLoad.of(starts, watts, first=first, end=first + timedelta(days=3))

    at = np.array([hours_of(first) + 5.2, hours_of(first) + 24 + 7.7, hours_of(first) + 71.9])

    assert base.at(at).tolist() == pytest.approx([5.0, 7.0, 23.0])


def test_only_the_last_days_are_looked_at() -> None:
    history = History.of([stay(-day) for day in range(1, 300, 7)], ZoneInfo("Europe/Berlin"))

    assert 120 == len(day_peaks(history, at=MONDAY, most_kw=11.0))
