"""OCPP 1.6 Core, as the OCA's test procedure has it: what an operator does from afar."""

from __future__ import annotations

import pytest

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.v16 import boot, booted, started, status, stop


@case("TC_013_CSMS", "Hard reset")
@case("TC_014_CSMS", "Soft reset")
@pytest.mark.parametrize("kind", ["Hard", "Soft"])
async def test_a_reset_is_followed_by_a_boot(connect: Connect, api: Api, kind: str) -> None:
    station = await booted(await connect())
    ordered = api.command("reset", kind=kind)
    payload = await station.asked("Reset", {"status": "Accepted"})
    await station.socket.close()
    again = await connect()

    assert {"type": kind} == payload
    assert "accepted" == (await ordered)["result"]
    assert "Accepted" == (await boot(again))["status"]


@pytest.mark.parametrize(("kind", "reason"), [("Hard", "HardReset"), ("Soft", "SoftReset")])
async def test_a_reset_ends_the_session_with_its_reason(
    connect: Connect, api: Api, kind: str, reason: str
) -> None:
    station = await booted(await connect())
    transaction_id = await started(station)
    ordered = api.command("reset", kind=kind)
    await station.asked("Reset", {"status": "Accepted"})
    assert "accepted" == (await ordered)["result"]
    if kind == "Soft":
        await stop(station, transaction_id, reason)
    await station.socket.close()
    again = await connect()
    assert "Accepted" == (await boot(again))["status"]
    if kind == "Hard":
        await stop(again, transaction_id, reason)

    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert connector["session"] is None


@case("TC_017_1_CSMS", "Unlock connector, no session, no fixed cable")
@case("TC_017_2_CSMS", "Unlock connector, no session, fixed cable")
@case("TC_030_CSMS", "Unlock connector, unlock failure")
@case("TC_031_CSMS", "Unlock connector, unknown connector")
@pytest.mark.parametrize(
    ("word", "result"),
    [("Unlocked", "accepted"), ("UnlockFailed", "rejected"), ("NotSupported", "unsupported")],
)
async def test_an_unlock_ends_as_the_charger_says(
    connect: Connect, api: Api, word: str, result: str
) -> None:
    station = await booted(await connect())
    ordered = api.command("unlock-connector", connector_id=1)
    payload = await station.asked("UnlockConnector", {"status": word})

    assert {"connectorId": 1} == payload
    assert result == (await ordered)["result"]


@case("TC_018_1_CSMS", "Unlock connector with charging session, no fixed cable")
async def test_an_unlock_ends_a_session_with_its_reason(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    transaction_id = await started(station)
    ordered = api.command("unlock-connector", connector_id=1)
    await station.asked("UnlockConnector", {"status": "Unlocked"})
    await stop(station, transaction_id, "UnlockCommand")

    assert "accepted" == (await ordered)["result"]
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert connector["session"] is None


@case("TC_019_1_CSMS", "Retrieve all configuration keys")
@case("TC_019_2_CSMS", "Retrieve specific configuration keys")
@pytest.mark.parametrize("keys", [[], ["SupportedFeatureProfiles"]])
async def test_configuration_is_read(connect: Connect, api: Api, keys: list[str]) -> None:
    station = await booted(await connect())
    ordered = api.command("get-configuration", keys=keys)
    entry = {"key": "SupportedFeatureProfiles", "readonly": True, "value": "Core"}
    payload = await station.asked(
        "GetConfiguration", {"configurationKey": [entry], "unknownKey": ["X"]}
    )

    assert payload == ({"key": keys} if keys else {})
    result = await ordered
    assert [entry] == result["configuration"]
    assert ["X"] == result["unknown_keys"]


@case("TC_021_CSMS", "Change configuration")
@case("TC_040_1_CSMS", "Configuration key not supported")
@case("TC_040_2_CSMS", "Configuration value rejected")
@pytest.mark.parametrize(
    ("word", "result"),
    [
        ("Accepted", "accepted"),
        ("RebootRequired", "accepted"),
        ("NotSupported", "unsupported"),
        ("Rejected", "rejected"),
    ],
)
async def test_a_configuration_key_is_set(
    connect: Connect, api: Api, word: str, result: str
) -> None:
    station = await booted(await connect())
    ordered = api.command("change-configuration", key="MeterValueSampleInterval", value="60")
    payload = await station.asked("ChangeConfiguration", {"status": word})

    assert {"key": "MeterValueSampleInterval", "value": "60"} == payload
    assert result == (await ordered)["result"]


@case("TC_061_CSMS", "Clear authorisation data in the cache")
@pytest.mark.parametrize(("word", "result"), [("Accepted", "accepted"), ("Rejected", "rejected")])
async def test_the_cache_is_cleared(connect: Connect, api: Api, word: str, result: str) -> None:
    station = await booted(await connect())
    ordered = api.command("clear-cache")
    payload = await station.asked("ClearCache", {"status": word})

    assert {} == payload
    assert result == (await ordered)["result"]


async def test_a_vendors_message_is_sent(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    ordered = api.command("send-vendor-data", vendor="org.example", message="m", data="x")
    payload = await station.asked("DataTransfer", {"status": "Accepted", "data": "y"})

    assert {"vendorId": "org.example", "messageId": "m", "data": "x"} == payload
    assert "accepted" == (await ordered)["result"]


@case("TC_054_CSMS", "Trigger message")
@pytest.mark.parametrize(
    "message",
    [
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "MeterValues",
        "StatusNotification",
    ],
)
async def test_a_message_is_triggered(connect: Connect, api: Api, message: str) -> None:
    station = await booted(await connect())
    ordered = api.command("trigger-message", message=message, connector_id=1)
    payload = await station.asked("TriggerMessage", {"status": "Accepted"})

    assert {"requestedMessage": message, "connectorId": 1} == payload
    assert "accepted" == (await ordered)["result"]


@case("TC_055_CSMS", "Trigger message, rejected")
@pytest.mark.parametrize(
    ("word", "result"), [("Rejected", "rejected"), ("NotImplemented", "unsupported")]
)
async def test_a_trigger_that_is_refused_is_told_so(
    connect: Connect, api: Api, word: str, result: str
) -> None:
    station = await booted(await connect())
    ordered = api.command("trigger-message", message="MeterValues", connector_id=1)
    await station.asked("TriggerMessage", {"status": word})

    assert result == (await ordered)["result"]


async def test_a_connector_that_was_unavailable_stays_so_after_a_power_failure(
    connect: Connect, api: Api
) -> None:
    station = await booted(await connect())
    ordered = api.command("change-availability", connector_id=1, operative=False)
    payload = await station.asked("ChangeAvailability", {"status": "Accepted"})
    await status(station, 1, "Unavailable")
    await station.socket.close()
    again = await connect()
    await boot(again)
    await status(again, 1, "Unavailable")

    assert {"connectorId": 1, "type": "Inoperative"} == payload
    assert "accepted" == (await ordered)["result"]
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert "Unavailable" == connector["state"]


async def test_an_availability_that_waits_for_a_transaction_is_accepted(
    connect: Connect, api: Api
) -> None:
    station = await booted(await connect())
    transaction_id = await started(station)
    ordered = api.command("change-availability", connector_id=1, operative=False)
    await station.asked("ChangeAvailability", {"status": "Scheduled"})

    result = await ordered
    assert ("accepted", "Scheduled") == (result["result"], result["status"])
    await stop(station, transaction_id, "Local")
    await status(station, 1, "Unavailable")


async def test_a_charger_that_does_not_answer_costs_the_time_out_and_no_more(
    connect: Connect, api: Api
) -> None:
    station = await booted(await connect())
    ordered = api.command("clear-cache")
    await station.asked("ClearCache", None)

    result = await ordered
    assert ("timed-out", 2.0) == (result["result"], result["after_s"])


async def test_a_charger_that_is_away_is_offline(api: Api, connect: Connect) -> None:
    station = await booted(await connect())
    await station.socket.close()
    await station.socket.wait_closed()

    assert "offline" == (await api.command("clear-cache"))["result"]
