"""Charging profiles of OCPP 1.6, 2.0.1 and 2.1 in one vocabulary.

Sources: OCPP 1.6 section 7.8, OCPP 2.0.1 and 2.1 part 2 section 2 (ChargingProfileType). What is
left out, since nothing here computes with it: prices, reactive setpoints, frequency and signal
curves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

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
class DynamicValues:
    """The present values of a Dynamic profile, in its rate unit (OCPP 2.1 K28)."""

    limit: float | None = None
    setpoint: float | None = None
    discharge_limit: float | None = None


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
        """The instant from which this profile says nothing more; None: it is not known or never."""
        ends = []
        once = self.kind is ProfileKind.ABSOLUTE
        if once and self.start is not None and self.duration_s is not None:
            ends.append(self.start + timedelta(seconds=self.duration_s))
        if self.valid_to is not None:
            ends.append(self.valid_to)
        return min(ends) if ends else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeSchedule:
    """What a charger says it will apply (GetCompositeSchedule)."""

    start: datetime
    duration_s: int
    rate_unit: RateUnit
    periods: tuple[SchedulePeriod, ...]
