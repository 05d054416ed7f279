"""Thousands of random stacks of profiles, against an evaluation second by second."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocpp_core.domain.composite import (
    V16,
    V21,
    V201,
    WHOLE,
    Place,
    Session,
    Stack,
    StackingRules,
    composite_schedule,
    limit_at,
    next_change,
)
from ocpp_core.domain.ids import ConnectorId, TransactionId
from ocpp_core.domain.profile import (
    ChargingProfile,
    LimitAtSoc,
    OperationMode,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    RecurrencyKind,
    SchedulePeriod,
)
from tests.depth import times
from tests.ocpp_core.domain.composite.brute import SHARERS, Second, brute

BERLIN = ZoneInfo("Europe/Berlin")
WINDOWS = (
    datetime(2026, 6, 17, 12, 0, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, 20, tzinfo=UTC),  # Berlin skips 02:00 to 03:00
    datetime(2026, 3, 29, 1, 29, 20, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 29, 20, tzinfo=UTC),  # Berlin has 02:00 to 03:00 twice
    datetime(2026, 10, 25, 0, 59, 20, tzinfo=UTC),
)
SECONDS = 80
DAY = 86_400
PLACES = (ConnectorId(1), ConnectorId(2))
EFFORT = settings(
    max_examples=times(120),
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


class Dice:
    """Draws a stack: of small numbers, so that things meet, and days old, so that they recur."""

    def __init__(self, seed: int, rules: StackingRules) -> None:
        self.random = random.Random(seed)
        self.rules = rules
        self.base = self.random.choice(WINDOWS)
        self.modern = rules is V21

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def near(self) -> int:
        return self.random.randint(-10, SECONDS + 10)

    def instant(self) -> datetime:
        return self.base + timedelta(seconds=self.near())

    def stack(self) -> Stack:
        profiles: dict[ConnectorId, tuple[ChargingProfile, ...]] = {}
        for number in range(self.random.randint(1, 7)):
            place = self.random.choice([WHOLE, *PLACES])
            profile = self.profile(number, place)
            profiles[place] = (*profiles.get(place, ()), profile)
        return Stack(
            rules=self.rules,
            voltage_v=self.random.choice([230.0, 120.0]),
            profiles=profiles,
            places={number: self.place() for number in PLACES},
            zone=BERLIN,
            offline_since=self.instant() if self.chance(0.3) else None,
            delays_s={n: self.random.randint(0, 9) for n in range(7)} if self.modern else {},
        )

    def place(self) -> Place:
        session = Session(
            started_at=self.instant() - timedelta(days=self.random.choice([0, 0, 1])),
            transaction_id=self.random.choice([None, TransactionId(1), TransactionId(2)]),
            priority=self.modern and self.chance(0.4),
            soc_percent=self.random.choice([None, 40.0, 90.0]),
        )
        return Place(
            phase_count=self.random.choice([1, 3, 3]),
            rating_a=self.random.choice([None, None, 16.0, 32.0]),
            session=session if self.chance(0.8) else None,
        )

    def profile(self, number: int, place: ConnectorId) -> ChargingProfile:
        purposes = set(self.rules.purposes)
        purposes -= {ProfilePurpose.TX} if place == WHOLE else {ProfilePurpose.CHARGE_POINT_MAX}
        purpose = self.random.choice(sorted(purposes))
        kinds = [ProfileKind.ABSOLUTE, ProfileKind.RECURRING, ProfileKind.RECURRING]
        kinds.append(ProfileKind.RELATIVE)
        kinds += [ProfileKind.DYNAMIC] if self.modern else []
        kind = self.random.choice(kinds)
        recurring = kind is ProfileKind.RECURRING
        cycle_days = self.random.choice([1, 7])
        return ChargingProfile(
            profile_id=number,
            purpose=purpose,
            kind=kind,
            stack_level=self.random.randint(0, 3),
            rate_unit=self.random.choice(list(RateUnit)),
            periods=self.periods(cycle_days * DAY if recurring else 0),
            start=self.start() if self.chance(0.9) else None,
            duration_s=self.duration_s(cycle_days * DAY if recurring else 0),
            transaction_id=self.random.choice([None, TransactionId(1)])
            if purpose is ProfilePurpose.TX
            else None,
            valid_from=self.instant() if self.chance(0.25) else None,
            valid_to=self.instant() if self.chance(0.25) else None,
            recurrency=RecurrencyKind("Daily" if cycle_days == 1 else "Weekly")
            if recurring
            else None,
            use_local_time=self.modern and self.chance(0.5),
            limit_at_soc=LimitAtSoc(soc_percent=80, limit=self.value())
            if self.modern and self.chance(0.2)
            else None,
            max_offline_duration_s=self.random.randint(0, 60)
            if self.modern and self.chance(0.3)
            else None,
            dyn_update_time=self.instant() if self.modern and self.chance(0.5) else None,
        )

    def start(self) -> datetime:
        back = timedelta(days=self.random.choice([0, 0, 1, 7, 9, 14]))
        hours = timedelta(hours=self.random.choice([0, 1, 2]) if self.modern else 0)
        return self.instant() - back + hours

    def duration_s(self, cycle_s: int) -> int | None:
        small = self.random.randint(1, SECONDS)
        return self.random.choice([None, small, small, cycle_s + small, cycle_s + self.near()])

    def periods(self, cycle_s: int) -> tuple[SchedulePeriod, ...]:
        first = self.random.choice([0, 0, 0, 0, 5])
        starts = {first} | {
            self.random.choice([0, 0, DAY, cycle_s]) + abs(self.near())
            for _ in range(self.random.randint(0, 4))
        }
        return tuple(self.period(start_s) for start_s in sorted(s for s in starts if s >= first))

    def period(self, start_s: int) -> SchedulePeriod:
        phase_count = self.random.choice([None, None, 1, 2, 3])
        if not self.modern:
            return SchedulePeriod(start_s=start_s, limit=self.value(), phase_count=phase_count)
        each = self.chance(0.2)
        return SchedulePeriod(
            start_s=start_s,
            limit=self.value() if self.chance(0.8) else None,
            limit_l2=self.value() if each else None,
            limit_l3=self.value() if each else None,
            phase_count=phase_count,
            operation_mode=self.random.choice(
                [OperationMode.CHARGING_ONLY, OperationMode.CENTRAL_SETPOINT, OperationMode.IDLE]
            ),
            setpoint=self.value() - 20 if self.chance(0.3) else None,
            setpoint_l2=self.value() if each else None,
            discharge_limit=-self.value() if self.chance(0.3) else None,
        )

    def value(self) -> float:
        return self.random.choice([0.0, 6.0, 8.1, 16.0, 32.0, 1380.0, 3680.0, 11000.0])


def exact(value: float | None) -> object:
    return None if value is None else pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("rules", [V16, V201, V21], ids=lambda rules: rules.name)
def test_every_second_of_any_stack_is_what_brute_force_gives(rules: StackingRules) -> None:
    @EFFORT
    @given(seed=st.integers(0, 2**40), number=st.sampled_from([0, 1, 2]))
    def holds(seed: int, number: int) -> None:
        dice = Dice(seed, rules)
        stack, connector_id = dice.stack(), ConnectorId(number)
        expected = brute(stack, connector_id, dice.base, SECONDS)
        for second, right in enumerate(expected):
            at = dice.base + timedelta(seconds=second)
            limit = limit_at(stack, connector_id, at, sharers=SHARERS)
            found = (
                limit.limit_a,
                limit.limit_w,
                None if limit.setpoint is None else limit.setpoint.a,
                None if limit.discharge is None else limit.discharge.a,
                limit.phase_count,
            )
            assert close(right, found), (stack, second, right, found)

    holds()


def close(right: Second, found: tuple[float | None, ...]) -> bool:
    for one, other in zip(
        (right.a, right.w, right.setpoint_a, right.discharge_a, right.phases), found, strict=True
    ):
        if one is None or other is None:
            if one is not other:
                return False
        elif abs(float(one) - other) > 1e-9 * max(1.0, abs(other)):
            return False
    return True


@pytest.mark.parametrize("rules", [V16, V201, V21], ids=lambda rules: rules.name)
def test_a_composite_schedule_says_the_same_with_as_few_periods_as_possible(
    rules: StackingRules,
) -> None:
    @EFFORT
    @given(
        seed=st.integers(0, 2**40),
        number=st.sampled_from([0, 1, 2]),
        unit=st.sampled_from(RateUnit),
    )
    def holds(seed: int, number: int, unit: RateUnit) -> None:
        dice = Dice(seed, rules)
        stack, connector_id = dice.stack(), ConnectorId(number)
        composite = composite_schedule(
            stack,
            connector_id,
            start=dice.base,
            duration_s=SECONDS,
            rate_unit=unit,
            sharers=SHARERS,
        )
        occupied = begun(stack, connector_id, dice.base)
        expected = brute(occupied, connector_id, dice.base, SECONDS)
        told = [
            [p for p in composite.periods if p.start_s <= second][-1] for second in range(SECONDS)
        ]
        for right, period in zip(expected, told, strict=True):
            value = right.a if unit is RateUnit.A else right.w
            assert (value is None) == (period.limit is None)
            if value is not None and period.limit is not None:
                assert float(value) == exact(period.limit)
        for before, after in pairwise(composite.periods):
            assert before.start_s < after.start_s
            assert replace(before, start_s=after.start_s) != after

    holds()


def begun(stack: Stack, connector_id: ConnectorId, start: datetime) -> Stack:
    """Put a session that begins now wherever there is none."""
    places = {
        number: Place(
            phase_count=place.phase_count,
            rating_a=place.rating_a,
            session=place.session or Session(started_at=start),
        )
        if connector_id in {WHOLE, number}
        else place
        for number, place in stack.places.items()
    }
    return Stack(
        rules=stack.rules,
        voltage_v=stack.voltage_v,
        profiles=stack.profiles,
        places=places,
        zone=stack.zone,
        offline_since=stack.offline_since,
        delays_s=stack.delays_s,
    )


@EFFORT
@given(
    seed=st.integers(0, 2**40),
    number=st.sampled_from([0, 1, 2]),
    rules=st.sampled_from([V16, V201, V21]),
)
def test_nothing_changes_before_the_next_change(
    seed: int, number: int, rules: StackingRules
) -> None:
    dice = Dice(seed, rules)
    stack, connector_id = dice.stack(), ConnectorId(number)
    at = dice.base
    announced = next_change(stack, connector_id, at)
    now = limit_at(stack, connector_id, at)
    for second in range(SECONDS):
        here = at + timedelta(seconds=second)
        if announced is not None and here >= announced:
            assert here == announced
            announced = next_change(stack, connector_id, here)
            now = limit_at(stack, connector_id, here)
        assert now == limit_at(stack, connector_id, here)
