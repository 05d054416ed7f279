"""Chargers that speak OCPP 2.0.1 and 2.1, over real sockets."""

from __future__ import annotations

import pytest

from ocpp_core.domain.events import ConnectorStatus, StationNoted
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef
from ocpp_core.domain.messages import Outcome
from tests.ocpp_core.csms.rig import Rig

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
