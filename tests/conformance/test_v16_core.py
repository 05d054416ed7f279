"""OCPP 1.6 Core, as the OCA's test procedure has it for a Central System: sessions and boot."""

from __future__ import annotations

import asyncio

import pytest

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.v16 import (
    authorize,
    available,
    boot,
    booted,
    start,
    started,
    status,
    stop,
)


@case("TC_001_CSMS", "Cold boot")
async def test_a_cold_boot_is_accepted_with_time_and_interval(connect: Connect, api: Api) -> None:
    station = await connect()
    answer = await boot(station)
    await available(station)

    assert "Accepted" == answer["status"]
    assert answer["interval"] > 0
    assert answer["currentTime"].endswith("Z")
    view = await api.get("/charge-points/{id}")
    assert view["charge_point"]["online"]
    assert "Available" == view["connectors"][0]["state"]


@case("TC_002_CSMS", "Cold boot, pending")
async def test_a_pending_charger_is_set_up_and_accepted_at_its_next_boot(
    connect: Connect, api: Api
) -> None:
    await api.register("Pending")
    station = await connect()
    assert "Pending" == (await boot(station))["status"]
    heartbeat = await station.call("Heartbeat", {})
    assert [4, "SecurityError"] == [heartbeat[0], heartbeat[2]]
    reading = api.command("get-configuration", keys=["HeartbeatInterval"])
    await station.asked("GetConfiguration", {"configurationKey": []})
    assert "accepted" == (await reading)["result"]
    starting = await api.command("remote-start", id_token="GOOD")
    assert "unsupported" == starting["result"]
    accepting = asyncio.ensure_future(api.register("Accepted"))
    await station.asked("TriggerMessage", {"status": "Accepted"})

    assert "accepted" == (await accepting)["trigger"]["result"]
    assert "Accepted" == (await boot(station))["status"]
    await available(station)


async def test_a_rejected_charger_is_sent_nothing(connect: Connect, api: Api) -> None:
    await api.register("Rejected")
    station = await connect()
    answer = await boot(station)
    ordered = await api.command("get-configuration")

    assert "Rejected" == answer["status"]
    assert answer["interval"] > 0
    assert "unsupported" == ordered["result"]
    await api.register("Accepted")


@case("TC_003_CSMS", "Regular charging session, plug-in first")
async def test_a_session_that_begins_with_the_plug(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    await status(station, 1, "Preparing")
    assert "Accepted" == await authorize(station)
    answer = await start(station)
    await status(station, 1, "Charging")

    assert "Accepted" == answer["idTagInfo"]["status"]
    assert answer["transactionId"] > 0
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert "Charging" == connector["state"]
    assert answer["transactionId"] == connector["session"]["transaction_id"]


@case("TC_004_1_CSMS", "Regular charging session, identification first")
async def test_a_session_that_begins_with_the_token(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    assert "Accepted" == await authorize(station)
    await status(station, 1, "Preparing")
    answer = await start(station)
    await status(station, 1, "Charging")

    assert "Accepted" == answer["idTagInfo"]["status"]
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert answer["transactionId"] == connector["session"]["transaction_id"]


@case("TC_004_2_CSMS", "Regular charging session, identification first, connection time-out")
async def test_a_token_that_is_not_followed_by_a_plug_starts_nothing(
    connect: Connect, api: Api
) -> None:
    station = await booted(await connect())
    assert "Accepted" == await authorize(station)
    await status(station, 1, "Preparing")
    await status(station, 1, "Available")

    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert "Available" == connector["state"]
    assert connector["session"] is None


@case("TC_005_1_CSMS", "EV side disconnected")
async def test_a_car_that_is_unplugged_ends_its_session(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    transaction_id = await started(station)
    await status(station, 1, "SuspendedEV")
    answer = await stop(station, transaction_id, "EVDisconnected")
    await status(station, 1, "Finishing")
    await status(station, 1, "Available")

    assert answer.get("idTagInfo", {"status": "Accepted"})["status"] == "Accepted"
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert connector["session"] is None


@case("TC_007_CSMS", "Regular start, cached id")
async def test_a_start_without_a_question_before_is_answered(connect: Connect) -> None:
    station = await booted(await connect())
    await status(station, 1, "Preparing")
    answer = await start(station)

    assert "Accepted" == answer["idTagInfo"]["status"]


@case("TC_023_1_CSMS", "Start charging session, authorise invalid")
@case("TC_023_2_CSMS", "Start charging session, authorise expired")
@case("TC_023_3_CSMS", "Start charging session, authorise blocked")
@pytest.mark.parametrize(
    ("token", "word"), [("NOBODY", "Invalid"), ("EXPIRED", "Expired"), ("BLOCKED", "Blocked")]
)
async def test_a_token_that_may_not_charge_is_told_why(
    connect: Connect, token: str, word: str
) -> None:
    station = await booted(await connect())

    assert word == await authorize(station, token)
    answer = await start(station, token)
    assert word == answer["idTagInfo"]["status"]
    assert answer["transactionId"] > 0


@case("TC_010_CSMS", "Remote start, cable plugged in first")
async def test_a_remote_start_with_the_cable_in(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    await status(station, 1, "Preparing")
    ordered = api.command("remote-start", id_token="GOOD", connector_id=1)
    payload = await station.asked("RemoteStartTransaction", {"status": "Accepted"})
    answer = await start(station)

    assert {"idTag": "GOOD", "connectorId": 1} == payload
    assert "accepted" == (await ordered)["result"]
    assert "Accepted" == answer["idTagInfo"]["status"]


@case("TC_011_1_CSMS", "Remote start first")
async def test_a_remote_start_before_the_cable(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    ordered = api.command("remote-start", id_token="GOOD", connector_id=1)
    await station.asked("RemoteStartTransaction", {"status": "Accepted"})
    assert "accepted" == (await ordered)["result"]
    await status(station, 1, "Preparing")
    answer = await start(station)
    await status(station, 1, "Charging")

    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert answer["transactionId"] == connector["session"]["transaction_id"]


@case("TC_011_2_CSMS", "Remote start first, connection time-out")
async def test_a_remote_start_without_a_cable_starts_nothing(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    ordered = api.command("remote-start", id_token="GOOD", connector_id=1)
    await station.asked("RemoteStartTransaction", {"status": "Accepted"})
    await status(station, 1, "Preparing")
    await status(station, 1, "Available")

    assert "accepted" == (await ordered)["result"]
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert connector["session"] is None


@case("TC_026_CSMS", "Remote start, rejected")
async def test_a_remote_start_that_is_rejected_is_told_so(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    ordered = api.command("remote-start", id_token="GOOD", connector_id=1)
    await station.asked("RemoteStartTransaction", {"status": "Rejected"})

    result = await ordered
    assert ("rejected", "Rejected") == (result["result"], result["status"])


@case("TC_012_CSMS", "Remote stop")
async def test_a_remote_stop_names_the_transaction(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    transaction_id = await started(station)
    ordered = api.command("remote-stop", transaction_id=transaction_id)
    payload = await station.asked("RemoteStopTransaction", {"status": "Accepted"})
    await stop(station, transaction_id, "Remote")

    assert {"transactionId": transaction_id} == payload
    assert "accepted" == (await ordered)["result"]
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert connector["session"] is None


@case("TC_028_CSMS", "Remote stop, rejected")
async def test_a_remote_stop_that_is_rejected_is_told_so(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    transaction_id = await started(station)
    ordered = api.command("remote-stop", transaction_id=transaction_id + 1)
    await station.asked("RemoteStopTransaction", {"status": "Rejected"})

    assert "rejected" == (await ordered)["result"]
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert transaction_id == connector["session"]["transaction_id"]


@case("TC_024_CSMS", "Start charging session, lock failure")
async def test_a_lock_failure_is_shown(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    assert "Accepted" == await authorize(station)
    await status(station, 1, "Preparing")
    await status(station, 1, "Faulted", "ConnectorLockFailure")

    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert ("Faulted", "ConnectorLockFailure") == (connector["state"], connector["error_code"])


async def test_a_stop_with_its_token_is_told_the_tokens_state(connect: Connect) -> None:
    station = await booted(await connect())
    transaction_id = await started(station)
    answer = await stop(station, transaction_id, "Local", idTag="GOOD")

    assert "Accepted" == answer["idTagInfo"]["status"]


@pytest.mark.parametrize("context", ["Sample.Periodic", "Sample.Clock"])
async def test_meter_values_are_answered_and_shown(
    connect: Connect, api: Api, context: str
) -> None:
    station = await booted(await connect())
    transaction_id = await started(station)
    values = [
        {"value": "2500", "measurand": "Energy.Active.Import.Register", "unit": "Wh",
         "context": context},
        {"value": "7200", "measurand": "Power.Active.Import", "unit": "W", "context": context},
    ]  # fmt: skip
    answer = await station.result(
        "MeterValues",
        {
            "connectorId": 1,
            "transactionId": transaction_id,
            "meterValue": [{"timestamp": "2026-03-01T10:15:00Z", "sampledValue": values}],
        },
    )

    assert {} == answer
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert (7200.0, 1500.0) == (connector["power_w"], connector["session"]["energy_wh"])


@case("TC_064_CSMS", "Data transfer to a Central System")
async def test_a_vendors_message_is_refused_politely(connect: Connect) -> None:
    station = await booted(await connect())
    answer = await station.result("DataTransfer", {"vendorId": "org.example", "data": "x"})

    assert answer["status"] in {"UnknownVendorId", "Rejected"}
