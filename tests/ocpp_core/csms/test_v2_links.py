"""Chargers that speak OCPP 2.0.1 and 2.1, over real sockets."""

from __future__ import annotations

import asyncio

import pytest

from ocpp_core.domain.commands import SetProfile, UpdateDynamicSchedule
from ocpp_core.domain.events import ConnectorStatus, StationNoted, StatusChanged
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef
from ocpp_core.domain.messages import Outcome
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    SchedulePeriod,
)
from tests.ocpp_core.csms.rig import Rig, eventually, stop_payload

CP1 = ChargePointId("CP1")
V2 = ("ocpp2.0.1", "ocpp2.1")


@pytest.mark.parametrize("version", V2)
async def test_a_charger_boots_lives_and_tells_its_state(rig: Rig, version: str) -> None:
    charger = await rig.charger(subprotocols=(version,))
    booted = await charger.result(
        "BootNotification",
        {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}},
    )
    status = await charger.result(
        "StatusNotification",
        {
            "timestamp": "2026-03-01T10:00:00Z",
            "connectorStatus": "Occupied",
            "evseId": 2,
            "connectorId": 1,
        },
    )
    connector = rig.live.connector(ConnectorRef(CP1, ConnectorId(2)))

    assert version == charger.socket.subprotocol
    assert "Accepted" == booted["status"]
    assert {} == status
    assert connector is not None
    assert ConnectorStatus.OCCUPIED is connector.status
    assert await charger.is_alive()
    assert {version} == {message.ocpp_version for message in rig.ledger.messages}


@pytest.mark.parametrize("version", V2)
async def test_faults_are_spelled_as_the_version_does(rig: Rig, version: str) -> None:
    charger = await rig.charger(subprotocols=(version,))
    missing = await charger.call("StatusNotification", {"evseId": 1, "connectorId": 1})
    nothing = await charger.call("StartTransaction", {})
    known = await charger.call("GetVariables", {})
    await charger.send("[2,")
    unreadable = await charger.receive()

    assert ["OccurrenceConstraintViolation", "NotImplemented", "NotSupported"] == [
        missing[2],
        nothing[2],
        known[2],
    ]
    assert [4, "-1", "RpcFrameworkError"] == unreadable[:3]
    assert await charger.is_alive()


STREAM = [
    6,
    "s1",
    "NotifyPeriodicEventStream",
    {"id": 1, "pending": 0, "basetime": "2026-07-21T10:00:00Z", "data": [{"v": "230.1", "t": 0}]},
]
UNUSED = [5, "m1", "FormatViolation", "", {}]


async def test_types_5_and_6_are_taken_in_2_1_and_never_answered(rig: Rig) -> None:
    """Row v21-types-5-6 of the list of quirks."""
    charger = await rig.charger(subprotocols=("ocpp2.1",))
    await charger.send(UNUSED)
    await charger.send(STREAM)

    assert await charger.is_alive()
    unused, stream, _ = rig.ledger.messages
    assert StationNoted(action="NotifyPeriodicEventStream", summary="1 values of stream 1") == (
        stream.event
    )
    assert [(None, Outcome.UNANSWERED)] * 2 == [(m.answer, m.outcome) for m in (unused, stream)]
    assert ("the charger could not use our answer: FormatViolation",) == unused.findings
    assert (1, 1) == (rig.count("answers_unused"), rig.count("messages_unanswered") - 1)


async def test_a_broken_send_is_kept_and_not_answered(rig: Rig) -> None:
    charger = await rig.charger(subprotocols=("ocpp2.1",))
    await charger.send([6, "s1", "NotifyPeriodicEventStream", {"id": "one"}])

    assert await charger.is_alive()
    sent = rig.ledger.messages[0]
    assert (None, None, Outcome.UNANSWERED) == (sent.event, sent.answer, sent.outcome)
    assert sent.findings


async def test_types_5_and_6_are_unknown_in_2_0_1(rig: Rig) -> None:
    charger = await rig.charger(subprotocols=("ocpp2.0.1",))
    answers = []
    for frame in (UNUSED, STREAM, [7, "x1", {}]):
        await charger.send(frame)
        answers.append((await charger.receive())[:3])

    assert [
        [4, "m1", "MessageTypeNotSupported"],
        [4, "s1", "MessageTypeNotSupported"],
        [4, "x1", "MessageTypeNotSupported"],
    ] == answers
    assert await charger.is_alive()


async def test_types_5_and_6_are_ignored_in_1_6(rig: Rig) -> None:
    charger = await rig.charger(subprotocols=("ocpp1.6",))
    for frame in (UNUSED, STREAM, [7, "x1", {}]):
        await charger.send(frame)

    assert await charger.is_alive()
    assert [Outcome.UNREADABLE] * 3 == [m.outcome for m in rig.ledger.messages[:3]]


def event(kind: str, sequence: int, **more: object) -> dict[str, object]:
    return {
        "eventType": kind,
        "timestamp": f"2026-03-01T10:{sequence:02}:00Z",
        "triggerReason": "ChargingStateChanged",
        "seqNo": sequence,
        "transactionInfo": {"transactionId": "t1"},
        "evse": {"id": 1, "connectorId": 1},
    } | more


TOKEN = {"idToken": "GOOD", "type": "ISO14443"}


@pytest.mark.parametrize("version", V2)
async def test_a_transaction_is_told_from_start_to_end(rig: Rig, version: str) -> None:
    charger = await rig.charger(subprotocols=(version,))
    plugged = await charger.result("TransactionEvent", event("Started", 0))
    connector = rig.live.connector(ConnectorRef(CP1, ConnectorId(1)))
    assert connector is not None
    session = connector.session
    assert session is not None
    held = await charger.result("TransactionEvent", event("Updated", 1, idToken=TOKEN))
    idle = await charger.result("TransactionEvent", event("Updated", 2))
    ended = await charger.result("TransactionEvent", event("Ended", 3, idToken=TOKEN))

    accepted = {"idTokenInfo": {"status": "Accepted"}}
    assert [{}, accepted, {}, accepted] == [plugged, held, idle, ended]
    assert connector.session is None
    assert {session.session_id} == {message.session_id for message in rig.ledger.messages}


async def test_a_blocked_token_starts_a_transaction_that_is_told_so(rig: Rig) -> None:
    charger = await rig.charger(subprotocols=("ocpp2.0.1",))
    bad = {"idToken": "BAD", "type": "ISO14443"}
    answer = await charger.result("TransactionEvent", event("Started", 0, idToken=bad))

    assert {"idTokenInfo": {"status": "Blocked"}} == answer


async def test_a_start_by_a_button_needs_no_token(rig: Rig) -> None:
    """2.0.1 C02."""
    charger = await rig.charger(subprotocols=("ocpp2.0.1",))
    button = {"idToken": "", "type": "NoAuthorization"}
    answer = await charger.result("TransactionEvent", event("Started", 0, idToken=button))

    assert {"idTokenInfo": {"status": "Accepted"}} == answer


async def test_a_charger_may_change_its_version_between_connections(rig: Rig) -> None:
    older = await rig.charger(subprotocols=("ocpp1.6",))
    transaction_id = await older.start()
    await older.socket.close()
    newer = await rig.charger(subprotocols=("ocpp2.1", "ocpp1.6"))
    assert await newer.is_alive()
    assert "ocpp2.1" == rig.system.version_of(CP1)
    assert {} == await newer.result("TransactionEvent", event("Started", 0))
    back = await rig.charger(subprotocols=("ocpp1.6",))
    stopped = await back.result("StopTransaction", stop_payload(transaction_id))

    assert {"idTagInfo": {"status": "Accepted"}} == stopped
    assert "ocpp1.6" == rig.system.version_of(CP1)


async def test_what_waits_from_an_older_connection_is_read_in_its_version(rig: Rig) -> None:
    older = await rig.charger(subprotocols=("ocpp1.6",))
    rig.ledger.held = True
    frames = [[2, f"m{number}", "Authorize", {"idTag": "GOOD"}] for number in (1, 2)]
    for frame in frames:
        await older.send(frame)
    await eventually(lambda: rig.count("messages_received") == 2)
    newer = await rig.charger(subprotocols=("ocpp2.0.1",))
    await newer.send([2, "m3", "Authorize", {"idToken": TOKEN}])
    await eventually(lambda: rig.count("messages_received") == 3)
    rig.ledger.release()

    assert {"idTokenInfo": {"status": "Accepted"}} == (await newer.receive())[2]
    versions = [message.ocpp_version for message in rig.ledger.messages]
    assert ("ocpp1.6", "ocpp2.0.1") == (versions[0], versions[-1])


@pytest.mark.parametrize("version", V2)
async def test_what_is_refused_politely(rig: Rig, version: str) -> None:
    charger = await rig.charger(subprotocols=(version,))
    certificate = await charger.result(
        "Get15118EVCertificate",
        {"iso15118SchemaVersion": "urn:iso", "action": "Install", "exiRequest": "AA=="},
    )
    status = await charger.result(
        "GetCertificateStatus",
        {
            "ocspRequestData": {
                "hashAlgorithm": "SHA256",
                "issuerNameHash": "a",
                "issuerKeyHash": "b",
                "serialNumber": "c",
                "responderURL": "http://ocsp.example",
            }
        },
    )
    vendor = await charger.result("DataTransfer", {"vendorId": "V", "data": {"a": [1]}})

    assert ("Failed", "") == (certificate["status"], certificate["exiResponse"])
    assert ("Failed", "UnknownVendorId") == (status["status"], vendor["status"])


async def test_an_evse_in_use_at_one_plug_is_in_use(rig: Rig) -> None:
    charger = await rig.charger(subprotocols=("ocpp2.0.1",))

    async def tell(status: str, plug: int, minute: int) -> None:
        await charger.result(
            "StatusNotification",
            {
                "timestamp": f"2026-03-01T10:{minute:02}:00Z",
                "connectorStatus": status,
                "evseId": 1,
                "connectorId": plug,
            },
        )

    connector = rig.live.connector(ConnectorRef(CP1, ConnectorId(1)))
    assert connector is not None
    seen = []
    for minute, (plug, status) in enumerate(
        [(1, "Available"), (2, "Occupied"), (1, "Unavailable"), (2, "Available"), (2, "Faulted")]
    ):
        await tell(status, plug, minute)
        seen.append(connector.status)

    assert ["Available", "Occupied", "Occupied", "Available", "Unavailable"] == seen
    event = rig.ledger.messages[2].event
    assert isinstance(event, StatusChanged)
    assert ("Unavailable", "Occupied") == (event.status, event.overall)


@pytest.mark.parametrize("version", V2)
async def test_states_may_come_as_events_of_variables(rig: Rig, version: str) -> None:
    charger = await rig.charger(subprotocols=(version,))
    events = [
        {
            "eventId": number,
            "timestamp": "2026-03-01T10:00:00Z",
            "trigger": "Delta",
            "actualValue": status,
            "component": {"name": "Connector", "evse": {"id": evse, "connectorId": 1}},
            "variable": {"name": "AvailabilityState"},
            "eventNotificationType": "HardWiredNotification",
        }
        for number, (evse, status) in enumerate([(1, "Occupied"), (2, "Faulted"), (9, "Reserved")])
    ]
    payload = {"generatedAt": "2026-03-01T10:00:00Z", "seqNo": 0, "eventData": events}
    await charger.result("NotifyEvent", payload)
    connectors = rig.live.charge_points[CP1].connectors

    assert ["Occupied", "Faulted"] == [connectors[ConnectorId(n)].status for n in (1, 2)]
    assert ("connector 9 is not configured",) == rig.ledger.messages[0].findings


async def test_a_dynamic_profile_is_told_its_present_values_when_it_asks(rig: Rig) -> None:
    """OCPP 2.1 K28: what was ordered last and accepted, and nothing for other profiles."""
    charger = await rig.charger(subprotocols=("ocpp2.1",))
    profile = ChargingProfile(
        profile_id=20_000,
        purpose=ProfilePurpose.CHARGE_POINT_MAX,
        kind=ProfileKind.DYNAMIC,
        periods=(SchedulePeriod(start_s=0, limit=16.0),),
        dyn_update_interval_s=60,
    )
    orders = (
        SetProfile(connector_id=ConnectorId(0), profile=profile),
        UpdateDynamicSchedule(profile_id=20_000, limit=10.5),
    )
    for order in orders:
        sending = asyncio.ensure_future(rig.system.send(CP1, order))
        _, message_id, *_ = await charger.receive()
        await charger.send([3, message_id, {"status": "Accepted"}])
        await sending
    pulled = await charger.result("PullDynamicScheduleUpdate", {"chargingProfileId": 20_000})
    other = await charger.result("PullDynamicScheduleUpdate", {"chargingProfileId": 1})

    assert {"status": "Accepted", "scheduleUpdate": {"limit": 10.5}} == pulled
    assert "Rejected" == other["status"]
