"""The RPC frame of OCPP-J: arrays of message type, id, and the rest (OCPP 1.6-J section 4.2).

`parse` never raises: what is no frame becomes a `Malformed` that says what to answer, if anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from ocpp_core.domain.ids import MessageId
from ocpp_core.protocol.faults import Fault

CALL, CALL_RESULT, CALL_ERROR = 2, 3, 4
CALL_RESULT_ERROR, SEND = 5, 6
"""Types of OCPP 2.1; which of them a version knows is the business of its translator."""
_TYPES = frozenset({CALL, CALL_RESULT, CALL_ERROR, CALL_RESULT_ERROR, SEND})

MAX_ID_CHARACTERS = 255
"""OCPP says 36; ids beyond that are still answered up to here, since the charger waits for one."""
SPECIFIED_ID_CHARACTERS = 36
MAX_DESCRIPTION_CHARACTERS = 255


class Call(msgspec.Struct, array_like=True, tag=CALL, frozen=True, gc=False):
    """A request; its payload is JSON that nobody has looked at yet."""

    message_id: MessageId
    action: str
    payload: msgspec.Raw


class RepairedCall(Call, frozen=True, gc=False):
    """A request in text that had to be repaired first; good enough where a refusal costs more."""

    flaw: str
    """What was wrong with the text."""


class ReadCall[ActionT: str, RequestT](
    msgspec.Struct, array_like=True, tag=CALL, frozen=True, gc=False, forbid_unknown_fields=True
):
    """A request that is written as specified, read in one go with its payload."""

    message_id: Annotated[MessageId, msgspec.Meta(min_length=1, max_length=SPECIFIED_ID_CHARACTERS)]
    action: ActionT
    request: RequestT


type AnyReadCall = ReadCall[str, Any]


class CallResult(msgspec.Struct, array_like=True, tag=CALL_RESULT, frozen=True, gc=False):
    """An answer to one of our requests."""

    message_id: MessageId
    payload: msgspec.Raw


@dataclass(frozen=True, slots=True)
class CallError:
    """A refusal of one of our requests."""

    message_id: MessageId
    code: str
    description: str = ""
    details: str = ""
    """JSON text, or empty."""


class Send(msgspec.Struct, array_like=True, tag=SEND, frozen=True, gc=False):
    """A message that is never answered (OCPP 2.1 part 4)."""

    message_id: MessageId
    action: str
    payload: msgspec.Raw


@dataclass(frozen=True, slots=True)
class CallResultError:
    """The charger could not use one of our answers (OCPP 2.1 part 4)."""

    message_id: MessageId
    code: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A frame that is no OCPP message."""

    fault: Fault
    description: str
    message_id: MessageId | None = None
    """Where it could be read."""
    message_type: int | None = None
    """Where it could be read; only what may be a CALL is answered."""

    @property
    def answerable(self) -> bool:
        """Tell whether the charger may be waiting for an answer to this id."""
        return self.message_id is not None and self.message_type == CALL


type Message = Call | CallResult | CallError | CallResultError | Send | Malformed


class _CallError(msgspec.Struct, array_like=True, tag=CALL_ERROR, frozen=True, gc=False):
    message_id: MessageId
    code: str
    # A description or details of another type than OCPP says is passed on rather than refused.
    description: msgspec.Raw = msgspec.Raw(b'""')
    details: msgspec.Raw = msgspec.Raw(b"")


class _CallResultError(
    msgspec.Struct, array_like=True, tag=CALL_RESULT_ERROR, frozen=True, gc=False
):
    message_id: MessageId
    code: str
    description: msgspec.Raw = msgspec.Raw(b'""')
    details: msgspec.Raw = msgspec.Raw(b"")


_frames = msgspec.json.Decoder(Call | CallResult | _CallError | _CallResultError | Send)
_quote = msgspec.json.Encoder().encode

_HEAD = re.compile(
    r'\s*\[\s*(?P<type>\d{1,3})\s*,\s*(?:"(?P<id>(?:[^"\\\x00-\x1f]|\\.){1,255})"\s*(?:,|\]|$)'
    r"|(?P<number>-?\d{1,20})\s*(?:,|\]|$))"
)
"""Start of a frame whose rest cannot be read."""


_LONE_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_AROUND = "\ufeff\x00"
"""A byte order mark before a frame, the end of a C string behind it."""


def parse(frame: bytes | bytearray | str) -> Message:
    """Read one WebSocket message."""
    if isinstance(frame, str):
        text = frame
    else:
        try:
            text = frame.decode("utf-8")
        except UnicodeDecodeError as error:
            text = frame.decode("utf-8", "replace")
            flaw = f"no UTF-8 at byte {error.start}"
            return _repaired(text, flaw) or _malformed(text, Fault.FORMATION, flaw)
    read: Call | CallResult | _CallError | _CallResultError | Send
    try:
        read = _frames.decode(text)
    except msgspec.ValidationError:
        return _diagnose(text)
    except msgspec.DecodeError as error:
        flaw = f"no JSON: {error}"
        return _repaired(text, flaw) or _malformed(text, Fault.FORMATION, flaw)
    except RecursionError:
        return _malformed(text, Fault.FORMATION, "nested too deeply")
    if not 1 <= len(read.message_id) <= MAX_ID_CHARACTERS:
        return Malformed(
            fault=Fault.FORMATION,
            description=f"a message id has 1 to {SPECIFIED_ID_CHARACTERS} characters",
            message_type=CALL if isinstance(read, Call) else None,
        )
    if isinstance(read, _CallError):
        return CallError(
            read.message_id, read.code, _text(read.description), bytes(read.details).decode()
        )
    if isinstance(read, _CallResultError):
        return CallResultError(read.message_id, read.code, _text(read.description))
    return read


def _repaired(text: str, flaw: str) -> RepairedCall | None:
    """Return the CALL that is meant by text with a character or two out of order, or None."""
    mended = _LONE_SURROGATE.sub("\ufffd", text.strip(_AROUND))
    try:
        read = _frames.decode(mended)
    except (msgspec.MsgspecError, RecursionError):
        return None
    if not isinstance(read, Call) or not 1 <= len(read.message_id) <= MAX_ID_CHARACTERS:
        return None
    return RepairedCall(read.message_id, read.action, read.payload, flaw)


def _text(raw: msgspec.Raw) -> str:
    """Return a JSON string's content, or the JSON text of anything else."""
    try:
        return msgspec.json.decode(raw, type=str)
    except msgspec.MsgspecError:
        return bytes(raw).decode()


def _diagnose(frame: str) -> Malformed:
    """Say what is wrong with JSON that is no OCPP frame."""
    try:
        parts: Any = msgspec.json.decode(frame)
    except (msgspec.MsgspecError, RecursionError):
        return _malformed(frame, Fault.FORMATION, "no OCPP frame")
    if not isinstance(parts, list):
        return Malformed(fault=Fault.FORMATION, description="a frame is a JSON array")
    if not parts or isinstance(parts[0], bool) or not isinstance(parts[0], int):
        return Malformed(
            fault=Fault.FORMATION, description="a frame starts with its message type, a number"
        )
    message_type: int = parts[0]
    message_id = _id_of(parts[1]) if len(parts) > 1 else None
    if message_type not in _TYPES:
        fault, description = Fault.MESSAGE_TYPE, f"message type {message_type} is not known"
    elif len(parts) == 1:
        fault, description = Fault.PROTOCOL, "the frame has no message id"
    elif not isinstance(parts[1], str):
        fault, description = Fault.FORMATION, "the message id must be a string"
    elif len(parts) == 2 or (message_type == CALL and len(parts) == 3):
        missing = "action" if message_type == CALL and len(parts) == 2 else "payload"
        fault, description = Fault.PROTOCOL, f"the frame has no {missing}"
    else:
        fault, description = Fault.FORMATION, "action and error code must be strings"
    return Malformed(
        fault=fault, description=description, message_id=message_id, message_type=message_type
    )


def _id_of(value: object) -> MessageId | None:
    if isinstance(value, str) and 1 <= len(value) <= MAX_ID_CHARACTERS:
        return MessageId(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return MessageId(str(value))
    return None


def _malformed(text: str, fault: Fault, description: str) -> Malformed:
    """Rescue type and id from the start of a frame whose rest cannot be read."""
    head = _HEAD.match(text)
    if head is None:
        return Malformed(fault=fault, description=description)
    quoted = head["id"]
    message_id: MessageId | None
    if quoted is None:
        message_id = MessageId(head["number"])
    else:
        try:
            message_id = MessageId(msgspec.json.decode(f'"{quoted}"', type=str))
        except msgspec.MsgspecError:
            message_id = None
    return Malformed(
        fault=fault,
        description=description,
        message_id=message_id,
        message_type=int(head["type"]),
    )


def encode_call(message_id: MessageId, action: str, payload: bytes) -> str:
    """Write a CALL around a payload that is JSON already."""
    return f'[2,{_quote(message_id).decode()},"{action}",{payload.decode()}]'


def encode_result(message_id: MessageId, payload: bytes) -> str:
    """Write a CALLRESULT around a payload that is JSON already."""
    return f"[3,{_quote(message_id).decode()},{payload.decode()}]"


def encode_error(message_id: MessageId, code: str, description: str) -> str:
    """Write a CALLERROR; the description is cut to what OCPP allows."""
    cut = description[:MAX_DESCRIPTION_CHARACTERS]
    return f'[4,{_quote(message_id).decode()},"{code}",{_quote(cut).decode()},{{}}]'
