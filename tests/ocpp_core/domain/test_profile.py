"""Values of charging profiles."""

from datetime import UTC, datetime, timedelta

from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RecurrencyKind,
    SchedulePeriod,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def profile(
    kind: ProfileKind = ProfileKind.ABSOLUTE,
    duration_s: int | None = None,
    valid_to: datetime | None = None,
    recurrency: RecurrencyKind | None = None,
) -> ChargingProfile:
    return ChargingProfile(
        profile_id=1,
        purpose=ProfilePurpose.TX,
        kind=kind,
        periods=(SchedulePeriod(start_s=0, limit=16.0),),
        start=START,
        duration_s=duration_s,
        valid_to=valid_to,
        recurrency=recurrency,
    )


def test_a_profile_ends_with_its_duration_or_its_validity_whichever_is_first() -> None:
    later = START + timedelta(seconds=60)

    assert profile().end is None
    assert later == profile(duration_s=60).end
    assert later == profile(duration_s=90, valid_to=later).end


def test_a_recurring_profile_does_not_end_with_its_duration() -> None:
    daily = profile(ProfileKind.RECURRING, duration_s=60, recurrency=RecurrencyKind.DAILY)

    assert daily.end is None


def test_the_end_of_a_relative_profile_is_not_known() -> None:
    assert profile(ProfileKind.RELATIVE, duration_s=60).end is None
