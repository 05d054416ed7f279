"""Boots that are pending or rejected: what may be said and sent meanwhile, and how that ends."""

from __future__ import annotations

import asyncio

import pytest

from ocpp_core.domain.commands import (
    Accepted,
    GetConfiguration,
    RemoteStart,
    RemoteStop,
    TriggerMessage,
    Unsupported,
)
from ocpp_core.domain.events import BootStatus
from ocpp_core.domain.ids import ChargePointId, IdToken, TransactionId
from tests.ocpp_core.csms.rig import Charger, MakeRig, Rig, eventually

NEW, CP1 = ChargePointId("NEW"), ChargePointId("CP1")
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}


async def boots(charger: Charger) -> str:
    return str((await charger.result("BootNotification", BOOT))["status"])


async def pending(make_rig: MakeRig) -> tuple[Rig, Charger]:
    rig = await make_rig(allow_self_registration=True)
    charger = await rig.charger("NEW")
    assert "Pending" == await boots(charger)
    return rig, charger


async def test_a_pending_charger_is_asked_for_its_settings(make_rig: MakeRig) -> None:
    rig, charger = await pending(make_rig)
    asking = asyncio.create_task(rig.system.send(NEW, GetConfiguration()))
    call = await charger.receive()
    await charger.send([3, call[1], {"configurationKey": []}])

    assert Accepted() == await asking


@pytest.mark.parametrize(
    "command",
    [RemoteStart(id_token=IdToken("GOOD")), RemoteStop(transaction_id=TransactionId(1))],
)
async def test_a_pending_charger_is_not_told_to_start_or_stop(
    make_rig: MakeRig, command: RemoteStart | RemoteStop
) -> None:
    rig, charger = await pending(make_rig)
    result = await rig.system.send(NEW, command)

    assert isinstance(result, Unsupported)
    assert "pending" in result.reason
    assert "Pending" == await boots(charger)  # nothing else was on the wire


async def test_a_pending_charger_that_is_accepted_boots_at_once_and_may_speak(
    make_rig: MakeRig,
) -> None:
    rig, charger = await pending(make_rig)
    accepting = asyncio.create_task(rig.system.accept(NEW))
    call = await charger.receive()
    assert ["TriggerMessage", {"requestedMessage": "BootNotification"}] == call[2:]
    await charger.send([3, call[1], {"status": "Accepted"}])

    assert Accepted() == await accepting
    assert "SecurityError" == (await charger.call("Heartbeat", {}))[2]
    assert "Accepted" == await boots(charger)
    assert await charger.is_alive()
    assert BootStatus.ACCEPTED is rig.live.charge_points[NEW].boot_status


async def test_what_a_pending_charger_was_asked_for_is_taken_until_it_boots_again(
    make_rig: MakeRig,
) -> None:
    """1.6 section 4.2: it sends nothing unless it is instructed to by TriggerMessage."""
    rig, charger = await pending(make_rig)
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    start = {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": "2026-03-01T10:00:00Z"}
    assert "SecurityError" == (await charger.call("StatusNotification", status))[2]
    asking = asyncio.create_task(rig.system.send(NEW, TriggerMessage(message="StatusNotification")))
    call = await charger.receive()
    await charger.send([3, call[1], {"status": "Accepted"}])
    await asking

    assert {} == await charger.result("StatusNotification", status)
    assert "SecurityError" == (await charger.call("StartTransaction", start))[2]
    assert "Pending" == await boots(charger)
    assert "SecurityError" == (await charger.call("StatusNotification", status))[2]


async def test_a_rejected_charger_is_sent_nothing_until_it_is_accepted(rig: Rig) -> None:
    rig.system.register(CP1, BootStatus.REJECTED)
    charger = await rig.charger()
    assert "Rejected" == await boots(charger)
    result = await rig.system.send(CP1, GetConfiguration())

    assert isinstance(result, Unsupported)
    assert "rejected" in result.reason
    assert "SecurityError" == (await charger.call("Heartbeat", {}))[2]
    rig.system.register(CP1, BootStatus.ACCEPTED)
    assert "Accepted" == await boots(charger)
    assert await charger.is_alive()


async def test_a_registration_counts_from_the_next_boot_so_that_no_session_is_cut(
    rig: Rig,
) -> None:
    charger = await rig.charger()
    assert "Accepted" == await boots(charger)
    transaction_id = await charger.start()
    rig.system.register(CP1, BootStatus.PENDING)
    await charger.result(
        "StopTransaction",
        {
            "transactionId": transaction_id,
            "meterStop": 900,
            "timestamp": "2026-03-01T10:30:00Z",
        },
    )

    assert "Pending" == await boots(charger)
    assert "SecurityError" == (await charger.call("Heartbeat", {}))[2]


async def test_a_trigger_that_nobody_answers_leaves_the_charger_to_its_own_boot(
    make_rig: MakeRig,
) -> None:
    rig, charger = await pending(make_rig)
    accepting = asyncio.create_task(rig.system.accept(NEW))
    await charger.receive()
    charger.abort()
    await accepting
    await eventually(lambda: NEW not in rig.system.online())
    again = await rig.charger("NEW")

    assert "Accepted" == await boots(again)
