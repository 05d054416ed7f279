"""Rules of charging profiles, against an evaluation second by second."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    SchedulePeriod,
    leading_profile,
    limit_in_force,
    next_change,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
HORIZON_S = 120


def profile(
    *limits: tuple[int, float],
    purpose: ProfilePurpose = ProfilePurpose.TX,
    kind: ProfileKind = ProfileKind.ABSOLUTE,
    level: int = 0,
    start_s: int | None = 0,
    duration_s: int | None = None,
    valid_from_s: int | None = None,
    valid_to_s: int | None = None,
) -> ChargingProfile:
    return ChargingProfile(
        profile_id=1,
        purpose=purpose,
        kind=kind,
        stack_level=level,
        periods=tuple(SchedulePeriod(start_s=s, limit=a) for s, a in limits),
        start=None if start_s is None else at(start_s),
        duration_s=duration_s,
        valid_from=None if valid_from_s is None else at(valid_from_s),
        valid_to=None if valid_to_s is None else at(valid_to_s),
    )


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def limit(*profiles: ChargingProfile, second: float) -> float | None:
    return limit_in_force(profiles, at(second), transaction_start=START)


def test_each_period_holds_until_the_next() -> None:
    subject = profile((0, 16.0), (10, 8.0))

    assert [16.0, 16.0, 8.0, 8.0] == [limit(subject, second=s) for s in (0, 9.9, 10, 9999)]


def test_a_schedule_says_nothing_before_its_start_nor_from_its_end() -> None:
    subject = profile((0, 16.0), start_s=5, duration_s=10)

    assert [None, 16.0, 16.0, None] == [limit(subject, second=s) for s in (4, 5, 14, 15)]
    assert at(15) == subject.end


def test_validity_is_half_open() -> None:
    subject = profile((0, 16.0), valid_from_s=3, valid_to_s=6)

    assert [None, 16.0, 16.0, None] == [limit(subject, second=s) for s in (2, 3, 5, 6)]
    assert at(6) == subject.end
    assert profile((0, 16.0)).end is None


def test_a_relative_schedule_counts_from_the_transaction() -> None:
    subject = profile((0, 16.0), (10, 6.0), kind=ProfileKind.RELATIVE, start_s=None)

    assert limit_in_force((subject,), at(30), transaction_start=at(25)) == 16.0
    assert limit_in_force((subject,), at(36), transaction_start=at(25)) == 6.0
    assert limit_in_force((subject,), at(36), transaction_start=None) is None


def test_the_highest_stack_level_that_speaks_leads() -> None:
    low, high = profile((0, 10.0)), profile((0, 20.0), level=3, duration_s=10)

    assert 20.0 == limit(low, high, second=9)
    assert 10.0 == limit(low, high, second=10)
    assert high is leading_profile((low, high), ProfilePurpose.TX, at(1), transaction_start=START)


def test_an_expired_tx_profile_falls_to_the_default() -> None:
    tx = profile((0, 20.0), duration_s=60)
    default = profile((0, 0.0), purpose=ProfilePurpose.TX_DEFAULT)

    assert [20.0, 0.0] == [limit(tx, default, second=s) for s in (59, 60)]


def test_a_tx_profile_replaces_the_default_even_where_it_is_higher() -> None:
    tx = profile((0, 20.0))
    default = profile((0, 6.0), purpose=ProfilePurpose.TX_DEFAULT, level=7)

    assert 20.0 == limit(tx, default, second=0)


def test_the_maximum_of_the_charge_point_caps_the_rest() -> None:
    tx = profile((0, 20.0))
    cap = profile((0, 12.0), purpose=ProfilePurpose.CHARGE_POINT_MAX)

    assert 12.0 == limit(tx, cap, second=0)
    assert 12.0 == limit(cap, second=0)


def test_without_profiles_there_is_no_limit() -> None:
    assert limit(second=0) is None
    assert next_change((), START, transaction_start=None) is None


SECONDS = st.integers(0, HORIZON_S)
PROFILES = st.builds(
    lambda purpose, kind, level, start_s, duration_s, valid_from_s, valid_to_s, periods: profile(
        *((s, float(a)) for s, a in sorted(periods.items())),
        purpose=purpose,
        kind=kind,
        level=level,
        start_s=start_s,
        duration_s=duration_s,
        valid_from_s=valid_from_s,
        valid_to_s=valid_to_s,
    ),
    purpose=st.sampled_from(ProfilePurpose),
    kind=st.sampled_from([ProfileKind.ABSOLUTE, ProfileKind.RELATIVE]),
    level=st.integers(0, 3),
    start_s=SECONDS,
    duration_s=st.none() | SECONDS,
    valid_from_s=st.none() | SECONDS,
    valid_to_s=st.none() | SECONDS,
    periods=st.dictionaries(SECONDS, st.integers(0, 32), min_size=1, max_size=4),
)


def by_the_second(profiles: tuple[ChargingProfile, ...], transaction_s: int) -> list[float | None]:
    """Paint every profile onto a timeline, lowest stack level first, purpose by purpose."""

    def layer(purpose: ProfilePurpose) -> list[float | None]:
        line: list[float | None] = [None] * HORIZON_S
        level: list[int] = [-1] * HORIZON_S
        for p in (p for p in profiles if p.purpose is purpose):
            assert p.start is not None
            origin = (
                transaction_s
                if p.kind is ProfileKind.RELATIVE
                else int((p.start - START).total_seconds())
            )
            for second in range(HORIZON_S):
                here = at(second)
                if p.valid_from is not None and here < p.valid_from:
                    continue
                if p.valid_to is not None and here >= p.valid_to:
                    continue
                if p.duration_s is not None and second >= origin + p.duration_s:
                    continue
                running = [q.limit for q in p.periods if origin + q.start_s <= second]
                if second >= origin and running and p.stack_level > level[second]:
                    line[second], level[second] = running[-1], p.stack_level
        return line

    tx, default, cap = (
        layer(p)
        for p in (ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT, ProfilePurpose.CHARGE_POINT_MAX)
    )
    first = [t if t is not None else d for t, d in zip(tx, default, strict=True)]
    return [
        min((v for v in pair if v is not None), default=None)
        for pair in zip(first, cap, strict=True)
    ]


@given(profiles=st.lists(PROFILES, max_size=6).map(tuple), transaction_s=SECONDS)
def test_the_limit_in_force_is_what_painting_second_by_second_gives(
    profiles: tuple[ChargingProfile, ...], transaction_s: int
) -> None:
    expected = by_the_second(profiles, transaction_s)

    assert expected == [
        limit_in_force(profiles, at(second), transaction_start=at(transaction_s))
        for second in range(HORIZON_S)
    ]


@given(profiles=st.lists(PROFILES, max_size=6).map(tuple), transaction_s=SECONDS)
def test_nothing_changes_between_two_announced_changes(
    profiles: tuple[ChargingProfile, ...], transaction_s: int
) -> None:
    expected = by_the_second(profiles, transaction_s)
    told: list[float | None] = []
    here: datetime | None = START
    while here is not None and here < at(HORIZON_S):
        until = next_change(profiles, here, transaction_start=at(transaction_s))
        value = limit_in_force(profiles, here, transaction_start=at(transaction_s))
        seconds = int(((until or at(HORIZON_S)) - here).total_seconds())
        told += [value] * seconds
        here = until

    assert expected == told[:HORIZON_S]
