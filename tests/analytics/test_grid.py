"""The 15-minute grid neither makes nor loses energy."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from analytics.grid import SLOT_S, Point, energy_grid, slot_of
from analytics.sessions import Registers, Unregistered, settle
from tests.analytics.builders import NOON


def points(*steps: tuple[float, float]) -> tuple[Point, ...]:
    """(minutes since noon, Wh) each."""
    return tuple(Point(at=NOON + timedelta(minutes=m), energy_wh=wh) for m, wh in steps)


@st.composite
def courses(draw: st.DrawFn) -> tuple[Point, ...]:
    """Readings at any distance, of a register that stands or rises by whole Wh."""
    start = datetime(2026, 3, 29, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 7200)))
    gaps = draw(st.lists(st.integers(1, 20_000), min_size=1, max_size=30))
    rises = draw(st.lists(st.integers(0, 5_000), min_size=len(gaps), max_size=len(gaps)))
    made = [Point(at=start, energy_wh=0.0)]
    for gap_s, rise_wh in zip(gaps, rises, strict=True):
        last = made[-1]
        made.append(
            Point(at=last.at + timedelta(seconds=gap_s), energy_wh=last.energy_wh + rise_wh)
        )
    return tuple(made)


@given(courses())
def test_the_slots_sum_to_the_energy_of_the_session_exactly(course: tuple[Point, ...]) -> None:
    """OCPP.md row 29: readings at any instant are put on quarter hours, no energy is lost."""
    slots = energy_grid(course)

    assert course[-1].energy_wh == sum(slot.energy_wh for slot in slots)
    assert all(slot.energy_wh >= 0 and slot.energy_wh.is_integer() for slot in slots)


@given(courses())
def test_the_slots_cover_the_session_once(course: tuple[Point, ...]) -> None:
    slots = energy_grid(course)
    starts = [slot.start for slot in slots]

    assert starts == [
        slot_of(course[0].at) + timedelta(seconds=SLOT_S * n) for n in range(len(slots))
    ]
    connected_s = (course[-1].at - course[0].at).total_seconds()
    assert connected_s == sum(slot.connected_s for slot in slots)
    assert all(0 <= slot.charging_s <= slot.connected_s <= SLOT_S for slot in slots)


def test_energy_between_two_readings_flows_evenly() -> None:
    slots = energy_grid(points((10, 0), (40, 3000)))

    assert [500, 1500, 1000] == [slot.energy_wh for slot in slots]


def test_time_between_equal_readings_is_connected_and_not_charging() -> None:
    (slot,) = energy_grid(points((0, 0), (5, 500), (15, 500)))

    assert (900, 300) == (slot.connected_s, slot.charging_s)


def test_a_session_without_length_keeps_its_energy() -> None:
    (slot,) = energy_grid(points((3, 700)))

    assert (700, 0) == (slot.energy_wh, slot.connected_s)


def test_nothing_delivered_in_no_time_has_no_slot() -> None:
    assert () == energy_grid(points((3, 0)))


def test_a_day_of_25_hours_has_100_slots() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 10, 25, tzinfo=berlin).astimezone(UTC)
    end = datetime(2026, 10, 26, tzinfo=berlin).astimezone(UTC)

    slots = energy_grid((Point(at=start, energy_wh=0), Point(at=end, energy_wh=1000)))

    assert 100 == len(slots)
    assert 1000 == sum(slot.energy_wh for slot in slots)


def test_a_day_of_23_hours_has_92_slots() -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 3, 29, tzinfo=zone).astimezone(UTC)
    end = datetime(2026, 3, 30, tzinfo=zone).astimezone(UTC)

    slots = energy_grid((Point(at=start, energy_wh=0), Point(at=end, energy_wh=1000)))

    assert 92 == len(slots)
    assert 1000 == sum(slot.energy_wh for slot in slots)


_DAYS = (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), NOON)
"""Days of 23 and 25 hours, and one of 24."""


@given(
    start=st.sampled_from(_DAYS),
    minutes=st.integers(1, 1800),
    start_wh=st.one_of(st.none(), st.integers(0, 10**6)),
    stop_wh=st.one_of(st.none(), st.integers(0, 10**6)),
    readings=st.lists(st.tuples(st.integers(-10, 1900), st.integers(0, 2 * 10**6)), max_size=15),
    powers=st.lists(st.tuples(st.integers(0, 1800), st.integers(0, 11_000)), max_size=8),
    factor=st.sampled_from([1.0, 1000.0, 0.001]),
)
def test_no_watt_hour_of_any_session_is_lost_or_made_on_the_grid(
    start: datetime,
    minutes: int,
    start_wh: int | None,
    stop_wh: int | None,
    readings: list[tuple[int, int]],
    powers: list[tuple[int, int]],
    factor: float,
) -> None:
    """OCPP.md row 29: irregular, missing, absurd readings, on days when clocks change too."""
    settled = settle(
        Registers(
            started_at=start,
            meter_start_wh=start_wh,
            ended_at=start + timedelta(minutes=minutes),
            meter_stop_wh=stop_wh,
            readings=[(start + timedelta(minutes=at), value) for at, value in readings],
            factor=factor,
            others=[
                Unregistered(start + timedelta(minutes=at), None, power)
                for at, power in sorted(powers)
            ],
            max_power_w=11_000,
        )
    )

    slots = energy_grid(settled.points)

    assert math.isclose(settled.energy_wh, sum(s.energy_wh for s in slots), abs_tol=1e-6)
    assert all(slot.energy_wh >= 0 for slot in slots)
    flowing = [slot.energy_wh for slot in slots if slot.energy_wh]
    assert [] == [energy_wh for energy_wh in flowing[:-1] if energy_wh != round(energy_wh)]
    assert minutes * 60 == sum(slot.connected_s for slot in slots) or settled.energy_wh == 0
