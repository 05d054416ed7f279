"""Frames that are wrong: the right answer, one count, stored raw, connection kept."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocpp_core.domain.messages import Outcome
from tests.ocpp_core.csms.rig import MakeRig, Rig, eventually, start_payload

STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
START_FRAME = json.dumps([2, "m1", "StartTransaction", start_payload()])


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        pytest.param([2, "m1", "Explode", {}], "NotImplemented", id="unknown action"),
        pytest.param([2, "m1", "Reset", {"type": "Soft"}], "NotSupported", id="not our action"),
        pytest.param(
            [2, "m1", "StartTransaction", {"connectorId": 1}],
            "OccurenceConstraintViolation",
            id="missing field",
        ),
        pytest.param(
            [2, "m1", "StartTransaction", start_payload(connectorId=[1])],
            "TypeConstraintViolation",
            id="wrong type",
        ),
        pytest.param(
            [
                2,
                "m1",
                "StatusNotification",
                {"connectorId": 1, "errorCode": "NoError", "status": "?"},
            ],
            "PropertyConstraintViolation",
            id="unknown state",
        ),
        pytest.param(
            [2, "m1", "StartTransaction", start_payload(meterStart=10**30)],
            "PropertyConstraintViolation",
            id="number beyond any register",
        ),
        pytest.param([2, "m1", "Heartbeat", []], "FormationViolation", id="payload no object"),
        pytest.param([2, "m1", "Heartbeat"], "ProtocolError", id="no payload"),
        pytest.param([2, "m1"], "ProtocolError", id="no action"),
        pytest.param([2, "m1", 7, {}], "FormationViolation", id="action no string"),
        pytest.param('[2,"m1","Heart', "FormationViolation", id="truncated"),
        pytest.param('[2,"m1",{]', "FormationViolation", id="no JSON"),
        pytest.param(b'[2,"m1","Heartbeat",{"a":"\xff"}]', "FormationViolation", id="no UTF-8"),
        pytest.param('[2,"m1","Heartbeat",' + "[" * 5000, "FormationViolation", id="deep"),
    ],
)
async def test_a_wrong_call_gets_the_right_error_and_the_link_stays(
    rig: Rig, frame: object, code: str
) -> None:
    """OCPP.md row 55 and row 56."""
    charger = await rig.charger()

    await charger.send(frame)
    answer = await charger.receive()

    assert [4, "m1", code] == answer[:3]
    assert {} == answer[4]
    (stored,) = rig.ledger.messages
    assert Outcome.REFUSED is stored.outcome
    assert stored.answer is not None
    assert stored.findings
    assert stored.event is None
    assert 1 == rig.count("messages_refused")
    assert await charger.is_alive()


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param("", id="empty"),
        pytest.param("nonsense", id="no JSON"),
        pytest.param("{}", id="no array"),
        pytest.param("[]", id="empty array"),
        pytest.param("[2]", id="no id"),
        pytest.param('[,{"a":1}]', id="comma first"),
        pytest.param('[6,"s1","NotifyPeriodicEventStream",{}]', id="message type of 2.1"),
        pytest.param(b"\xff\xfe\x00", id="no UTF-8"),
        pytest.param('[2,"' + "x" * 300 + '","Heartbeat",{}]', id="endless id"),
    ],
)
async def test_a_frame_without_readable_id_is_kept_raw_and_not_answered(
    rig: Rig, frame: str | bytes
) -> None:
    """OCPP.md row 55 and row 56."""
    charger = await rig.charger()
    await charger.send(frame)

    assert await charger.is_alive()  # its answer is the first one that comes
    unreadable, heartbeat = rig.ledger.messages
    assert (Outcome.UNREADABLE, None) == (unreadable.outcome, unreadable.answer)
    assert (frame if isinstance(frame, str) else "\ufffd\ufffd\x00") == unreadable.frame
    assert Outcome.ANSWERED is heartbeat.outcome
    assert 1 == rig.count("messages_unreadable")


async def test_a_call_in_a_binary_frame_is_read_like_text(rig: Rig) -> None:
    charger = await rig.charger()
    await charger.socket.send(b'[2,"m1","Heartbeat",{}]')

    assert [3, "m1"] == (await charger.receive())[:2]


async def test_a_fragmented_message_is_read_whole(rig: Rig) -> None:
    charger = await rig.charger()
    await charger.socket.send(START_FRAME[at : at + 7] for at in range(0, len(START_FRAME), 7))

    assert [3, "m1"] == (await charger.receive())[:2]


async def test_a_message_above_the_limit_ends_the_link_with_1009(make_rig: MakeRig) -> None:
    rig = await make_rig(max_frame_bytes=1000)
    charger = await rig.charger()
    await charger.send([2, "m1", "DataTransfer", {"vendorId": "v", "data": "x" * 1000}])

    assert 1009 == (await charger.closed())[0]
    assert 1 == rig.count("messages_oversize")
    assert ["a message of more than 1000 bytes: not read, link closed"] == [
        finding for m in rig.ledger.messages for finding in m.findings
    ]
    await eventually(lambda: not rig.system.online())


async def test_a_message_of_exactly_the_limit_is_read(make_rig: MakeRig) -> None:
    frame = '[2,"m1","DataTransfer",{"vendorId":"v","data":""}]'
    rig = await make_rig(max_frame_bytes=1000)
    charger = await rig.charger()
    await charger.send(frame.replace('""}', '"' + "x" * (1000 - len(frame)) + '"}'))

    assert [3, "m1", {"status": "UnknownVendorId"}] == await charger.receive()


async def test_a_fault_of_websocket_itself_ends_the_link(rig: Rig) -> None:
    charger = await rig.charger()
    charger.socket.transport.write(b"\x83\x80\x00\x00\x00\x00")  # opcode 3 does not exist

    assert 1002 == (await charger.closed())[0]
    await eventually(lambda: not rig.system.online())


async def test_an_error_of_ours_is_an_internal_error_without_its_text(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("ocpp_core.csms.inbox.decide", broken)
    charger = await rig.charger()

    answer = await charger.call("Heartbeat", {})

    assert [4, "InternalError"] == [answer[0], answer[2]]
    assert "secret" not in json.dumps(answer)
    assert 1 == rig.count("internal_errors")


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({k.lower(): v for k, v in start_payload().items()}, id="lower-case fields"),
        pytest.param(start_payload(colour="red"), id="extra field"),
        pytest.param(start_payload(connectorId="1", idTag=4711, meterStart="100"), id="types"),
        pytest.param(start_payload(timestamp="2026-03-01T09:59:00"), id="no zone"),
    ],
)
async def test_a_cosmetic_fault_costs_no_transaction(rig: Rig, payload: dict[str, object]) -> None:
    """OCPP.md row 57."""
    charger = await rig.charger()

    assert (await charger.result("StartTransaction", payload))["transactionId"] > 0
    assert rig.ledger.messages[-1].findings
    assert 1 == rig.count("messages_with_findings")


FRAMES = (
    START_FRAME,
    json.dumps([2, "m2", "Heartbeat", {}]),
    json.dumps(
        [
            2,
            "m3",
            "MeterValues",
            {
                "connectorId": 1,
                "transactionId": 1,
                "meterValue": [
                    {
                        "timestamp": "2026-03-01T10:00:00Z",
                        "sampledValue": [{"value": "1.5", "unit": "kWh", "phase": "L1"}],
                    }
                ],
            },
        ]
    ),
    json.dumps(
        [
            2,
            "m4",
            "StatusNotification",
            {"connectorId": 1, "errorCode": "NoError", "status": "Available"},
        ]
    ),
    json.dumps(
        [
            2,
            "m5",
            "StopTransaction",
            {"transactionId": 1, "meterStop": 5, "timestamp": "2026-03-01T10:00:00Z"},
        ]
    ),
    json.dumps([3, "x", {"status": "Accepted"}]),
    json.dumps([4, "x", "InternalError", "", {}]),
)


ODD = (b"-1", b"1e999", b"null", b"[]", b"{}", b"9" * 40, b'"', b"\\u0000", b"\\ud800")


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A frame with some bytes cut out, doubled, replaced or put in."""
    frame = bytearray(draw(st.sampled_from(FRAMES)).encode())
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(frame)))
        length = draw(st.integers(0, 12))
        match draw(st.sampled_from(["cut", "double", "replace", "insert", "number"])):
            case "cut":
                del frame[at : at + length]
            case "double":
                frame[at:at] = frame[at : at + length]
            case "replace":
                frame[at : at + length] = draw(st.binary(max_size=length))
            case "insert":
                frame[at:at] = draw(st.binary(max_size=8))
            case _:
                frame[at : at + 1] = draw(
                    st.sampled_from(
                        [b"-1", b"1e999", b"null", b"[]", b"{}", b"9" * 40, b'"', b"\\u0000"]
                    )
                )
    return bytes(frame)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(frames=st.lists(mutated(), min_size=80, max_size=80))
async def test_two_thousand_mutated_frames_leave_the_link_and_the_server_well(
    rig: Rig, frames: list[bytes]
) -> None:
    charger = await rig.charger()
    for frame in frames:
        await charger.socket.send(frame, text=True)
    await charger.send([2, "the end", "Heartbeat", {}])
    while (answer := await charger.receive())[1] != "the end":
        assert answer[0] in {3, 4}

    assert 3 == answer[0]
    assert 0 == rig.count("internal_errors")
    await charger.socket.close()
