"""OCPP 1.6J to the domain and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec
from ocpp import exceptions

from ocpp_core.domain.commands import Command, CommandResult, Rejected, Unsupported
from ocpp_core.domain.events import Reply
from ocpp_core.domain.ids import MessageId
from ocpp_core.protocol.envelope import SPECIFIED_ID_CHARACTERS, Call, CallError
from ocpp_core.protocol.faults import Fault, Refusal
from ocpp_core.protocol.translator import (
    Decoded,
    EncodedCall,
    TransactionNames,
    UnreadableAnswer,
)
from ocpp_core.protocol.v16.actions import ACTIONS, COMMANDS, KNOWN_ACTIONS
from ocpp_core.protocol.v16.message import Inbound, encode, to_wire

_CODES: dict[Fault, str] = {
    Fault.FORMATION: exceptions.FormationViolationError.code,  # historic spelling, erratum 5.2
    Fault.PROPERTY: exceptions.PropertyConstraintViolationError.code,
    Fault.OCCURRENCE: exceptions.OccurenceConstraintViolationError.code,  # erratum 5.1
    Fault.TYPE: exceptions.TypeConstraintViolationError.code,
    Fault.NOT_IMPLEMENTED: exceptions.NotImplementedError.code,
    Fault.NOT_SUPPORTED: exceptions.NotSupportedError.code,
    Fault.PROTOCOL: exceptions.ProtocolError.code,
    Fault.SECURITY: exceptions.SecurityError.code,
    Fault.INTERNAL: exceptions.InternalError.code,
    Fault.GENERIC: exceptions.GenericError.code,
}

_NOT_SPOKEN = frozenset({_CODES[Fault.NOT_IMPLEMENTED], _CODES[Fault.NOT_SUPPORTED]})
_ACTIONS_FOLDED = {action.casefold(): action for action in ACTIONS}


class TranslatorV16:
    """The translator of `ocpp1.6`."""

    subprotocol: Final = "ocpp1.6"
    unreadable_id: Final[MessageId | None] = None
    """1.6 knows no answer to a message whose id cannot be read."""

    def error_code(self, fault: Fault) -> str:
        """Spell a fault as 1.6-J section 4.2.3 does."""
        return _CODES[fault]

    def decode(self, call: Call, received_at: datetime) -> Decoded | Refusal:
        """Read an inbound CALL."""
        findings: list[str] = []
        message = ACTIONS.get(call.action)
        if message is None:
            action = _ACTIONS_FOLDED.get(call.action.casefold())
            if action is None:
                return _unspoken(call.action)
            findings.append(f"action {call.action!r} read as {action}")
            message = ACTIONS[action]
        if len(call.message_id) > SPECIFIED_ID_CHARACTERS:
            findings.append(f"the message id is longer than {SPECIFIED_ID_CHARACTERS} characters")
        try:
            request = message.decoder.decode(call.payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            request = _tolerated(message, call, received_at, findings)
            if isinstance(request, Refusal):
                return request
        event = message.to_event(request, received_at, findings)
        return Decoded(action=message.action, event=event, findings=tuple(findings))

    def encode_reply(self, action: str, reply: Reply) -> bytes:
        """Write the payload of the CALLRESULT to `action`, as `decode` spelled it."""
        return ACTIONS[action].to_payload(reply)

    def encode_command(
        self, command: Command, names: TransactionNames
    ) -> EncodedCall | Unsupported:
        """Write one of our commands; 1.6 chargers know transactions by our numbers."""
        del names
        message = COMMANDS.get(type(command))
        if message is None:
            return Unsupported(reason=f"OCPP 1.6 has no {type(command).__name__}")
        request = message.to_request(command)
        if isinstance(request, Unsupported):
            return request
        return EncodedCall(action=message.action, payload=encode(to_wire(request)))

    def decode_answer(
        self, command: Command, payload: msgspec.Raw, received_at: datetime
    ) -> CommandResult | UnreadableAnswer:
        """Read the CALLRESULT to `command`; types are taken loosely, other fields ignored."""
        message = COMMANDS[type(command)]
        try:
            answer = msgspec.convert(msgspec.json.decode(payload), message.answer, strict=False)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            return UnreadableAnswer(reason=str(error))
        return message.to_result(answer, command, received_at)

    def decode_error(self, error: CallError) -> CommandResult:
        """Read a CALLERROR; its code may be spelled as in any version."""
        reason = ": ".join(part for part in (error.description, error.details) if part != "{}")
        if error.code in _NOT_SPOKEN:
            return Unsupported(reason=f"{error.code}: {reason}" if reason else error.code)
        return Rejected(status=error.code, reason=reason)


def _unspoken(action: str) -> Refusal:
    # 1.6-J table 7: NotImplemented "is not known by receiver", NotSupported "is recognized".
    if action in KNOWN_ACTIONS:
        return Refusal(fault=Fault.NOT_SUPPORTED, description=f"{action} is not supported")
    return Refusal(fault=Fault.NOT_IMPLEMENTED, description=f"{action[:60]!r} is no action")


def _tolerated(
    message: Inbound[Any, Any], call: Call, received_at: datetime, findings: list[str]
) -> Any:
    """Decode along the slow path, or return the refusal."""
    try:
        payload = msgspec.json.decode(call.payload)
    except msgspec.ValidationError as error:
        return Refusal(fault=Fault.PROPERTY, description=str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Refusal(fault=Fault.FORMATION, description="the payload is not readable JSON")
    mended = message.tolerance.read(payload, received_at)
    if isinstance(mended, Refusal):
        return mended
    try:
        request = msgspec.convert(mended.payload, message.request)
    except msgspec.ValidationError as error:
        # The schemas have no ranges: what they allow and the types do not is out of one.
        return Refusal(fault=Fault.PROPERTY, description=str(error))
    findings.extend(mended.findings)
    return request
