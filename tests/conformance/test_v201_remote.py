"""OCPP 2.0.1 F: remote control, as the OCA's test procedure has it for a CSMS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.v201 import (
    VERSION,
    Transaction,
    authorize,
    booted,
    charging,
    connector,
    events,
    metered,
    session,
    status,
)


@case("TC_F_01_CSMS", "Remote start transaction: cable plug-in first")
async def test_a_remote_start_joins_what_the_cable_began(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    await status(station, 1, "Occupied")
    transaction = Transaction(station)
    await transaction.started("CablePluggedIn", "EVConnected")
    ordered = api.command("remote-start", id_token="GOOD", connector_id=1)
    payload = await station.asked(
        "RequestStartTransaction", {"status": "Accepted", "transactionId": transaction.name}
    )
    answer = await transaction.updated(
        "RemoteStart", "EVConnected", of="GOOD", remote_start_id=payload["remoteStartId"]
    )
    await transaction.updated("ChargingStateChanged", "Charging")

    assert {"idToken": "GOOD", "type": "ISO14443"} == payload["idToken"]
    assert 1 == payload["evseId"]
    assert "accepted" == (await ordered)["result"]
    assert "Accepted" == answer["idTokenInfo"]["status"]
    assert "GOOD" == (await connector(api))["session"]["id_token"]
    assert ("Updated", "RemoteStart", "EVConnected") == (await events(api))[1]


@case("TC_F_02_CSMS", "Remote start transaction first: AuthorizeRemoteStart is true")
@case("TC_F_03_CSMS", "Remote start transaction first: AuthorizeRemoteStart is false")
@pytest.mark.parametrize("asks", [True, False])
async def test_a_remote_start_begins_a_transaction(connect: Connect, api: Api, asks: bool) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command("remote-start", id_token="GOOD", connector_id=1, token_type="Central")
    payload = await station.asked("RequestStartTransaction", {"status": "Accepted"})
    if asks:
        assert "Accepted" == (await authorize(station))["status"]
    transaction = Transaction(station)
    answer = await transaction.started(
        "RemoteStart", "Idle", of="GOOD", remote_start_id=payload["remoteStartId"]
    )
    await transaction.updated("CablePluggedIn", "EVConnected")
    await transaction.updated("ChargingStateChanged", "Charging")

    assert {"idToken": "GOOD", "type": "Central"} == payload["idToken"]
    assert "accepted" == (await ordered)["result"]
    assert "Accepted" == answer["idTokenInfo"]["status"]
    assert "Charging" == (await connector(api))["state"]


@case("TC_F_04_CSMS", "Remote start transaction first: cable plug-in timeout")
async def test_a_remote_start_without_a_car_ends_by_itself(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command("remote-start", id_token="GOOD", connector_id=1)
    payload = await station.asked("RequestStartTransaction", {"status": "Accepted"})
    transaction = Transaction(station)
    await transaction.started(
        "RemoteStart", "Idle", of="GOOD", remote_start_id=payload["remoteStartId"]
    )
    await transaction.ended("EVConnectTimeout", "Timeout")

    assert "accepted" == (await ordered)["result"]
    assert (await connector(api))["session"] is None
    assert "Timeout" == (await session(api))["stop_reason"]


@case("TC_F_06_CSMS", "Remote unlock connector without ongoing transaction: Accepted")
@pytest.mark.parametrize(
    ("word", "result"), [("Unlocked", "accepted"), ("UnlockFailed", "rejected")]
)
async def test_an_unlock_ends_as_the_charger_says(
    connect: Connect, api: Api, word: str, result: str
) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command("unlock-connector", connector_id=1)
    payload = await station.asked("UnlockConnector", {"status": word})

    assert {"evseId": 1, "connectorId": 1} == payload
    assert result == (await ordered)["result"]


async def triggered(
    connect: Connect, api: Api, message: str, evse: int | None = None
) -> tuple[Any, dict[str, Any]]:
    """Have a message triggered; return the charger and what it was asked."""
    station = await booted(await connect(VERSION))
    where = {} if evse is None else {"connector_id": evse}
    ordered = api.command("trigger-message", message=message, **where)
    payload = await station.asked("TriggerMessage", {"status": "Accepted"})
    assert "accepted" == (await ordered)["result"]
    return station, payload


@case("TC_F_11_CSMS", "Trigger message: MeterValues, specific EVSE")
@case("TC_F_12_CSMS", "Trigger message: MeterValues, all EVSE")
@pytest.mark.parametrize("evse", [1, None])
async def test_meter_values_are_triggered(connect: Connect, api: Api, evse: int | None) -> None:
    station, payload = await triggered(connect, api, "MeterValues", evse)
    for number in (1, 2) if evse is None else (evse,):
        told = {"evseId": number, "meterValue": [metered(1000, "Trigger")]}
        assert {} == await station.result("MeterValues", told)

    where = {} if evse is None else {"evse": {"id": evse}}
    assert {"requestedMessage": "MeterValues"} | where == payload


@case("TC_F_13_CSMS", "Trigger message: TransactionEvent, specific EVSE")
@case("TC_F_14_CSMS", "Trigger message: TransactionEvent, all EVSE")
@pytest.mark.parametrize("evse", [1, None])
async def test_transaction_events_are_triggered(
    connect: Connect, api: Api, evse: int | None
) -> None:
    station = await booted(await connect(VERSION))
    running = [await charging(station, number) for number in (1, 2)]
    where = {} if evse is None else {"connector_id": evse}
    ordered = api.command("trigger-message", message="TransactionEvent", **where)
    payload = await station.asked("TriggerMessage", {"status": "Accepted"})
    for transaction in running[:evse]:
        reading = [metered(1000, "Trigger")]
        assert {} == await transaction.updated("Trigger", "Charging", meterValue=reading)

    on_wire = {} if evse is None else {"evse": {"id": evse}}
    assert {"requestedMessage": "TransactionEvent"} | on_wire == payload
    assert "accepted" == (await ordered)["result"]


@case("TC_F_15_CSMS", "Trigger message: LogStatusNotification, Idle")
@case("TC_F_18_CSMS", "Trigger message: FirmwareStatusNotification, Idle")
@case("TC_F_20_CSMS", "Trigger message: Heartbeat")
@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("LogStatusNotification", {"status": "Idle"}),
        ("FirmwareStatusNotification", {"status": "Idle"}),
        ("Heartbeat", {}),
    ],
)
async def test_a_message_is_triggered(
    connect: Connect, api: Api, message: str, told: dict[str, Any]
) -> None:
    station, payload = await triggered(connect, api, message)
    answer = await station.result(message, told)

    assert {"requestedMessage": message} == payload
    assert ({"currentTime"} if message == "Heartbeat" else set()) == set(answer)


@case("TC_F_23_CSMS", "Trigger message: StatusNotification, specific EVSE, Available")
@case("TC_F_24_CSMS", "Trigger message: StatusNotification, specific EVSE, Occupied")
@pytest.mark.parametrize("word", ["Available", "Occupied"])
async def test_a_state_is_triggered(connect: Connect, api: Api, word: str) -> None:
    station, payload = await triggered(connect, api, "StatusNotification", 1)
    await status(station, 1, word)

    # A state is that of a connector, so the connector is named (F06.FR.12).
    place = {"id": 1, "connectorId": 1}
    assert {"requestedMessage": "StatusNotification", "evse": place} == payload
    assert word == (await connector(api))["state"]


@case("TC_F_27_CSMS", "Trigger message: NotImplemented")
async def test_a_trigger_that_is_not_known_is_told_so(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command("trigger-message", message="SignV2GCertificate")
    payload = await station.asked("TriggerMessage", {"status": "NotImplemented"})

    assert {"requestedMessage": "SignV2GCertificate"} == payload
    assert "unsupported" == (await ordered)["result"]
