"""What the protocol layer makes of captured frames, without a server."""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from ampherd.replay.captured import Captured
from ocpp_core.csms.answers import AnswerPolicy, decide
from ocpp_core.domain.events import AuthorizationStatus, BootStatus
from ocpp_core.domain.ids import ChargePointId, CircuitId, MessageId, SiteId
from ocpp_core.domain.live import LiveSite
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.metering import Reading
from ocpp_core.domain.site import Circuit, Site
from ocpp_core.domain.tokens import MemoryTokenBook
from ocpp_core.protocol.envelope import (
    Call,
    CallError,
    CallResult,
    CallResultError,
    Malformed,
    Send,
    encode_error,
    encode_result,
    parse,
)
from ocpp_core.protocol.faults import Refusal
from ocpp_core.protocol.translator import Translator
from ocpp_core.protocol.versions import translator_for

_HEARTBEAT_S = 300
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""Time of frames whose line has none: what is understood must not depend on today."""


class Fate(StrEnum):
    """What becomes of a frame."""

    ANSWERED = "answered"
    REFUSED = "refused"
    """Answered with CALLERROR."""
    TAKEN = "taken"
    """Understood; nobody waits for an answer."""
    UNREADABLE = "unreadable"
    """No OCPP message, and nothing can be answered."""
    NOT_REPLAYED = "not replayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """One frame with its meaning."""

    captured: Captured
    fate: Fate
    action: str = ""
    event: str = ""
    """The meaning, in short."""
    reply: str = ""
    answer: str = ""
    """What is answered, as it is on the wire."""
    findings: tuple[str, ...] = ()
    """What was odd, and why it was refused, in words."""
    was: Fate | None = None
    """What became of it when it was captured, where that is known."""

    @property
    def got_worse(self) -> bool:
        """Whether it was answered then and is not now."""
        return self.was is Fate.ANSWERED and self.fate in {Fate.REFUSED, Fate.UNREADABLE}

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        source = self.captured
        return {
            "line": source.line,
            "charge_point": source.charge_point_id,
            "direction": source.direction.value,
            "ocpp_version": source.subprotocol,
            "frame": source.frame,
            "action": self.action,
            "outcome": self.fate.value,
            "was": None if self.was is None else self.was.value,
            "got_worse": self.got_worse,
            "event": self.event,
            "reply": self.reply,
            "answer": self.answer,
            "findings": list(self.findings),
        }


class Replay:
    """Feeds frames in their order; transactions get new numbers, every token may charge."""

    def __init__(self) -> None:
        self._live = LiveSite(_empty_site())
        self._tokens = MemoryTokenBook(others=AuthorizationStatus.ACCEPTED)
        self._given: dict[int, int] = {}
        """The number of a transaction now, by the one it had when it was captured."""

    def take(self, captured: Captured) -> Understood:
        """Understand one frame."""
        was = fate_of_answer(captured.answer)
        if captured.direction is Direction.TO_CHARGER:
            return Understood(
                captured=captured,
                fate=Fate.NOT_REPLAYED,
                action=action_of(captured.frame),
                was=was,
                findings=("an order of the server",),
            )
        translator = translator_for(captured.subprotocol)
        match parse(self._with_present_numbers(captured.frame)):
            case Call() as call:
                return self._call(captured, translator, call, was)
            case Send() as send:
                call = Call(send.message_id, send.action, send.payload)
                return self._call(captured, translator, call, was, waits=False)
            case Malformed() as malformed:
                return _malformed(captured, translator, malformed, was)
            case CallResult() | CallError() | CallResultError():
                return Understood(
                    captured=captured,
                    fate=Fate.NOT_REPLAYED,
                    was=was,
                    findings=("an answer to an order that is not here",),
                )

    def _call(
        self,
        captured: Captured,
        translator: Translator,
        call: Call,
        was: Fate | None,
        *,
        waits: bool = True,
    ) -> Understood:
        now = captured.at or _NOW
        decoded = translator.decode(call, now)
        if isinstance(decoded, Refusal):
            code = translator.error_code(decoded.fault)
            return Understood(
                captured=captured,
                fate=Fate.REFUSED,
                action=call.action,
                answer=encode_error(call.message_id, code, decoded.description) if waits else "",
                findings=(f"{code}: {decoded.description}",),
                was=was,
            )
        decision = decide(
            self._live,
            self._tokens,
            decoded.event,
            charge_point_id=captured.charge_point_id,
            now=now,
            policy=_policy(captured.charge_point_id),
        )
        answer = ""
        if waits:
            payload = translator.encode_reply(decoded.action, decision.reply)
            answer = encode_result(call.message_id, payload)
        self._remember_number(captured.answer, answer)
        findings = tuple(
            finding
            for finding in decoded.findings + decision.findings
            if not _OF_A_SITE.fullmatch(finding)
        )
        self._live.apply(
            StoredMessage(
                at=now,
                charge_point_id=captured.charge_point_id,
                direction=Direction.FROM_CHARGER,
                message_id=call.message_id,
                action=decoded.action,
                ocpp_version=captured.subprotocol,
                frame=captured.frame,
                answer=answer or None,
                outcome=Outcome.ANSWERED if waits else Outcome.UNANSWERED,
                event=decision.event,
                reply=decision.reply,
                session_id=decision.session_id,
                findings=findings,
            )
        )
        return Understood(
            captured=captured,
            fate=Fate.ANSWERED if waits else Fate.TAKEN,
            action=decoded.action,
            event=in_short(decision.event),
            reply=in_short(decision.reply) if waits else "",
            answer=answer,
            findings=findings,
            was=was,
        )

    def _remember_number(self, before: str | None, answer: str) -> None:
        then, now = _number(before), _number(answer)
        if now is not None:
            # `$TX` stands for the last number in hand-written lines.
            self._given[_LAST] = now
            if then is not None:
                self._given[then] = now

    def _with_present_numbers(self, frame: str) -> str:
        """Name transactions of 1.6 as they are called now."""
        if '"transactionId"' not in frame or not self._given:
            return frame
        try:
            value = json.loads(frame)
            payload = value[3]
            number = payload["transactionId"]
        except (ValueError, LookupError, TypeError):
            return frame
        present = self._given.get(_LAST if number == "$TX" else number)
        if present is None:
            return frame
        payload["transactionId"] = present
        return json.dumps(value, ensure_ascii=False)


_OF_A_SITE = re.compile(r"connector \d+ is not configured")
"""Findings that compare with a configuration, which a file of frames does not bring."""

_LAST = -(2**40)
"""Key of the last number, which no charger has."""


def fate_of_answer(answer: str | None) -> Fate | None:
    """Return what an answer made of a message; None when there is none."""
    if answer is None:
        return None
    match parse(answer):
        case CallResult():
            return Fate.ANSWERED
        case CallError():
            return Fate.REFUSED
        case _:
            return None


def action_of(frame: str) -> str:
    """Return the action of a CALL, or an empty text."""
    message = parse(frame)
    return message.action if isinstance(message, Call | Send) else ""


def in_short(value: object) -> str:
    """Write a value of the domain with the fields that are not at their defaults."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Reading):
        return _reading(value)
    if isinstance(value, tuple):
        return f"({', '.join(in_short(part) for part in value)})"
    if is_dataclass(value) and not isinstance(value, type):
        told = []
        for field in fields(value):
            content = getattr(value, field.name)
            default = field.default
            if field.default_factory is not MISSING:
                default = field.default_factory()
            if not field.name.startswith("_") and (default is MISSING or content != default):
                told.append(f"{field.name}={in_short(content)}")
        return f"{type(value).__name__}({', '.join(told)})"
    return repr(value) if isinstance(value, str) else str(value)


def _reading(reading: Reading) -> str:
    values = []
    for label, number in zip(reading.layout.labels, reading.values, strict=True):
        phase = "" if label.phase is None else f" {label.phase.value}"
        doubt = "?" if label.doubt else ""
        values.append(f"{label.measurand.value}{phase} {number:g} {label.unit.value}{doubt}")
    return f"[{reading.taken_at.isoformat()}: {', '.join(values)}]"


def _malformed(
    captured: Captured, translator: Translator, malformed: Malformed, was: Fate | None
) -> Understood:
    error = translator.frame_error(malformed)
    return Understood(
        captured=captured,
        fate=Fate.UNREADABLE if error is None else Fate.REFUSED,
        answer=(
            ""
            if error is None
            else encode_error(MessageId(error.message_id), error.code, malformed.description)
        ),
        findings=(malformed.description,),
        was=was,
    )


def _number(answer: str | None) -> int | None:
    if not answer:
        return None
    try:
        number = json.loads(answer)[2]["transactionId"]
    except (ValueError, LookupError, TypeError):
        return None
    return number if isinstance(number, int) else None


def _policy(charge_point_id: ChargePointId) -> AnswerPolicy:
    return AnswerPolicy(
        accepted=frozenset({charge_point_id}),
        heartbeat_interval_s=_HEARTBEAT_S,
        pending_interval_s=_HEARTBEAT_S,
        registrations={charge_point_id: BootStatus.ACCEPTED},
    )


def _empty_site() -> Site:
    grid = CircuitId("grid")
    return Site(
        site_id=SiteId("replay"),
        name="Replay",
        timezone=ZoneInfo("UTC"),
        currency="EUR",
        voltage_v=230,
        circuits=(Circuit(circuit_id=grid, limit_a=1000),),
        charge_points=(),
        building_circuit_id=grid,
    )
