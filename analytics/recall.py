"""Stored messages, understood anew: from frame, answer and what was decided, to their meaning."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from analytics.decided import read_ordered, with_decided
from ocpp_core.domain.commands import Command, CommandResult, Offline, TimedOut
from ocpp_core.domain.dating import dated
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.events import DomainEvent, Heartbeat, Metered, Reply
from ocpp_core.domain.ids import ChargePointId, MessageId, SessionId
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.quick import quick_maker
from ocpp_core.protocol.envelope import Call, CallError, CallResult, Send, parse
from ocpp_core.protocol.faults import Refusal
from ocpp_core.protocol.given import given_reply
from ocpp_core.protocol.secrets import event_without_secrets, result_without_secrets
from ocpp_core.protocol.translator import Translator, UnreadableAnswer
from ocpp_core.protocol.versions import translator_for

_message = quick_maker(StoredMessage)
_DIRECTIONS = {direction.value: direction for direction in Direction}
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_HEARTBEAT = Heartbeat()
_UNDERSTOOD = frozenset({Outcome.ANSWERED, Outcome.UNANSWERED})
"""Outcomes of inbound messages that mean something."""

_ANSWERED_EMPTY = "('MeterValues', 'StatusNotification')"
"""Actions whose answer says nothing: it is not read."""

COLUMNS = (
    "seq, message_at, charge_point_id, direction, message_id, action, ocpp_version, "
    f"frame, CASE WHEN action NOT IN {_ANSWERED_EMPTY} THEN answer END, outcome, "
    "session_id, transaction_id, decided"
)
"""What of table ocpp_message is needed, in the order of `Kept`."""

type Kept = tuple[
    int, datetime, str, str, str, str, str, str, str | None, str, str | None, int | None, str | None
]
"""A row of table ocpp_message: its `COLUMNS`."""


def recall(kept: Kept) -> StoredMessage:
    """Return a stored message with its meaning, as it was when it came.

    Raises StoreError or msgspec.MsgspecError for a message that was understood then and cannot be
    now.
    """
    (
        _, at, charge_point_id, sender, message_id, action, ocpp_version, frame, answer, ended,
        session_id, transaction_id, decided,
    ) = kept  # fmt: skip
    translator = _translator(ocpp_version)
    direction, outcome = _DIRECTIONS[sender], _OUTCOMES[ended]
    event: DomainEvent | None = None
    reply: Reply | None = None
    command: Command | None = None
    result: CommandResult | None = None
    if direction is Direction.TO_CHARGER:
        if decided is not None:
            command, result = _ordered(translator, decided, answer, at)
    elif action == "Heartbeat" and outcome is Outcome.ANSWERED:
        event = _HEARTBEAT
    elif outcome in _UNDERSTOOD and action:
        event = _event(translator, frame, at)
        if type(event) is not Metered:
            if outcome is Outcome.ANSWERED:
                reply = given_reply(event, answer)
            if transaction_id is not None or decided is not None:
                event, reply = with_decided(event, reply, transaction_id, decided or "")
    return _message(
        at=at,
        charge_point_id=ChargePointId(charge_point_id),
        direction=direction,
        message_id=MessageId(message_id),
        action=action,
        ocpp_version=ocpp_version,
        frame=frame,
        answer=answer,
        outcome=outcome,
        event=event,
        reply=reply,
        command=command,
        result=result,
        session_id=None if session_id is None else SessionId(session_id),
    )


_translator = lru_cache(translator_for)


def _event(translator: Translator, frame: str, at: datetime) -> DomainEvent:
    read = translator.read(frame)
    decoded = translator.decode(_call(frame) if read is None else read, at)
    if isinstance(decoded, Refusal):
        raise StoreError(f"a message that was taken is refused now: {decoded.description}")
    event, _ = dated(decoded.event, at)
    return event if type(event) is Metered else event_without_secrets(event)


def _call(frame: str) -> Call:
    match parse(frame):
        case Call() as call:
            return call
        case Send() as send:
            return Call(send.message_id, send.action, send.payload)
        case _:
            raise StoreError("a message that was taken cannot be read any more")


def _ordered(
    translator: Translator, decided: str, answer: str | None, sent_at: datetime
) -> tuple[Command, CommandResult | None]:
    ordered = read_ordered(decided)
    command = ordered.order()
    answered_at = sent_at if ordered.start is None else datetime.fromisoformat(ordered.start)
    result: CommandResult | UnreadableAnswer | None = None
    match ordered.result:
        case None:
            pass
        case "TimedOut":
            result = TimedOut(after_s=0.0)
        case "Offline":
            result = Offline(sent=True)
        case _:
            match parse(answer or ""):
                case CallResult(payload=payload):
                    result = translator.decode_answer(command, payload, answered_at)
                case CallError() as error:
                    result = translator.decode_error(error)
                case _:
                    raise StoreError("the answer to an order cannot be read any more")
    if isinstance(result, UnreadableAnswer):
        raise StoreError(f"the answer to an order cannot be read any more: {result.reason}")
    return command, None if result is None else result_without_secrets(result)
