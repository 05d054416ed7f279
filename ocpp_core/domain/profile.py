"""Charging profiles of OCPP 1.6, 2.0.1 and 2.1 in one vocabulary.

Sources: OCPP 1.6 section 7.8, OCPP 2.0.1 and 2.1 part 2 section 2 (ChargingProfileType). What is
left out, since nothing here computes with it: prices, reactive setpoints, frequency and signal
curves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain

from ocpp_core.domain.ids import StationTransactionId, TransactionId


class ProfilePurpose(StrEnum):
    """What a profile is for."""

    CHARGE_POINT_MAX = "ChargePointMaxProfile"
    """The most that the whole charge point may draw; ChargingStationMaxProfile in OCPP 2."""
    TX_DEFAULT = "TxDefaultProfile"
    TX = "TxProfile"
    EXTERNAL_CONSTRAINTS = "ChargingStationExternalConstraints"
    """Set by somebody else, a grid operator say: read it, never set or clear it (OCPP 2)."""
    PRIORITY_CHARGING = "PriorityCharging"
    """Stands in for Tx and TxDefault while a session has priority (OCPP 2.1)."""
    LOCAL_GENERATION = "LocalGeneration"
    """What is generated on the spot and may be drawn on top of the other limits (OCPP 2.1)."""


class ProfileKind(StrEnum):
    """What the schedule's start is measured from."""

    ABSOLUTE = "Absolute"
    RECURRING = "Recurring"
    RELATIVE = "Relative"
    DYNAMIC = "Dynamic"
    """One period whose values are updated while it is in force (OCPP 2.1)."""


class RecurrencyKind(StrEnum):
    """How often a Recurring schedule starts again."""

    DAILY = "Daily"
    WEEKLY = "Weekly"


class RateUnit(StrEnum):
    """Unit of a schedule's limits; A is per phase, W the sum."""

    A = "A"
    W = "W"


class OperationMode(StrEnum):
    """Who decides, and by which values, what flows in a period (OCPP 2.1 section Q)."""

    IDLE = "Idle"
    CHARGING_ONLY = "ChargingOnly"
    CENTRAL_SETPOINT = "CentralSetpoint"
    EXTERNAL_SETPOINT = "ExternalSetpoint"
    EXTERNAL_LIMITS = "ExternalLimits"
    CENTRAL_FREQUENCY = "CentralFrequency"
    LOCAL_FREQUENCY = "LocalFrequency"
    LOCAL_LOAD_BALANCING = "LocalLoadBalancing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePeriod:
    """What holds from `start_s` after the schedule's start until the next period.

    Limits and setpoints are in the schedule's rate unit. In W a value is the sum of all phases,
    unless values for L2 and L3 stand beside it: then it is that of L1 (OCPP 2.1).
    """

    start_s: int
    limit: float | None = None
    """Not negative; None only where the operation mode needs no limit (OCPP 2.1)."""
    phase_count: int | None = None
    """Phases that may be used; None counts as 3 on AC (errata 3.34 to OCPP 1.6)."""
    phase_to_use: int | None = None
    """The phase, 1 to 3, where `phase_count` is 1 and the charger can switch it (OCPP 2)."""
    limit_l2: float | None = None
    limit_l3: float | None = None
    operation_mode: OperationMode = OperationMode.CHARGING_ONLY
    setpoint: float | None = None
    """Value to follow, negative for discharging."""
    setpoint_l2: float | None = None
    setpoint_l3: float | None = None
    discharge_limit: float | None = None
    """Not positive."""
    discharge_limit_l2: float | None = None
    discharge_limit_l3: float | None = None
    preconditioning: bool = False
    """The car is asked to keep its battery ready."""
    evse_sleep: bool = False
    """The charger is asked to switch its power electronics off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitAtSoc:
    """A limit that holds from a state of charge on (OCPP 2.1)."""

    soc_percent: int
    limit: float
    """In the schedule's rate unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingProfile:
    """A profile with its schedule; of the three that OCPP 2 allows, the first."""

    profile_id: int
    purpose: ProfilePurpose
    kind: ProfileKind
    stack_level: int = 0
    rate_unit: RateUnit = RateUnit.A
    periods: tuple[SchedulePeriod, ...]
    start: datetime | None = None
    """Start of the schedule, UTC; None: the schedule counts from the transaction's start."""
    duration_s: int | None = None
    """The schedule ends this long after its start; None: it never does."""
    transaction_id: TransactionId | None = None
    """The transaction that a TxProfile belongs to."""
    station_transaction_id: StationTransactionId | None = None
    """What the charger calls that transaction, in a profile that it reports (OCPP 2.x)."""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    recurrency: RecurrencyKind | None = None
    """Set for the kind Recurring, and only there."""
    min_rate: float | None = None
    """Rate below which charging is inefficient, in the rate unit; a wish, no rule."""
    use_local_time: bool = False
    """`start` is read as wall time at the charger: its digits count, its zone does not (2.1)."""
    randomized_delay_s: int = 0
    """Each period starts up to this much later, by the charger's own dice (2.1)."""
    limit_at_soc: LimitAtSoc | None = None
    max_offline_duration_s: int | None = None
    """Not valid while the charger has been offline for longer; None: always valid (2.1)."""
    invalid_after_offline: bool = False
    """Once offline for longer than that, it never becomes valid again (2.1)."""
    dyn_update_interval_s: int | None = None
    """How often the charger asks for new values of a Dynamic profile (2.1)."""
    dyn_update_time: datetime | None = None
    """When the values of a Dynamic profile were last set (2.1)."""

    @property
    def end(self) -> datetime | None:
        """The instant from which this profile says nothing more, or None."""
        ends = []
        if self.start is not None and self.duration_s is not None:
            ends.append(self.start + timedelta(seconds=self.duration_s))
        if self.valid_to is not None:
            ends.append(self.valid_to)
        return min(ends) if ends else None

    def _counts_from(self, transaction_start: datetime | None) -> datetime | None:
        if self.kind is ProfileKind.RELATIVE or self.start is None:
            return transaction_start
        return self.start

    def changes(self, *, transaction_start: datetime | None) -> tuple[datetime, ...]:
        """Return every instant at which this profile's limit may change, in no order.

        Between two of them that follow each other, `limit_at` gives one value.
        """
        start = self._counts_from(transaction_start)
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
        start = self._counts_from(transaction_start)
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
