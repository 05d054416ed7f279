"""The answer that has no fields."""

from __future__ import annotations

from ocpp_core.domain.events import EmptyReply


def no_fields(reply: EmptyReply) -> bytes:
    """Write an empty payload."""
    del reply
    return b"{}"
