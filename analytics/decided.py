"""What was decided about a message beyond its text: kept with it, to understand it anew.

A frame and its answer tell nearly everything. What they do not tell is our number of a transaction
that its charger named (OCPP 2.x) or named wrongly, what our orders meant before a version spelled
them, and the few words for which a version has none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import msgspec

from ocpp_core.domain import commands
from ocpp_core.domain.commands import Accepted, Command, CommandResult
from ocpp_core.domain.events import (
    AuthorizationStatus,
    ConnectorStatus,
    DomainEvent,
    Metered,
    Reply,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    StartReply,
    StatesChanged,
    StatusChanged,
    UpdateReply,
    WordReply,
)
from ocpp_core.domain.ids import TransactionId
from ocpp_core.domain.messages import StoredMessage

_PLAIN_TOKENS = frozenset({
    AuthorizationStatus.ACCEPTED,
    AuthorizationStatus.BLOCKED,
    AuthorizationStatus.CONCURRENT_TX,
    AuthorizationStatus.EXPIRED,
    AuthorizationStatus.INVALID,
})  # fmt: skip
"""What every version can say of a token."""

_COMMANDS: dict[str, type[Command]] = {
    kind.__name__: kind for kind in get_args(commands.Command.__value__)
}

type Decided = tuple[int | None, str | None]
"""Our number of the transaction, and the rest as JSON."""

_NOTHING: Decided = (None, None)


def decided_of(message: StoredMessage) -> Decided:
    """Return what the text of a message does not tell of its meaning."""
    event, rest = message.event, {}
    transaction_id: int | None = None
    match event:
        case None:
            if message.command is None:
                return _NOTHING
            rest = _ordered(message.command, message.result)
        case Metered():
            return _NOTHING
        case SessionUpdated():
            transaction_id = event.transaction_id
            if isinstance(message.reply, UpdateReply) and message.reply.token is not None:
                rest = _token(message.reply.token.status)
        case SessionStarted():
            if isinstance(message.reply, StartReply):
                transaction_id = message.reply.transaction_id if event.notice else None
                rest = _token(message.reply.status)
        case SessionStopped():
            if event.notice is not None or event.inferred:
                transaction_id = event.transaction_id
        case StatusChanged():
            rest = _overall((event,))
        case StatesChanged(changes=changes):
            rest = _overall(changes)
        case _:
            reply = message.reply
            if isinstance(reply, WordReply) and reply.reason:
                rest = {"reason": reply.reason}
    return transaction_id, msgspec.json.encode(rest).decode() if rest else None


def with_decided(
    event: DomainEvent, reply: Reply | None, transaction_id: int | None, text: str
) -> tuple[DomainEvent, Reply | None]:
    """Return event and reply as they were understood when they came, by what was kept of that."""
    rest: dict[str, Any] = msgspec.json.decode(text) if text else {}
    if transaction_id is not None:
        number = TransactionId(transaction_id)
        match event:
            case SessionUpdated():
                event = event.belonging_to(number)
            case SessionStarted():
                event = replace(event, transaction_id=number)
                if isinstance(reply, StartReply):
                    reply = replace(reply, transaction_id=number)
            case SessionStopped():
                event = replace(event, transaction_id=number, inferred=event.notice is None)
            case _:
                pass
    if "token" in rest and isinstance(reply, StartReply | UpdateReply) and reply.token is not None:
        status = AuthorizationStatus(rest["token"])
        reply = replace(reply, token=replace(reply.token, status=status))
    if "reason" in rest and isinstance(reply, WordReply):
        reply = replace(reply, reason=rest["reason"])
    if "overall" in rest:
        words = [None if word is None else ConnectorStatus(word) for word in rest["overall"]]
        match event:
            case StatusChanged():
                event = replace(event, overall=words[0])
            case StatesChanged(changes=changes):
                event = StatesChanged(
                    changes=tuple(
                        replace(change, overall=word)
                        for change, word in zip(changes, words, strict=True)
                    )
                )
            case _:
                pass
    return event, reply


class Ordered(msgspec.Struct, frozen=True):
    """One of our orders as it was meant, and how it ended where the answer does not say it."""

    command: str
    """Its class."""
    fields: msgspec.Raw
    result: str | None = None
    """Class of the result; None: none, or not yet."""
    start: str | None = None
    """When the composite schedule in the answer starts, if there is one."""

    def order(self) -> Command:
        """Return the order; raises msgspec.MsgspecError for one that this version cannot read."""
        return msgspec.json.decode(self.fields, type=_COMMANDS[self.command])


def read_ordered(text: str) -> Ordered:
    """Read what was kept of an order."""
    return msgspec.json.decode(text, type=Ordered)


def _ordered(command: Command, result: CommandResult | None) -> dict[str, Any]:
    kept: dict[str, Any] = {"command": type(command).__name__, "fields": command}
    if result is not None:
        kept["result"] = type(result).__name__
    if isinstance(result, Accepted) and result.composite is not None:
        kept["start"] = result.composite.start.isoformat()
    return kept


def _token(status: AuthorizationStatus) -> dict[str, Any]:
    return {} if status in _PLAIN_TOKENS else {"token": status}


def _overall(changes: tuple[StatusChanged, ...]) -> dict[str, Any]:
    if all(change.overall is None for change in changes):
        return {}
    return {"overall": [change.overall for change in changes]}
