"""Rules of a charger's profile stack (OCPP.md section 2.3)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.composite import V21, V201, WHOLE, Session, StackingRules
from ocpp_core.domain.ids import ConnectorId, TransactionId
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    RecurrencyKind,
    SchedulePeriod,
)
from ocpp_core.sim.stack import ProfileStack, Refusal
from tests.ocpp_core.sim.conftest import START

ONE, TWO = ConnectorId(1), ConnectorId(2)
RUNNING = Session(transaction_id=TransactionId(5), started_at=START)


def profile(
    limit: float = 16.0,
    purpose: ProfilePurpose = ProfilePurpose.TX_DEFAULT,
    number: int = 1,
    level: int = 0,
    duration_s: int | None = None,
    start_s: int = 0,
) -> ChargingProfile:
    return ChargingProfile(
        profile_id=number,
        purpose=purpose,
        kind=ProfileKind.ABSOLUTE,
        stack_level=level,
        periods=(SchedulePeriod(start_s=0, limit=limit),),
        start=at(start_s),
        duration_s=duration_s,
    )


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def stack(reaction_s: float = 0.0) -> ProfileStack:
    return ProfileStack(since=START, voltage_v=230, reaction_s=reaction_s, max_installed=4)


def install(
    subject: ProfileStack,
    connector_id: ConnectorId,
    *profiles: ChargingProfile,
    second: float = 0,
    session: Session | None = RUNNING,
) -> Refusal | None:
    refusal = None
    for each in profiles:
        refusal = subject.install(connector_id, each, at=at(second), session=session)
    return refusal


def limit(
    subject: ProfileStack, connector_id: ConnectorId = ONE, second: float = 0, sharers: int = 1
) -> float | None:
    return subject.limit_a(connector_id, at(second), session=RUNNING, sharers=sharers)


def test_without_profiles_there_is_no_limit() -> None:
    assert limit(stack()) is None
    assert stack().next_change(ONE, START, session=RUNNING) is None


def test_the_same_id_replaces_wherever_it_was() -> None:
    subject = stack()
    install(subject, ONE, profile(10.0, level=2))
    install(subject, WHOLE, profile(20.0, level=1))

    assert 20.0 == limit(subject)
    assert [0, 1] == [len(subject.installed[place]) for place in (ONE, WHOLE)]


def test_the_same_level_and_purpose_on_the_same_connector_replace() -> None:
    subject = stack()
    install(subject, ONE, profile(10.0, number=1), profile(20.0, number=2))

    assert 20.0 == limit(subject)
    assert 1 == len(subject.installed[ONE])


def test_another_connector_or_level_does_not_replace() -> None:
    subject = stack()
    install(subject, ONE, profile(10.0, number=1), profile(12.0, number=2, level=1))
    install(subject, TWO, profile(20.0, number=3))

    assert (12.0, 20.0) == (limit(subject, ONE), limit(subject, TWO))


def test_a_default_of_a_connector_replaces_that_of_connector_0_only_there() -> None:
    subject = stack()
    install(subject, WHOLE, profile(10.0, number=1, level=5))
    install(subject, ONE, profile(20.0, number=2))

    assert (20.0, 10.0) == (limit(subject, ONE), limit(subject, TWO))


def test_when_a_connector_s_own_default_has_expired_that_of_connector_0_returns() -> None:
    subject = stack()
    install(subject, WHOLE, profile(10.0, number=1))
    install(subject, ONE, profile(20.0, number=2, duration_s=60))

    assert [20.0, 10.0] == [limit(subject, second=s) for s in (59, 60)]


def test_the_maximum_of_the_charge_point_is_shared_by_those_who_charge() -> None:
    subject = stack()
    install(subject, WHOLE, profile(30.0, ProfilePurpose.CHARGE_POINT_MAX))
    install(subject, ONE, profile(12.0, number=2))

    assert [12.0, 10.0] == [limit(subject, ONE, sharers=n) for n in (2, 3)]
    assert [30.0, 15.0] == [limit(subject, TWO, sharers=n) for n in (0, 2)]


def test_watts_become_amperes_on_three_phases_unless_told_otherwise() -> None:
    """Erratum 3.34 to OCPP 1.6."""
    watts = replace(
        profile(),
        rate_unit=RateUnit.W,
        periods=(
            SchedulePeriod(start_s=0, limit=6900.0),
            SchedulePeriod(start_s=60, limit=2300.0, phase_count=1),
        ),
    )
    subject = stack()
    install(subject, ONE, watts)

    assert [10.0, 10.0] == [limit(subject, second=s) for s in (0, 60)]


def test_a_change_counts_after_the_reaction_time_and_not_before() -> None:
    subject = stack(reaction_s=5)
    install(subject, ONE, profile(10.0), second=0)
    install(subject, ONE, profile(20.0), second=3)

    assert [None, 10.0, 20.0] == [limit(subject, second=s) for s in (4.9, 5, 8)]
    assert at(5) == subject.next_change(ONE, at(3), session=RUNNING)
    assert at(8) == subject.next_change(ONE, at(5), session=RUNNING)


def test_tx_profiles_end_with_their_transaction() -> None:
    subject = stack()
    install(subject, ONE, profile(8.0), profile(16.0, ProfilePurpose.TX, number=2))
    assert 16.0 == limit(subject)

    subject.end_transaction(ONE)

    assert 8.0 == limit(subject)


def test_clearing_removes_what_matches() -> None:
    subject = stack()
    install(subject, ONE, profile(8.0), profile(16.0, number=2, level=1))

    assert 1 == subject.clear(lambda _, p: p.stack_level == 1, at=START)
    assert 0 == subject.clear(lambda _, p: p.stack_level == 1, at=START)
    assert 8.0 == limit(subject)


@pytest.mark.parametrize(
    ("connector_id", "refused", "words"),
    [
        (ONE, profile(purpose=ProfilePurpose.CHARGE_POINT_MAX), "for connector 0"),
        (WHOLE, profile(purpose=ProfilePurpose.TX), "is for one connector"),
        (ONE, profile(level=9), "stack level above 8"),
        (ONE, replace(profile(), periods=()), "at least one period"),
        (
            ONE,
            replace(profile(), periods=(SchedulePeriod(start_s=1, limit=1),)),
            "starts at 0",
        ),
        (ONE, replace(profile(), kind=ProfileKind.RECURRING), "Daily or Weekly"),
        (
            WHOLE,
            replace(profile(purpose=ProfilePurpose.CHARGE_POINT_MAX), kind=ProfileKind.RELATIVE),
            "is not Relative",
        ),
        (
            ONE,
            replace(profile(purpose=ProfilePurpose.TX), transaction_id=TransactionId(6)),
            "transaction 6 does not run here",
        ),
    ],
)
def test_a_profile_that_breaks_a_rule_is_refused_with_the_reason(
    connector_id: ConnectorId, refused: ChargingProfile, words: str
) -> None:
    refusal = install(stack(), connector_id, refused)

    assert refusal is not None
    assert words in refusal.words


def test_a_tx_profile_is_refused_without_a_running_transaction() -> None:
    refusal = install(stack(), ONE, profile(purpose=ProfilePurpose.TX), session=None)

    assert refusal == Refusal("TxProfile needs a running transaction", "TxNotFound")


def test_no_more_are_kept_than_fit_but_replacing_is_always_possible() -> None:
    subject = stack()
    install(subject, ONE, *(profile(number=n, level=n) for n in range(4)))

    full = install(subject, ONE, profile(number=9, level=5))
    replaced = install(subject, ONE, profile(20.0, number=3, level=3))

    assert full == Refusal("4 profiles are installed already")
    assert replaced is None


PROFILES = st.builds(
    profile,
    limit=st.integers(0, 32).map(float),
    purpose=st.sampled_from([ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT]),
    number=st.integers(1, 4),
    level=st.integers(0, 2),
    duration_s=st.none() | st.integers(1, 90),
    start_s=st.integers(0, 60),
)
STEPS = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from([WHOLE, ONE, TWO]), PROFILES), max_size=6
)


@given(steps=STEPS, reaction_s=st.sampled_from([0, 7]))
def test_any_stack_gives_what_a_plain_list_of_rules_gives_second_by_second(
    steps: list[tuple[int, ConnectorId, ChargingProfile]], reaction_s: int
) -> None:
    """The list keeps (counts from, connector, profile) and looks everything up anew."""
    subject = stack(reaction_s)
    at_second: dict[int, list[tuple[ConnectorId, ChargingProfile]]] = {}
    for second, place, each in sorted(steps, key=lambda step: step[0]):
        at_second.setdefault(second, []).append((place, each))
    history: list[tuple[int, list[tuple[ConnectorId, ChargingProfile]]]] = [(0, [])]
    for second in range(130):
        for place, each in at_second.get(second, []):
            refusal = install(subject, place, each, second=second)
            assert (refusal is not None) == (place == WHOLE and each.purpose is ProfilePurpose.TX)
            if refusal is None:
                rest = [
                    (p, old)
                    for p, old in history[-1][1]
                    if old.profile_id != each.profile_id
                    and (p, old.purpose, old.stack_level) != (place, each.purpose, each.stack_level)
                ]
                history.append((second + reaction_s, [*rest, (place, each)]))
        kept_now = next(kept for since, kept in reversed(history) if since <= second)
        for connector_id in (ONE, TWO):
            assert expected(kept_now, connector_id, second) == limit(subject, connector_id, second)


def expected(
    kept: list[tuple[ConnectorId, ChargingProfile]], connector_id: ConnectorId, second: int
) -> float | None:
    def best(place: ConnectorId, purpose: ProfilePurpose) -> ChargingProfile | None:
        speaking = [
            p
            for where, p in kept
            if where == place
            and p.purpose is purpose
            and p.start is not None
            and second - (p.start - START).total_seconds() < (p.duration_s or 10**9)
        ]
        speaking.sort(key=lambda p: p.stack_level)
        return speaking[-1] if speaking else None

    for place, purpose in (
        (connector_id, ProfilePurpose.TX),
        (connector_id, ProfilePurpose.TX_DEFAULT),
        (WHOLE, ProfilePurpose.TX_DEFAULT),
    ):
        found = best(place, purpose)
        if found is not None and found.start is not None:
            begun = second >= (found.start - START).total_seconds()
            return found.periods[0].limit if begun else None
    return None


DAILY = replace(
    profile(6.0),
    kind=ProfileKind.RECURRING,
    recurrency=RecurrencyKind.DAILY,
    duration_s=3600,
)


def test_a_recurring_profile_is_obeyed_every_day() -> None:
    subject = stack()
    assert install(subject, ONE, DAILY) is None

    assert [6.0, None, 6.0] == [limit(subject, second=s) for s in (3599, 3600, 86_400)]
    assert at(86_400) == subject.next_change(ONE, at(3600), session=RUNNING)


def test_a_relative_maximum_is_refused() -> None:
    """OCPP.md row 38: profiles for the maximum are Absolute or Recurring, with a start."""
    maximum = replace(profile(purpose=ProfilePurpose.CHARGE_POINT_MAX), start=None)
    relative = replace(maximum, kind=ProfileKind.RELATIVE)

    for refused in (relative, maximum):
        assert isinstance(install(stack(), WHOLE, refused), Refusal)


def modern(rules: StackingRules = V21) -> ProfileStack:
    return ProfileStack(since=START, voltage_v=230, rules=rules)


@pytest.mark.parametrize(
    ("place", "code"), [(ONE, "DuplicateProfile"), (WHOLE, "DuplicateProfile"), (TWO, None)]
)
def test_in_2_a_second_default_of_the_same_level_is_refused_where_both_could_lead(
    place: ConnectorId, code: str | None
) -> None:
    """2.0.1 K01.FR.52 and 53."""
    subject = modern(V201)
    install(subject, ONE, profile(10.0, number=1))
    refusal = install(subject, place, profile(20.0, number=2))

    assert code == (None if refusal is None else refusal.code)


def test_in_2_the_same_level_is_free_once_the_other_is_not_valid_any_more() -> None:
    subject = modern(V201)
    install(subject, ONE, replace(profile(10.0, number=1), valid_to=at(60)))
    refusal = install(subject, ONE, replace(profile(20.0, number=2), valid_from=at(60)))

    assert refusal is None
    assert [10.0, 20.0] == [limit(subject, second=s) for s in (59, 60)]


def test_the_server_does_not_set_external_constraints() -> None:
    refusal = install(modern(), ONE, profile(purpose=ProfilePurpose.EXTERNAL_CONSTRAINTS))

    assert refusal is not None
    assert "never by a server" in refusal.words


def test_a_profile_that_does_not_survive_being_offline_is_gone_when_the_link_is_back() -> None:
    """2.1 K01.FR.102."""
    fleeting = replace(
        profile(32.0, number=2, level=1), max_offline_duration_s=60, invalid_after_offline=True
    )
    subject = modern()
    install(subject, ONE, profile(6.0, number=1), fleeting)

    subject.link(online=False, at=at(10))
    assert [32.0, 6.0] == [limit(subject, second=s) for s in (69, 70)]
    subject.link(online=True, at=at(60))
    assert 32.0 == limit(subject, second=100)

    subject.link(online=False, at=at(110))
    subject.link(online=True, at=at(180))
    assert 6.0 == limit(subject, second=180)
