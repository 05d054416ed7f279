"""Profiles by the clock on the wall, on the days that have 23 and 25 hours (OCPP 2.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ocpp_core.domain.composite import V21, Stack, limit_at, next_change
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RecurrencyKind,
    SchedulePeriod,
)
from tests.ocpp_core.domain.composite.builders import ONE

BERLIN = ZoneInfo("Europe/Berlin")


def nightly(
    wall: str, *, hours: int | None = 2, use_local_time: bool = True, weekly: bool = False
) -> Stack:
    """Build a charger in Berlin that gives 16 A from a wall time on, else 6 A."""
    strong = ChargingProfile(
        profile_id=1,
        purpose=ProfilePurpose.TX_DEFAULT,
        kind=ProfileKind.RECURRING,
        recurrency=RecurrencyKind.WEEKLY if weekly else RecurrencyKind.DAILY,
        stack_level=1,
        periods=(SchedulePeriod(start_s=0, limit=16),),
        start=datetime.fromisoformat(f"2026-03-22T{wall}:00+00:00"),
        duration_s=None if hours is None else hours * 3600,
        use_local_time=use_local_time,
    )
    weak = ChargingProfile(
        profile_id=2,
        purpose=ProfilePurpose.TX_DEFAULT,
        kind=ProfileKind.ABSOLUTE,
        periods=(SchedulePeriod(start_s=0, limit=6),),
        start=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return Stack(rules=V21, voltage_v=230, profiles={ONE: (strong, weak)}, zone=BERLIN)


def starts(subject: Stack, day: str, days: int = 1) -> list[str]:
    """Find, by looking at every minute, when 16 A begin, as wall times."""
    at = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=BERLIN).astimezone(UTC)
    found, before = [], limit_at(subject, ONE, at - timedelta(minutes=1)).limit_a
    for minute in range(days * 25 * 60):
        here = at + timedelta(minutes=minute)
        now = limit_at(subject, ONE, here).limit_a
        if now == 16 and before == 6:
            found.append(here.astimezone(BERLIN).strftime("%d %H:%M %Z"))
        before = now
    return found


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-03-28", ["28 22:00 CET"]),
        ("2026-03-29", ["29 22:00 CEST"]),
        ("2026-10-24", ["24 22:00 CEST"]),
        ("2026-10-25", ["25 22:00 CET"]),
    ],
)
def test_a_daily_profile_begins_at_the_same_wall_time_in_summer_and_winter(
    day: str, expected: list[str]
) -> None:
    assert expected == starts(nightly("22:00"), day)


def test_without_local_time_a_daily_profile_begins_every_24_hours() -> None:
    subject = nightly("21:00", use_local_time=False)

    assert ["28 22:00 CET"] == starts(subject, "2026-03-28")
    assert ["29 23:00 CEST"] == starts(subject, "2026-03-29")


def test_a_weekly_profile_begins_on_the_same_weekday_and_wall_time() -> None:
    assert ["29 22:00 CEST"] == starts(nightly("22:00", weekly=True), "2026-03-28", days=3)


def test_a_wall_time_that_is_skipped_is_taken_an_hour_later() -> None:
    assert ["29 03:30 CEST"] == starts(nightly("02:30"), "2026-03-29")


def test_a_wall_time_that_comes_twice_is_taken_the_first_time() -> None:
    assert ["25 02:30 CEST"] == starts(nightly("02:30"), "2026-10-25")


def test_seconds_within_a_run_are_elapsed_and_not_read_off_the_wall() -> None:
    subject = nightly("00:00", hours=6)
    spring = datetime(2026, 3, 28, 23, tzinfo=UTC)
    autumn = datetime(2026, 10, 24, 22, tzinfo=UTC)

    for midnight, wall in ((spring, "07:00"), (autumn, "05:00")):
        end = next_change(subject, ONE, midnight)
        assert end == midnight + timedelta(hours=6)
        assert wall == end.astimezone(BERLIN).strftime("%H:%M")


def test_a_whole_day_is_an_hour_short_in_spring_and_pauses_an_hour_in_autumn() -> None:
    subject = nightly("00:00", hours=24)
    spring = datetime(2026, 3, 28, 23, tzinfo=UTC)
    autumn = datetime(2026, 10, 24, 22, tzinfo=UTC)

    def limits(midnight: datetime) -> list[float | None]:
        hours = (22.5, 23.5, 24.5, 25.5)
        return [limit_at(subject, ONE, midnight + timedelta(hours=h)).limit_a for h in hours]

    assert [16, 16, 16, 16] == limits(spring)
    assert [16, 16, 6, 16] == limits(autumn)


def test_an_absolute_schedule_by_local_time_begins_at_its_wall_time() -> None:
    profile = ChargingProfile(
        profile_id=1,
        purpose=ProfilePurpose.TX_DEFAULT,
        kind=ProfileKind.ABSOLUTE,
        periods=(SchedulePeriod(start_s=0, limit=16),),
        start=datetime(2026, 7, 1, 22, tzinfo=UTC),
        use_local_time=True,
    )
    subject = Stack(rules=V21, voltage_v=230, profiles={ONE: (profile,)}, zone=BERLIN)

    assert datetime(2026, 7, 1, 20, tzinfo=UTC) == next_change(
        subject, ONE, datetime(2026, 7, 1, tzinfo=UTC)
    )
