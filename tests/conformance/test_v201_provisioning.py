"""OCPP 2.0.1 B: provisioning, as the OCA's test procedure has it for a CSMS."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.v201 import (
    AT,
    VERSION,
    boot,
    booted,
    charging,
    connector,
    session,
    status,
)

INTERVAL = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
OFFLINE = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "OfflineThreshold"}}
NAMES = {
    "OCPPCommCtrlr.HeartbeatInterval": INTERVAL,
    "OCPPCommCtrlr.OfflineThreshold": OFFLINE,
}


@case("TC_B_01_CSMS", "Cold boot charging station: Accepted")
async def test_a_cold_boot_is_accepted_with_time_and_interval(connect: Connect, api: Api) -> None:
    station = await connect(VERSION)
    answer = await boot(station)
    await status(station, 1, "Available")

    assert "Accepted" == answer["status"]
    assert answer["interval"] > 0
    assert answer["currentTime"].endswith("Z")
    view = await api.get("/charge-points/{id}")
    assert view["charge_point"]["online"]
    assert "Available" == view["connectors"][0]["state"]


@case("TC_B_02_CSMS", "Cold boot charging station: Pending")
@case("TC_B_31_CSMS", "Cold boot charging station: Pending/Rejected, TriggerMessage")
async def test_a_pending_charger_is_set_up_and_asked_to_boot(connect: Connect, api: Api) -> None:
    await api.register("Pending")
    station = await connect(VERSION)
    pending = await boot(station)
    setting = api.command("change-configuration", key="HeartbeatInterval", value="60")
    done = {"setVariableResult": [INTERVAL | {"attributeStatus": "Accepted"}]}
    await station.asked("SetVariables", done)
    reading = api.command("get-base-report", base="FullInventory")
    await station.asked("GetBaseReport", {"status": "NotSupported"})
    accepting = asyncio.ensure_future(api.register("Accepted"))
    payload = await station.asked("TriggerMessage", {"status": "Accepted"})

    assert "Pending" == pending["status"]
    assert "accepted" == (await setting)["result"]
    assert "unsupported" == (await reading)["result"]
    assert {"requestedMessage": "BootNotification"} == payload
    assert "accepted" == (await accepting)["trigger"]["result"]
    assert "Accepted" == (await boot(station, "Triggered"))["status"]


@case("TC_B_30_CSMS", "Cold boot charging station: Pending/Rejected, SecurityError")
@pytest.mark.parametrize("word", ["Pending", "Rejected"])
async def test_a_charger_that_is_not_accepted_may_only_boot(
    connect: Connect, api: Api, word: str
) -> None:
    await api.register(word)
    station = await connect(VERSION)
    answer = await boot(station)
    told = {"timestamp": AT, "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    refused = await station.call("StatusNotification", told)

    assert word == answer["status"]
    assert [4, "SecurityError"] == [refused[0], refused[2]]
    assert "Unknown" == (await connector(api))["state"]


@case("TC_B_06_CSMS", "Get variables: single value")
@case("TC_B_07_CSMS", "Get variables: multiple values")
@pytest.mark.parametrize("count", [1, 2])
async def test_variables_are_read(connect: Connect, api: Api, count: int) -> None:
    station = await booted(await connect(VERSION))
    names = list(NAMES)[:count]
    ordered = api.command("get-configuration", keys=names)
    payload = await station.asked(
        "GetVariables",
        {
            "getVariableResult": [
                NAMES[name] | {"attributeStatus": "Accepted", "attributeValue": "60"}
                for name in names
            ]
        },
    )

    assert {"getVariableData": [NAMES[name] for name in names]} == payload
    entries = (await ordered)["configuration"]
    assert [(name, "60") for name in names] == [(one["key"], one["value"]) for one in entries]
    assert dict.fromkeys(names, "60") == await kept(api)


async def kept(api: Api) -> dict[str, str]:
    """Return the settings on record."""
    rows = await api.get("/charge-points/{id}/settings")
    return {row["name"]: row["value"] or row["ordered_value"] for row in rows}


@case("TC_B_09_CSMS", "Set variables: single value")
@case("TC_B_10_CSMS", "Set variables: multiple values")
@pytest.mark.parametrize(
    ("words", "result"),
    [(["Accepted"], "accepted"), (["Accepted", "RebootRequired"], "accepted"),
     (["Accepted", "Rejected"], "rejected")],
)  # fmt: skip
async def test_variables_are_set(connect: Connect, api: Api, words: list[str], result: str) -> None:
    station = await booted(await connect(VERSION))
    names = list(NAMES)[: len(words)]
    ordered = api.command(
        "set-variables", variables=[{"name": name, "value": "120"} for name in names]
    )
    answers = [
        NAMES[name] | {"attributeStatus": word} for name, word in zip(names, words, strict=True)
    ]
    payload = await station.asked("SetVariables", {"setVariableResult": answers})

    assert [NAMES[name] | {"attributeValue": "120"} for name in names] == payload["setVariableData"]
    ended = await ordered
    assert result == ended["result"]
    assert words == [one["status"] for one in ended["variables"]]
    assert "120" == (await kept(api))[names[0]]


@case("TC_B_12_CSMS", "Get base report: ConfigurationInventory")
@case("TC_B_13_CSMS", "Get base report: FullInventory")
@pytest.mark.parametrize("base", ["ConfigurationInventory", "FullInventory"])
async def test_the_device_model_is_reported(connect: Connect, api: Api, base: str) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command("get-base-report", base=base)
    payload = await station.asked("GetBaseReport", {"status": "Accepted"})
    for number, one in enumerate((INTERVAL, OFFLINE)):
        report: dict[str, Any] = {
            "requestId": payload["requestId"],
            "generatedAt": AT,
            "seqNo": number,
            "tbc": number == 0,
            "reportData": [one | {"variableAttribute": [{"value": "60"}]}],
        }
        assert {} == await station.result("NotifyReport", report)

    assert base == payload["reportBase"]
    assert "accepted" == (await ordered)["result"]
    assert dict.fromkeys(NAMES, "60") == await kept(api)


@case("TC_B_20_CSMS", "Reset charging station without ongoing transaction: OnIdle")
@case("TC_B_25_CSMS", "Reset EVSE without ongoing transaction")
@pytest.mark.parametrize(
    ("kind", "wire", "evse"),
    [("Soft", "OnIdle", None), ("Soft", "OnIdle", 1), ("Hard", "Immediate", 1)],
)
async def test_a_reset_of_what_is_idle(
    connect: Connect, api: Api, kind: str, wire: str, evse: int | None
) -> None:
    station = await booted(await connect(VERSION))
    where = {} if evse is None else {"connector_id": evse}
    ordered = api.command("reset", kind=kind, **where)
    payload = await station.asked("Reset", {"status": "Accepted"})

    assert payload == {"type": wire} | ({} if evse is None else {"evseId": evse})
    assert "accepted" == (await ordered)["result"]
    if evse is None:
        await station.socket.close()
        station = await connect(VERSION)
        assert "Accepted" == (await boot(station, "ScheduledReset"))["status"]


@case("TC_B_21_CSMS", "Reset charging station with ongoing transaction: OnIdle")
@case("TC_B_22_CSMS", "Reset charging station with ongoing transaction: Immediate")
@case("TC_B_26_CSMS", "Reset EVSE with ongoing transaction: OnIdle")
@case("TC_B_27_CSMS", "Reset EVSE with ongoing transaction: Immediate")
@pytest.mark.parametrize("evse", [None, 1])
@pytest.mark.parametrize("kind", ["Soft", "Hard"])
async def test_a_reset_while_a_car_charges(
    connect: Connect, api: Api, kind: str, evse: int | None
) -> None:
    station = await booted(await connect(VERSION))
    transaction = await charging(station)
    where = {} if evse is None else {"connector_id": evse}
    ordered = api.command("reset", kind=kind, **where)
    word = "Scheduled" if kind == "Soft" else "Accepted"
    await station.asked("Reset", {"status": word})
    result = await ordered
    assert ("accepted", word) == (result["result"], result["status"])
    if kind == "Soft":
        await transaction.ended("StopAuthorized", "Local", "EVConnected", of="GOOD")
    else:
        await transaction.ended("ResetCommand", "ImmediateReset", "EVConnected")
    if evse is None:
        await station.socket.close()
        station = await connect(VERSION)
        assert "Accepted" == (await boot(station, "RemoteReset"))["status"]
    await status(station, 1, "Available")

    assert (await connector(api))["session"] is None
    expected = "Local" if kind == "Soft" else "ImmediateReset"
    assert expected == (await session(api))["stop_reason"]


@case("TC_B_42_CSMS", "Set new NetworkConnectionProfile: Accepted")
@case("TC_B_44_CSMS", "Set new NetworkConnectionProfile: Failed")
@pytest.mark.parametrize(("word", "result"), [("Accepted", "accepted"), ("Failed", "rejected")])
async def test_a_network_profile_is_set(connect: Connect, api: Api, word: str, result: str) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command(
        "set-network-profile", slot=2, url="wss://csms.example/ocpp", security_profile=1
    )
    payload = await station.asked("SetNetworkProfile", {"status": word})

    assert 2 == payload["configurationSlot"]
    assert {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": "wss://csms.example/ocpp",
        "messageTimeout": 30,
        "securityProfile": 1,
        "ocppInterface": "Wired0",
    } == payload["connectionData"]
    assert result == (await ordered)["result"]
