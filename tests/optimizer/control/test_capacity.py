"""Limits as rows, the building's load, and whether the fail-safe currents fit."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control import GuardPolicy, check_fail_safe
from optimizer.control.capacity import BuildingLoad, Capacity
from optimizer.control.shed import shed
from tests.lines import magnitude_a
from tests.optimizer.control.chargers import START, circuit, point, site

POLICY = GuardPolicy()


def test_fail_safe_currents_that_fit_have_no_fault() -> None:
    good = site(
        point("A"),
        point("B"),
        circuits=[circuit("main", a=22)],
        fail_safe_a=6,
        building_peak_w=6_900,
    )

    assert [] == check_fail_safe(good)


def test_fail_safe_currents_that_pass_a_limit_are_a_fault_with_numbers() -> None:
    """OCPP.md row 42."""
    bad = site(
        point("A"),
        point("B"),
        circuits=[circuit("main", a=21)],
        fail_safe_a=6,
        building_peak_w=6_900,
    )

    faults = check_fail_safe(bad)

    assert 3 == len(faults)
    assert (
        "circuit main, phase L1: fail-safe currents (12.0 A) and the building's peak (10.0 A) "
        "pass the limit of 21 A"
    ) == faults[0]


def test_a_sub_circuit_and_a_power_limit_are_checked_too() -> None:
    """OCPP.md row 47: over the whole tree, when the site is configured."""
    bad = site(
        point("A", "sub"),
        point("B", "sub"),
        circuits=[circuit("main", w=8_000), circuit("sub", "main", a=10)],
        fail_safe_a=6,
    )

    places = [fault.split(":")[0] for fault in check_fail_safe(bad)]

    assert "circuit main, its power limit" in places
    assert "circuit sub, phase L1" in places


def test_a_fail_safe_current_below_the_minimum_is_a_fault() -> None:
    (fault,) = check_fail_safe(site(point("A"), fail_safe_a=3))

    assert "below its minimum of 6 A" in fault


def test_a_connector_s_rating_bounds_its_fail_safe_current() -> None:
    small = site(point("A", rating_a=10), circuits=[circuit("main", a=12)], fail_safe_a=16)

    assert [] == check_fail_safe(small)


def test_a_site_without_connectors_has_room_for_its_building_only() -> None:
    empty = site(circuits=[circuit("main", a=10)], building_peak_w=20_000)

    assert 3 == len(check_fail_safe(empty))


def test_room_is_what_limits_leave_of_chargers_and_building() -> None:
    tree = site(
        point("A", "sub"),
        point("B", phases="1"),
        circuits=[circuit("main", a=63, w=30_000), circuit("sub", "main", a=20)],
    )
    capacity = Capacity(tree, POLICY.building_shares)

    room = capacity.room(np.array([[10.0], [16.0]]), np.array([6_900.0]))[:, 0]
    free = {str(row): value for row, value in zip(capacity.rows, room, strict=True)}

    assert 27.0 == pytest.approx(free["circuit main, phase L1"])
    assert 43.0 == pytest.approx(free["circuit main, phase L2"])
    assert 10.0 == pytest.approx(free["circuit sub, phase L3"])
    assert 30_000 - 6_900 - 3_680 - 6_900 == pytest.approx(free["circuit main, its power limit"])


def test_a_measured_load_stands_with_its_margin_and_then_gives_way_to_the_peak() -> None:
    building = BuildingLoad(20_000, POLICY)
    building.measured(START, 10_000)
    start = START.timestamp()

    assert [11_000, 11_000, 20_000] == list(
        building.at(np.array([start, start + 899, start + 900]))
    )


def test_the_margin_ends_at_the_peak_and_a_load_above_the_peak_counts_as_it_is() -> None:
    building = BuildingLoad(20_000, POLICY)
    building.measured(START, 19_500)
    assert 20_000 == building.assumed_w

    building.measured(START, 25_000)
    assert [pytest.approx(27_500)] * 2 == [building.assumed_w, building.later_w]


def test_a_missing_or_late_measurement_changes_nothing() -> None:
    building = BuildingLoad(20_000, POLICY)
    building.measured(START, 10_000)

    building.measured(START, float("nan"))
    building.measured(START - timedelta(seconds=60), 1_000)

    assert 11_000 == building.assumed_w


@pytest.mark.parametrize(
    ("levels", "need", "expected"),
    [
        ([32, 32, 16], 30, [17, 17, 16]),
        ([32, 20, 16], 12, [20, 20, 16]),
        ([32, 8, 8], 10, [22, 8, 8]),
        ([10, 10, 10], 12, [6, 6, 6]),
        ([10, 10, 10], 13, [6, 6, 0]),
        ([6, 6, 6], 13, [0, 0, 0]),
    ],
)
def test_the_highest_come_down_first_and_below_the_minimum_cars_wait(
    levels: list[float], need: float, expected: list[float]
) -> None:
    total = sum(levels)
    some = site(point("A"), point("B"), point("C"), circuits=[circuit("main", a=total - need)])
    capacity = Capacity(some, POLICY.building_shares)
    level = np.array(levels, dtype=np.float64)
    room = capacity.room(level[:, None], np.zeros(1))[:, 0]

    cuts = shed(capacity, level, room, np.zeros(3), np.full(3, 6.0), np.ones(3, dtype=np.bool_))

    assert expected == [pytest.approx(cuts.get(i, levels[i])) for i in range(3)]


def test_a_line_limit_is_a_fault_once_with_the_direction_that_is_passed_most() -> None:
    bad = site(
        point("A", phases="1"),
        point("B", phases="3"),
        circuits=[circuit("main", lines=[(1, 0, -1, 10)])],
        fail_safe_a=6,
    )

    faults = check_fail_safe(bad)

    assert 1 == len(faults)
    assert "circuit main, line line 1: fail-safe currents (10.4 A)" in faults[0]
    assert [] == check_fail_safe(
        site(
            point("A", phases="1"),
            point("B", phases="3"),
            circuits=[circuit("main", lines=[(1, 0, -1, 10.5)])],
            fail_safe_a=6,
        )
    )


@given(
    st.lists(st.floats(0, 1), min_size=6, max_size=6),
    st.lists(st.floats(0, 1), min_size=6, max_size=6),
    st.tuples(*[st.sampled_from([-1.0, 0.0, 1.0, 2.0])] * 3).filter(any),
)
def test_what_leaves_room_on_every_row_keeps_the_line_whatever_is_drawn(
    ordered: list[float], drawn: list[float], weights: tuple[float, float, float]
) -> None:
    phases = ["1", "2", "3", "12", "23", "123"]
    at = site(
        *(point(f"P{n}", phases=on) for n, on in enumerate(phases)),
        circuits=[circuit("main", lines=[(*weights, 60.0)])],
    )
    capacity = Capacity(at, POLICY.building_shares)
    worst_a = np.array(ordered)[:, None] * 32
    while capacity.room(worst_a, np.zeros(1)).min() < 0:
        worst_a *= 0.9

    on_phase = [
        sum(
            float(amps) * share
            for amps, share, on in zip(worst_a[:, 0], drawn, phases, strict=True)
            if phase in on
        )
        for phase in "123"
    ]
    line = at.circuits[0].line_limits[0]
    assert magnitude_a(line, *on_phase) <= 60.0 + 1e-9
