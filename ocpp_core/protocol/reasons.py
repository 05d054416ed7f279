"""Why transactions end, in the words of any version."""

from __future__ import annotations

from ocpp_core.domain.events import StopReason
from ocpp_core.protocol.words import reduced, spellings

_REASONS = {reason.value: reason for reason in StopReason}
_SPELLINGS = spellings(_REASONS)


def stop_reason(word: str, findings: list[str]) -> StopReason:
    """Read a reason; an unknown one becomes Other."""
    reason = _REASONS.get(word)
    if reason is None:
        reason = _REASONS[_SPELLINGS.get(reduced(word), StopReason.OTHER.value)]
        findings.append(f"stop reason {word[:50]!r} is not known: taken as {reason}")
    return reason
