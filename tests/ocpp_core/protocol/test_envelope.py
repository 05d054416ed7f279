"""The RPC frame: what is read, what is rescued, what is written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.ids import MessageId
from ocpp_core.protocol.envelope import (
    Call,
    CallError,
    CallResult,
    CallResultError,
    Malformed,
    RepairedCall,
    Send,
    encode_call,
    encode_error,
    encode_result,
    parse,
)
from ocpp_core.protocol.faults import Fault

ids = st.text(min_size=1, max_size=36).map(MessageId)


def test_a_call_keeps_its_payload_unread() -> None:
    call = parse('[2,"m1","Heartbeat",{"a":1}]')

    assert isinstance(call, Call)
    assert ("m1", "Heartbeat", b'{"a":1}') == (call.message_id, call.action, bytes(call.payload))


def test_bytes_and_text_are_read_alike() -> None:
    assert repr(parse(b'[4,"m1","GenericError","",{}]')) == repr(
        parse('[4,"m1","GenericError","",{}]')
    )


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ('[4,"m1","InternalError","why",{"a":1}]', ("InternalError", "why", '{"a":1}')),
        ('[4,"m1","InternalError","why","SQL"]', ("InternalError", "why", '"SQL"')),
        ('[4,"m1","InternalError",null,null]', ("InternalError", "null", "null")),
        ('[4,"m1","InternalError"]', ("InternalError", "", "")),
    ],
)
def test_a_call_error_is_read_however_its_details_are_written(
    frame: str, error: tuple[str, str, str]
) -> None:
    read = parse(frame)

    assert isinstance(read, CallError)
    assert error == (read.code, read.description, read.details)


@pytest.mark.parametrize(
    ("frame", "fault", "message_id", "answerable"),
    [
        ("", Fault.FORMATION, None, False),
        ("{}", Fault.FORMATION, None, False),
        ('["2","m1","Heartbeat",{}]', Fault.FORMATION, None, False),
        ('[2,"m1","Heartbeat"]', Fault.PROTOCOL, "m1", True),
        ('[2,"m1"]', Fault.PROTOCOL, "m1", True),
        ("[2]", Fault.PROTOCOL, None, False),
        ("[true]", Fault.FORMATION, None, False),
        ('[2,17,"Heartbeat",{}]', Fault.FORMATION, "17", True),
        ('[2,null,"Heartbeat",{}]', Fault.FORMATION, None, False),
        ('[2,"","Heartbeat",{}]', Fault.FORMATION, None, False),
        ('[3,"m1"]', Fault.PROTOCOL, "m1", False),
        ('[9,"m1","x",{}]', Fault.MESSAGE_TYPE, "m1", False),
        ('[2,"m1","Heart', Fault.FORMATION, "m1", True),
        ('[2,"a\\"b",{]', Fault.FORMATION, 'a"b', True),
        ('[2,"m1', Fault.FORMATION, None, False),
        ('[,{"a"', Fault.FORMATION, None, False),
        (b'[2,"m1","Heartbeat",{"a":"\xc3"}', Fault.FORMATION, "m1", True),
        ('[2,"m1","Heartbeat",' + "[" * 100_000, Fault.FORMATION, "m1", True),
        ('[2,"m1","A",{}]]', Fault.FORMATION, "m1", True),
    ],
)
def test_what_is_no_frame_says_what_to_answer(
    frame: str | bytes, fault: Fault, message_id: str | None, answerable: bool
) -> None:
    read = parse(frame)

    assert isinstance(read, Malformed)
    assert (fault, message_id, answerable) == (read.fault, read.message_id, read.answerable)
    assert read.description


@pytest.mark.parametrize(
    ("frame", "payload", "flaw"),
    [
        pytest.param(
            b'[2,"m1","A",{"a":"M\xfc"}]', '{"a":"M\ufffd"}', "no UTF-8 at byte 19", id="Latin-1"
        ),
        pytest.param(
            '[2,"m1","A",{"a":"\\ud83d"}]', '{"a":"\ufffd"}', "truncated", id="half a character"
        ),
        pytest.param(
            '[2,"m1","A",{"a":"\\ude00\\ud83d\\ude00"}]',
            '{"a":"\ufffd\\ud83d\\ude00"}',
            "surrogate",
            id="half and whole",
        ),
        pytest.param('\ufeff[2,"m1","A",{}]', "{}", "invalid character", id="byte order mark"),
        pytest.param('[2,"m1","A",{}]\x00', "{}", "trailing characters", id="end of a C string"),
    ],
)
def test_a_call_in_text_that_is_a_little_out_of_order_is_read_and_marked(
    frame: str | bytes, payload: str, flaw: str
) -> None:
    read = parse(frame)

    assert isinstance(read, RepairedCall)
    assert ("m1", "A", payload) == (read.message_id, read.action, bytes(read.payload).decode())
    assert flaw in read.flaw


def test_the_types_of_2_1_are_read_whatever_is_spoken() -> None:
    unused = parse('[5,"m1","FormatViolation","",{}]')
    sent = parse('[6,"s1","NotifyPeriodicEventStream",{"id":1}]')

    assert CallResultError(MessageId("m1"), "FormatViolation", "") == unused
    assert isinstance(sent, Send)
    assert ("s1", "NotifyPeriodicEventStream", b'{"id":1}') == (
        sent.message_id,
        sent.action,
        bytes(sent.payload),
    )


@given(st.binary(max_size=200))
def test_no_bytes_raise(frame: bytes) -> None:
    parse(frame)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_no_json_raises(value: object) -> None:
    parse(json.dumps(value))


@given(message_id=ids)
def test_what_is_written_is_read_again(message_id: MessageId) -> None:
    call = parse(encode_call(message_id, "Reset", b'{"type":"Soft"}'))
    result = parse(encode_result(message_id, b"{}"))
    error = parse(encode_error(message_id, "InternalError", 'a "quoted" word'))

    assert isinstance(call, Call)
    assert isinstance(result, CallResult)
    assert isinstance(error, CallError)
    assert {message_id} == {call.message_id, result.message_id, error.message_id}
    assert 'a "quoted" word' == error.description


def test_a_description_is_cut_to_what_ocpp_allows() -> None:
    assert 255 == len(json.loads(encode_error(MessageId("m1"), "GenericError", "x" * 999))[3])
