"""Charging profiles of OCPP 1.6 (section 7.8) in both directions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain

import msgspec
from ocpp.v16 import datatypes, enums

from ocpp_core.domain.commands import Unsupported
from ocpp_core.domain.composite import V16, faults
from ocpp_core.domain.profile import (
    ChargingProfile,
    CompositeSchedule,
    OperationMode,
    ProfileKind,
    RateUnit,
    SchedulePeriod,
)
from ocpp_core.domain.units import wire_limit_a
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Answer

_TENTH = Decimal("0.1")


class Period(Answer, frozen=True):
    """A period of a schedule."""

    start_period: float
    limit: float
    number_phases: float | None = None


class Schedule(Answer, frozen=True):
    """A schedule as a charger reports it."""

    charging_rate_unit: str
    charging_schedule_period: list[Period] = msgspec.field(default_factory=list)
    duration: float | None = None
    start_schedule: datetime | None = None


def wire_limit(limit: float) -> Decimal:
    """Return a limit with exactly one decimal, rounded down: 8.1 is written as 8.1.

    Raises ValueError for what is no limit (negative, infinite, not a number).
    """
    if not math.isfinite(limit) or limit < 0:
        raise ValueError(f"a limit is a number from 0 upwards, not {limit}")
    return Decimal(repr(wire_limit_a(limit))).quantize(_TENTH)


def to_wire_profile(profile: ChargingProfile) -> datatypes.ChargingProfile | Unsupported:
    """Write a profile with the classes of the `ocpp` distribution.

    What OCPP 1.6 has no words for is not left out but refused.
    """
    for words in chain(faults(profile, V16), _beyond_16(profile)):
        return Unsupported(reason=words)
    recurrency, min_rate = profile.recurrency, profile.min_rate
    return datatypes.ChargingProfile(
        charging_profile_id=profile.profile_id,
        stack_level=profile.stack_level,
        charging_profile_purpose=enums.ChargingProfilePurposeType(profile.purpose.value),
        charging_profile_kind=enums.ChargingProfileKindType(profile.kind.value),
        transaction_id=profile.transaction_id,
        recurrency_kind=None if recurrency is None else enums.RecurrencyKind(recurrency.value),
        valid_from=_written(profile.valid_from),
        valid_to=_written(profile.valid_to),
        charging_schedule=datatypes.ChargingSchedule(
            charging_rate_unit=enums.ChargingRateUnitType(profile.rate_unit.value),
            duration=profile.duration_s,
            start_schedule=_written(profile.start),
            min_charging_rate=None if min_rate is None else wire_limit(min_rate),
            charging_schedule_period=[
                datatypes.ChargingSchedulePeriod(
                    start_period=period.start_s,
                    limit=wire_limit(period.limit),
                    number_phases=period.phase_count,
                )
                for period in profile.periods
                if period.limit is not None
            ],
        ),
    )


def from_wire_schedule(
    schedule: Schedule, *, start: datetime | None, asked_s: int, received_at: datetime
) -> CompositeSchedule | None:
    """Read a composite schedule; None when it has no period, which says nothing about the limit."""
    if not schedule.charging_schedule_period:
        return None
    began = start or schedule.start_schedule
    return CompositeSchedule(
        start=received_at if began is None else wiretime.read(began, received_at, []),
        duration_s=asked_s if schedule.duration is None else round(schedule.duration),
        rate_unit=RateUnit(schedule.charging_rate_unit.strip().upper()),
        periods=_periods(schedule.charging_schedule_period),
    )


def _periods(periods: Sequence[Period]) -> tuple[SchedulePeriod, ...]:
    return tuple(
        SchedulePeriod(
            start_s=round(period.start_period),
            limit=period.limit,
            phase_count=None if period.number_phases is None else round(period.number_phases),
        )
        for period in periods
    )


def _beyond_16(profile: ChargingProfile) -> Iterator[str]:
    """Yield what the profile says that OCPP 1.6 cannot."""
    if profile.kind is ProfileKind.DYNAMIC:
        yield "OCPP 1.6 has no dynamic profile"
    if profile.use_local_time:
        yield "OCPP 1.6 has no local time"
    if profile.randomized_delay_s:
        yield "OCPP 1.6 has no randomized delay"
    if profile.limit_at_soc is not None:
        yield "OCPP 1.6 has no limit at a state of charge"
    if profile.max_offline_duration_s is not None:
        yield "OCPP 1.6 has no end of validity while offline"
    for period in profile.periods:
        if period.limit is None or period.operation_mode is not OperationMode.CHARGING_ONLY:
            yield "OCPP 1.6 has no period without a limit"
        if (period.setpoint, period.discharge_limit) != (None, None):
            yield "OCPP 1.6 has no setpoint or discharge limit"
        if (period.limit_l2, period.limit_l3, period.phase_to_use) != (None, None, None):
            yield "OCPP 1.6 has no limit for a single phase"
        if period.preconditioning or period.evse_sleep:
            yield "OCPP 1.6 has no preconditioning or sleep"


def _written(instant: datetime | None) -> str | None:
    return None if instant is None else wiretime.write(instant)
