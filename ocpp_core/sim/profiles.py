"""Charging profiles as a charger reads them off the wire and writes them back.

Sources: OCPP 1.6 section 7.8; OCPP 2.0.1 and 2.1 part 2, ChargingProfileType.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ocpp_core.domain.ids import TransactionId
from ocpp_core.domain.profile import (
    ChargingProfile,
    CompositeSchedule,
    LimitAtSoc,
    OperationMode,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    RecurrencyKind,
    SchedulePeriod,
)
from ocpp_core.sim.stamp import Stamp, instant
from ocpp_core.sim.wire import Payload

type NumberOf = Callable[[str], TransactionId]
"""Returns the number of the transaction with a name."""

MAX_PROFILE_2 = "ChargingStationMaxProfile"


def read_profile_16(payload: Payload) -> ChargingProfile:
    """Read a profile of OCPP 1.6; KeyError, TypeError or ValueError when it is none."""
    schedule = payload["chargingSchedule"]
    number = payload.get("transactionId")
    profile = ChargingProfile(
        profile_id=payload["chargingProfileId"],
        purpose=ProfilePurpose(payload["chargingProfilePurpose"]),
        kind=ProfileKind(payload["chargingProfileKind"]),
        stack_level=payload["stackLevel"],
        transaction_id=None if number is None else TransactionId(number),
        recurrency=_recurrency(payload),
        valid_from=_instant(payload.get("validFrom")),
        valid_to=_instant(payload.get("validTo")),
        periods=(),
    )
    return _scheduled(profile, schedule)


def read_profile_2(payload: Payload, number_of: NumberOf) -> ChargingProfile:
    """Read a profile of OCPP 2.0.1 or 2.1, with the first of its schedules."""
    schedule = payload["chargingSchedule"][0]
    purpose, name = payload["chargingProfilePurpose"], payload.get("transactionId")
    profile = ChargingProfile(
        profile_id=payload["id"],
        purpose=(
            ProfilePurpose.CHARGE_POINT_MAX if purpose == MAX_PROFILE_2 else ProfilePurpose(purpose)
        ),
        kind=ProfileKind(payload["chargingProfileKind"]),
        stack_level=payload["stackLevel"],
        transaction_id=None if name is None else number_of(name),
        recurrency=_recurrency(payload),
        valid_from=_instant(payload.get("validFrom")),
        valid_to=_instant(payload.get("validTo")),
        periods=(),
        max_offline_duration_s=payload.get("maxOfflineDuration"),
        invalid_after_offline=payload.get("invalidAfterOfflineDuration", False),
        dyn_update_interval_s=payload.get("dynUpdateInterval"),
        dyn_update_time=_instant(payload.get("dynUpdateTime")),
        use_local_time=schedule.get("useLocalTime", False),
        randomized_delay_s=schedule.get("randomizedDelay", 0),
        limit_at_soc=(
            LimitAtSoc(
                soc_percent=schedule["limitAtSoC"]["soc"], limit=schedule["limitAtSoC"]["limit"]
            )
            if "limitAtSoC" in schedule
            else None
        ),
    )
    return _scheduled(profile, schedule)


def write_composite_2(evse_id: int, schedule: CompositeSchedule, stamp: Stamp) -> Payload:
    """Write a composite schedule (CompositeScheduleType)."""
    return {
        "evseId": evse_id,
        "duration": schedule.duration_s,
        "scheduleStart": stamp(schedule.start),
        "chargingRateUnit": schedule.rate_unit.value,
        "chargingSchedulePeriod": [_written_period(period) for period in schedule.periods],
    }


def updated(profile: ChargingProfile, update: Payload, at: datetime) -> ChargingProfile:
    """Return a Dynamic profile with new values in its period (OCPP 2.1 K28)."""
    fields = {
        "limit": "limit",
        "limit_L2": "limit_l2",
        "limit_L3": "limit_l3",
        "setpoint": "setpoint",
        "setpoint_L2": "setpoint_l2",
        "setpoint_L3": "setpoint_l3",
        "dischargeLimit": "discharge_limit",
        "dischargeLimit_L2": "discharge_limit_l2",
        "dischargeLimit_L3": "discharge_limit_l3",
    }
    changes: dict[str, Any] = {fields[k]: float(v) for k, v in update.items() if k in fields}
    return replace(profile, periods=(replace(profile.periods[0], **changes),), dyn_update_time=at)


def _scheduled(profile: ChargingProfile, schedule: Payload) -> ChargingProfile:
    return replace(
        profile,
        rate_unit=RateUnit(schedule["chargingRateUnit"]),
        start=_start(schedule),
        duration_s=schedule.get("duration"),
        min_rate=schedule.get("minChargingRate"),
        periods=tuple(_period(period) for period in schedule["chargingSchedulePeriod"]),
    )


def _period(payload: Payload) -> SchedulePeriod:
    return SchedulePeriod(
        start_s=payload["startPeriod"],
        limit=payload.get("limit"),
        phase_count=payload.get("numberPhases"),
        phase_to_use=payload.get("phaseToUse"),
        limit_l2=payload.get("limit_L2"),
        limit_l3=payload.get("limit_L3"),
        operation_mode=OperationMode(payload.get("operationMode", OperationMode.CHARGING_ONLY)),
        setpoint=payload.get("setpoint"),
        setpoint_l2=payload.get("setpoint_L2"),
        setpoint_l3=payload.get("setpoint_L3"),
        discharge_limit=payload.get("dischargeLimit"),
        discharge_limit_l2=payload.get("dischargeLimit_L2"),
        discharge_limit_l3=payload.get("dischargeLimit_L3"),
        preconditioning=payload.get("preconditioningRequest", False),
        evse_sleep=payload.get("evseSleep", False),
    )


def _written_period(period: SchedulePeriod) -> Payload:
    written: Payload = {"startPeriod": period.start_s}
    if period.limit is not None:
        written["limit"] = round(period.limit, 1)
    if period.phase_count is not None:
        written["numberPhases"] = period.phase_count
    return written


def _recurrency(payload: Payload) -> RecurrencyKind | None:
    word = payload.get("recurrencyKind")
    return None if word is None else RecurrencyKind(word)


def _start(schedule: Payload) -> datetime | None:
    """Read the start of a schedule; by local time its digits count and not its zone (2.1)."""
    text = schedule.get("startSchedule")
    if text is None or not schedule.get("useLocalTime", False):
        return _instant(text)
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else instant(text)
