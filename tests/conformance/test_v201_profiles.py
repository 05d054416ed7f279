"""OCPP 2.0.1 K: charging profiles, as the OCA's test procedure has them for a CSMS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.v201 import AT, VERSION, Transaction, booted, charging, transaction_id
from tests.conformance.v201_profiles import (
    ENDLESS,
    FOR_EVER,
    SCHEDULE,
    in_force,
    profile,
    told,
    written,
)


@case("TC_K_01_CSMS", "Set charging profile: TxDefaultProfile, specific EVSE")
@case("TC_K_03_CSMS", "Set charging profile: ChargingStationMaxProfile")
@case("TC_K_10_CSMS", "Set charging profile: TxDefaultProfile, all EVSE")
@pytest.mark.parametrize(
    ("purpose", "wire", "evse"),
    [
        ("TxDefaultProfile", "TxDefaultProfile", 1),
        ("TxDefaultProfile", "TxDefaultProfile", 0),
        ("ChargePointMaxProfile", "ChargingStationMaxProfile", 0),
    ],
)
async def test_a_profile_that_stays_is_set(
    connect: Connect, api: Api, purpose: str, wire: str, evse: int
) -> None:
    station = await booted(await connect(VERSION))
    payload, result = await told(station, api, evse, profile(purpose, **FOR_EVER))

    expected = written(wire, chargingSchedule=[ENDLESS])
    assert {"evseId": evse, "chargingProfile": expected} == payload
    assert "accepted" == result["result"]
    assert [(evse, purpose, 1, "ordered")] == await in_force(api)


@case("TC_K_19_CSMS", "Set charging profile: ChargingProfileKind is Recurring")
async def test_a_profile_comes_back_every_day(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    wanted = profile("TxDefaultProfile", kind="Recurring", recurrency="Daily")
    payload, result = await told(station, api, 1, wanted)

    expected = written("TxDefaultProfile", chargingProfileKind="Recurring", recurrencyKind="Daily")
    assert expected == payload["chargingProfile"]
    assert "accepted" == result["result"]


@case("TC_K_60_CSMS", "Set charging profile: TxProfile with ongoing transaction on the EVSE")
async def test_a_profile_for_a_running_transaction_is_set(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    transaction = await charging(station)
    wanted = profile("TxProfile", transaction_id=await transaction_id(api))
    payload, result = await told(station, api, 1, wanted)

    expected = written("TxProfile", transactionId=transaction.name)
    assert {"evseId": 1, "chargingProfile": expected} == payload
    assert "accepted" == result["result"]


@case("TC_K_02_CSMS", "Set charging profile: TxProfile without ongoing transaction on the EVSE")
async def test_a_profile_for_a_transaction_that_is_over_is_refused(
    connect: Connect, api: Api
) -> None:
    station = await booted(await connect(VERSION))
    transaction = await charging(station)
    over = await transaction_id(api)
    await transaction.ended("StopAuthorized", "Local")
    payload, result = await told(
        station, api, 1, profile("TxProfile", transaction_id=over), "Rejected"
    )

    assert transaction.name == payload["chargingProfile"]["transactionId"]
    assert "rejected" == result["result"]
    without = await api.command("set-profile", connector_id=1, profile=profile("TxProfile"))
    assert "unsupported" == without["result"]
    assert [] == await in_force(api)


@case("TC_K_15_CSMS", "Set charging profile: not supported")
async def test_a_charger_without_smart_charging_says_so(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command("set-profile", connector_id=1, profile=profile("TxDefaultProfile"))
    await station.refuses("SetChargingProfile", "NotSupported")

    assert "unsupported" == (await ordered)["result"]


@case("TC_K_04_CSMS", "Replace charging profile with chargingProfileId")
async def test_a_profile_replaces_the_one_of_its_id(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    await told(station, api, 1, profile("TxDefaultProfile", **FOR_EVER))
    lower = [{"start_s": 0, "limit": 8}]
    payload, result = await told(
        station, api, 1, profile("TxDefaultProfile", periods=lower, **FOR_EVER)
    )

    [schedule] = payload["chargingProfile"]["chargingSchedule"]
    assert [{"startPeriod": 0, "limit": 8.0}] == schedule["chargingSchedulePeriod"]
    assert "accepted" == result["result"]
    [kept] = await api.get("/charge-points/{id}/profiles")
    assert (1, "0:8") == (kept["profile_id"], kept["periods"])


@case("TC_K_70_CSMS", "Set charging profile: multiple profiles")
async def test_profiles_stand_beside_each_other(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    await told(station, api, 0, profile("ChargePointMaxProfile", **FOR_EVER))
    for number, level in ((2, 0), (3, 1)):
        wanted = profile("TxDefaultProfile", profile_id=number, stack_level=level, **FOR_EVER)
        payload, result = await told(station, api, 1, wanted)
        assert level == payload["chargingProfile"]["stackLevel"]
        assert "accepted" == result["result"]

    assert [
        (0, "ChargePointMaxProfile", 1, "ordered"),
        (1, "TxDefaultProfile", 3, "ordered"),
        (1, "TxDefaultProfile", 2, "ordered"),
    ] == await in_force(api)


@case("TC_K_05_CSMS", "Clear charging profile with chargingProfileId")
@case("TC_K_06_CSMS", "Clear charging profile with stackLevel and purpose, one profile")
@case("TC_K_08_CSMS", "Clear charging profile without previous charging profile")
@pytest.mark.parametrize(
    ("wanted", "wire"),
    [
        ({"profile_id": 1}, {"chargingProfileId": 1}),
        (
            {"connector_id": 1, "purpose": "TxDefaultProfile", "stack_level": 0},
            {
                "chargingProfileCriteria": {
                    "evseId": 1,
                    "chargingProfilePurpose": "TxDefaultProfile",
                    "stackLevel": 0,
                }
            },
        ),
    ],
    ids=["id", "criteria"],
)
async def test_a_profile_is_cleared_once(
    connect: Connect, api: Api, wanted: dict[str, Any], wire: dict[str, Any]
) -> None:  # fmt: skip
    station = await booted(await connect(VERSION))
    await told(station, api, 1, profile("TxDefaultProfile", **FOR_EVER))
    results = []
    for word in ("Accepted", "Unknown"):
        ordered = api.command("clear-profile", **wanted)
        assert wire == await station.asked("ClearChargingProfile", {"status": word})
        results.append((await ordered)["result"])

    assert ["accepted", "rejected"] == results
    assert [] == await in_force(api)


EVERY_SOURCE = {"chargingLimitSource": ["EMS", "Other", "SO", "CSO"]}


@case("TC_K_29_CSMS", "Get charging profiles: evseId 0")
@case("TC_K_30_CSMS", "Get charging profiles: evseId above 0")
@case("TC_K_31_CSMS", "Get charging profiles: no evseId")
@case("TC_K_32_CSMS", "Get charging profiles: chargingProfileId")
@case("TC_K_33_CSMS", "Get charging profiles: evseId above 0, stackLevel")
@case("TC_K_34_CSMS", "Get charging profiles: evseId above 0, chargingLimitSource")
@case("TC_K_35_CSMS", "Get charging profiles: evseId above 0, chargingProfilePurpose")
@case("TC_K_36_CSMS", "Get charging profiles: evseId above 0, purpose and stackLevel")
@pytest.mark.parametrize(
    ("wanted", "criteria"),
    [
        ({"connector_id": 0}, EVERY_SOURCE),
        ({"connector_id": 1}, EVERY_SOURCE),
        ({}, EVERY_SOURCE),
        ({"profile_ids": [1]}, {"chargingProfileId": [1]}),
        ({"connector_id": 1, "stack_level": 0}, {"stackLevel": 0}),
        ({"connector_id": 1, "source": "CSO"}, {"chargingLimitSource": ["CSO"]}),
        (
            {"connector_id": 1, "purpose": "TxDefaultProfile"},
            {"chargingProfilePurpose": "TxDefaultProfile"},
        ),
        (
            {"connector_id": 1, "purpose": "TxDefaultProfile", "stack_level": 0},
            {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0},
        ),
    ],
)
async def test_profiles_are_read_back(
    connect: Connect, api: Api, wanted: dict[str, Any], criteria: dict[str, Any]
) -> None:
    station = await booted(await connect(VERSION))
    evse = wanted.get("connector_id")
    ordered = api.command("get-profiles", **wanted)
    payload = await station.asked("GetChargingProfiles", {"status": "Accepted"})
    report = {
        "requestId": payload.pop("requestId"),
        "chargingLimitSource": "CSO",
        "evseId": evse or 0,
        "chargingProfile": [written("TxDefaultProfile", chargingSchedule=[ENDLESS])],
        "tbc": False,
    }
    assert {} == await station.result("ReportChargingProfiles", report)

    assert {"chargingProfile": criteria} | ({} if evse is None else {"evseId": evse}) == payload
    assert "accepted" == (await ordered)["result"]
    assert [(evse or 0, "TxDefaultProfile", 1, "CSO")] == await in_force(api)


@case("TC_K_37_CSMS", "Remote start transaction with charging profile: success")
async def test_a_remote_start_carries_a_profile(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command(
        "remote-start", id_token="GOOD", connector_id=1, profile=profile("TxProfile")
    )
    payload = await station.asked("RequestStartTransaction", {"status": "Accepted"})
    answer = await Transaction(station).started(
        "RemoteStart", "Charging", of="GOOD", remote_start_id=payload["remoteStartId"]
    )

    assert written("TxProfile") == payload["chargingProfile"]
    assert "accepted" == (await ordered)["result"]
    assert "Accepted" == answer["idTokenInfo"]["status"]


@case("TC_K_43_CSMS", "Get composite schedule: specific EVSE")
@case("TC_K_44_CSMS", "Get composite schedule: charging station")
@pytest.mark.parametrize("evse", [1, 0])
async def test_a_composite_schedule_is_read(connect: Connect, api: Api, evse: int) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command("get-composite", connector_id=evse, duration_s=300, rate_unit="A")
    schedule = {
        "evseId": evse,
        "duration": 300,
        "scheduleStart": AT,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": SCHEDULE["chargingSchedulePeriod"],
    }
    payload = await station.asked(
        "GetCompositeSchedule", {"status": "Accepted", "schedule": schedule}
    )

    assert {"evseId": evse, "duration": 300, "chargingRateUnit": "A"} == payload
    composite = (await ordered)["composite"]
    assert [(0, 6.0), (60, 10.5)] == [(p["start_s"], p["limit"]) for p in composite["periods"]]
    assert (300, "A") == (composite["duration_s"], composite["rate_unit"])
