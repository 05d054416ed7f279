"""The 15-minute grid neither makes nor loses energy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from analytics.grid import SLOT_S, Point, energy_grid, slot_of
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
