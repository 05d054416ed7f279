"""Guessing passwords gets slow, and locks nobody out from elsewhere (OCPP.md row 64)."""

from __future__ import annotations

import pytest

from ocpp_core.csms.throttle import GuessThrottle, ThrottlePolicy

POLICY = ThrottlePolicy(
    free=3,
    free_of_identity=6,
    free_of_address=4,
    first_delay_s=2.0,
    longest_delay_s=60.0,
    forget_s=600.0,
)


class Time:
    """A clock that tests turn by hand."""

    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def throttle(time: Time) -> GuessThrottle:
    return GuessThrottle(POLICY, time=time)


def test_the_wait_doubles_with_each_further_failure_up_to_the_longest(
    time: Time, throttle: GuessThrottle
) -> None:
    waits = []
    for _ in range(10):
        time.s += throttle.wait_s("10.0.0.5", "CP-7")
        throttle.failed("10.0.0.5", "CP-7")
        waits.append(throttle.wait_s("10.0.0.5", "CP-7"))

    assert [0, 0, 2, 4, 8, 16, 32, 60, 60, 60] == waits


def test_failures_are_forgotten_after_a_quiet_time(time: Time, throttle: GuessThrottle) -> None:
    for _ in range(5):
        throttle.failed("10.0.0.5", "CP-7")
    time.s += POLICY.forget_s

    assert 0 == throttle.wait_s("10.0.0.5", "CP-7")
    assert 1 == throttle.failed("10.0.0.5", "CP-7")
    assert () == throttle.alerts()


def test_the_right_password_clears_the_failures_of_its_address(throttle: GuessThrottle) -> None:
    for _ in range(3):
        throttle.failed("10.0.0.5", "CP-7")
    throttle.succeeded("10.0.0.5", "CP-7")

    assert 0 == throttle.wait_s("10.0.0.5", "CP-7")


def test_one_identity_guessed_from_many_addresses_is_slowed_for_new_addresses(
    throttle: GuessThrottle,
) -> None:
    for number in range(6):
        throttle.failed(f"10.0.0.{number}", "CP-7")

    assert 2 == throttle.wait_s("10.9.9.9", "CP-7")
    assert 0 == throttle.wait_s("10.9.9.9", "CP-8")
    assert "6 wrong passwords for CP-7 from 6 addresses." in throttle.alerts()


def test_a_flood_of_identities_from_one_address_is_slowed_for_all_of_them(
    throttle: GuessThrottle,
) -> None:
    for number in range(4):
        throttle.probed("10.0.0.5", f"CP-{number}")

    assert throttle.wait_s("10.0.0.5", "CP-99") > 0
    assert 0 == throttle.wait_s("10.0.0.6", "CP-99")
    assert ("10.0.0.5 tried 4 identities in vain.",) == throttle.alerts()


def test_one_charger_with_a_wrong_password_does_not_shut_out_its_neighbours(
    throttle: GuessThrottle,
) -> None:
    """Chargers of a site share the address of its router."""
    for _ in range(50):
        throttle.failed("10.0.0.5", "CP-7")

    assert 0 == throttle.wait_s("10.0.0.5", "CP-8")


def test_a_charger_that_proved_itself_is_not_locked_out_by_guesses_of_others(
    throttle: GuessThrottle,
) -> None:
    throttle.succeeded("10.0.0.7", "CP-7")
    for number in range(100):
        throttle.failed(f"10.1.0.{number}", "CP-7")
        throttle.probed("10.0.0.7", f"X{number}")

    assert 0 == throttle.wait_s("10.0.0.7", "CP-7")
    assert throttle.wait_s("10.1.0.200", "CP-7") > 0


def test_an_ipv6_guesser_is_its_network(throttle: GuessThrottle) -> None:
    """Whoever has one address of a /64 has them all."""
    for number in range(3):
        throttle.failed(f"2001:db8::{number:x}", "CP-7")

    assert throttle.wait_s("2001:db8::ffff", "CP-7") > 0
    assert 0 == throttle.wait_s("2001:db8:1::1", "CP-7")
    assert throttle.wait_s("::ffff:10.0.0.5", "CP-7") == throttle.wait_s("10.0.0.5", "CP-7")


def test_who_guesses_is_told_with_number_identity_and_address(throttle: GuessThrottle) -> None:
    for _ in range(12):
        throttle.failed("10.0.0.5", "CP-7")

    assert ("12 wrong passwords for CP-7 from 10.0.0.5.",) == throttle.alerts()


def test_a_flood_does_not_fill_the_memory(
    throttle: GuessThrottle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GuessThrottle, "REMEMBERED", 10)
    for number in range(100):
        throttle.failed(f"10.0.{number}.1", f"CP-{number}")
        throttle.succeeded(f"10.0.{number}.1", f"OK-{number}")

    assert {10} == {
        len(kept)
        for kept in (throttle._pairs, throttle._identities, throttle._addresses, throttle._proved)
    }
