"""OCPP 1.6 Smart Charging, as the OCA's test procedure has it for a Central System."""

from __future__ import annotations

from typing import Any

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.v16 import booted, start, started, status

AT = "2026-03-01T10:00:00Z"
WRITTEN_AT = "2026-03-01T10:00:00.000Z"


def profile(purpose: str, **more: Any) -> dict[str, Any]:
    return {
        "profile_id": 1,
        "purpose": purpose,
        "kind": "Absolute",
        "rate_unit": "A",
        "periods": [{"start_s": 0, "limit": 6, "phase_count": 3}, {"start_s": 60, "limit": 10.5}],
        "start": AT,
        "duration_s": 300,
    } | more


def written(purpose: str, **more: Any) -> dict[str, Any]:
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "duration": 300,
            "startSchedule": WRITTEN_AT,
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": 6.0, "numberPhases": 3},
                {"startPeriod": 60, "limit": 10.5},
            ],
        },
    } | more


@case("TC_056_CSMS", "Central smart charging, TxDefaultProfile")
async def test_a_default_profile_is_set(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    ordered = api.command("set-profile", connector_id=1, profile=profile("TxDefaultProfile"))
    payload = await station.asked("SetChargingProfile", {"status": "Accepted"})

    assert {"connectorId": 1, "csChargingProfiles": written("TxDefaultProfile")} == payload
    assert "accepted" == (await ordered)["result"]


@case("TC_057_CSMS", "Central smart charging, TxProfile")
async def test_a_profile_for_a_running_transaction_is_set(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    transaction_id = await started(station)
    ordered = api.command(
        "set-profile",
        connector_id=1,
        profile=profile("TxProfile", transaction_id=transaction_id),
    )
    payload = await station.asked("SetChargingProfile", {"status": "Accepted"})

    expected = written("TxProfile", transactionId=transaction_id)
    assert {"connectorId": 1, "csChargingProfiles": expected} == payload
    assert "accepted" == (await ordered)["result"]


@case("TC_059_CSMS", "Remote start transaction with charging profile")
async def test_a_remote_start_carries_a_profile(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    await status(station, 1, "Preparing")
    ordered = api.command(
        "remote-start", id_token="GOOD", connector_id=1, profile=profile("TxProfile")
    )
    payload = await station.asked("RemoteStartTransaction", {"status": "Accepted"})
    answer = await start(station)

    assert written("TxProfile") == payload["chargingProfile"]
    assert "accepted" == (await ordered)["result"]
    assert "Accepted" == answer["idTagInfo"]["status"]


@case("TC_066_CSMS", "Get composite schedule")
async def test_a_composite_schedule_is_read(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    ordered = api.command("get-composite", connector_id=1, duration_s=300, rate_unit="A")
    schedule = written("TxProfile")["chargingSchedule"]
    payload = await station.asked(
        "GetCompositeSchedule",
        {
            "status": "Accepted",
            "connectorId": 1,
            "scheduleStart": AT,
            "chargingSchedule": schedule,
        },
    )

    assert {"connectorId": 1, "duration": 300, "chargingRateUnit": "A"} == payload
    composite = (await ordered)["composite"]
    assert [(0, 6.0), (60, 10.5)] == [(p["start_s"], p["limit"]) for p in composite["periods"]]
    assert (300, "A") == (composite["duration_s"], composite["rate_unit"])


@case("TC_067_CSMS", "Clear charging profile")
async def test_a_profile_is_cleared(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    ordered = api.command("clear-profile", profile_id=1)
    payload = await station.asked("ClearChargingProfile", {"status": "Accepted"})

    assert {"id": 1} == payload
    assert "accepted" == (await ordered)["result"]


async def test_profiles_are_cleared_by_what_they_are_for(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    ordered = api.command(
        "clear-profile", connector_id=1, purpose="TxDefaultProfile", stack_level=0
    )
    payload = await station.asked("ClearChargingProfile", {"status": "Unknown"})

    expected = {
        "connectorId": 1, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0,
    }  # fmt: skip
    assert expected == payload
    result = await ordered
    assert ("rejected", "Unknown") == (result["result"], result["status"])
