"""The rules of profile stacking, one by one (OCPP.md section 2.3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocpp_core.domain.composite import (
    V16,
    V21,
    V201,
    WHOLE,
    Place,
    Session,
    Stack,
    StackingRules,
    limit_at,
    next_change,
)
from ocpp_core.domain.ids import TransactionId
from ocpp_core.domain.profile import (
    LimitAtSoc,
    OperationMode,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    RecurrencyKind,
    SchedulePeriod,
)
from tests.ocpp_core.domain.composite.builders import (
    ONE,
    SESSION,
    START,
    TWO,
    at,
    in_watts,
    limits_a,
    profile,
    stack,
)

DAY = 86_400
EVERY = pytest.mark.parametrize("rules", [V16, V201, V21], ids=lambda rules: rules.name)
TX, MAX = ProfilePurpose.TX, ProfilePurpose.CHARGE_POINT_MAX
EXTERNAL = ProfilePurpose.EXTERNAL_CONSTRAINTS
PRIORITY, GENERATION = ProfilePurpose.PRIORITY_CHARGING, ProfilePurpose.LOCAL_GENERATION


# One schedule -------------------------------------------------------------------------------------


@EVERY
def test_without_profiles_there_is_no_limit(rules: StackingRules) -> None:
    """Offline without any profile as well: 1.6 section 3.13.6."""
    subject = stack(rules=rules, offline_since=START)

    assert [None] == limits_a(subject, 0)
    assert next_change(subject, ONE, START) is None


@EVERY
def test_each_period_holds_until_the_next_and_the_last_until_the_duration_ends(
    rules: StackingRules,
) -> None:
    subject = stack(profile((0, 16), (10, 8), duration_s=30), rules=rules)

    assert [16, 16, 8, 8, None] == limits_a(subject, 0, 9.9, 10, 29.9, 30)


@EVERY
def test_without_a_duration_the_last_period_never_ends(rules: StackingRules) -> None:
    subject = stack(profile((0, 16), (10, 8)), rules=rules)

    assert [8] == limits_a(subject, 10_000 * DAY)


@EVERY
def test_a_period_that_starts_at_or_after_the_duration_is_not_run(rules: StackingRules) -> None:
    subject = stack(profile((0, 16), (30, 8), duration_s=30), rules=rules)

    assert [16, None, None] == limits_a(subject, 29, 30, 31)


@EVERY
def test_validity_is_half_open(rules: StackingRules) -> None:
    subject = stack(profile(16, valid_from=at(3), valid_to=at(6)), rules=rules)

    assert [None, 16, 16, None] == limits_a(subject, 2, 3, 5, 6)


@EVERY
def test_a_relative_schedule_counts_from_the_transaction(rules: StackingRules) -> None:
    relative = profile((0, 16), (10, 6), kind=ProfileKind.RELATIVE)
    late = Session(started_at=at(25), transaction_id=TransactionId(5))

    assert [16, 6] == limits_a(stack(relative, rules=rules, session=late), 30, 36)
    assert [None] == limits_a(stack(relative, rules=rules, session=None), 36)


def test_an_absolute_schedule_without_a_start_counts_from_the_transaction() -> None:
    """1.6 section 7.13; 2.x does not allow it (K01.FR.40)."""
    late = Session(started_at=at(25))

    assert [6] == limits_a(stack(profile((0, 16), (10, 6), start_s=None), session=late), 36)


# Recurrence ---------------------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize(("recurrency", "days"), [("Daily", 1), ("Weekly", 7)])
def test_a_recurring_schedule_starts_again_every_cycle(
    recurrency: str, days: int, rules: StackingRules
) -> None:
    again = profile((0, 16), (10, 6), recurrency=RecurrencyKind(recurrency))
    cycle_s = days * DAY
    subject = stack(again, rules=rules)

    assert [16, 6] == limits_a(subject, 0, cycle_s - 1)
    assert [16, 6] == limits_a(subject, 5 * cycle_s, 5 * cycle_s + 10)
    assert at(cycle_s) == next_change(subject, ONE, at(11))


@EVERY
def test_a_recurring_schedule_does_not_run_before_its_start(rules: StackingRules) -> None:
    subject = stack(profile(16, recurrency=RecurrencyKind.DAILY), rules=rules)

    assert [None, 16] == limits_a(subject, -1, 0)


@EVERY
def test_a_recurring_schedule_shorter_than_its_cycle_leaves_the_rest_to_a_lower_level(
    rules: StackingRules,
) -> None:
    """1.6 section 5.16.4: fall back to a lower level, else as if there were no profile."""
    night = profile(16, recurrency=RecurrencyKind.DAILY, duration_s=3600, stack_level=1)
    base = profile(6, profile_id=2)

    assert [16, 6, 16] == limits_a(stack(night, base, rules=rules), 3599, 3600, DAY)
    assert [16, None, 16] == limits_a(stack(night, rules=rules), 3599, 3600, DAY)


@EVERY
def test_what_is_longer_than_the_cycle_is_not_run(rules: StackingRules) -> None:
    long = profile((0, 16), (DAY, 6), recurrency=RecurrencyKind.DAILY, duration_s=3 * DAY)

    assert [16, 16, 16] == limits_a(stack(long, rules=rules), 0, DAY, DAY + 100)


# Levels -------------------------------------------------------------------------------------------


@EVERY
def test_the_highest_level_leads_also_where_it_is_higher(rules: StackingRules) -> None:
    subject = stack(profile(10), profile(20, stack_level=3, profile_id=2), rules=rules)

    assert [20] == limits_a(subject, 0)


@EVERY
def test_without_a_duration_at_the_top_lower_levels_never_return(rules: StackingRules) -> None:
    """1.6 section 3.13.2, second note."""
    subject = stack(profile(10), profile(20, stack_level=1, profile_id=2), rules=rules)

    assert [20] == limits_a(subject, 10_000 * DAY)


@EVERY
def test_an_ended_schedule_gives_way_to_the_lower_level(rules: StackingRules) -> None:
    top = profile(20, stack_level=1, profile_id=2, duration_s=60)

    assert [20, 10] == limits_a(stack(profile(10), top, rules=rules), 59, 60)


@pytest.mark.parametrize(
    ("rules", "before"), [(V16, None), (V201, 10), (V21, 10)], ids=["1.6", "2.0.1", "2.1"]
)
def test_before_its_schedule_a_valid_profile_leads_in_1_6_and_not_in_2(
    rules: StackingRules, before: float | None
) -> None:
    """1.6 section 3.13.2: validity alone decides; 2.x: the leading one has a period then."""
    later = profile(20, stack_level=1, profile_id=2, start_s=60)

    assert [before, 20] == limits_a(stack(profile(10), later, rules=rules), 59, 60)


def test_validity_keeps_a_later_schedule_of_1_6_from_leading_early() -> None:
    later = profile(20, stack_level=1, profile_id=2, start_s=60, valid_from=at(60))

    assert [10, 20] == limits_a(stack(profile(10), later), 59, 60)


# Purposes -----------------------------------------------------------------------------------------


@EVERY
def test_a_tx_profile_stands_in_for_the_default_even_where_it_is_higher(
    rules: StackingRules,
) -> None:
    subject = stack(profile(20, purpose=TX), profile(6, stack_level=7, profile_id=2), rules=rules)

    assert [20] == limits_a(subject, 0)


@EVERY
def test_after_a_tx_profile_comes_a_lower_one_then_the_default_then_no_limit(
    rules: StackingRules,
) -> None:
    top = profile(20, purpose=TX, stack_level=1, duration_s=10)
    low = profile(13, purpose=TX, duration_s=20, profile_id=2)
    default = profile(6, duration_s=30, profile_id=3)

    subject = stack(top, low, default, rules=rules)

    assert [20, 13, 6, None] == limits_a(subject, 9, 19, 29, 30)


@EVERY
def test_a_tx_profile_is_for_its_own_transaction(rules: StackingRules) -> None:
    other = profile(20, purpose=TX, transaction_id=TransactionId(4))
    mine = profile(13, purpose=TX, transaction_id=TransactionId(5), profile_id=2)
    unnamed = profile(10, purpose=TX, profile_id=3, stack_level=1)

    assert [13] == limits_a(stack(other, mine, rules=rules), 0)
    assert [10] == limits_a(stack(mine, unnamed, rules=rules), 0)
    assert [None] == limits_a(stack(other, mine, unnamed, rules=rules, session=None), 0)


@EVERY
def test_a_default_of_connector_0_is_for_all(rules: StackingRules) -> None:
    subject = stack(whole=[profile(10)], rules=rules)

    assert [10] == limits_a(subject, 0)
    assert [10] == limits_a(subject, 0, of=TWO)


@pytest.mark.parametrize(
    ("rules", "there"), [(V16, 20), (V201, 10), (V21, 10)], ids=["1.6", "2.0.1", "2.1"]
)
def test_a_connector_s_own_default_comes_first_in_1_6_and_stacks_by_level_in_2(
    rules: StackingRules, there: float
) -> None:
    """1.6 section 3.13.1: it replaces that of connector 0, only there; 2.x: K01.FR.52 and 53."""
    subject = stack(profile(20, profile_id=2), whole=[profile(10, stack_level=5)], rules=rules)

    assert [there] == limits_a(subject, 0)
    assert [10] == limits_a(subject, 0, of=TWO)


@EVERY
def test_when_a_connector_s_own_default_has_ended_that_of_connector_0_returns(
    rules: StackingRules,
) -> None:
    own = profile(20, profile_id=2, duration_s=60, stack_level=1)

    assert [20, 10] == limits_a(stack(own, whole=[profile(10)], rules=rules), 59, 60)


@EVERY
def test_the_maximum_of_the_charge_point_caps_the_rest(rules: StackingRules) -> None:
    cap = profile(12, purpose=MAX)

    assert [12] == limits_a(stack(profile(20, purpose=TX), whole=[cap], rules=rules), 0)
    assert [12] == limits_a(stack(whole=[cap], rules=rules), 0)


@EVERY
def test_the_maximum_of_the_charge_point_is_for_all_connectors_together(
    rules: StackingRules,
) -> None:
    subject = stack(profile(20), two=[profile(20)], whole=[profile(30, purpose=MAX)], rules=rules)

    assert [15] == limits_a(subject, 0, sharers=2)
    assert [30] == limits_a(subject, 0, of=WHOLE)


@pytest.mark.parametrize("rules", [V201, V21], ids=lambda rules: rules.name)
def test_external_constraints_lower_a_connector_or_all(rules: StackingRules) -> None:
    one = stack(profile(20), profile(8, purpose=EXTERNAL, profile_id=-1), rules=rules)
    all_of_them = stack(profile(20), whole=[profile(16, purpose=EXTERNAL)], rules=rules)

    assert [8] == limits_a(one, 0)
    assert [8] == limits_a(all_of_them, 0, sharers=2)


def test_a_purpose_that_a_version_does_not_have_is_no_profile_of_it() -> None:
    for rules, purpose in ((V16, EXTERNAL), (V16, PRIORITY), (V201, GENERATION)):
        with pytest.raises(ValueError, match=f"has no {purpose}"):
            stack(profile(8, purpose=purpose), rules=rules)


def test_priority_charging_replaces_the_session_s_profiles_under_the_same_maximum() -> None:
    """2.1 K21 and K22."""
    profiles = (profile(6, purpose=TX), profile(32, purpose=PRIORITY, profile_id=2))
    hurried = replace(SESSION, priority=True)
    cap = [profile(20, purpose=MAX, profile_id=3)]

    assert [6] == limits_a(stack(*profiles, rules=V21), 0)
    assert [32] == limits_a(stack(*profiles, rules=V21, session=hurried), 0)
    assert [20] == limits_a(stack(*profiles, rules=V21, session=hurried, whole=cap), 0)


def test_local_generation_is_added_on_top() -> None:
    own = (profile(10), profile(3, purpose=GENERATION, profile_id=2))
    whole = [profile(30, purpose=MAX), profile(4, purpose=GENERATION, profile_id=3)]
    subject = stack(*own, two=[profile(16)], whole=whole, rules=V21)

    assert [10 + 3 + 4 / 2] == limits_a(subject, 0, sharers=2)
    assert [26 + 3 + 4] == limits_a(subject, 0, of=WHOLE)


def test_local_generation_alone_limits_nothing() -> None:
    assert [None] == limits_a(stack(profile(3, purpose=GENERATION), rules=V21), 0)


# Values -------------------------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize(("phase_count", "limit_a"), [(None, 16), (3, 16), (2, 24), (1, 48)])
def test_watts_are_divided_by_volts_and_stated_phases_which_are_three_if_not_stated(
    phase_count: int | None, limit_a: float, rules: StackingRules
) -> None:
    """Erratum 3.34 to OCPP 1.6."""
    assert [limit_a] == limits_a(stack(in_watts(11_040, phase_count), rules=rules), 0)


@EVERY
def test_watts_are_not_rescaled_where_fewer_phases_are_used(rules: StackingRules) -> None:
    """Erratum 3.69 to OCPP 1.6, and OCPP.md row 39: what one phase draws of it is a third."""
    limit = limit_at(stack(in_watts(11_040), rules=rules, place=Place(phase_count=1)), ONE, START)

    assert (16, 3_680) == (limit.limit_a, limit.limit_w)


@EVERY
def test_limits_in_different_units_are_compared_as_currents(rules: StackingRules) -> None:
    cap = in_watts(6_900, purpose=MAX)
    limit = limit_at(stack(profile(16), whole=[cap], rules=rules), ONE, START)

    assert (10, 6_900, cap) == (limit.limit_a, limit.limit_w, limit.source)


@EVERY
def test_the_rating_of_a_connector_is_a_limit_without_a_profile(rules: StackingRules) -> None:
    limit = limit_at(stack(profile(32), rules=rules, place=Place(rating_a=16)), ONE, START)

    assert (16, None) == (limit.limit_a, limit.source)


def period_21(**values: object) -> Stack:
    period = SchedulePeriod(start_s=0, **values)  # type: ignore[arg-type]
    return stack(replace(profile(0), periods=(period,)), rules=V21)


def test_a_setpoint_is_followed_up_to_the_limit() -> None:
    """2.1 section Q: the most that an obedient car draws."""
    draws = [
        limit_at(period_21(limit=limit, setpoint=setpoint), ONE, START).draw
        for limit, setpoint in ((16, 10), (6, 10), (None, 10), (16, -5), (16, None))
    ]

    assert [10, 6, 10, 0, 16] == [draw.a if draw else None for draw in draws]


def test_an_idle_period_lets_nothing_flow_either_way() -> None:
    limit = limit_at(period_21(operation_mode=OperationMode.IDLE), ONE, START)

    assert limit.discharge is not None
    assert (0, 0) == (limit.limit_a, limit.discharge.a)


def test_the_strictest_of_several_setpoints_and_discharge_limits_counts() -> None:
    def with_values(setpoint: float, discharge: float, purpose: ProfilePurpose) -> object:
        period = SchedulePeriod(start_s=0, limit=32, setpoint=setpoint, discharge_limit=discharge)
        return replace(profile(0, purpose=purpose), periods=(period,))

    subject = stack(with_values(10, -16, TX), with_values(8, -6, EXTERNAL), rules=V21)  # type: ignore[arg-type]
    limit = limit_at(subject, ONE, START)

    assert limit.setpoint is not None
    assert limit.discharge is not None
    assert (8, -6) == (limit.setpoint.a, limit.discharge.a)


def test_where_phases_have_their_own_limits_the_lowest_counts_for_each() -> None:
    amperes = period_21(limit=16, limit_l2=10, limit_l3=12)
    watts = replace(profile(0), rate_unit=RateUnit.W)
    period = SchedulePeriod(start_s=0, limit=3_680, limit_l2=2_300, limit_l3=2_760)
    by_watts = stack(replace(watts, periods=(period,)), rules=V21)

    assert [10, 10] == limits_a(amperes, 0) + limits_a(by_watts, 0)
    assert 6_900 == limit_at(by_watts, ONE, START).limit_w


def test_a_limit_beyond_a_state_of_charge_counts_once_the_car_is_beyond_it() -> None:
    """2.1 K01.FR.100."""
    careful = profile(16, limit_at_soc=LimitAtSoc(soc_percent=80, limit=6))

    def with_soc(soc_percent: float | None) -> list[float | None]:
        session = replace(SESSION, soc_percent=soc_percent)
        return limits_a(stack(careful, rules=V21, session=session), 0)

    assert [16, 16, 6] == with_soc(None) + with_soc(80) + with_soc(81)


# 2.1: offline, delays, dynamic --------------------------------------------------------------------


def test_a_profile_gives_way_while_the_charger_is_offline_for_too_long() -> None:
    """2.1 K01.FR.101 and 102."""
    fleeting = profile(32, stack_level=1, profile_id=2, max_offline_duration_s=60)
    subject = stack(profile(6), fleeting, rules=V21, offline_since=START)

    assert [32, 6] == limits_a(subject, 59, 60)
    assert [32] == limits_a(replace(subject, offline_since=None), 60)
    assert at(60) == next_change(subject, ONE, START)


def test_a_random_delay_moves_the_starts_of_periods_and_not_the_end() -> None:
    delayed = profile((0, 16), (10, 6), duration_s=30, randomized_delay_s=9, profile_id=7)
    subject = stack(delayed, rules=V21, delays_s={7: 4})

    assert [None, 16, 16, 6, None] == limits_a(subject, 3, 4, 13, 14, 30)


def test_a_dynamic_profile_counts_from_its_last_update() -> None:
    """2.1 K28."""
    dynamic = profile(16, kind=ProfileKind.DYNAMIC, duration_s=60, dyn_update_time=at(100))

    assert [16, None] == limits_a(stack(dynamic, rules=V21), 159, 160)


def test_a_dynamic_profile_without_any_time_holds_until_it_is_told_otherwise() -> None:
    dynamic = profile(16, kind=ProfileKind.DYNAMIC, start_s=None, duration_s=60)

    assert [16] == limits_a(stack(dynamic, rules=V21, session=None), 10_000 * DAY)
