"""OCPP-J frames as a charger knows them: what it asks, what comes back, what it answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

type Payload = dict[str, Any]

CALL, CALL_RESULT, CALL_ERROR = 2, 3, 4

encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Answered:
    """A CALLRESULT."""

    payload: Payload


@dataclass(frozen=True, slots=True)
class Refused:
    """A CALLERROR."""

    code: str
    description: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing came back."""

    link_lost: bool
    """Whether the link died, instead of the time running out."""


type Outcome = Answered | Refused | NoAnswer


@dataclass(frozen=True, slots=True)
class Reply:
    """How a CALL of the server is answered."""

    payload: Payload
    then: Callable[[], object] | None = None
    """Done after the answer is on its way."""


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """A CALLERROR for the server."""

    code: str
    description: str = ""


type Answerer = Callable[[str, Payload], Reply | ErrorReply]
"""Answers a CALL of the server by its action and payload."""


def new_message_id() -> str:
    """Return an id that no charger ever used (36 characters, OCPP 1.6-J section 4.1.4)."""
    return str(uuid.uuid4())


def read(frame: bytes) -> Any:
    """Return what a frame holds; None where it is no JSON."""
    try:
        return _decode(frame)
    except msgspec.DecodeError:
        return None


def outcome_of(kind: int, rest: list[Any]) -> Answered | Refused:
    """Return how a CALL ended by what follows the message id of its answer."""
    if kind == CALL_RESULT:
        return Answered(rest[0] if rest and isinstance(rest[0], dict) else {})
    code, description, *_ = (*map(str, rest), "", "")
    return Refused(code, description)


def malformed_code(subprotocol: str) -> str:
    """Return the error code for a frame that is no message."""
    # OCPP 1.6-J erratum 5.2 keeps the historic spelling; OCPP 2 has another word.
    return "FormationViolation" if subprotocol == "ocpp1.6" else "FormatViolation"
