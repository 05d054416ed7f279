"""What one message is made of, whichever version it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, cast

import msgspec

from ocpp_core.domain.commands import Accepted, Command, CommandResult, Rejected, Unsupported
from ocpp_core.domain.events import DomainEvent, EmptyReply, Reply
from ocpp_core.protocol.envelope import ReadCall
from ocpp_core.protocol.translator import TransactionNames, UnreadableAnswer

type Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
type Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
type ConnectorNumber = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]

encode = msgspec.json.Encoder(decimal_format="number").encode


class Wire(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, gc=False
):
    """A payload from a charger; strict, since the tolerant reader takes what this refuses."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A charger's answer; whatever else it says is ignored."""


@dataclass(frozen=True)
class Inbound[RequestT: Wire, ReplyT: Reply]:
    """A message that chargers send; its schema is the version's affair."""

    action: str
    request: type[RequestT]
    to_event: Callable[[RequestT, datetime, list[str]], DomainEvent]
    """Payload, time of receipt, list to add findings to."""
    to_payload: Callable[[ReplyT], bytes]
    open_enums: frozenset[str] = frozenset()
    """Fields whose unknown words `to_event` understands or keeps."""
    rounded: frozenset[str] = frozenset()
    """Whole numbers that chargers send with decimals."""
    dispensable: frozenset[str] = frozenset()
    """Required fields that `request` has a default for."""
    keeps: bool = False
    """What is faulty and not required is left out rather than cost the message."""
    specified: type[RequestT] | None = None
    """`request` with nothing but the specification's words, for `quick`; None: `request` itself."""
    decoder: msgspec.json.Decoder[RequestT] = field(init=False, repr=False)
    quick: msgspec.json.Decoder[ReadCall[str, RequestT]] = field(init=False, repr=False)
    """Reads a whole frame that is written as specified; others need the decoder or more."""

    def __post_init__(self) -> None:
        frame: Any = ReadCall[Literal[self.action], self.specified or self.request]  # type: ignore[name-defined,misc]
        object.__setattr__(self, "decoder", msgspec.json.Decoder(self.request))
        object.__setattr__(self, "quick", msgspec.json.Decoder(frame))

    def extended[LaterT: Wire](
        self,
        request: type[LaterT],
        *,
        to_event: Callable[[LaterT, datetime, list[str]], DomainEvent] | None = None,
        to_payload: Callable[[ReplyT], bytes] | None = None,
        open_enums: frozenset[str] = frozenset(),
        specified: type[LaterT] | None = None,
    ) -> Inbound[LaterT, ReplyT]:
        """Return the message of a later version, whose payload adds to this one's.

        What it means and how it is answered stays, unless given.
        """
        return Inbound(
            self.action,
            request,
            to_event or cast("Any", self.to_event),
            to_payload or self.to_payload,
            open_enums=self.open_enums | open_enums,
            rounded=self.rounded,
            dispensable=self.dispensable,
            keeps=self.keeps,
            specified=specified,
        )


@dataclass(frozen=True)
class Outbound[CommandT: Command, AnswerT: Answer]:
    """A message that we send."""

    action: str
    command: type[CommandT]
    to_request: Callable[[CommandT], Any]
    """Returns the request class of the `ocpp` distribution, or Unsupported."""
    answer: type[AnswerT]
    to_result: Callable[[AnswerT, CommandT, datetime], CommandResult | UnreadableAnswer]
    """Answer, command, time of receipt."""


@dataclass(frozen=True)
class NamingOutbound[CommandT: Command, AnswerT: Answer]:
    """A message that we send, and that names a transaction as the charger does (OCPP 2.x)."""

    action: str
    command: type[CommandT]
    to_request: Callable[[CommandT, TransactionNames], Any]
    answer: type[AnswerT]
    to_result: Callable[[AnswerT, CommandT, datetime], CommandResult | UnreadableAnswer]


@dataclass(frozen=True)
class Choice[CommandT: Command]:
    """A command that becomes one of several messages, by what it says."""

    command: type[CommandT]
    of: Callable[[CommandT], Outbound[CommandT, Any]]


class StatusAnswer(Answer, frozen=True):
    """An answer that is one word."""

    status: str


def result_of_word(
    word: str, *, accepted: tuple[str, ...] = ("Accepted",), unsupported: tuple[str, ...] = ()
) -> CommandResult:
    """Read a status word, in whatever case the charger writes it."""
    for known in accepted:
        if word.casefold() == known.casefold():
            return Accepted(status=known)
    if any(word.casefold() == known.casefold() for known in unsupported):
        return Unsupported(reason=word)
    return Rejected(status=word)


def no_fields(reply: EmptyReply) -> bytes:
    """Write the answer that has no fields."""
    del reply
    return b"{}"


def to_wire(value: Any) -> Any:
    """Turn a request class of the `ocpp` distribution into its JSON object, without its nulls."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            _camel(f.name): to_wire(content)
            for f in fields(value)
            if (content := getattr(value, f.name)) is not None
        }
    if isinstance(value, list | tuple):
        return [to_wire(item) for item in value]
    return value


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
