"""A translator that is driven by the tables of one OCPP version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from ocpp_core.domain.commands import Command, CommandResult, Rejected, SendRaw, Unsupported
from ocpp_core.domain.events import Reply
from ocpp_core.domain.ids import MessageId
from ocpp_core.domain.quick import quick_maker
from ocpp_core.protocol.envelope import (
    CALL,
    SPECIFIED_ID_CHARACTERS,
    AnyReadCall,
    Call,
    CallError,
    Malformed,
    ReadCall,
    RepairedCall,
)
from ocpp_core.protocol.faults import Fault, Refusal
from ocpp_core.protocol.form import Form
from ocpp_core.protocol.message import (
    Choice,
    Inbound,
    NamingOutbound,
    Outbound,
    encode,
    to_wire,
)
from ocpp_core.protocol.raw import decode_raw, encode_raw
from ocpp_core.protocol.schemas import Schemas
from ocpp_core.protocol.tolerant import MAX_LEFT_OUT, Tolerance
from ocpp_core.protocol.translator import (
    Decoded,
    EncodedCall,
    FrameError,
    TransactionNames,
    UnreadableAnswer,
)
from ocpp_core.protocol.words import reduced

_decoded = quick_maker(Decoded)
_NOT_SPOKEN = frozenset({"notimplemented", "notsupported"})
"""Codes by which a charger says that it does not know a message, reduced."""
_BOTH_WAYS = "DataTransfer"
"""The one request that either side may send."""

type AnyOutbound = Outbound[Any, Any] | NamingOutbound[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One OCPP version: what it is called, what it can say, and how it spells faults."""

    subprotocol: str
    title: str
    """What people call it, e.g. `OCPP 1.6`."""
    unreadable_id: MessageId | None
    """The id that answers a frame whose own cannot be read; None: such a frame gets none."""
    message_types: frozenset[int]
    """The message types that the version knows."""
    codes: Mapping[Fault, str]
    actions: Mapping[str, Inbound[Any, Any]]
    """What chargers may send us."""
    commands: Mapping[type[Command], AnyOutbound | Choice[Any]]
    """What we send to chargers, beside `SendRaw`."""
    known_actions: frozenset[str]
    """Every action of the version, served or not."""
    schemas: Schemas
    other_ways: Mapping[type[Command], str] = field(default_factory=dict)
    """Why a command cannot be said, and what can be done instead."""
    _folded: Mapping[str, str] = field(init=False, repr=False)
    _tolerances: dict[str, Tolerance] = field(init=False, repr=False, default_factory=dict)
    """The slow paths, each compiled when the first odd payload comes."""
    _forms: dict[str, Form] = field(init=False, repr=False, default_factory=dict)
    """Schemas of our requests, each compiled when the first is sent."""

    def __post_init__(self) -> None:
        folded = _folded(self.actions)
        object.__setattr__(self, "_folded", folded)

    def error_code(self, fault: Fault) -> str:
        """Spell a fault as this version does."""
        return self.codes[fault]

    def frame_error(self, malformed: Malformed) -> FrameError | None:
        """Return what answers a frame that is no message of this version.

        1.6 answers a CALL whose id can be read and ignores the rest (1.6-J section 4.1.3). 2.x
        answers what it can, under `unreadable_id` where it must (2.0.1 part 4 section 4.2.3), but
        never an answer and never a SEND.
        """
        kind, message_id = malformed.message_type, malformed.message_id
        if self.unreadable_id is None:
            if kind != CALL or message_id is None:
                return None
            return FrameError(message_id, self.codes[malformed.fault])
        if kind is not None and kind not in self.message_types:
            return FrameError(message_id or self.unreadable_id, self.codes[Fault.MESSAGE_TYPE])
        if kind not in (None, CALL):
            return None
        if message_id is None:
            return FrameError(self.unreadable_id, self.codes[Fault.FRAME])
        return FrameError(message_id, self.codes[malformed.fault])

    def read(self, text: str) -> AnyReadCall | None:
        """Read a CALL that is written as specified; None: `envelope.parse` has to look at it.

        The action is looked for by the quotes and the frame decoded with its payload: 1.8 us for
        a MeterValues of 1.2 kB, where the frame first and the payload after it take 3.2. Where the
        quotes mislead, the decoder finds another action than it was told, or no CALL.
        """
        parts = text.split('"', 4)
        message = self.actions.get(parts[3]) if len(parts) == 5 else None
        if message is None:
            return None
        try:
            return message.quick.decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return None

    def decode(self, call: Call | AnyReadCall, received_at: datetime) -> Decoded | Refusal:
        """Read an inbound CALL."""
        findings: list[str] = []
        if isinstance(call, ReadCall):
            event = self.actions[call.action].to_event(call.request, received_at, findings)
            return _decoded(action=call.action, event=event, findings=tuple(findings))
        message = self.actions.get(call.action)
        if message is None:
            action = self._folded.get(call.action.casefold())
            if action is None:
                return self._unspoken(call.action)
            findings.append(f"action {call.action!r} read as {action}")
            message = self.actions[action]
        if isinstance(call, RepairedCall):
            if not message.keeps:  # what can be sent again, or is of no account
                return Refusal(fault=Fault.FORMATION, description=call.flaw)
            findings.append(f"{call.flaw}: repaired")
        if len(call.message_id) > SPECIFIED_ID_CHARACTERS:
            findings.append(f"the message id is longer than {SPECIFIED_ID_CHARACTERS} characters")
        try:
            request = message.decoder.decode(call.payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            request = self._tolerated(message, call, received_at, findings)
            if isinstance(request, Refusal):
                return request
        event = message.to_event(request, received_at, findings)
        return Decoded(action=message.action, event=event, findings=tuple(findings))

    def encode_reply(self, action: str, reply: Reply) -> bytes:
        """Write the payload of the CALLRESULT to `action`, as `decode` spelled it."""
        return self.actions[action].to_payload(reply)

    def encode_command(
        self, command: Command, names: TransactionNames
    ) -> EncodedCall | Unsupported:
        """Write one of our commands; what the version's schema forbids is Unsupported."""
        if isinstance(command, SendRaw):
            return self._raw(command)
        message = self._message(command)
        if message is None:
            other_way = self.other_ways.get(type(command))
            reason = f"{self.title} has no {type(command).__name__}"
            return Unsupported(reason=f"{reason}: {other_way}" if other_way else reason)
        if isinstance(message, NamingOutbound):
            request = message.to_request(command, names)
        else:
            request = message.to_request(command)
        if isinstance(request, Unsupported):
            return request
        payload = encode(to_wire(request))
        misfit = self._form(message.action).misfit(payload)
        if misfit:
            return Unsupported(reason=f"{self.title} cannot say it: {misfit}")
        return EncodedCall(action=message.action, payload=payload)

    def decode_answer(
        self, command: Command, payload: msgspec.Raw, received_at: datetime
    ) -> CommandResult | UnreadableAnswer:
        """Read the CALLRESULT to `command`; types are taken loosely, other fields ignored."""
        if isinstance(command, SendRaw):
            return decode_raw(payload)
        message = self._message(command)
        if message is None:
            raise KeyError(type(command))
        try:
            answer = msgspec.convert(msgspec.json.decode(payload), message.answer, strict=False)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            return UnreadableAnswer(reason=str(error))
        return message.to_result(answer, command, received_at)

    def decode_error(self, error: CallError) -> CommandResult:
        """Read a CALLERROR; its code may be spelled as in any version."""
        reason = ": ".join(
            part for part in (error.description, error.details) if part not in {"", "{}"}
        )
        if reduced(error.code) in _NOT_SPOKEN:
            return Unsupported(reason=f"{error.code}: {reason}" if reason else error.code)
        return Rejected(status=error.code, reason=reason)

    def _message(self, command: Command) -> AnyOutbound | None:
        message = self.commands.get(type(command))
        return message.of(command) if isinstance(message, Choice) else message

    def _raw(self, command: SendRaw) -> EncodedCall | Unsupported:
        if command.action not in self.known_actions:
            return Unsupported(reason=f"{self.title} has no {command.action[:60]!r}")
        if command.action in self.actions and command.action != _BOTH_WAYS:
            return Unsupported(reason=f"only chargers send {command.action}")
        return encode_raw(command, self._form(command.action))

    def _form(self, action: str) -> Form:
        form = self._forms.get(action)
        if form is None:
            form = self._forms[action] = Form(self.schemas.request(action))
        return form

    def _unspoken(self, action: str) -> Refusal:
        # 1.6-J table 7: NotImplemented "is not known by receiver", NotSupported "is recognized".
        if action in self.known_actions:
            return Refusal(fault=Fault.NOT_SUPPORTED, description=f"{action} is not supported")
        return Refusal(fault=Fault.NOT_IMPLEMENTED, description=f"{action[:60]!r} is no action")

    def _tolerated(
        self, message: Inbound[Any, Any], call: Call, received_at: datetime, findings: list[str]
    ) -> Any:
        """Decode along the slow path, or return the refusal."""
        try:
            payload = msgspec.json.decode(call.payload)
        except msgspec.ValidationError as error:
            return Refusal(fault=Fault.PROPERTY, description=str(error))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Refusal(fault=Fault.FORMATION, description="the payload is not readable JSON")
        tolerance = self._tolerance(message)
        mended = tolerance.read(payload, received_at)
        if isinstance(mended, Refusal):
            return mended
        findings.extend(mended.findings)
        words = ""
        for _ in range(MAX_LEFT_OUT):
            try:
                return msgspec.convert(mended.payload, message.request)
            except msgspec.ValidationError as error:
                # The schemas have no ranges: what they allow and the types do not is out of one.
                words = str(error)
            left_out = tolerance.leave_out(mended.payload, words)
            if left_out is None:
                break
            findings.append(left_out)
        return Refusal(fault=Fault.PROPERTY, description=words)

    def _tolerance(self, message: Inbound[Any, Any]) -> Tolerance:
        tolerance = self._tolerances.get(message.action)
        if tolerance is None:
            tolerance = Tolerance(
                self.schemas.request(message.action),
                open_enums=message.open_enums,
                rounded=message.rounded,
                dispensable=message.dispensable,
                keeps=message.keeps,
            )
            self._tolerances[message.action] = tolerance
        return tolerance


def _folded(actions: Iterable[str]) -> dict[str, str]:
    return {action.casefold(): action for action in actions}
