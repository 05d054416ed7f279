"""SecurityEventNotification (OCPP 2.0.1 A04)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import SecurityEventReported
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Inbound, no_fields
from ocpp_core.protocol.v201.message import Wire


class Request(Wire, frozen=True, kw_only=True):
    """Something that concerns security."""

    type: str
    timestamp: datetime | None = None
    tech_info: str = ""


def to_event(request: Request, received_at: datetime, findings: list[str]) -> SecurityEventReported:
    """Read what happened, and when."""
    return SecurityEventReported(
        kind=request.type,
        at=wiretime.read_or_receipt(request.timestamp, received_at, findings),
        info=request.tech_info,
    )


MESSAGE = Inbound(
    "SecurityEventNotification",
    Request,
    to_event,
    no_fields,
    dispensable=frozenset({"timestamp"}),
    keeps=True,
)
