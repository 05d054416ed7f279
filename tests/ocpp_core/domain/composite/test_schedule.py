"""Composite schedules."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ocpp_core.domain.composite import V16, V21, WHOLE, Place, Stack, composite_schedule
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import ProfileKind, ProfilePurpose, RateUnit, SchedulePeriod
from tests.ocpp_core.domain.composite.builders import ONE, START, TWO, at, in_watts, profile, stack


def told(
    subject: Stack,
    of: ConnectorId = ONE,
    *,
    start: datetime = START,
    duration_s: int = 100,
    unit: RateUnit = RateUnit.A,
    sharers: int = 1,
) -> list[tuple[int, float | None]]:
    found = composite_schedule(
        subject, of, start=start, duration_s=duration_s, rate_unit=unit, sharers=sharers
    )
    return [(period.start_s, period.limit) for period in found.periods]


def test_it_covers_the_time_asked_for_with_equal_neighbours_joined() -> None:
    subject = stack(profile((0, 10), (30, 10), (60, 6), (100, 16)))

    assert [(0, 10), (60, 6)] == told(subject)


def test_the_lowest_of_all_purposes_holds_in_each_interval() -> None:
    own = profile((0, 10), (40, 20))
    cap = profile((0, 16), (70, 8), purpose=ProfilePurpose.CHARGE_POINT_MAX)

    assert [(0, 10), (40, 16), (70, 8)] == told(stack(own, whole=[cap]))


def test_without_a_session_it_is_what_one_that_begins_now_would_get() -> None:
    """2.1 K08.FR.06: as if the default applied; a relative one counts from now."""
    default = profile((0, 16), (50, 6), kind=ProfileKind.RELATIVE)
    of_another = profile(32, purpose=ProfilePurpose.TX, profile_id=2, transaction_id=7)

    assert [(0, 16), (50, 6)] == told(stack(default, of_another, session=None), start=at(500))


def test_connector_0_is_what_all_draw_together_under_the_common_maximum() -> None:
    """1.6 section 5.7: the total expected from the grid."""
    cap = profile((0, 30), (50, 12), purpose=ProfilePurpose.CHARGE_POINT_MAX)
    subject = stack(profile(10), two=[profile((0, 16), (20, 32))], whole=[cap])

    assert [(0, 26), (20, 30), (50, 12)] == told(subject, WHOLE)


def test_connector_0_has_no_limit_where_one_connector_has_none() -> None:
    assert [(0, None)] == told(stack(profile(10)), WHOLE)
    assert [(0, 42)] == told(
        replace(stack(profile(10)), places={ONE: Place(), TWO: Place(rating_a=32)}), WHOLE
    )


def test_watts_count_the_phases_that_may_be_used() -> None:
    """OCPP.md row 39: 3.7 kW on one phase, and not 11."""
    assert [(0, 11_040)] == told(stack(profile(16)), unit=RateUnit.W)
    assert [(0, 3_680)] == told(stack(profile(16), place=Place(phase_count=1)), unit=RateUnit.W)


def test_a_limit_in_watts_comes_back_unchanged_in_watts() -> None:
    assert [(0, 7_777.7)] == told(stack(in_watts(7_777.7)), unit=RateUnit.W)


def test_a_change_within_a_second_is_told_at_its_start() -> None:
    subject = stack(profile((0, 10), (2, 6), start_s=0.5))

    assert [(0, 10), (2, 6)] == told(subject)
    assert [(0, None), (1, 10), (3, 6)] == told(subject, start=at(-1), duration_s=10)


def test_two_changes_within_one_second_leave_the_later() -> None:
    blip = profile(32, stack_level=1, profile_id=2, start_s=10.2, valid_to=at(10.7))
    blip = replace(blip, valid_from=at(10.2))
    subject = stack(profile((0, 10), (60, 6)), blip, rules=V16)

    assert [(0, 10), (60, 6)] == told(subject)


def test_setpoints_are_told_beside_limits() -> None:
    period = SchedulePeriod(start_s=0, limit=16, setpoint=-8, discharge_limit=-10)
    subject = stack(replace(profile(0), periods=(period,)), rules=V21)
    found = composite_schedule(
        subject, ONE, start=START, duration_s=60, rate_unit=RateUnit.W
    ).periods[0]

    assert (11_040, -5_520, -6_900) == (found.limit, found.setpoint, found.discharge_limit)
