"""SecurityEventNotification (1.6 security whitepaper, use case A04)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ocpp_core.domain.events import SecurityEventReported
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Inbound, Wire, no_fields


class Request(Wire, frozen=True):
    """Something that concerns security; the list of kinds is open."""

    kind: str = msgspec.field(name="type")
    timestamp: datetime
    tech_info: str = ""


def to_event(request: Request, received_at: datetime, findings: list[str]) -> SecurityEventReported:
    """Read the event."""
    return SecurityEventReported(
        kind=request.kind,
        at=wiretime.read(request.timestamp, received_at, findings),
        info=request.tech_info,
    )


MESSAGE = Inbound("SecurityEventNotification", Request, to_event, no_fields)
