"""Charging profiles as we send them in OCPP 2.1 (K01, K21, K28)."""

from __future__ import annotations

from typing import Any

from ocpp_core.domain.commands import Unsupported
from ocpp_core.domain.composite import V21, faults
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import ChargingProfile, OperationMode, SchedulePeriod
from ocpp_core.protocol.v201.fields import present
from ocpp_core.protocol.v201.profile_rules import breach_of_21
from ocpp_core.protocol.v201.profile_writer import (
    rounded_down,
    wire_head,
    wire_limit,
    wire_schedule,
    written,
)

DECIMALS = 6
"""Of limits and setpoints to a charging station (OCPP 2.1 part 2, ChargingSchedulePeriodType)."""


def to_wire_profile(
    profile: ChargingProfile, connector_id: ConnectorId | None, transaction: str | None
) -> dict[str, Any] | Unsupported:
    """Write a profile with all that OCPP 2.1 adds; Unsupported where a rule is broken."""
    for broken in faults(profile, V21, connector_id):
        return Unsupported(reason=broken)
    unspoken = breach_of_21(profile)
    if unspoken:
        return Unsupported(reason=unspoken)
    return (
        wire_head(profile, transaction)
        | present(
            maxOfflineDuration=profile.max_offline_duration_s,
            invalidAfterOfflineDuration=profile.invalid_after_offline or None,
            dynUpdateInterval=profile.dyn_update_interval_s,
            dynUpdateTime=written(profile.dyn_update_time),
        )
        | {"chargingSchedule": [_schedule(profile)]}
    )


def wire_values(**values: float | None) -> dict[str, float]:
    """Write limits and setpoints, towards 0 where they have too many decimals.

    `limit_l2` is written `limit_L2`; raises ValueError for a limit below 0 or what is no number.
    """
    return {
        _FIELDS[name]: _written(name, value) for name, value in values.items() if value is not None
    }


def _written(name: str, value: float) -> float:
    if name.startswith("limit") and value < 0:
        raise ValueError(f"a limit is a number from 0 upwards, not {value}")
    return rounded_down(value, DECIMALS)


_FIELDS = {
    "limit": "limit",
    "limit_l2": "limit_L2",
    "limit_l3": "limit_L3",
    "setpoint": "setpoint",
    "setpoint_l2": "setpoint_L2",
    "setpoint_l3": "setpoint_L3",
    "discharge_limit": "dischargeLimit",
    "discharge_limit_l2": "dischargeLimit_L2",
    "discharge_limit_l3": "dischargeLimit_L3",
}


def _schedule(profile: ChargingProfile) -> dict[str, Any]:
    soc = profile.limit_at_soc
    return wire_schedule(profile, DECIMALS) | present(
        useLocalTime=profile.use_local_time or None,
        randomizedDelay=profile.randomized_delay_s or None,
        limitAtSoC=(
            None
            if soc is None
            else {"soc": soc.soc_percent, "limit": wire_limit(soc.limit, DECIMALS)}
        ),
        chargingSchedulePeriod=[_period(period) for period in profile.periods],
    )


def _period(period: SchedulePeriod) -> dict[str, Any]:
    charging = period.operation_mode is OperationMode.CHARGING_ONLY
    return present(
        startPeriod=period.start_s,
        numberPhases=period.phase_count,
        phaseToUse=period.phase_to_use,
        operationMode=None if charging else period.operation_mode.value,
        preconditioningRequest=period.preconditioning or None,
        evseSleep=period.evse_sleep or None,
    ) | wire_values(**{name: getattr(period, name) for name in _FIELDS})
