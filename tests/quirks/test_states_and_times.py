"""Boots, states and times as chargers really write them: the lines boot-*, status-* and ts-*."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import Accepted, RemoteStart, SetProfile
from ocpp_core.domain.events import Booted, ConnectorStatus
from ocpp_core.domain.ids import ChargePointId, ConnectorId, IdToken, TransactionId
from ocpp_core.domain.profile import ChargingProfile, ProfileKind, ProfilePurpose, SchedulePeriod
from tests.ocpp_core.csms.rig import START
from tests.quirks.yard import Yard

EMPTY = [3, "1", {}]


def status(number: str = "1", **fields: Any) -> list[Any]:
    return [2, number, "StatusNotification", {"connectorId": 1, "errorCode": "NoError"} | fields]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Times -------------------------------------------------------------------------------------------


async def test_a_time_without_a_zone_is_utc_and_reservation_0_is_none(yard: Yard) -> None:
    """Quirk ts-no-zone; OCPP.md row 28: taken, flagged, raw in the frame."""
    start = {
        "connectorId": 1,
        "idTag": "A",
        "meterStart": 0,
        "reservationId": 0,
        "timestamp": "2026-02-19T15:28:07",
    }
    (answer,) = await yard.says([2, "288115", "StartTransaction", start])

    assert [3, "288115", "Accepted"] == [*answer[:2], answer[2]["idTagInfo"]["status"]]
    assert [(at("2026-02-19T15:28:07+00:00"),)] == yard.rows(
        "SELECT started_at FROM session WHERE {mine}"
    )
    assert [] == yard.rows("SELECT * FROM reservation WHERE {mine}")
    assert "has no zone: read as UTC" in yard.findings()


async def test_the_year_1_is_the_time_of_receipt(yard: Yard) -> None:
    """Quirk ts-year-1."""
    (answer,) = await yard.says(
        status(connectorId=0, status="Available", timestamp="0001-01-01T00:00:00Z")
    )

    assert EMPTY == answer
    assert [(START, START)] == yard.rows("SELECT changed_at, received_at FROM status WHERE {mine}")
    assert "time of receipt taken" in yard.findings()


async def test_of_two_states_the_later_arrival_is_the_present_one(yard: Yard) -> None:
    """Quirk ts-local-as-z: the first one bears a local time, two hours ahead."""
    vendor = {"vendorId": "Chago"}
    await yard.says(
        status("1", status="Available", timestamp="2026-05-10T16:05:33Z", info="S", **vendor),
        status("2", status="Preparing", timestamp="2026-05-10T14:05:43Z", **vendor),
    )
    await yard.depot.reopen()

    assert ConnectorStatus.PREPARING is yard.connector().status
    yard.depot.store.load_live(yard.live)
    assert ConnectorStatus.PREPARING is yard.connector().status


async def test_a_state_that_is_repeated_with_its_old_time_is_the_present_one(yard: Yard) -> None:
    """Quirk ts-event-time-on-reconnect."""
    (_, answer) = await yard.says(
        status("0", status="Available", timestamp="2026-02-28T12:00:00Z"),
        status("1", status="Faulted", errorCode="OtherError", timestamp="2026-02-20T03:00:00Z"),
    )

    assert EMPTY == answer
    assert (ConnectorStatus.FAULTED, "OtherError") == (
        yard.connector().status, yard.connector().error_code,
    )  # fmt: skip
    await yard.depot.reopen()
    yard.depot.store.load_live(yard.live)
    assert ConnectorStatus.FAULTED is yard.connector().status


# Boots -------------------------------------------------------------------------------------------


async def test_a_model_that_is_too_long_is_accepted_and_kept_whole(yard: Yard) -> None:
    """Quirk boot-model-too-long."""
    model = "ABCDEFGHIJKLMNOPQRSTUVW"
    boot = {"chargePointVendor": "HICI", "chargePointModel": model}

    assert "Accepted" == (await yard.result("BootNotification", boot))["status"]
    assert [("HICI", model)] == yard.rows("SELECT vendor, model FROM charge_point WHERE {mine}")


async def test_empty_words_of_a_boot_are_none_and_a_version_is_no_number(yard: Yard) -> None:
    """Quirk boot-empty-optionals."""
    firmware = "V1.5@25238bf+100,F8.gl,ws,ESP32,RN8213@V31"
    boot = {
        "chargePointModel": "TeisonMe@7KW",
        "chargePointSerialNumber": "03122",
        "chargePointVendor": "TEISON",
        "firmwareVersion": firmware,
        "iccid": "",
        "imsi": "",
    }

    assert "Accepted" == (await yard.result("BootNotification", boot))["status"]
    booted = yard.messages[0].event
    assert isinstance(booted, Booted)
    assert ("03122", firmware) == (booted.serial_number, booted.firmware_version)


async def test_a_boot_that_comes_again_under_its_id_is_answered_each_time(yard: Yard) -> None:
    """Quirk boot-same-id-loop."""
    boot = {
        "chargePointVendor": "Metron",
        "chargePointModel": "ME3 DYNAMIC OCPP",
        "firmwareVersion": "1.04",
    }
    answers = await yard.says(*[[2, "1000001", "BootNotification", boot]] * 5)

    assert [[3, "1000001", "Accepted"]] * 5 == [[*a[:2], a[2]["status"]] for a in answers]


# States ------------------------------------------------------------------------------------------


async def test_an_error_that_is_not_in_the_list_is_another_one(yard: Yard) -> None:
    """Quirk status-error-enum; OCPP.md row 57: connector 0 does not touch connector 1."""
    _, answer = await yard.says(
        status("0", status="Available"),
        status(
            "1", connectorId=0, errorCode="Error", status="Faulted",
            timestamp="2026-02-03T16:16:55Z",
        ),
    )  # fmt: skip

    assert EMPTY == answer
    assert [(0, "Faulted", "OtherError", "Error"), (1, "Available", "NoError", "")] == yard.rows(
        "SELECT connector_id, status, error_code, vendor_error_code FROM status WHERE {mine} "
        "ORDER BY connector_id"
    )
    assert ConnectorStatus.AVAILABLE is yard.connector().status
    assert "'Error' is not known: taken as OtherError" in yard.findings()


async def test_the_word_null_is_nothing_and_a_code_of_zeros_no_fault(yard: Yard) -> None:
    """Quirk status-null-texts."""
    (answer,) = await yard.says(status(info="null", status="Preparing", vendorErrorCode="0x0000"))

    assert EMPTY == answer
    assert [("Preparing", "NoError", "")] == yard.rows(
        "SELECT status, error_code, info FROM status WHERE {mine}"
    )
    assert "NoError" == yard.connector().error_code


async def test_empty_texts_of_a_state_are_none(yard: Yard) -> None:
    """Quirk status-empty-strings: what the planner makes of the state, its own tests say."""
    (answer,) = await yard.says(
        status(
            status="SuspendedEV", info="", vendorId="com.wallbox", vendorErrorCode="",
            timestamp="2026-02-21T19:37:13Z",
        )
    )  # fmt: skip

    assert EMPTY == answer
    assert [("SuspendedEV", "NoError", "", "")] == yard.rows(
        "SELECT status, error_code, info, vendor_error_code FROM status WHERE {mine}"
    )


async def test_a_session_that_the_charger_ended_is_resumed_by_a_remote_start(yard: Yard) -> None:
    """Quirk status-finishing-no-tx: the old TxProfile is void, and the cable still plugged."""
    charger = await yard.charger()
    name = ChargePointId(yard.name)
    boot = {"chargePointVendor": "N", "chargePointModel": "E"}
    await yard.result("BootNotification", boot, by=charger)
    number = await yard.starts(by=charger)
    profile = ChargingProfile(
        profile_id=1,
        purpose=ProfilePurpose.TX,
        kind=ProfileKind.ABSOLUTE,
        periods=(SchedulePeriod(start_s=0, limit=0.0),),
        start=START,
        transaction_id=TransactionId(number),
    )
    send = yard.rig.system.send
    ordered = asyncio.create_task(
        send(name, SetProfile(connector_id=ConnectorId(1), profile=profile))
    )
    call = await charger.receive()
    await charger.send([3, call[1], {"status": "Accepted"}])
    assert isinstance(await ordered, Accepted)
    stop = {"transactionId": number, "meterStop": 1200, "timestamp": "2026-03-01T10:00:00Z"}
    await yard.says(
        [2, "1", "StopTransaction", stop | {"reason": "Other"}],
        status("2", status="Finishing"),
        by=charger,
    )
    again = asyncio.create_task(
        send(name, RemoteStart(connector_id=ConnectorId(1), id_token=IdToken("A")))
    )
    call = await charger.receive()
    await charger.send([3, call[1], {"status": "Accepted"}])

    assert isinstance(await again, Accepted)
    assert await charger.is_alive()  # what was before it is stored, too
    assert "RemoteStartTransaction" == call[2]
    assert ConnectorStatus.FINISHING is yard.connector().status
    assert yard.live.runs_at(TransactionId(number)) is None
    assert [(True,)] == yard.rows("SELECT ended_at IS NOT NULL FROM profile_in_force WHERE {mine}")
    assert number < await yard.starts(by=charger, timestamp="2026-03-01T10:10:00Z")
