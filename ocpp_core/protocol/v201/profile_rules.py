"""What a charging profile must be before it is sent (OCPP 2.0.1 K01, OCPP 2.1 K01 and K28)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import (
    ChargingProfile,
    OperationMode,
    ProfileKind,
    ProfilePurpose,
    SchedulePeriod,
)

_OF_20 = frozenset({
    ProfilePurpose.CHARGE_POINT_MAX, ProfilePurpose.TX_DEFAULT, ProfilePurpose.TX,
})  # fmt: skip
_DELAYED = frozenset({ProfilePurpose.TX_DEFAULT, ProfilePurpose.TX})
_STARTED = frozenset({ProfileKind.ABSOLUTE, ProfileKind.RECURRING})


def breach(profile: ChargingProfile, connector_id: ConnectorId | None) -> str:
    """Return the first rule of every 2.x version that a profile breaks, in words; empty: none.

    `connector_id` is where it goes, None where a remote start leaves that open.
    """
    return next(_breaches(profile, connector_id), "")


def breach_of_201(profile: ChargingProfile) -> str:
    """Return what of a profile OCPP 2.0.1 has no words for; empty: nothing.

    It is not left out but refused: a charger would do something else than was meant.
    """
    return next(_beyond_201(profile), "")


def breach_of_21(profile: ChargingProfile) -> str:
    """Return the first rule that only OCPP 2.1 has and a profile breaks, in words; empty: none."""
    return next(_breaches_of_21(profile), "")


def _breaches(profile: ChargingProfile, connector_id: ConnectorId | None) -> Iterator[str]:
    if profile.purpose is ProfilePurpose.EXTERNAL_CONSTRAINTS:
        yield "external constraints are set by somebody else, never by a central system (K01.FR.22)"
    if not profile.periods:
        yield "a schedule has at least one period"
    elif profile.periods[0].start_s != 0:
        yield "the first period starts at 0 (K01.FR.31)"
    if any(after.start_s <= before.start_s for before, after in pairwise(profile.periods)):
        yield "periods are in order of their start (K01.FR.35)"
    if profile.purpose is ProfilePurpose.CHARGE_POINT_MAX:
        if connector_id:
            yield "a maximum of the charging station goes to EVSE 0"
        if profile.kind is ProfileKind.RELATIVE:
            yield "a maximum of the charging station is not Relative (K01.FR.38)"
    if profile.purpose is ProfilePurpose.TX and connector_id == 0:
        yield "a TxProfile goes to one EVSE"
    if profile.purpose is not ProfilePurpose.TX and profile.transaction_id is not None:
        yield "only a TxProfile names a transaction"
    if profile.kind in _STARTED and profile.start is None:
        yield f"an {profile.kind} schedule has a start (K01.FR.40)"
    if profile.kind is ProfileKind.RELATIVE and profile.start is not None:
        yield "a Relative schedule has no start (K01.FR.41)"
    if (profile.kind is ProfileKind.RECURRING) != (profile.recurrency is not None):
        yield "a Recurring profile, and no other, is Daily or Weekly"
    if profile.stack_level < 0:
        yield "a stack level is not negative"
    if any(p.phase_to_use is not None and p.phase_count != 1 for p in profile.periods):
        yield "a phase to use goes with one phase only (K01.FR.19)"


def _beyond_201(profile: ChargingProfile) -> Iterator[str]:
    if profile.purpose not in _OF_20:
        yield f"{profile.purpose} profile"
    if profile.kind is ProfileKind.DYNAMIC:
        yield "Dynamic profile"
    if profile.use_local_time:
        yield "local time"
    if profile.randomized_delay_s:
        yield "randomized delay"
    if profile.limit_at_soc is not None:
        yield "limit at a state of charge"
    if profile.max_offline_duration_s is not None or profile.invalid_after_offline:
        yield "end of validity while offline"
    if profile.dyn_update_interval_s is not None or profile.dyn_update_time is not None:
        yield "update of a profile in force"
    for period in profile.periods:
        if period.limit is None or period.operation_mode is not OperationMode.CHARGING_ONLY:
            yield "period without a limit"
        if _other_values(period):
            yield "setpoint, discharge limit or limit for a single phase"
        if period.preconditioning or period.evse_sleep:
            yield "preconditioning or sleep"


def _breaches_of_21(profile: ChargingProfile) -> Iterator[str]:
    dynamic = profile.kind is ProfileKind.DYNAMIC
    if profile.purpose is ProfilePurpose.PRIORITY_CHARGING:
        if profile.duration_s is not None:
            yield "a PriorityCharging profile has no duration (K01.FR.70)"
        if any(p.operation_mode is not OperationMode.CHARGING_ONLY for p in profile.periods):
            yield "a PriorityCharging profile only charges (K01.FR.71)"
    if profile.randomized_delay_s and profile.purpose not in _DELAYED:
        yield "only a TxProfile or TxDefaultProfile is delayed at random (K01.FR.95)"
    if dynamic and len(profile.periods) != 1:
        yield "a Dynamic profile has one period (K28)"
    if not dynamic and (
        profile.dyn_update_interval_s is not None or profile.dyn_update_time is not None
    ):
        yield "only a Dynamic profile is updated (K01.FR.122)"
    if profile.invalid_after_offline and profile.max_offline_duration_s is None:
        yield "what ends with being offline says after how long"
    for period in profile.periods:
        yield from _breaches_of_mode(period)


def _breaches_of_mode(period: SchedulePeriod) -> Iterator[str]:
    """Yield what the operation mode of a period does not allow (2.1 Q, table of modes)."""
    match period.operation_mode:
        case OperationMode.CHARGING_ONLY:
            if period.limit is None:
                yield "a period that only charges has a limit"
            if _flows_back(period):
                yield "a period that only charges has no setpoint and no discharge limit"
        case OperationMode.IDLE:
            if _flows_back(period) or period.limit is not None or _single_limits(period):
                yield "an Idle period has no values"
        case OperationMode.CENTRAL_SETPOINT:
            if period.setpoint is None:
                yield "a CentralSetpoint period has a setpoint"
        case OperationMode.LOCAL_FREQUENCY:
            yield "a LocalFrequency period needs a curve, which is not spoken here"
        case _:
            pass


def _other_values(period: SchedulePeriod) -> bool:
    return _flows_back(period) or _single_limits(period)


def _single_limits(period: SchedulePeriod) -> bool:
    return (period.limit_l2, period.limit_l3) != (None, None)


def _flows_back(period: SchedulePeriod) -> bool:
    return any(
        value is not None
        for value in (
            period.setpoint, period.setpoint_l2, period.setpoint_l3,
            period.discharge_limit, period.discharge_limit_l2, period.discharge_limit_l3,
        )
    )  # fmt: skip
