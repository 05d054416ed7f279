"""Heartbeat (OCPP 1.6 section 4.6)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import Heartbeat, TimeReply
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Inbound, Wire, encode


class Request(Wire, frozen=True):
    """Nothing to say."""


def to_event(request: Request, received_at: datetime, findings: list[str]) -> Heartbeat:
    """Read a sign of life."""
    del request, received_at, findings
    return Heartbeat()


def to_payload(reply: TimeReply) -> bytes:
    """Write the time."""
    return encode({"currentTime": wiretime.write(reply.at)})


MESSAGE = Inbound("Heartbeat", Request, to_event, to_payload)
