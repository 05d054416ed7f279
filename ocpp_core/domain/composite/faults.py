"""What is wrong with a profile that a server means to install."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ocpp_core.domain.composite.rules import StackingRules
from ocpp_core.domain.composite.stack import WHOLE
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import (
    ChargingProfile,
    OperationMode,
    ProfileKind,
    ProfilePurpose,
    SchedulePeriod,
)

_OF_SESSIONS = frozenset({ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT})
_WITH_START = frozenset({ProfileKind.ABSOLUTE, ProfileKind.RECURRING})


def faults(
    profile: ChargingProfile, rules: StackingRules, connector_id: ConnectorId | None = None
) -> Iterator[str]:
    """Yield the rules that a profile breaks, in words; None stands for whichever connector.

    Sources: OCPP 1.6 sections 3.13.1 and 7.8 to 7.14; for 2.0.1 and 2.1 the requirement is named.
    """
    purpose = profile.purpose
    if purpose not in rules.purposes:
        yield f"{rules.name} has no {purpose} profile"
    elif purpose is ProfilePurpose.EXTERNAL_CONSTRAINTS:
        yield "external constraints are set by somebody else, never by a server (K01.FR.22)"
    if connector_id is not None:
        if purpose is ProfilePurpose.CHARGE_POINT_MAX and connector_id != WHOLE:
            yield "a maximum of the charge point is for connector 0"
        if purpose is ProfilePurpose.TX and connector_id == WHOLE:
            yield "a TxProfile is for one connector"
    if purpose is not ProfilePurpose.TX and profile.transaction_id is not None:
        yield "only a TxProfile names a transaction"
    if profile.stack_level < 0:
        yield "a stack level is not negative"
    if (profile.kind is ProfileKind.RECURRING) != (profile.recurrency is not None):
        yield "a Recurring profile, and no other, is Daily or Weekly"
    yield from _faults_of_the_start(profile, rules)
    yield from _faults_of_the_periods(profile, rules)
    if rules.operation_modes:
        yield from _faults_of_21(profile)


def _faults_of_the_start(profile: ChargingProfile, rules: StackingRules) -> Iterator[str]:
    kind, has_start = profile.kind, profile.start is not None
    if profile.purpose is ProfilePurpose.CHARGE_POINT_MAX and kind is ProfileKind.RELATIVE:
        yield rules.cite("a maximum of the charge point is not Relative", "K01.FR.38")
    elif kind in _WITH_START and not has_start:
        if rules.start_goes_with_kind:
            yield rules.cite(f"an {kind} schedule has a start", "K01.FR.40")
        elif profile.purpose is ProfilePurpose.CHARGE_POINT_MAX:
            yield "a maximum of the charge point has a start"
    if rules.start_goes_with_kind and kind is ProfileKind.RELATIVE and has_start:
        yield rules.cite("a Relative schedule has no start", "K01.FR.41")


def _faults_of_the_periods(profile: ChargingProfile, rules: StackingRules) -> Iterator[str]:
    periods = profile.periods
    if not periods:
        yield "a schedule has at least one period"
    elif periods[0].start_s != 0:
        yield rules.cite("the first period starts at 0", "K01.FR.31")
    if any(after.start_s <= before.start_s for before, after in pairwise(periods)):
        yield rules.cite("periods are in order of their start", "K01.FR.35")
    if any(p.phase_to_use is not None and p.phase_count != 1 for p in periods):
        yield rules.cite("a phase to use goes with one phase only", "K01.FR.19")


def _faults_of_21(profile: ChargingProfile) -> Iterator[str]:
    dynamic = profile.kind is ProfileKind.DYNAMIC
    if profile.purpose is ProfilePurpose.PRIORITY_CHARGING:
        if profile.duration_s is not None:
            yield "a PriorityCharging profile has no duration (K01.FR.70)"
        if any(p.operation_mode is not OperationMode.CHARGING_ONLY for p in profile.periods):
            yield "a PriorityCharging profile only charges (K01.FR.71)"
    if profile.randomized_delay_s and profile.purpose not in _OF_SESSIONS:
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
        yield from _faults_of_the_mode(period)


def _faults_of_the_mode(period: SchedulePeriod) -> Iterator[str]:
    """Yield what the operation mode of a period does not allow (2.1 Q, table of modes)."""
    setpoints = (period.setpoint, period.setpoint_l2, period.setpoint_l3)
    discharges = (period.discharge_limit, period.discharge_limit_l2, period.discharge_limit_l3)
    flows_back = any(value is not None for value in (*setpoints, *discharges))
    limits = (period.limit, period.limit_l2, period.limit_l3)
    match period.operation_mode:
        case OperationMode.CHARGING_ONLY:
            if period.limit is None:
                yield "a period that only charges has a limit"
            if flows_back:
                yield "a period that only charges has no setpoint and no discharge limit"
        case OperationMode.IDLE:
            if flows_back or any(limit is not None for limit in limits):
                yield "an Idle period has no values"
        case OperationMode.CENTRAL_SETPOINT:
            if period.setpoint is None:
                yield "a CentralSetpoint period has a setpoint"
        case _:
            pass
