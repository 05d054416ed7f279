"""Profiles and schedules that chargers of OCPP 2.x report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from ocpp_core.domain.ids import UNRESOLVED, StationTransactionId, TransactionId
from ocpp_core.domain.profile import (
    ChargingProfile,
    CompositeSchedule,
    LimitAtSoc,
    OperationMode,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
)
from ocpp_core.protocol.v201.profile import (
    Composite,
    Profile,
    Schedule,
    from_wire_profile,
    from_wire_schedule,
)
from ocpp_core.sim.profiles import read_profile_2

NOW = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)


def payload(**changes: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "stackLevel": 2,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "transactionId": "ab-1",
        "chargingSchedule": [schedule()],
    } | changes


def schedule(**changes: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "startSchedule": "2026-03-01T11:00:00+01:00",
        "duration": 900,
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 7400.0, "numberPhases": 1}],
    } | changes


def read(wire: dict[str, Any]) -> tuple[ChargingProfile | None, list[str]]:
    findings: list[str] = []
    return from_wire_profile(msgspec.convert(wire, Profile), findings), findings


def test_a_profile_keeps_what_it_says_and_the_charger_s_name_of_its_transaction() -> None:
    profile, findings = read(payload())

    assert [] == findings
    assert (
        ChargingProfile(
            profile_id=7,
            purpose=ProfilePurpose.TX,
            kind=ProfileKind.ABSOLUTE,
            stack_level=2,
            rate_unit=RateUnit.W,
            periods=(SchedulePeriod(start_s=0, limit=7400.0, phase_count=1),),
            start=datetime(2026, 3, 1, 10, tzinfo=UTC),
            duration_s=900,
            transaction_id=UNRESOLVED,
            station_transaction_id=StationTransactionId("ab-1"),
        )
        == profile
    )


def test_the_charging_station_s_maximum_is_the_charge_point_s() -> None:
    profile, _ = read(payload(chargingProfilePurpose="ChargingStationMaxProfile"))

    assert profile is not None
    assert ProfilePurpose.CHARGE_POINT_MAX is profile.purpose


def test_of_three_schedules_the_first_is_read_and_the_others_are_told() -> None:
    profile, findings = read(payload(chargingSchedule=[schedule(duration=d) for d in (60, 1, 2)]))

    assert profile is not None
    assert 60 == profile.duration_s
    assert ["charging profile 7 has 3 schedules: the first is read"] == findings


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"chargingProfilePurpose": "Fun"}, "charging profile 7: purpose 'Fun' is not known"),
        ({"chargingProfileKind": "Odd"}, "charging profile 7: kind 'Odd' is not known"),
        ({"chargingSchedule": []}, "charging profile 7 has no schedule"),
        (
            {"chargingSchedule": [schedule(chargingRateUnit="VA")]},
            "charging profile 7: rate unit 'VA' is not known",
        ),
    ],
)
def test_a_profile_whose_meaning_cannot_be_told_is_left_out_with_a_finding(
    changes: dict[str, Any], finding: str
) -> None:
    assert (None, [finding]) == read(payload(**changes))


def test_what_2_1_adds_is_kept() -> None:
    period = {
        "startPeriod": 0,
        "operationMode": "CentralSetpoint",
        "setpoint": -5.5,
        "limit_L2": 10,
        "dischargeLimit_L3": -3,
        "evseSleep": True,
    }
    profile, findings = read(
        payload(
            chargingProfileKind="Dynamic",
            dynUpdateInterval=30,
            maxOfflineDuration=600,
            invalidAfterOfflineDuration=True,
            chargingSchedule=[
                schedule(
                    chargingSchedulePeriod=[period],
                    limitAtSoC={"soc": 80, "limit": 3000},
                    randomizedDelay=20,
                    useLocalTime=True,
                )
            ],
        )
    )

    assert [] == findings
    assert profile is not None
    assert (
        ProfileKind.DYNAMIC, 30, 600, True, 20, True, LimitAtSoc(soc_percent=80, limit=3000.0),
    ) == (
        profile.kind, profile.dyn_update_interval_s, profile.max_offline_duration_s,
        profile.invalid_after_offline, profile.randomized_delay_s, profile.use_local_time,
        profile.limit_at_soc,
    )  # fmt: skip
    assert (
        SchedulePeriod(
            start_s=0,
            operation_mode=OperationMode.CENTRAL_SETPOINT,
            setpoint=-5.5,
            limit_l2=10.0,
            discharge_limit_l3=-3.0,
            evse_sleep=True,
        ),
    ) == profile.periods


def test_times_without_a_zone_are_utc_and_those_out_of_range_are_told() -> None:
    profile, findings = read(
        payload(validFrom="2026-03-01T10:00:00", validTo="0001-01-01T00:00:00+05:00")
    )

    assert profile is not None
    assert (datetime(2026, 3, 1, 10, tzinfo=UTC), None) == (profile.valid_from, profile.valid_to)
    assert 2 == len(findings)


def test_a_start_in_1970_is_a_start() -> None:
    """The persistent default starts there, so that every clock is behind it."""
    profile, _ = read(payload(chargingSchedule=[schedule(startSchedule="1970-01-01T00:00:00Z")]))

    assert profile is not None
    assert datetime(1970, 1, 1, tzinfo=UTC) == profile.start


def test_a_schedule_without_a_start_begins_when_it_is_told() -> None:
    wire = msgspec.convert(schedule(startSchedule=None, duration=None), Schedule)
    began = NOW.astimezone(timezone(timedelta(hours=1))).astimezone(UTC)

    assert CompositeSchedule(
        start=NOW,
        duration_s=60,
        rate_unit=RateUnit.W,
        periods=(SchedulePeriod(start_s=0, limit=7400.0, phase_count=1),),
    ) == from_wire_schedule(wire, began=began, asked_s=60, findings=[])


def test_a_composite_schedule_without_periods_says_nothing() -> None:
    findings: list[str] = []
    wire = Composite(charging_rate_unit="A", schedule_start=NOW)

    assert None is from_wire_schedule(wire, began=NOW, findings=findings)
    assert ["the schedule has no period"] == findings


@pytest.mark.parametrize("zone", ["", "Z", "+01:00", "-08:00"])
def test_by_local_time_the_digits_of_the_start_count_and_not_its_zone(zone: str) -> None:
    """2.1 ChargingScheduleType.useLocalTime."""
    wire = schedule(startSchedule=f"2026-03-01T22:00:00{zone}", useLocalTime=True)
    profile, findings = read(payload(chargingSchedule=[wire]))

    assert profile is not None
    assert [] == findings
    assert datetime(2026, 3, 1, 22, tzinfo=UTC) == profile.start
    assert (
        profile.start
        == read_profile_2(payload(chargingSchedule=[wire]), lambda _: TransactionId(1)).start
    )
