"""Rules of recorded visits."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.ids import ConnectorRef, IdToken
from ocpp_core.sim.cars import (
    RecordedVisit,
    car_for,
    connectors_by_station,
    physical_energy_wh,
)
from tests.ocpp_core.sim.conftest import START, point
from tests.ocpp_core.sim.test_site import site

CONNECTOR = point().connectors[0]


def visit(energy_wh: float = 10_000, hours: float = 8, **changes: Any) -> RecordedVisit:
    return RecordedVisit(
        visit_id="v",
        ref=CONNECTOR.ref,
        arrival=START,
        departure=START + timedelta(hours=hours),
        energy_wh=energy_wh,
        id_token=IdToken("T"),
        **changes,
    )


def test_a_car_with_time_to_spare_tapers() -> None:
    car = car_for(visit(), CONNECTOR, 230)

    assert (0.05, 32.0, 3, 10_000) == (
        car.taper_share, car.max_current_a, car.phase_count, car.energy_wh,
    )  # fmt: skip
    assert pytest.approx(10_000) == physical_energy_wh(visit(), car)


def test_a_car_that_took_what_no_tapering_car_could_did_not_taper() -> None:
    at_full_power = visit(energy_wh=22_080, hours=1)
    car = car_for(at_full_power, CONNECTOR, 230)

    assert 0.0 == car.taper_share
    assert pytest.approx(22_080) == physical_energy_wh(at_full_power, car)


def test_energy_that_cannot_be_reached_at_all_is_capped_by_physics() -> None:
    impossible = visit(energy_wh=50_000, hours=1)

    assert pytest.approx(22_080) == physical_energy_wh(
        impossible, car_for(impossible, CONNECTOR, 230)
    )


def test_the_lower_of_car_and_connector_counts() -> None:
    car = car_for(visit(phase_count=1, max_current_a=16), CONNECTOR, 230)
    large = car_for(visit(phase_count=5, max_current_a=80), CONNECTOR, 230)

    assert (1, 16) == (car.phase_count, car.max_current_a)
    assert (3, 32) == (large.phase_count, large.max_current_a)


@given(energy_wh=st.floats(0, 60_000), hours=st.floats(0.02, 12))
def test_physics_gives_what_was_recorded_or_what_the_time_allows(
    energy_wh: float, hours: float
) -> None:
    subject = visit(energy_wh, hours)

    possible_wh = physical_energy_wh(subject, car_for(subject, CONNECTOR, 230))

    assert pytest.approx(min(energy_wh, 22_080 * hours), abs=0.5) == possible_wh


def test_a_visit_cannot_leave_before_it_arrives() -> None:
    with pytest.raises(ValueError, match="leaves before it arrives"):
        visit(hours=-1)


def test_stations_are_given_connectors_in_a_stable_order() -> None:
    refs = connectors_by_station(["b", "a", "c", "a"], site(2))

    assert {
        "a": ConnectorRef.parse("CP-1/1"),
        "b": ConnectorRef.parse("CP-2/1"),
        "c": ConnectorRef.parse("CP-1/1"),
    } == refs
