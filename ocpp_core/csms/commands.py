"""What we tell one charger: one CALL at a time, each with a deadline, each recorded.

Callbacks, so that a caller who goes away leaves the order of CALLs intact: a CALL that was sent
stays outstanding until its answer, its deadline or the end of its link.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import OrderedDict, deque
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial

from ocpp_core.csms.context import Context, log
from ocpp_core.csms.counts import Count
from ocpp_core.csms.link import Link
from ocpp_core.csms.numbers import RequestNumbers
from ocpp_core.domain.commands import (
    Accepted,
    Command,
    CommandResult,
    Offline,
    Rejected,
    Reset,
    TimedOut,
    TriggerMessage,
    Unsupported,
)
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.ids import ChargePointId, MessageId
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.protocol.envelope import CallError, CallResult, Malformed, encode_call
from ocpp_core.protocol.secrets import (
    command_without_secrets,
    frame_without_secrets,
    result_without_secrets,
    words_without_secrets,
)
from ocpp_core.protocol.translator import UnreadableAnswer
from ocpp_core.protocol.versions import translator_for

REMEMBERED_TIMEOUTS = 32
"""Message ids whose late answers are recognised."""

_COUNT_OF: dict[type[CommandResult], Count] = {
    Accepted: Count.COMMANDS_ACCEPTED,
    Rejected: Count.COMMANDS_REFUSED,
    Unsupported: Count.COMMANDS_REFUSED,
    TimedOut: Count.COMMANDS_TIMED_OUT,
    Offline: Count.COMMANDS_OFFLINE,
}


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """A command and whoever waits for its result."""

    command: Command
    timeout_s: float
    result: asyncio.Future[CommandResult]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Exchange:
    """A command that was sent."""

    order: _Order
    link: Link
    sent_at: float
    """In the loop's time."""
    sent: StoredMessage
    """As recorded when it went out: without secrets."""
    deadline: asyncio.TimerHandle
    hold: AbstractContextManager[None]
    """Simulated time stands while the answer is awaited."""


class Outbox:
    """The outbound side of one charger."""

    __slots__ = (
        "_charge_point_id", "_context", "_current", "_expired", "_link", "_numbers", "_waiting",
    )  # fmt: skip

    def __init__(self, charge_point_id: ChargePointId, context: Context) -> None:
        self._charge_point_id = charge_point_id
        self._context = context
        self._numbers = RequestNumbers(context.clock)
        self._link: Link | None = None
        self._current: _Exchange | None = None
        self._waiting: deque[_Order] = deque()
        self._expired: OrderedDict[MessageId, _Exchange] = OrderedDict()

    async def send(self, command: Command, timeout_s: float) -> CommandResult:
        """Send `command` when it is its turn and return how it ended."""
        if self._link is None:
            self._context.counts[Count.COMMANDS_OFFLINE] += 1
            return Offline()
        numbered = self._numbers.numbered(command)
        order = _Order(numbered, timeout_s, asyncio.get_running_loop().create_future())
        self._waiting.append(order)
        self._advance()
        return await order.result

    def link_up(self, link: Link) -> None:
        """Use `link` from now on; what was sent over another one has no answer any more."""
        self._end_current()
        self._link = link
        self._advance()

    def link_down(self) -> None:
        """End what is under way: the charger may have acted on what was sent, not on the rest."""
        self._link = None
        self._end_current()
        waiting, self._waiting = self._waiting, deque()
        for order in waiting:
            self._end_unsent(order, Offline(), Count.COMMANDS_OFFLINE)

    def answered(self, link: Link, text: str, answer: CallResult | CallError | Malformed) -> None:
        """Match an answer with its command, at once and whatever else waits."""
        exchange = self._current
        if (
            exchange is None
            or exchange.sent.message_id != answer.message_id
            or exchange.link is not link
        ):
            self._unexpected(link, text, answer.message_id)
            return
        after_s = asyncio.get_running_loop().time() - exchange.sent_at
        self._context.answered_after(self._charge_point_id, after_s)
        result = self._read(exchange, answer)
        findings: tuple[str, ...] = ()
        if isinstance(result, UnreadableAnswer):
            # Whether the charger acted cannot be told, which is what a time-out means.
            reason = words_without_secrets(result.reason, text)
            findings = (f"the answer cannot be read: {reason}",)
            log.warning("answer unreadable", charge_point=self._charge_point_id, reason=reason)
            result = TimedOut(after_s=after_s)
        if isinstance(result, TimedOut):
            outcome = Outcome.TIMED_OUT
        else:
            outcome = Outcome.REFUSED if isinstance(answer, CallError) else Outcome.ANSWERED
        self._finish(exchange, result, outcome, answer=text, findings=findings)
        self._advance()

    # -------------------------------------------------------------------------------------------

    def _read(
        self, exchange: _Exchange, answer: CallResult | CallError | Malformed
    ) -> CommandResult | UnreadableAnswer:
        translator = translator_for(exchange.link.subprotocol)
        match answer:
            case CallResult():
                return translator.decode_answer(
                    exchange.order.command, answer.payload, self._context.clock.now()
                )
            case CallError():
                return translator.decode_error(answer)
            case Malformed():
                return UnreadableAnswer(reason=answer.description)

    def _advance(self) -> None:
        while self._waiting and self._current is None and self._link is not None:
            order = self._waiting.popleft()
            if not order.result.done():  # else its caller has gone
                self._start(order, self._link)

    def _start(self, order: _Order, link: Link) -> None:
        try:
            encoded = translator_for(link.subprotocol).encode_command(
                order.command, self._context.live
            )
        except Exception as error:  # noqa: BLE001 - a command that makes no sense is its sender's
            order.result.set_exception(error)
            return
        if isinstance(encoded, Unsupported):
            self._end_unsent(order, encoded, Count.COMMANDS_REFUSED)
            return
        message_id = MessageId(str(uuid.uuid4()))
        frame = encode_call(message_id, encoded.action, encoded.payload)
        if not link.send(frame):
            self._end_unsent(order, Offline(), Count.COMMANDS_OFFLINE)
            return
        loop = asyncio.get_running_loop()
        hold = self._context.clock.hold()
        hold.__enter__()  # left in _finish, at the latest when the deadline passes
        exchange = _Exchange(
            order=order,
            link=link,
            sent_at=loop.time(),
            sent=StoredMessage(
                at=self._context.clock.now(),
                charge_point_id=self._charge_point_id,
                direction=Direction.TO_CHARGER,
                message_id=message_id,
                action=encoded.action,
                ocpp_version=link.subprotocol,
                frame=frame_without_secrets(frame),
                answer=None,
                outcome=Outcome.SENT,
                command=command_without_secrets(order.command),
            ),
            deadline=loop.call_later(order.timeout_s, self._expire, message_id),
            hold=hold,
        )
        self._current = exchange
        self._context.counts[Count.COMMANDS_SENT] += 1
        self.record(exchange.sent)

    def _expire(self, message_id: MessageId) -> None:
        exchange = self._current
        if exchange is None or exchange.sent.message_id != message_id:
            return
        after_s = exchange.order.timeout_s
        log.warning(
            "command timed out",
            charge_point=self._charge_point_id,
            action=exchange.sent.action,
            after_s=after_s,
        )
        self._expired[message_id] = exchange
        while len(self._expired) > REMEMBERED_TIMEOUTS:
            self._expired.popitem(last=False)
        self._finish(exchange, TimedOut(after_s=after_s), Outcome.TIMED_OUT)
        self._advance()

    def _end_current(self) -> None:
        if self._current is not None:
            # Some chargers restart before they have answered (quirk res-reset-no-answer).
            restarts = isinstance(self._current.order.command, Reset)
            reason = "the link ended instead of an answer: it probably restarts" if restarts else ""
            self._finish(self._current, Offline(sent=True, reason=reason), Outcome.LINK_LOST)

    def _end_unsent(self, order: _Order, result: CommandResult, count: Count) -> None:
        self._context.counts[count] += 1
        if not order.result.done():
            order.result.set_result(result)

    def _finish(
        self,
        exchange: _Exchange,
        result: CommandResult,
        outcome: Outcome,
        *,
        answer: str | None = None,
        findings: tuple[str, ...] = (),
    ) -> None:
        self._current = None
        match exchange.order.command, result:
            case TriggerMessage(message=wanted), Accepted() if wanted != "BootNotification":
                self._context.asked.add(self._charge_point_id)
            case _:
                pass
        exchange.deadline.cancel()
        exchange.hold.__exit__(None, None, None)
        self._context.counts[_COUNT_OF[type(result)]] += 1
        self.record(
            replace(
                exchange.sent,
                answer=None if answer is None else frame_without_secrets(answer),
                outcome=outcome,
                result=result_without_secrets(result),
                findings=findings,
            )
        )
        if not exchange.order.result.done():
            exchange.order.result.set_result(result)

    def _unexpected(self, link: Link, text: str, message_id: MessageId | None) -> None:
        """Keep an answer that nobody waits for, raw."""
        late = None if message_id is None else self._expired.pop(message_id, None)
        if late is not None:
            self._context.counts[Count.ANSWERS_LATE] += 1
            after_s = asyncio.get_running_loop().time() - late.sent_at
            self._context.answered_after(self._charge_point_id, after_s)
            finding = f"the answer came after {after_s:.1f} s, too late: discarded"
            self.record(
                replace(
                    late.sent,
                    answer=frame_without_secrets(text),
                    outcome=Outcome.TIMED_OUT,
                    findings=(finding,),
                )
            )
            return
        self._context.counts[Count.ANSWERS_UNASKED] += 1
        log.warning("answer to nothing asked", charge_point=self._charge_point_id)
        self.record(
            StoredMessage(
                at=self._context.clock.now(),
                charge_point_id=self._charge_point_id,
                direction=Direction.FROM_CHARGER,
                message_id=message_id or MessageId(""),
                action="",
                ocpp_version=link.subprotocol,
                frame=frame_without_secrets(text),
                answer=None,
                outcome=Outcome.UNREADABLE,
                findings=("an answer to nothing that was asked",),
            )
        )

    def record(self, stored: StoredMessage) -> None:
        """Record without waiting: a lower limit must reach the charger also with a full disk."""
        try:
            committed = self._context.ledger.append(stored)
        except Exception as error:  # noqa: BLE001 - treated as a failed commit, and told
            self._not_stored(stored, error)
            return
        committed.add_done_callback(partial(self._stored, stored))

    def _stored(self, stored: StoredMessage, committed: asyncio.Future[None]) -> None:
        if committed.cancelled():
            self._not_stored(stored, None)
        elif (error := committed.exception()) is not None:
            self._not_stored(stored, error)
        else:
            self._context.apply(stored)

    def _not_stored(self, stored: StoredMessage, error: BaseException | None) -> None:
        self._context.counts[Count.STORE_FAILURES] += 1
        failure = error or StoreError("the store was closed")
        self._context.trouble.failed(self._charge_point_id, stored.action, failure)
