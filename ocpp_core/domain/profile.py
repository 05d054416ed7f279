"""Charging profiles (OCPP 1.6 section 7.8) in one vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain

from ocpp_core.domain.ids import TransactionId


class ProfilePurpose(StrEnum):
    """What a profile is for."""

    CHARGE_POINT_MAX = "ChargePointMaxProfile"
    TX_DEFAULT = "TxDefaultProfile"
    TX = "TxProfile"


class ProfileKind(StrEnum):
    """What the schedule's start is measured from."""

    ABSOLUTE = "Absolute"
    RECURRING = "Recurring"
    RELATIVE = "Relative"


class RateUnit(StrEnum):
    """Unit of a schedule's limits; A is per phase, W the sum."""

    A = "A"
    W = "W"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePeriod:
    """A limit from `start_s` after the schedule's start until the next period."""

    start_s: int
    limit: float
    """In the schedule's rate unit, one decimal."""
    phase_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingProfile:
    """A profile with its schedule."""

    profile_id: int
    purpose: ProfilePurpose
    kind: ProfileKind
    stack_level: int = 0
    rate_unit: RateUnit = RateUnit.A
    periods: tuple[SchedulePeriod, ...]
    start: datetime | None = None
    """Start of the schedule, UTC; required unless the kind is Relative."""
    duration_s: int | None = None
    """The schedule ends this long after its start; None: it never does."""
    transaction_id: TransactionId | None = None
    """The transaction that a TxProfile belongs to."""
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    @property
    def end(self) -> datetime | None:
        """The instant from which this profile says nothing more, or None."""
        ends = []
        if self.start is not None and self.duration_s is not None:
            ends.append(self.start + timedelta(seconds=self.duration_s))
        if self.valid_to is not None:
            ends.append(self.valid_to)
        return min(ends) if ends else None

    def changes(self, *, transaction_start: datetime | None) -> tuple[datetime, ...]:
        """Return every instant at which this profile's limit may change, in no order.

        Between two of them that follow each other, `limit_at` gives one value.
        """
        start = transaction_start if self.kind is ProfileKind.RELATIVE else self.start
        if start is None:
            return ()
        at = [start + timedelta(seconds=period.start_s) for period in self.periods]
        at.append(start)
        if self.duration_s is not None:
            at.append(start + timedelta(seconds=self.duration_s))
        if self.valid_from is not None:
            at.append(self.valid_from)
        if self.valid_to is not None:
            at.append(self.valid_to)
        return tuple(at)

    def limit_at(self, instant: datetime, *, transaction_start: datetime | None) -> float | None:
        """Return the limit in force at `instant`, or None where the profile says nothing.

        A Relative schedule counts from `transaction_start`. Recurring schedules are not used by
        Ampherd and read as Absolute ones here.
        """
        start = transaction_start if self.kind is ProfileKind.RELATIVE else self.start
        if start is None or instant < start:
            return None
        if self.valid_from is not None and instant < self.valid_from:
            return None
        if self.valid_to is not None and instant >= self.valid_to:
            return None
        elapsed_s = (instant - start).total_seconds()
        if self.duration_s is not None and elapsed_s >= self.duration_s:
            return None
        limit: float | None = None
        for period in self.periods:
            if period.start_s > elapsed_s:
                break
            limit = period.limit
        return limit


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeSchedule:
    """What a charger says it will apply (GetCompositeSchedule)."""

    start: datetime
    duration_s: int
    rate_unit: RateUnit
    periods: tuple[SchedulePeriod, ...]


def leading_profile(
    profiles: tuple[ChargingProfile, ...],
    purpose: ProfilePurpose,
    instant: datetime,
    *,
    transaction_start: datetime | None,
) -> ChargingProfile | None:
    """Return the profile of `purpose` with the highest stack level that has a limit at `instant`.

    Source: OCPP 1.6 section 3.13.2 Stacking charging profiles.
    """
    speaking = [
        p
        for p in profiles
        if p.purpose is purpose
        and p.limit_at(instant, transaction_start=transaction_start) is not None
    ]
    return max(speaking, key=lambda p: p.stack_level, default=None)


def limit_in_force(
    profiles: tuple[ChargingProfile, ...],
    instant: datetime,
    *,
    transaction_start: datetime | None,
) -> float | None:
    """Return the limit that the stack of profiles gives at `instant`, or None for no limit.

    The TxProfile (else the TxDefaultProfile) and the ChargePointMaxProfile: the lower one holds
    (OCPP 1.6 section 3.13.3). All profiles given must share one rate unit.
    """
    limits: list[float] = []
    for purposes in (
        (ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT),
        (ProfilePurpose.CHARGE_POINT_MAX,),
    ):
        for purpose in purposes:
            leading = leading_profile(
                profiles, purpose, instant, transaction_start=transaction_start
            )
            if leading is not None:
                limit = leading.limit_at(instant, transaction_start=transaction_start)
                if limit is not None:
                    limits.append(limit)
                break
    return min(limits, default=None)


def next_change(
    profiles: tuple[ChargingProfile, ...],
    after: datetime,
    *,
    transaction_start: datetime | None,
) -> datetime | None:
    """Return the first instant later than `after` at which `limit_in_force` may change, or None."""
    changes = chain.from_iterable(p.changes(transaction_start=transaction_start) for p in profiles)
    return min((instant for instant in changes if instant > after), default=None)
