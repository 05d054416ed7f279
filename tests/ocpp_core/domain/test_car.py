"""Rules of the car model."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.car import Car


def car(**changes: float) -> Car:
    return Car(
        energy_wh=changes.get("energy_wh", 10_000.0),
        max_current_a=changes.get("max_current_a", 16.0),
        phase_count=int(changes.get("phase_count", 3)),
        voltage_v=230.0,
        taper_share=changes.get("taper_share", 0.05),
    )


def test_it_draws_what_is_offered_up_to_its_own_maximum() -> None:
    assert 10.0 == car().current_a(10.0, 0.0)
    assert 16.0 == car().current_a(32.0, 0.0)


@pytest.mark.parametrize("offered_a", [0.0, 0.1, 3.0, 5.9])
def test_it_draws_nothing_below_its_minimum_current(offered_a: float) -> None:
    assert 0.0 == car().current_a(offered_a, 0.0)
    assert math.inf == car().steady_s(offered_a, 0.0)


def test_a_full_car_draws_nothing() -> None:
    assert 0.0 == car().current_a(16.0, 10_000.0)
    assert car().is_full(10_000.0)


def test_the_current_falls_linearly_over_the_taper_to_its_floor() -> None:
    assert 16.0 == car().current_a(16.0, 9_500.0)
    assert pytest.approx(16 * 0.625) == car().current_a(16.0, 9_750.0)
    assert pytest.approx(16 * 0.25, rel=1e-3) == car().current_a(16.0, 9_999.9)


def test_the_taper_does_not_raise_a_low_offer() -> None:
    assert 6.0 == car().current_a(6.0, 9_600.0)


def test_a_step_ends_exactly_full() -> None:
    taken_wh, mean_w = car(taper_share=0.0).charge(16.0, 9_999.0, 3600)

    assert 1.0 == taken_wh
    assert pytest.approx(1.0) == mean_w


def test_a_step_of_no_time_takes_nothing() -> None:
    assert (0.0, 16 * 690.0) == car().charge(16.0, 0.0, 0.0)


@given(
    energy_wh=st.floats(10, 100_000),
    offered_a=st.floats(6, 80),
    taper_share=st.sampled_from([0.0, 0.05, 0.3]),
)
def test_steady_steps_lead_to_a_full_car_with_no_more_energy_than_it_takes(
    energy_wh: float, offered_a: float, taper_share: float
) -> None:
    subject = car(energy_wh=energy_wh, taper_share=taper_share)
    highest_w = min(offered_a, 16.0) * 690

    seconds = energy_wh * 3600 / highest_w
    delivered_wh = subject.delivered_after(offered_a, seconds * 8 + 60)

    assert pytest.approx(energy_wh, abs=1e-3) == delivered_wh
    assert delivered_wh <= energy_wh + 1e-9
    if taper_share == 0.0:
        assert pytest.approx(energy_wh, abs=1e-3) == subject.delivered_after(offered_a, seconds)
    elif offered_a >= 16.0 and energy_wh >= 10_000:
        assert subject.delivered_after(offered_a, seconds) < energy_wh


@given(first_s=st.floats(1, 10_000), then_s=st.floats(1, 10_000))
def test_longer_never_gives_less(first_s: float, then_s: float) -> None:
    assert car().delivered_after(16, first_s) <= car().delivered_after(16, first_s + then_s) + 1e-9


def test_the_staircase_is_close_to_the_exact_taper() -> None:
    """The exact law, rest' = -P (f + (1-f) rest/T), is exponential; the stairs stay within 1 %."""
    subject = car(taper_share=1.0)
    taper_wh, power_w, floor, seconds = 10_000.0, 16 * 690.0, 0.25, 1800.0
    decay = power_w * (1 - floor) / (3600 * taper_wh)
    offset = taper_wh * floor / (1 - floor)
    exact_wh = taper_wh - ((taper_wh + offset) * math.exp(-decay * seconds) - offset)

    assert pytest.approx(exact_wh, rel=0.01) == subject.delivered_after(16, seconds)
