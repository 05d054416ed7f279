"""What every OCPP version offers to the server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

from ocpp_core.domain.commands import Command, CommandResult, Unsupported
from ocpp_core.domain.events import DomainEvent, Reply
from ocpp_core.domain.ids import MessageId, StationTransactionId, TransactionId
from ocpp_core.domain.quick import quick_dataclass
from ocpp_core.protocol.envelope import AnyReadCall, Call, CallError, Malformed
from ocpp_core.protocol.faults import Fault, Refusal


@quick_dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The meaning of an inbound CALL."""

    action: str
    """As the specification spells it."""
    event: DomainEvent
    findings: tuple[str, ...] = ()
    """What was odd, in words; the message was taken all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedCall:
    """One of our commands, ready for an envelope."""

    action: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableAnswer:
    """The charger answered, but what it meant cannot be told: it may or may not have acted."""

    reason: str


@dataclass(frozen=True, slots=True)
class FrameError:
    """The CALLERROR to a frame that is no message."""

    message_id: MessageId
    code: str


class TransactionNames(Protocol):
    """Who knows what chargers call their transactions (`ocpp_core.domain.live.LiveSite`)."""

    def station_transaction_id(self, transaction_id: TransactionId) -> StationTransactionId | None:
        """Return the charger's own id of a transaction, or None where it has none."""
        ...


class Translator(Protocol):
    """One OCPP version, both directions; pure functions of their arguments."""

    @property
    def subprotocol(self) -> str:
        """The WebSocket subprotocol, e.g. `ocpp1.6`."""
        ...

    @property
    def message_types(self) -> frozenset[int]:
        """The message types that this version knows: CALL and so on."""
        ...

    def error_code(self, fault: Fault) -> str:
        """Spell a fault as this version does."""
        ...

    def frame_error(self, malformed: Malformed) -> FrameError | None:
        """Return what answers a frame that is no message; None: nothing does."""
        ...

    def read(self, text: str) -> AnyReadCall | None:
        """Read a CALL that is written as specified; None: `envelope.parse` has to look at it."""
        ...

    def decode(self, call: Call | AnyReadCall, received_at: datetime) -> Decoded | Refusal:
        """Read an inbound CALL; cosmetic faults become findings, others a refusal."""
        ...

    def encode_reply(self, action: str, reply: Reply) -> bytes:
        """Write the payload of the CALLRESULT to `action`."""
        ...

    def encode_command(
        self, command: Command, names: TransactionNames
    ) -> EncodedCall | Unsupported:
        """Write one of our commands; Unsupported when this version cannot say it."""
        ...

    def decode_answer(
        self, command: Command, payload: msgspec.Raw, received_at: datetime
    ) -> CommandResult | UnreadableAnswer:
        """Read the CALLRESULT to `command`."""
        ...

    def decode_error(self, error: CallError) -> CommandResult:
        """Read the CALLERROR to any command."""
        ...
