"""OCPP 2.0.1 K: limits of others and cars that have a say, as in the OCA's test procedure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.station import Station
from tests.conformance.v201 import AT, VERSION, booted, charging, connector, status, transaction_id
from tests.conformance.v201_profiles import ENDLESS, SCHEDULE, in_force, profile, told, written


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
