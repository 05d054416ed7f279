"""OCPP 2.0.1 E: transactions, as the OCA's test procedure has them for a CSMS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.v201 import (
    SIGNED,
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
    transaction_id,
)

CHARGES = ("Updated", "ChargingStateChanged", "Charging")
PLUGGED = ("Updated", "CablePluggedIn", "EVConnected")

type Step = tuple[str, str, str | None]


async def tell(
    transaction: Transaction, steps: list[Step], token_at: int | None
) -> list[dict[str, Any]]:
    """Tell events one after the other, the token with the one of that number."""
    return [
        await transaction.event(*step, of="GOOD" if number == token_at else None)
        for number, step in enumerate(steps)
    ]


@case("TC_E_01_CSMS", "Start transaction options: PowerPathClosed")
@case("TC_E_02_CSMS", "Start transaction options: EnergyTransfer")
@case("TC_E_03_CSMS", "Local start transaction: cable plug-in first, success")
@case("TC_E_04_CSMS", "Local start transaction: authorisation first, success")
@case("TC_E_09_CSMS", "Start transaction options: EVConnected")
@case("TC_E_10_CSMS", "Start transaction options: Authorized, local")
@case("TC_E_12_CSMS", "Start transaction options: ParkingBayOccupied")
@pytest.mark.parametrize(
    ("steps", "token_at"),
    [
        pytest.param([("Started", "Authorized", "EVConnected"), CHARGES], 0, id="PowerPathClosed"),
        pytest.param([("Started", "ChargingStateChanged", "Charging")], 0, id="EnergyTransfer"),
        pytest.param(
            [
                ("Started", "CablePluggedIn", "EVConnected"),
                ("Updated", "Authorized", "EVConnected"),
                CHARGES,
            ],
            1,
            id="EVConnected",
        ),
        pytest.param([("Started", "Authorized", "Idle"), PLUGGED, CHARGES], 0, id="Authorized"),
        pytest.param(
            [
                ("Started", "EVDetected", "Idle"),
                PLUGGED,
                ("Updated", "Authorized", "EVConnected"),
                CHARGES,
            ],
            2,
            id="ParkingBayOccupied",
        ),
    ],
)
async def test_a_transaction_begins_wherever_the_charger_lets_it(
    connect: Connect, api: Api, steps: list[Step], token_at: int
) -> None:
    station = await booted(await connect(VERSION))
    assert "Accepted" == (await authorize(station))["status"]
    await status(station, 1, "Occupied")
    answers = await tell(Transaction(station), steps, token_at)

    assert "Accepted" == answers[token_at]["idTokenInfo"]["status"]
    assert 1 == sum("idTokenInfo" in answer for answer in answers)
    shown = await connector(api)
    assert "Charging" == shown["state"]
    assert "GOOD" == shown["session"]["id_token"]
    assert steps == await events(api)


@case("TC_E_11_CSMS", "Start transaction options: DataSigned")
async def test_a_transaction_begins_with_a_signed_meter_value(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    transaction = Transaction(station)
    signed = metered(1000, "Transaction.Begin", signedMeterValue=SIGNED)
    answer = await transaction.started(
        "SignedDataReceived", "EVConnected", of="GOOD", meterValue=[signed]
    )
    await transaction.updated("ChargingStateChanged", "Charging")

    assert "Accepted" == answer["idTokenInfo"]["status"]
    assert "Charging" == (await connector(api))["state"]


@case("TC_E_38_CSMS", "Local start transaction: EV not ready")
async def test_a_car_that_is_not_ready_is_waited_for(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    transaction = Transaction(station)
    await transaction.started("CablePluggedIn", "EVConnected")
    await transaction.updated("Authorized", "EVConnected", of="GOOD")
    await transaction.updated("ChargingStateChanged", "SuspendedEV")

    assert "SuspendedEV" == (await connector(api))["state"]
    await transaction.updated("ChargingStateChanged", "Charging")
    assert "Charging" == (await connector(api))["state"]


STOPPED_BY_TOKEN = ("Updated", "StopAuthorized", "EVConnected")
LOST = ("Updated", "EVCommunicationLost", "Idle")


@case("TC_E_07_CSMS", "Stop transaction options: PowerPathClosed, local stop")
@case("TC_E_08_CSMS", "Stop transaction options: EnergyTransfer stopped, StopAuthorized")
@case("TC_E_14_CSMS", "Stop transaction options: EVDisconnected, charging station side")
@case("TC_E_15_CSMS", "Stop transaction options: StopAuthorized, local")
@case("TC_E_17_CSMS", "Stop transaction options: Deauthorized, EV side disconnect")
@case("TC_E_19_CSMS", "Stop transaction options: ParkingBayUnoccupied")
@case("TC_E_20_CSMS", "Stop transaction options: EVDisconnected, EV side")
@case("TC_E_22_CSMS", "Stop transaction options: EnergyTransfer stopped, SuspendedEV")
@pytest.mark.parametrize(
    ("before", "cause", "state", "reason"),
    [
        pytest.param([], "StopAuthorized", "EVConnected", "Local", id="PowerPathClosed"),
        pytest.param(
            [("Updated", "StopAuthorized", "SuspendedEVSE")],
            "ChargingStateChanged", "EVConnected", "Local", id="EnergyTransfer",
        ),
        pytest.param(
            [STOPPED_BY_TOKEN],
            "EVCommunicationLost", "Idle", "Local", id="station-side",
        ),
        pytest.param(
            [], "EVCommunicationLost", "Idle", "EVDisconnected", id="ev-side"
        ),
        pytest.param(
            [STOPPED_BY_TOKEN, LOST], "EVDeparted", "Idle", "Local", id="ParkingBay"
        ),
        pytest.param(
            [("Updated", "ChargingStateChanged", "SuspendedEV")],
            "ChargingStateChanged", "EVConnected", "StoppedByEV", id="SuspendedEV",
        ),
    ],
)  # fmt: skip
async def test_a_transaction_ends_wherever_the_charger_lets_it(
    connect: Connect,
    api: Api,
    before: list[Step],
    cause: str,
    state: str,
    reason: str,
) -> None:
    station = await booted(await connect(VERSION))
    transaction = await charging(station)
    for step in before:
        await transaction.event(*step, of="GOOD" if step[1] == "StopAuthorized" else None)
    token = "GOOD" if cause == "StopAuthorized" else None
    answer = await transaction.ended(cause, reason, state, of=token)
    await status(station, 1, "Available")

    assert ("idTokenInfo" in answer) is (token is not None)
    shown = await connector(api)
    assert ("Available", None) == (shown["state"], shown["session"])
    assert [*before, ("Ended", cause, state)] == (await events(api))[3:]
    assert reason == (await session(api))["stop_reason"]


@case("TC_E_16_CSMS", "Stop transaction options: Deauthorized, invalid idToken")
async def test_a_token_that_may_not_charge_ends_what_it_began(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    transaction = Transaction(station)
    await transaction.started("CablePluggedIn", "EVConnected")
    answer = await transaction.updated("Authorized", "EVConnected", of="UNKNOWN")
    ended = await transaction.ended("Deauthorized", "DeAuthorized", "EVConnected")

    assert "Invalid" == answer["idTokenInfo"]["status"]
    assert {} == ended
    assert "DeAuthorized" == (await session(api))["stop_reason"]


@case("TC_E_39_CSMS", "Stop transaction options: Deauthorized, timeout")
async def test_a_car_that_does_not_come_ends_the_transaction(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    transaction = Transaction(station)
    await transaction.started("Authorized", "Idle", of="GOOD")
    await transaction.ended("EVConnectTimeout", "Timeout")

    assert (await connector(api))["session"] is None
    assert "Timeout" == (await session(api))["stop_reason"]


@case("TC_E_21_CSMS", "Stop transaction options: StopAuthorized, remote")
async def test_an_operator_stops_a_transaction(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    transaction = await charging(station)
    ordered = api.command("remote-stop", transaction_id=await transaction_id(api))
    payload = await station.asked("RequestStopTransaction", {"status": "Accepted"})
    await transaction.ended("RemoteStop", "Remote", "EVConnected")

    assert {"transactionId": transaction.name} == payload
    assert "accepted" == (await ordered)["result"]
    assert "Remote" == (await session(api))["stop_reason"]


@case("TC_E_26_CSMS", "Disconnect cable on EV side: suspend transaction")
async def test_a_cable_that_is_out_and_in_again_suspends_only(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    transaction = await charging(station)
    before = await transaction_id(api)
    await transaction.updated("EVCommunicationLost", "Idle")
    assert before == await transaction_id(api)
    await transaction.updated("CablePluggedIn", "EVConnected")
    await transaction.updated("ChargingStateChanged", "Charging")

    assert before == await transaction_id(api)
    assert "Charging" == (await connector(api))["state"]


@case("TC_E_29_CSMS", "Check transaction status: id ongoing, with message in queue")
@case("TC_E_30_CSMS", "Check transaction status: id ongoing, without message in queue")
@case("TC_E_31_CSMS", "Check transaction status: id ended, with message in queue")
@pytest.mark.parametrize(("ongoing", "queued"), [(True, True), (True, False), (False, True)])
async def test_a_transaction_is_asked_after(
    connect: Connect, api: Api, ongoing: bool, queued: bool
) -> None:
    station = await booted(await connect(VERSION))
    transaction = await charging(station)
    number = await transaction_id(api)
    if not ongoing:
        next(transaction.sequence)
        await transaction.ended("StopAuthorized", "Local")
    ordered = api.command("get-transaction-status", transaction_id=number)
    payload = await station.asked(
        "GetTransactionStatus", {"ongoingIndicator": ongoing, "messagesInQueue": queued}
    )

    assert {"transactionId": transaction.name} == payload
    result = await ordered
    assert {"ongoing": ongoing, "messages_in_queue": queued} == result["transaction"]


@case("TC_E_33_CSMS", "Check transaction status: without transactionId, with message in queue")
@case("TC_E_34_CSMS", "Check transaction status: without transactionId, no message in queue")
@pytest.mark.parametrize("queued", [True, False])
async def test_the_queue_is_asked_after(connect: Connect, api: Api, queued: bool) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command("get-transaction-status")
    payload = await station.asked("GetTransactionStatus", {"messagesInQueue": queued})

    assert {} == payload
    assert {"messages_in_queue": queued} == (await ordered)["transaction"]


@case("TC_E_53_CSMS", "Reset sequence number: seqNo 0 at the start of each transaction")
async def test_each_transaction_counts_its_events_from_0(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    first = await charging(station)
    await first.ended("StopAuthorized", "Local")
    second = Transaction(station)
    answer = await second.started("Authorized", "EVConnected", of="GOOD", at="2026-03-01T11:00:00Z")

    assert "Accepted" == answer["idTokenInfo"]["status"]
    assert [("Started", "Authorized", "EVConnected")] == await events(api)
