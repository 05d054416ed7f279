"""What a charger reports against what it should (OCPP.md rows 40 and 46)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.composite import composite_schedule, differences
from ocpp_core.domain.profile import CompositeSchedule, RateUnit, SchedulePeriod
from tests.ocpp_core.domain.composite.builders import (
    ONE,
    START,
    at,
    in_watts,
    profile,
    stack,
)


def schedule(
    *limits: tuple[int, float | None],
    unit: RateUnit = RateUnit.A,
    phase_count: int | None = None,
    duration_s: int = 900,
    start_s: float = 0,
) -> CompositeSchedule:
    return CompositeSchedule(
        start=at(start_s),
        duration_s=duration_s,
        rate_unit=unit,
        periods=tuple(
            SchedulePeriod(start_s=s, limit=limit, phase_count=phase_count) for s, limit in limits
        ),
    )


EXPECTED = schedule((0, 16.0), (300, 8.0))


def told(reported: CompositeSchedule | None, expected: CompositeSchedule = EXPECTED) -> object:
    found = differences(expected, reported, voltage_v=230)
    return None if found is None else [difference.words for difference in found]


@pytest.mark.parametrize(
    "reported",
    [
        schedule((0, 16.0), (300, 8.0)),
        schedule((0, 15.9), (300, 8.1)),
        schedule((0, 16.0), (299, 8.0)),
        schedule((0, 16.0), (100, 16.0), (300, 8.0)),
        schedule((0, 11_040.0), (300, 5_520.0), unit=RateUnit.W),
        schedule((0, 3_680.0), (300, 1_840.0), unit=RateUnit.W, phase_count=1),
        schedule((0, 16.0), duration_s=300),
        schedule((0, 8.0), start_s=300),
    ],
)
def test_the_same_limits_are_no_difference_whatever_the_unit_and_the_cut(
    reported: CompositeSchedule,
) -> None:
    """OCPP.md row 40: pushed in one unit, read back in the other."""
    assert [] == told(reported)


def test_pushed_in_watts_and_read_back_in_amperes_is_compared_in_one_unit() -> None:
    """OCPP.md row 40."""
    subject = stack(in_watts(6_900))
    expected = composite_schedule(subject, ONE, start=START, duration_s=900, rate_unit=RateUnit.W)

    assert [] == told(schedule((0, 10.0)), expected)
    assert [
        (
            "From 2026-06-01 08:00:00 to 2026-06-01 08:15:00 UTC it reports 30.0 A "
            "where 10.0 A on each phase is expected."
        )
    ] == told(schedule((0, 30.0)), expected)


def test_each_difference_says_when_and_what() -> None:
    reported = schedule((0, 16.0), (200, 32.0), (400, 8.0), (800, None))

    assert [
        (
            "From 2026-06-01 08:03:20 to 2026-06-01 08:05:00 UTC it reports 32.0 A "
            "where 16.0 A on each phase is expected."
        ),
        (
            "From 2026-06-01 08:05:00 to 2026-06-01 08:06:40 UTC it reports 32.0 A "
            "where 8.0 A on each phase is expected."
        ),
        (
            "From 2026-06-01 08:13:20 to 2026-06-01 08:15:00 UTC it reports no limit "
            "where 8.0 A on each phase is expected."
        ),
    ] == told(reported)


def test_a_stretch_that_a_charger_cuts_into_periods_is_one_difference() -> None:
    found = differences(EXPECTED, schedule((0, 32.0), (10, 32.0), (300, 8.0)), voltage_v=230)

    assert found is not None
    assert [(at(0), at(300))] == [(d.start, d.end) for d in found]


@pytest.mark.parametrize(
    "reported",
    [
        None,
        schedule(),
        schedule((0, 0.0), start_s=900),
    ],
)
def test_no_report_no_period_and_another_time_say_nothing(
    reported: CompositeSchedule | None,
) -> None:
    """Quirk res-composite-empty: an empty list of periods is unknown, and not a limit of 0."""
    assert told(reported) is None


def test_where_no_limit_is_expected_a_charger_may_have_its_own() -> None:
    free = composite_schedule(stack(), ONE, start=START, duration_s=900, rate_unit=RateUnit.A)

    assert [None] == [period.limit for period in free.periods]
    assert [] == told(schedule((0, 32.0)), free)


@given(
    limits=st.dictionaries(st.integers(1, 89), st.integers(0, 320), max_size=5),
    shift_s=st.integers(0, 89),
)
def test_a_charger_that_reports_what_is_expected_never_differs(
    limits: dict[int, int], shift_s: int
) -> None:
    """In the other unit, rounded to a tenth, from a later instant on."""
    tenths = {0: 160, **{start * 10: limit for start, limit in limits.items()}}
    subject = stack(profile(*((s, t / 10) for s, t in sorted(tenths.items()))))
    expected = composite_schedule(subject, ONE, start=START, duration_s=900, rate_unit=RateUnit.A)
    reported = composite_schedule(
        subject,
        ONE,
        start=START + timedelta(seconds=shift_s),
        duration_s=900,
        rate_unit=RateUnit.W,
    )
    rounded = tuple(
        replace(period, limit=None if period.limit is None else round(period.limit, 1))
        for period in reported.periods
    )

    assert () == differences(expected, replace(reported, periods=rounded), voltage_v=230)
