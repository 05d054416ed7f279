"""What can be wrong with a CALL, in words that no OCPP version misspells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Reason of a CALLERROR (OCPP 1.6-J section 4.2.3, OCPP 2.0.1 part 4 section 4.3).

    Translators spell them as their version does, two of them wrongly on purpose in 1.6.
    """

    FORMATION = "formation"
    """The frame or its payload is not built as OCPP says."""
    PROPERTY = "property"
    """A field has a value that is not allowed."""
    OCCURRENCE = "occurrence"
    """A required field is missing, or there are too many or too few of one."""
    TYPE = "type"
    """A field has another type than it should."""
    NOT_IMPLEMENTED = "not-implemented"
    """No such action exists in this version."""
    NOT_SUPPORTED = "not-supported"
    """The action exists; we do not serve it."""
    PROTOCOL = "protocol"
    """The frame lacks a part."""
    SECURITY = "security"
    """Not allowed now, e.g. before the boot was accepted."""
    INTERNAL = "internal"
    """Our fault: the charger is to keep the message and send it again."""
    FRAME = "frame"
    """The frame is no message at all, e.g. its id cannot be read."""
    MESSAGE_TYPE = "message-type"
    """The frame starts with a number that is no message type."""
    GENERIC = "generic"
    """None of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a CALL gets a CALLERROR; the text is sent, so it holds nothing of our inside."""

    fault: Fault
    description: str
