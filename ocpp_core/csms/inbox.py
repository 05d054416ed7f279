"""What one charger tells us, strictly in order, answered only when it is durable.

One message at a time is with the ledger; the others wait, and beyond a bound the socket is not
read. The order outlives the link: a charger that reconnects while its last message is being
committed gets that answer when it asks again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial

from ocpp_core.csms.answers import decide
from ocpp_core.csms.context import Context, log
from ocpp_core.csms.counts import Count
from ocpp_core.csms.link import Link
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.events import (
    AuthorizationAsked,
    Booted,
    BootReply,
    DomainEvent,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    SettingsReported,
    TimeReply,
)
from ocpp_core.domain.ids import ChargePointId, MessageId
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.quick import quick_maker
from ocpp_core.protocol.envelope import (
    CALL_RESULT_ERROR,
    SEND,
    AnyReadCall,
    Call,
    CallResultError,
    Malformed,
    ReadCall,
    Send,
    encode_error,
    encode_result,
)
from ocpp_core.protocol.faults import Fault, Refusal
from ocpp_core.protocol.secrets import (
    event_without_secrets,
    frame_without_secrets,
    words_without_secrets,
)
from ocpp_core.protocol.translator import Translator
from ocpp_core.protocol.versions import translator_for

type _AnyCall = Call | AnyReadCall
type _Message = _AnyCall | CallResultError | Send | Malformed

_CALLS = (ReadCall, Call)
_stored_message = quick_maker(StoredMessage)

_TELLS_SETTINGS = frozenset({"NotifyReport", "NotifyEvent", "DataTransfer"})
"""What may tell secret settings; meter values are not searched for them."""
_BEFORE_ACCEPTANCE = (Booted, SettingsReported)
"""What a charger may say while its boot is pending (OCPP 2.0.1 B02: also the report asked for)."""
_ONLY_ACCEPTED = (AuthorizationAsked, SessionStarted, SessionStopped, SessionUpdated)
"""What nobody can ask a charger for by a trigger (1.6 section 4.2)."""
_TELL_THE_TIME = (BootReply, TimeReply)
_QUEUE = "queue"
"""Why a link is not read: see `Link.pause_reading`."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    link: Link
    text: str
    message: _Message


class Inbox:
    """The inbound side of one charger."""

    __slots__ = (
        "_answers",
        "_charge_point_id",
        "_context",
        "_in_flight",
        "_waiting",
        "_waiting_chars",
    )

    def __init__(self, charge_point_id: ChargePointId, context: Context) -> None:
        self._charge_point_id = charge_point_id
        self._context = context
        self._waiting: list[_Waiting] = []
        # Short lists and plain dicts: a deque and an OrderedDict take 1 KiB of each idle charger.
        self._waiting_chars = 0
        self._in_flight: asyncio.Future[None] | None = None
        self._answers: dict[MessageId, tuple[int, str]] = {}
        """The last answers by message id, each with the hash of the frame it answers, as it came:
        what is stored of it may be masked. The hash is keyed anew in each process and is not kept.
        """

    @property
    def in_flight(self) -> asyncio.Future[None] | None:
        """The commit that an answer waits for, or None."""
        return self._in_flight

    def put(self, link: Link, text: str, message: _Message) -> None:
        """Take a message; it is handled at once when none is before it."""
        if self._in_flight is None and not self._waiting:  # nearly always
            self._handle(link, text, message)
            return
        self._waiting.append(_Waiting(link, text, message))
        self._waiting_chars += len(text)
        if self._is_full():
            link.pause_reading(_QUEUE)

    def drop(self, link: Link | None = None) -> None:
        """Forget what waits from `link` (from any link when none is given): nobody would hear."""
        kept = [w for w in self._waiting if link is not None and w.link is not link]
        self._context.counts[Count.MESSAGES_DROPPED] += len(self._waiting) - len(kept)
        self._waiting = kept
        self._waiting_chars = sum(len(w.text) for w in kept)

    def _is_full(self) -> bool:
        options = self._context.options
        return (
            len(self._waiting) >= options.queue_messages
            or self._waiting_chars >= options.queue_bytes
        )

    def _advance(self) -> None:
        while self._waiting and self._in_flight is None:
            waiting = self._waiting.pop(0)
            self._waiting_chars -= len(waiting.text)
            if not self._is_full():
                waiting.link.resume_reading(_QUEUE)
            self._handle(waiting.link, waiting.text, waiting.message)

    def _handle(self, link: Link, text: str, message: _Message) -> None:
        if isinstance(message, _CALLS):
            self._on_call(link, text, message)
        elif isinstance(message, Malformed):
            self._on_malformed(link, text, message)
        else:
            self._on_unanswered(link, text, message)

    def _on_call(self, link: Link, text: str, call: _AnyCall) -> None:
        context = self._context
        remembered = self._answers.get(call.message_id)
        if remembered is not None and remembered[0] == hash(text):
            context.counts[Count.MESSAGES_REPEATED] += 1
            link.send(remembered[1])
            return
        self._store(link, text, self._taken(translator_for(link.subprotocol), text, call))

    def _on_unanswered(self, link: Link, text: str, message: Send | CallResultError) -> None:
        """Take what 2.1 never answers; for other versions it is no message at all."""
        translator = translator_for(link.subprotocol)
        kind = SEND if isinstance(message, Send) else CALL_RESULT_ERROR
        if kind not in translator.message_types:
            malformed = Malformed(
                fault=Fault.MESSAGE_TYPE,
                description=f"message type {kind} is not known in {link.subprotocol}",
                message_id=message.message_id,
                message_type=kind,
            )
            self._on_malformed(link, text, malformed)
            return
        if isinstance(message, Send):
            call = Call(message.message_id, message.action, message.payload)
            stored = replace(
                self._taken(translator, text, call),
                answer=None,
                outcome=Outcome.UNANSWERED,
                reply=None,
            )
        else:
            self._context.counts[Count.ANSWERS_UNUSED] += 1
            finding = f"the charger could not use our answer: {message.code} {message.description}"
            log.warning("answer unused", charge_point=self._charge_point_id, reason=finding[:300])
            stored = StoredMessage(
                at=self._context.clock.now(),
                charge_point_id=self._charge_point_id,
                direction=Direction.FROM_CHARGER,
                message_id=message.message_id,
                action="",
                ocpp_version=translator.subprotocol,
                frame=frame_without_secrets(text),
                answer=None,
                outcome=Outcome.UNANSWERED,
                findings=(finding.strip()[:300],),
            )
        self._store(link, text, stored)

    def _taken(self, translator: Translator, text: str, call: _AnyCall) -> StoredMessage:
        context = self._context
        try:
            return self._answered(translator, text, call)
        except Exception:  # noqa: BLE001 - a fault of ours must not cost the link, nor stay silent
            context.counts[Count.INTERNAL_ERRORS] += 1
            log.exception(
                "message not handled", charge_point=self._charge_point_id, action=call.action
            )
            return self._refused(
                translator, text, call, Refusal(fault=Fault.INTERNAL, description="internal error")
            )

    def _answered(self, translator: Translator, text: str, call: _AnyCall) -> StoredMessage:
        context = self._context
        now = context.clock.now()
        decoded = translator.decode(call, now)
        if isinstance(decoded, Refusal):
            return self._refused(translator, text, call, decoded)
        if not self._may_say(decoded.event):
            return self._refused(
                translator,
                text,
                call,
                Refusal(fault=Fault.SECURITY, description="the boot was not accepted"),
            )
        decision = decide(
            context.live,
            context.tokens,
            decoded.event,
            charge_point_id=self._charge_point_id,
            now=now,
            policy=context.policy,
        )
        findings = decoded.findings + decision.findings
        if findings:
            context.counts[Count.MESSAGES_WITH_FINDINGS] += 1
        return _stored_message(
            at=now,
            charge_point_id=self._charge_point_id,
            direction=Direction.FROM_CHARGER,
            message_id=call.message_id,
            action=decoded.action,
            ocpp_version=translator.subprotocol,
            frame=text if decoded.action not in _TELLS_SETTINGS else frame_without_secrets(text),
            answer=encode_result(
                call.message_id, translator.encode_reply(decoded.action, decision.reply)
            ),
            outcome=Outcome.ANSWERED,
            event=event_without_secrets(decision.event),
            reply=decision.reply,
            session_id=decision.session_id,
            findings=findings,
        )

    def _may_say(self, event: DomainEvent) -> bool:
        """Tell whether a charger may say something: after its boot was accepted, or when asked."""
        context, name = self._context, self._charge_point_id
        if context.policy.may_speak(context.live, name):
            return True
        if isinstance(event, _BEFORE_ACCEPTANCE):
            if isinstance(event, Booted):
                context.asked.discard(name)
            return True
        return name in context.asked and not isinstance(event, _ONLY_ACCEPTED)

    def _refused(
        self, translator: Translator, text: str, call: _AnyCall, refusal: Refusal
    ) -> StoredMessage:
        code = translator.error_code(refusal.fault)
        description = words_without_secrets(refusal.description, text)
        log.warning(
            "message refused",
            charge_point=self._charge_point_id,
            action=call.action[:60],
            code=code,
            reason=description,
        )
        return StoredMessage(
            at=self._context.clock.now(),
            charge_point_id=self._charge_point_id,
            direction=Direction.FROM_CHARGER,
            message_id=call.message_id,
            action=call.action,
            ocpp_version=translator.subprotocol,
            frame=frame_without_secrets(text),
            answer=encode_error(call.message_id, code, description),
            outcome=Outcome.REFUSED,
            findings=(description,),
        )

    def _on_malformed(self, link: Link, text: str, malformed: Malformed) -> None:
        translator = translator_for(link.subprotocol)
        error = translator.frame_error(malformed)
        self._context.counts[Count.MESSAGES_UNREADABLE] += 1
        log.warning(
            "frame unreadable",
            charge_point=self._charge_point_id,
            reason=malformed.description,
            characters=len(text),
        )
        answer: str | None = None
        if error is not None:
            answer = encode_error(error.message_id, error.code, malformed.description)
        stored = StoredMessage(
            at=self._context.clock.now(),
            charge_point_id=self._charge_point_id,
            direction=Direction.FROM_CHARGER,
            message_id=malformed.message_id or MessageId(""),
            action="",
            ocpp_version=translator.subprotocol,
            frame=frame_without_secrets(text),
            answer=answer,
            outcome=Outcome.UNREADABLE if answer is None else Outcome.REFUSED,
            findings=(malformed.description,),
        )
        self._store(link, text, stored)

    def _store(self, link: Link, text: str, stored: StoredMessage) -> None:
        try:
            committed = self._context.ledger.append(stored)
        except Exception as error:  # noqa: BLE001 - treated as a failed commit, and told
            self._settle(link, text, stored, error)
            return
        if committed.done():
            self._settle(link, text, stored, _failure_of(committed))
            return
        self._in_flight = committed
        committed.add_done_callback(partial(self._committed, link, text, stored))

    def _committed(
        self, link: Link, text: str, stored: StoredMessage, committed: asyncio.Future[None]
    ) -> None:
        self._in_flight = None
        self._settle(link, text, stored, _failure_of(committed))
        self._advance()

    def _settle(
        self, link: Link, text: str, stored: StoredMessage, failure: BaseException | None
    ) -> None:
        """Answer; nothing of a message that is not durable is applied."""
        context = self._context
        answer = stored.answer
        if failure is not None:
            answer = self._not_stored(stored, failure)
        else:
            if stored.outcome is Outcome.ANSWERED:
                context.counts[Count.MESSAGES_ANSWERED] += 1
                self._remember(text, stored)
            elif stored.outcome is Outcome.REFUSED:
                context.counts[Count.MESSAGES_REFUSED] += 1
            elif stored.outcome is Outcome.UNANSWERED:
                context.counts[Count.MESSAGES_UNANSWERED] += 1
            if context.trouble.since is not None:
                context.trouble.over(stored.at)
            context.apply(stored)
        if answer is not None:
            link.send(answer)

    def _not_stored(self, stored: StoredMessage, failure: BaseException) -> str | None:
        """Count and log it; return what the charger is told."""
        self._context.counts[Count.STORE_FAILURES] += 1
        self._context.trouble.failed(self._charge_point_id, stored.action, failure)
        if stored.outcome is not Outcome.ANSWERED:
            return stored.answer
        translator = translator_for(stored.ocpp_version)
        return encode_error(
            stored.message_id,
            translator.error_code(Fault.INTERNAL),
            "the message could not be stored",
        )

    def _remember(self, text: str, stored: StoredMessage) -> None:
        answers = self._answers
        answers.pop(stored.message_id, None)  # so that it becomes the youngest
        # An answer that tells the time is made anew: given again later it would be wrong.
        if stored.answer is None or isinstance(stored.reply, _TELL_THE_TIME):
            return
        answers[stored.message_id] = (hash(text), stored.answer)
        if len(answers) > self._context.options.remembered_answers:
            del answers[next(iter(answers))]


def _failure_of(committed: asyncio.Future[None]) -> BaseException | None:
    if committed.cancelled():
        return StoreError("the store was closed")
    return committed.exception()
