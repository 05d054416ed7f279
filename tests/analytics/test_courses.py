"""What a session costs its driver, by the short form of a tariff."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from analytics.courses import course_of
from analytics.grid import Point
from ocpp_core.domain.tariff import Bill, CostKind, price
from tests.analytics.builders import NOON, TARIFF


def bill(
    energy_wh: float, last_energy_at: datetime | None, *, hours: float = 2.0, running: bool = False
) -> Bill:
    end = NOON + timedelta(hours=hours)
    reached = min(max(last_energy_at or end, NOON), end)
    points = (
        Point(at=NOON, energy_wh=0.0),
        Point(at=reached, energy_wh=energy_wh),
        Point(at=end, energy_wh=energy_wh),
    )
    course = course_of(points, ended=not running, last_energy_at=last_energy_at)
    return price(course, TARIFF.expanded(), ZoneInfo("UTC"))


def amounts(energy_wh: float, last_energy_at: datetime | None) -> dict[CostKind, Decimal]:
    return {line.kind: line.amount for line in bill(energy_wh, last_energy_at).lines}


def test_energy_is_billed_by_the_wh_and_rounded_to_cents_halves_up() -> None:
    # 12.5 kWh x 0.39 = 4.875; 12.5 x 0.3 would not show the rounding
    assert Decimal("4.88") == amounts(12_500, None)[CostKind.ENERGY]


def test_the_session_fee_is_billed_once() -> None:
    assert Decimal("0.50") == amounts(12_500, None)[CostKind.FLAT]


def test_no_energy_costs_nothing() -> None:
    assert {} == amounts(0, None)


def test_idle_time_is_billed_beyond_the_grace_time() -> None:
    # 90 min idle, 30 min of grace, 6 an hour
    found = amounts(5000, NOON + timedelta(minutes=30))

    assert Decimal("6.00") == found[CostKind.PARKING_TIME]


def test_idle_time_within_the_grace_time_is_free() -> None:
    assert CostKind.PARKING_TIME not in amounts(5000, NOON + timedelta(minutes=95))


def test_a_running_session_is_not_billed_for_idle_time() -> None:
    lines = bill(5000, NOON, running=True).lines

    assert [CostKind.ENERGY, CostKind.FLAT] == [line.kind for line in lines]


@given(st.integers(0, 10**8), st.integers(0, 10**5))
def test_every_line_is_quantity_times_price_and_says_so(energy_wh: int, idle_s: int) -> None:
    last = NOON + timedelta(hours=2) - timedelta(seconds=idle_s)
    for line in bill(float(energy_wh), last).lines:
        exact = line.quantity * line.unit_price
        # Cents are rounded once for the bill: a line may bear the cent of those before it.
        assert abs(line.amount - exact) < Decimal("0.01")
        assert str(line.amount) in line.rule
        assert line.amount >= 0


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_energy_never_costs_less(first_wh: int, second_wh: int) -> None:
    low, high = sorted((first_wh, second_wh))

    assert sum(amounts(low, None).values()) <= sum(amounts(high, None).values())


def test_the_noise_of_binary_numbers_is_not_billed() -> None:
    # 0.1 + 0.2 kWh in binary is a little more than 300 Wh: not a step of 1 Wh more.
    assert Decimal("0.12") == amounts(1000 * (0.1 + 0.2), None)[CostKind.ENERGY]


def test_between_two_readings_of_energy_the_mean_of_the_currents_counts() -> None:
    points = [Point(at=NOON + timedelta(minutes=m), energy_wh=float(m)) for m in (0, 10, 20)]
    currents = [(NOON + timedelta(minutes=m), a) for m, a in ((5, 16.0), (10, 32.0), (20, 48.0))]
    course = course_of(points, ended=True, last_energy_at=None, currents=currents)

    assert [None, Decimal(24), Decimal(48)] == [point.current_a for point in course.points]
