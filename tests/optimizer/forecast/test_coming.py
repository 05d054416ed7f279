"""Cars to come as plans are told of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.units import THREE_PHASES
from optimizer.forecast import Entrance, History, coming_cars
from tests.optimizer.forecast.stays import MONDAY, ZONE, stay

ENTRANCE = Entrance(circuit_id=CircuitId("grid"), most_w=6900.0, voltage_v=230.0)
END = MONDAY + timedelta(hours=12)


def days(count: int) -> History:
    """Return so many days on which two cars come at nine."""
    return History.of(
        [
            stay(-day + 1 / 24, 4.0, 8.0, driver=driver)
            for day in range(1, count + 1)
            for driver in ("ann", "bob")
        ],
        ZONE,
    )


@pytest.mark.parametrize("count", [0, 5, 13])
def test_before_two_weeks_are_on_record_nobody_is_expected(count: int) -> None:
    assert () == coming_cars(days(count), at=MONDAY, end=END, entrance=ENTRANCE)


def test_expected_cars_weigh_on_the_grid_connection_on_three_phases_alike() -> None:
    found = coming_cars(days(30), at=MONDAY, end=END, entrance=ENTRANCE)

    assert {(CircuitId("grid"), THREE_PHASES, 10.0)} == {
        (one.circuit_id, one.phases, one.max_current_a) for one in found
    }
    assert 2 == pytest.approx(sum(one.cars for one in found), abs=0.2)
    assert {MONDAY + timedelta(hours=1)} == {one.arrival for one in found}


def test_who_should_have_come_by_now_is_not_expected_any_more() -> None:
    later = MONDAY + timedelta(hours=3)

    assert () == coming_cars(days(30), at=later, end=END, entrance=ENTRANCE)
