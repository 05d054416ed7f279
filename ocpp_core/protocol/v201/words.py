"""Answers of OCPP 2.x that are one word, with a reason where there is one (StatusInfoType)."""

from __future__ import annotations

from collections.abc import Callable

from ocpp_core.domain.events import EmptyReply, WordReply
from ocpp_core.protocol.message import encode

UNSPECIFIED = "Unspecified"
"""The reason code where only words are at hand (2.0.1 appendix 5)."""
MAX_CODE_CHARACTERS = 20
MAX_WORDS_CHARACTERS = 512


def status_info(reason: str) -> dict[str, str]:
    """Write a reason: as a code where it is one short word, else in words."""
    if len(reason) <= MAX_CODE_CHARACTERS and reason.isalnum() and reason.isascii():
        return {"reasonCode": reason}
    return {"reasonCode": UNSPECIFIED, "additionalInfo": reason[:MAX_WORDS_CHARACTERS]}


def one_of(*words: str, otherwise: str) -> Callable[[WordReply | EmptyReply], bytes]:
    """Return the writer of a status that is one of `words`.

    `otherwise` stands for a word that the message does not have, and where an answer has none.
    """

    def to_payload(reply: WordReply | EmptyReply) -> bytes:
        if isinstance(reply, EmptyReply):
            return encode({"status": otherwise})
        payload: dict[str, object] = {
            "status": reply.status if reply.status in words else otherwise
        }
        reason = reply.reason
        if reply.status not in words and not reason:
            reason = reply.status
        if reason:
            payload["statusInfo"] = status_info(reason)
        return encode(payload)

    return to_payload
