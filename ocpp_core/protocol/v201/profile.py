"""Charging profiles and schedules that chargers report (OCPP 2.0.1 and 2.1 part 2 section 2).

One reader for both versions: 2.1 only adds fields. Nothing here raises: what cannot be understood
is a finding in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from ocpp_core.domain.ids import UNRESOLVED, StationTransactionId
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
from ocpp_core.protocol.message import Int32
from ocpp_core.protocol.words import reduced, spellings

CHARGING_STATION_MAX = "ChargingStationMaxProfile"
"""What OCPP 2.x calls a ChargePointMaxProfile."""

_PURPOSES = {reduced(purpose.value): purpose for purpose in ProfilePurpose} | {
    reduced(CHARGING_STATION_MAX): ProfilePurpose.CHARGE_POINT_MAX
}
_KINDS = spellings(ProfileKind)
_RECURRENCIES = spellings(RecurrencyKind)
_UNITS = spellings(RateUnit)
_MODES = spellings(OperationMode)


def wire_purpose(purpose: ProfilePurpose) -> str:
    """Spell a purpose as OCPP 2.x does."""
    if purpose is ProfilePurpose.CHARGE_POINT_MAX:
        return CHARGING_STATION_MAX
    return purpose.value


type Whole = Annotated[float, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
"""A whole number, which chargers also write with decimals; OCPP's have 32 bits."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """Part of a profile; prices and whatever else nothing here computes with is ignored."""


class Period(_Part, frozen=True):
    """A period of a schedule (ChargingSchedulePeriodType)."""

    start_period: Whole = 0
    limit: float | None = None
    limit_l2: float | None = msgspec.field(default=None, name="limit_L2")
    limit_l3: float | None = msgspec.field(default=None, name="limit_L3")
    number_phases: Whole | None = None
    phase_to_use: Whole | None = None
    discharge_limit: float | None = None
    discharge_limit_l2: float | None = msgspec.field(default=None, name="dischargeLimit_L2")
    discharge_limit_l3: float | None = msgspec.field(default=None, name="dischargeLimit_L3")
    setpoint: float | None = None
    setpoint_l2: float | None = msgspec.field(default=None, name="setpoint_L2")
    setpoint_l3: float | None = msgspec.field(default=None, name="setpoint_L3")
    preconditioning_request: bool = False
    evse_sleep: bool = False
    operation_mode: str | None = None


class SocLimit(_Part, frozen=True):
    """A limit from a state of charge on (LimitAtSoCType, 2.1)."""

    soc: Whole
    limit: float


class Schedule(_Part, frozen=True):
    """A schedule of a profile (ChargingScheduleType)."""

    charging_rate_unit: str
    charging_schedule_period: list[Period] = msgspec.field(default_factory=list)
    start_schedule: datetime | None = None
    duration: Whole | None = None
    min_charging_rate: float | None = None
    limit_at_soc: SocLimit | None = msgspec.field(default=None, name="limitAtSoC")
    use_local_time: bool = False
    randomized_delay: Whole = 0


class Composite(_Part, frozen=True):
    """A schedule that the charger computed (CompositeScheduleType)."""

    charging_rate_unit: str
    charging_schedule_period: list[Period] = msgspec.field(default_factory=list)
    schedule_start: datetime | None = None
    duration: Whole | None = None


class Profile(_Part, frozen=True):
    """A whole profile (ChargingProfileType)."""

    id: Int32
    charging_profile_purpose: str
    charging_profile_kind: str
    charging_schedule: list[Schedule] = msgspec.field(default_factory=list)
    stack_level: Int32 = 0
    recurrency_kind: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction_id: str | None = None
    max_offline_duration: Whole | None = None
    invalid_after_offline_duration: bool = False
    dyn_update_interval: Whole | None = None
    dyn_update_time: datetime | None = None


def from_wire_profile(wire: Profile, findings: list[str]) -> ChargingProfile | None:
    """Read a profile; None, with a finding, for one whose meaning cannot be told.

    Of several schedules, the first (they are alternatives for a car that speaks ISO 15118). A
    transaction keeps the charger's own name beside `UNRESOLVED`.
    """
    name = f"charging profile {wire.id}"
    purpose = _PURPOSES.get(reduced(wire.charging_profile_purpose))
    kind = _KINDS.get(reduced(wire.charging_profile_kind))
    if purpose is None:
        findings.append(f"{name}: purpose {wire.charging_profile_purpose[:40]!r} is not known")
        return None
    if kind is None:
        findings.append(f"{name}: kind {wire.charging_profile_kind[:40]!r} is not known")
        return None
    if not wire.charging_schedule:
        findings.append(f"{name} has no schedule")
        return None
    if len(wire.charging_schedule) > 1:
        findings.append(f"{name} has {len(wire.charging_schedule)} schedules: the first is read")
    schedule = wire.charging_schedule[0]
    unit = _unit(schedule.charging_rate_unit, name, findings)
    if unit is None:
        return None
    soc = schedule.limit_at_soc
    return ChargingProfile(
        profile_id=wire.id,
        purpose=purpose,
        kind=ProfileKind(kind),
        stack_level=wire.stack_level,
        rate_unit=unit,
        periods=_periods(schedule.charging_schedule_period, name, findings),
        start=_start(schedule, name, findings),
        duration_s=_whole(schedule.duration),
        transaction_id=UNRESOLVED if wire.transaction_id else None,
        station_transaction_id=(
            StationTransactionId(wire.transaction_id) if wire.transaction_id else None
        ),
        valid_from=_instant(wire.valid_from, name, findings),
        valid_to=_instant(wire.valid_to, name, findings),
        recurrency=_recurrency(wire.recurrency_kind, name, findings),
        min_rate=schedule.min_charging_rate,
        use_local_time=schedule.use_local_time,
        randomized_delay_s=round(schedule.randomized_delay),
        limit_at_soc=None
        if soc is None
        else LimitAtSoc(soc_percent=round(soc.soc), limit=soc.limit),
        max_offline_duration_s=_whole(wire.max_offline_duration),
        invalid_after_offline=wire.invalid_after_offline_duration,
        dyn_update_interval_s=_whole(wire.dyn_update_interval),
        dyn_update_time=_instant(wire.dyn_update_time, name, findings),
    )


def from_wire_schedule(
    wire: Schedule | Composite, *, began: datetime, asked_s: int = 0, findings: list[str]
) -> CompositeSchedule | None:
    """Read a schedule that stands by itself; None where it says nothing about a limit.

    `began` (UTC) is its start where it names none, `asked_s` its duration; 0: it has no end.
    """
    unit = _unit(wire.charging_rate_unit, "the schedule", findings)
    if unit is None:
        return None
    if not wire.charging_schedule_period:
        findings.append("the schedule has no period")
        return None
    named = wire.schedule_start if isinstance(wire, Composite) else wire.start_schedule
    return CompositeSchedule(
        start=_instant(named, "the schedule", findings) or began,
        duration_s=asked_s if wire.duration is None else round(wire.duration),
        rate_unit=unit,
        periods=_periods(wire.charging_schedule_period, "the schedule", findings),
    )


def _periods(
    periods: Sequence[Period], name: str, findings: list[str]
) -> tuple[SchedulePeriod, ...]:
    return tuple(
        SchedulePeriod(
            start_s=round(period.start_period),
            limit=period.limit,
            phase_count=_whole(period.number_phases),
            phase_to_use=_whole(period.phase_to_use),
            limit_l2=period.limit_l2,
            limit_l3=period.limit_l3,
            operation_mode=_mode(period.operation_mode, name, findings),
            setpoint=period.setpoint,
            setpoint_l2=period.setpoint_l2,
            setpoint_l3=period.setpoint_l3,
            discharge_limit=period.discharge_limit,
            discharge_limit_l2=period.discharge_limit_l2,
            discharge_limit_l3=period.discharge_limit_l3,
            preconditioning=period.preconditioning_request,
            evse_sleep=period.evse_sleep,
        )
        for period in periods
    )


def _unit(word: str, name: str, findings: list[str]) -> RateUnit | None:
    unit = _UNITS.get(reduced(word))
    if unit is None:
        findings.append(f"{name}: rate unit {word[:20]!r} is not known")
        return None
    return RateUnit(unit)


def _mode(word: str | None, name: str, findings: list[str]) -> OperationMode:
    if word is None:
        return OperationMode.CHARGING_ONLY
    mode = _MODES.get(reduced(word))
    if mode is None:
        findings.append(f"{name}: operation mode {word[:40]!r} is not known, read as ChargingOnly")
        return OperationMode.CHARGING_ONLY
    return OperationMode(mode)


def _recurrency(word: str | None, name: str, findings: list[str]) -> RecurrencyKind | None:
    if word is None:
        return None
    recurrency = _RECURRENCIES.get(reduced(word))
    if recurrency is None:
        findings.append(f"{name}: recurrency {word[:40]!r} is not known")
        return None
    return RecurrencyKind(recurrency)


def _start(schedule: Schedule, name: str, findings: list[str]) -> datetime | None:
    """Return the start of a schedule; by local time its digits count and not its zone (2.1)."""
    start = schedule.start_schedule
    if start is not None and schedule.use_local_time:
        return start.replace(tzinfo=UTC)
    return _instant(start, name, findings)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _instant(value: datetime | None, name: str, findings: list[str]) -> datetime | None:
    """Return an instant in UTC; a time without zone is UTC, and long ago is a fair start."""
    if value is None:
        return None
    if value.tzinfo is None:
        findings.append(f"{name}: time {value.isoformat()} has no zone: read as UTC")
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        findings.append(f"{name}: time {value.isoformat()} is out of range: ignored")
        return None
