"""What a version of OCPP 2 has no words for, or we have none, in a charging profile.

What is wrong with a profile by itself: `ocpp_core.domain.composite.faults`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ocpp_core.domain.profile import (
    ChargingProfile,
    OperationMode,
    ProfileKind,
    SchedulePeriod,
)


def breach_of_201(profile: ChargingProfile) -> str:
    """Return what of a profile OCPP 2.0.1 has no words for; empty: nothing.

    It is not left out but refused: a charger would do something else than was meant.
    """
    return next(_beyond_201(profile), "")


def breach_of_21(profile: ChargingProfile) -> str:
    """Return what of a profile of OCPP 2.1 is not spoken here, in words; empty: nothing."""
    if any(p.operation_mode is OperationMode.LOCAL_FREQUENCY for p in profile.periods):
        return "a LocalFrequency period needs a curve, which is not spoken here"
    return ""


def _beyond_201(profile: ChargingProfile) -> Iterator[str]:
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
