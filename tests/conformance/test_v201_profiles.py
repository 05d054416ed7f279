"""OCPP 2.0.1 K: smart charging, as the OCA's test procedure has it for a CSMS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.station import Station
from tests.conformance.v201 import (
    AT,
    VERSION,
    WRITTEN_AT,
    Transaction,
    booted,
    charging,
    connector,
    status,
    transaction_id,
)

FOR_EVER = {"duration_s": None}
"""A schedule that is not over by the time it is looked up."""


def profile(purpose: str, **more: Any) -> dict[str, Any]:
    """Return a profile as the API takes it."""
    fields = {
        "profile_id": 1,
        "purpose": purpose,
        "kind": "Absolute",
        "rate_unit": "A",
        "periods": [{"start_s": 0, "limit": 6, "phase_count": 3}, {"start_s": 60, "limit": 10.5}],
        "start": AT,
        "duration_s": 300,
    }
    return {name: value for name, value in (fields | more).items() if value is not None}


SCHEDULE = {
    "id": 1,
    "startSchedule": WRITTEN_AT,
    "duration": 300,
    "chargingRateUnit": "A",
    "chargingSchedulePeriod": [
        {"startPeriod": 0, "limit": 6.0, "numberPhases": 3},
        {"startPeriod": 60, "limit": 10.5},
    ],
}
ENDLESS = {name: value for name, value in SCHEDULE.items() if name != "duration"}


def written(purpose: str, **more: Any) -> dict[str, Any]:
    """Return the same as the charger gets it."""
    return {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [SCHEDULE],
    } | more


async def told(
    station: Station, api: Api, evse: int, wanted: dict[str, Any], word: str = "Accepted"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Have a profile set; return what the charger got, and how it ended."""
    ordered = api.command("set-profile", connector_id=evse, profile=wanted)
    payload = await station.asked("SetChargingProfile", {"status": word})
    return payload, await ordered


async def in_force(api: Api) -> list[tuple[int, str, int, str]]:
    """Return what the charger holds by what is on record: EVSE, purpose, id, who set it."""
    rows = await api.get("/charge-points/{id}/profiles")
    return [(row["connector_id"], row["purpose"], row["profile_id"], row["source"]) for row in rows]


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


# Limits of others, and cars that have a say ----------------------------------------------------


async def limited(station: Station, evse: int | None = None) -> None:
    """Tell of a limit that an energy management system set."""
    place = {} if evse is None else {"evseId": evse}
    limit = {"chargingLimit": {"chargingLimitSource": "EMS"}, "chargingSchedule": [SCHEDULE]}
    assert {} == await station.result("NotifyChargingLimit", limit | place)


@case("TC_K_48_CSMS", "EMS control: set or update external charging limit, no transaction")
async def test_a_limit_of_others_is_taken_note_of(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    await limited(station)
    await limited(station)

    [limit] = [row for row in await limits(api) if row["cleared_at"] is None]
    assert ("EMS", 0) == (limit["source"], limit["connector_id"])


async def limits(api: Api) -> list[dict[str, Any]]:
    """Return limits of others on record."""
    rows: list[dict[str, Any]] = await api.get("/charge-points/{id}/charging-limits")
    return rows


@case("TC_K_50_CSMS", "EMS control: release external charging limit, no ongoing transaction")
@case("TC_K_51_CSMS", "EMS control: release external charging limit, ongoing transaction")
@pytest.mark.parametrize("charges", [False, True])
async def test_a_limit_of_others_is_released(connect: Connect, api: Api, charges: bool) -> None:
    station = await booted(await connect(VERSION))
    transaction = await charging(station) if charges else None
    place = {"evseId": 1} if charges else {}
    await limited(station, 1 if charges else None)
    if transaction is not None:
        await transaction.updated("ChargingRateChanged", "Charging")
    cleared = {"chargingLimitSource": "EMS"} | place
    assert {} == await station.result("ClearedChargingLimit", cleared)
    if transaction is not None:
        await transaction.updated("ChargingRateChanged", "Charging")

    [limit] = await limits(api)
    assert ("EMS", int(charges)) == (limit["source"], limit["connector_id"])
    assert limit["cleared_at"] is not None


@case("TC_K_52_CSMS", "EMS control: set or update external charging limit, report")
async def test_a_limit_of_others_is_read_back(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command("get-profiles", purpose="ChargingStationExternalConstraints")
    payload = await station.asked("GetChargingProfiles", {"status": "Accepted"})
    constraints = "ChargingStationExternalConstraints"
    report = {
        "requestId": payload["requestId"],
        "chargingLimitSource": "EMS",
        "evseId": 0,
        "chargingProfile": [written(constraints, chargingSchedule=[ENDLESS])],
    }
    assert {} == await station.result("ReportChargingProfiles", report)

    assert {"chargingProfilePurpose": constraints} == payload["chargingProfile"]
    assert "accepted" == (await ordered)["result"]
    assert [(0, constraints, 1, "EMS")] == await in_force(api)


@case("TC_K_53_CSMS", "Charging with load levelling based on high level communication: success")
@case("TC_K_55_CSMS", "Charging with load levelling: EV charging profile exceeds limits")
@pytest.mark.parametrize("limit", [6.0, 32.0], ids=["within", "beyond"])
async def test_a_car_says_what_it_needs_and_what_it_will_take(
    connect: Connect, api: Api, limit: float
) -> None:
    station = await booted(await connect(VERSION))
    transaction = await charging(station)
    car = {
        "energyAmount": 20000, "evMinCurrent": 6, "evMaxCurrent": 16, "evMaxVoltage": 230,
    }  # fmt: skip
    needs = {"requestedEnergyTransfer": "AC_three_phase", "acChargingParameters": car}
    answer = await station.result(
        "NotifyEVChargingNeeds", {"evseId": 1, "maxScheduleTuples": 3, "chargingNeeds": needs}
    )
    wanted = profile("TxProfile", transaction_id=await transaction_id(api))
    assert "accepted" == (await told(station, api, 1, wanted))[1]["result"]
    taken = SCHEDULE | {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}]}
    schedule = await station.result(
        "NotifyEVChargingSchedule", {"timeBase": AT, "evseId": 1, "chargingSchedule": taken}
    )
    if limit > 16:
        # The answer is no approval: a new profile makes the car think again (K15, K17).
        assert "accepted" == (await told(station, api, 1, wanted))[1]["result"]
    await transaction.updated("ChargingRateChanged", "Charging")

    assert "Accepted" == answer["status"]
    assert "Accepted" == schedule["status"]
    [need] = await api.get("/charge-points/{id}/charging-needs")
    assert (20.0, 16.0, "Accepted") == (
        need["energy_kwh"], need["max_current_a"], need["answer"],
    )  # fmt: skip


async def test_a_car_that_needs_something_without_a_transaction_is_refused(
    connect: Connect, api: Api
) -> None:
    station = await booted(await connect(VERSION))
    await status(station, 1, "Occupied")
    needs = {"requestedEnergyTransfer": "AC_three_phase"}
    answer = await station.result("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": needs})

    assert "Rejected" == answer["status"]
    assert (await connector(api))["session"] is None
