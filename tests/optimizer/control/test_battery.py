"""A stationary battery under the guard: what it is told, and what it counts as."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ocpp_core.domain.commands import Accepted
from ocpp_core.domain.ids import ChargePointId
from optimizer.control import Guard
from tests.optimizer.control.chargers import START, circuit, point, site

MINUTE = timedelta(minutes=1)
WATTS = 690.0
"""Of one ampere on three phases."""


def guard(battery_a: float = 20.0, **more: float) -> Guard:
    """Return a guard of a site of 30 A with one charger of 16 A that was never seen."""
    return Guard(
        site(point("A", rating_a=16), circuits=[circuit("main", a=30)], **more),
        battery_w=battery_a * WATTS,
    )


def worst_a(of: Guard, at: datetime) -> float:
    return of.worst_w(of.site.root.circuit_id, at) / WATTS


def heard(battery_a: float = 20.0) -> Guard:
    """Return a guard of a battery that no setpoint from before can concern any more."""
    one = guard(battery_a)
    one.battery_heard(0.0, START - timedelta(hours=1))
    return one


def test_a_battery_that_was_never_heard_counts_as_all_that_it_can_take() -> None:
    assert 36.0 == worst_a(guard(), START)
    assert 36.0 == worst_a(guard(), START + timedelta(days=1))


def test_what_it_was_told_before_a_restart_counts_until_that_is_over() -> None:
    """Nobody remembers it; it ends with the longest setpoint and the tolerance for clocks."""
    one = guard()
    one.battery_heard(0.0, START)

    assert 36.0 == worst_a(one, START + 5.9 * MINUTE)
    assert 16.0 == worst_a(one, START + 6.1 * MINUTE)


def test_it_is_told_no_more_than_chargers_leave() -> None:
    one = heard()

    assert 14.0 * WATTS == one.tell_battery(20.0 * WATTS, START, START + 5 * MINUTE)
    assert 30.0 == worst_a(one, START)
    assert () == one.exceeded(START)


def test_a_setpoint_counts_until_its_end_whatever_is_told_next() -> None:
    one = heard()
    one.tell_battery(10.0 * WATTS, START, START + 5 * MINUTE)

    assert 2.0 * WATTS == one.tell_battery(2.0 * WATTS, START + MINUTE, START + 6 * MINUTE)

    assert [26.0, 26.0, 18.0, 16.0] == [
        worst_a(one, START + minutes * MINUTE) for minutes in (1, 5.9, 6.5, 7.1)
    ]


def test_a_setpoint_counts_as_long_as_it_lasts_though_the_clock_was_set_back() -> None:
    one = heard()
    one.next_orders({}, START + 10 * MINUTE)

    one.tell_battery(10.0 * WATTS, START, START + 5 * MINUTE)

    assert [26.0, 16.0] == [worst_a(one, START + minutes * MINUTE) for minutes in (15.9, 16.1)]


def test_when_a_setpoint_is_over_who_waited_for_it_is_looked_at() -> None:
    one = heard()
    one.tell_battery(14.0 * WATTS, START, START + 5 * MINUTE)

    wake_at = one.round({}, START).wake_at

    assert wake_at is not None
    assert 0 <= (wake_at - START - 6 * MINUTE).total_seconds() < 0.01


def test_a_battery_is_named_where_it_weighs_on_a_limit_that_may_be_passed() -> None:
    one = heard(40.0)
    one.battery_heard(20.0 * WATTS, START)

    (with_a_charger, *_) = one.exceeded(START)
    one.link(ChargePointId("A"), online=True)
    for order in one.next_orders({}, START):
        one.sent(order, START)
        one.answered(order, Accepted(), START)
    one.set_building(START, 25.0 * WATTS)
    (with_the_building, *_) = one.exceeded(START)

    assert with_a_charger.words.endswith("; weighing on it: A/1, the battery (up to 13.8 kW)")
    assert with_the_building.words.endswith("; weighing on it: the battery (up to 13.8 kW)")


def test_what_it_gives_makes_no_room() -> None:
    one = heard()
    one.battery_heard(-5_000.0, START)

    assert -5_000.0 == one.tell_battery(-5_000.0, START, START + 5 * MINUTE)
    assert 16.0 == worst_a(one, START)


def test_while_a_limit_is_passed_it_is_told_nothing_to_take() -> None:
    one = heard()
    one.set_building(START, 20.0 * WATTS)

    assert one.exceeded(START)
    assert 0.0 == one.tell_battery(5.0 * WATTS, START, START + 5 * MINUTE)


def test_what_it_takes_against_its_setpoint_counts_until_it_says_less() -> None:
    one = heard()
    one.battery_heard(12.0 * WATTS, START)

    assert 28.0 == worst_a(one, START + timedelta(days=1))

    one.battery_heard(0.0, START + MINUTE)

    assert 16.0 == worst_a(one, START + MINUTE)


def test_a_site_without_one_keeps_nothing_free() -> None:
    assert 16.0 == worst_a(guard(0.0), START)
    assert 0.0 == guard(0.0).tell_battery(5_000.0, START, START + 5 * MINUTE)


def test_no_setpoint_holds_longer_than_is_counted_after_a_restart() -> None:
    with pytest.raises(ValueError, match="too long"):
        heard().tell_battery(0.0, START, START + 5.1 * MINUTE)
