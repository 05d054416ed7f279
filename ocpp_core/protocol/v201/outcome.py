"""How answers of OCPP 2.x end: a status word, and why (StatusInfoType)."""

from __future__ import annotations

from typing import Any

from ocpp_core.domain.commands import Accepted, CommandResult, Rejected, Unsupported
from ocpp_core.protocol.message import Answer
from ocpp_core.protocol.words import reduced


class StatusAnswer(Answer, frozen=True):
    """An answer that is one word, with a reason where the charger gives one."""

    status: str
    status_info: Any = None
    """Not typed: a reason in an odd shape is no reason to doubt the word."""


def outcome(
    answer: StatusAnswer,
    *,
    accepted: tuple[str, ...] = ("Accepted",),
    unsupported: tuple[str, ...] = (),
) -> CommandResult:
    """Read a status in whatever case it is written; what is not known is a refusal."""
    return outcome_of(
        answer.status, reason_of(answer.status_info), accepted=accepted, unsupported=unsupported
    )


def outcome_of(
    word: str,
    reason: str,
    *,
    accepted: tuple[str, ...] = ("Accepted",),
    unsupported: tuple[str, ...] = (),
) -> CommandResult:
    """Read a status word that has its reason beside it."""
    spelled = spelling(word, accepted)
    if spelled is not None:
        return Accepted(status=spelled, reason=reason)
    if spelling(word, unsupported) is not None:
        return Unsupported(reason=f"{word}: {reason}" if reason else word)
    return Rejected(status=word, reason=reason)


def spelling(word: str, known: tuple[str, ...]) -> str | None:
    """Return the word of `known` that is meant, or None."""
    return next((one for one in known if reduced(one) == reduced(word)), None)


def reason_of(status_info: Any) -> str:
    """Return a reason in words: its code, and what the charger adds."""
    if not isinstance(status_info, dict):
        return status_info if isinstance(status_info, str) else ""
    parts = (status_info.get("reasonCode"), status_info.get("additionalInfo"))
    return ": ".join(part for part in parts if isinstance(part, str) and part)
