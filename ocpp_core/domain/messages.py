"""The unit of storage: one message with its frame, its answer and its meaning."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from ocpp_core.domain.commands import Command, CommandResult
from ocpp_core.domain.events import DomainEvent, Reply
from ocpp_core.domain.ids import ChargePointId, MessageId, SessionId
from ocpp_core.domain.quick import quick_dataclass


class Direction(StrEnum):
    """Who sent the CALL."""

    FROM_CHARGER = "from-charger"
    TO_CHARGER = "to-charger"


class Outcome(StrEnum):
    """How the exchange ended."""

    ANSWERED = "answered"
    """A CALLRESULT."""
    REFUSED = "refused"
    """A CALLERROR, in either direction."""
    SENT = "sent"
    """One of our CALLs that has no answer yet."""
    TIMED_OUT = "timed-out"
    LINK_LOST = "link-lost"
    UNANSWERED = "unanswered"
    """A message that is never answered: a SEND, or word that an answer was no use (OCPP 2.1)."""
    UNREADABLE = "unreadable"
    """A frame that is no OCPP message; kept raw, nobody to answer."""


@quick_dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """One exchange, complete enough to rebuild every derived table from it."""

    at: datetime
    """When we received the CALL, or sent ours."""
    charge_point_id: ChargePointId
    direction: Direction
    message_id: MessageId
    action: str
    """OCPP action; empty when the frame could not be read that far."""
    ocpp_version: str
    """Subprotocol of the link, e.g. `ocpp1.6`."""
    frame: str
    """The CALL as it was on the wire."""
    answer: str | None
    """The answer as it was on the wire."""
    outcome: Outcome
    event: DomainEvent | None = None
    """Meaning of an inbound CALL; None when it was refused."""
    reply: Reply | None = None
    """Meaning of our answer."""
    command: Command | None = None
    """Meaning of one of our CALLs."""
    result: CommandResult | None = None
    """Meaning of the charger's answer."""
    session_id: SessionId | None = None
    """The session that it belongs to, when it belongs to one."""
    findings: tuple[str, ...] = ()
    """What was odd, in words; the message was taken all the same."""
