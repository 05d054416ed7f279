"""What each version answers to frames that are no messages."""

from __future__ import annotations

import pytest

from ocpp_core.protocol.envelope import Malformed, parse
from ocpp_core.protocol.versions import translator_for


def answer(version: str, frame: str) -> tuple[str, str] | None:
    malformed = parse(frame)
    assert isinstance(malformed, Malformed)
    error = translator_for(version).frame_error(malformed)
    return None if error is None else (error.message_id, error.code)


@pytest.mark.parametrize(
    ("frame", "in_1_6", "in_2"),
    [
        ('[2,"m1","Heart', ("m1", "FormationViolation"), ("m1", "FormatViolation")),
        ('[2,"m1"]', ("m1", "ProtocolError"), ("m1", "ProtocolError")),
        ("[2,", None, ("-1", "RpcFrameworkError")),
        ("hello", None, ("-1", "RpcFrameworkError")),
        ("{}", None, ("-1", "RpcFrameworkError")),
        ('[2,"","Heartbeat",{}]', None, ("-1", "RpcFrameworkError")),
        ('[9,"m1","x",{}]', None, ("m1", "MessageTypeNotSupported")),
        ("[9]", None, ("-1", "MessageTypeNotSupported")),
        ('[3,"m1"]', None, None),
        ('[4,"m1"]', None, None),
    ],
)
def test_what_is_no_message_is_answered_as_the_version_says(
    frame: str, in_1_6: tuple[str, str] | None, in_2: tuple[str, str] | None
) -> None:
    """1.6-J sections 4.1.3 and 4.2.3; 2.0.1 part 4 sections 4.1.3 and 4.2.3."""
    assert (in_1_6, in_2, in_2) == (
        answer("ocpp1.6", frame),
        answer("ocpp2.0.1", frame),
        answer("ocpp2.1", frame),
    )


@pytest.mark.parametrize("frame", ['[5,"m1",7]', '[6,"m1",7,{}]', '[6,"m1",{'])
def test_half_a_message_of_2_1_is_none_of_2_0_1(frame: str) -> None:
    assert (None, None) == (answer("ocpp1.6", frame), answer("ocpp2.1", frame))


def test_a_broken_send_names_its_type_in_2_0_1() -> None:
    assert ("s1", "MessageTypeNotSupported") == answer("ocpp2.0.1", '[6,"s1",7,{}]')
