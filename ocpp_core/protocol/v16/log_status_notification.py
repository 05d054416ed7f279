"""LogStatusNotification (1.6 security whitepaper, use case N01)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import Transfer, TransferStatusChanged
from ocpp_core.protocol.message import Inbound, Int64, Wire, no_fields


class Request(Wire, frozen=True):
    """Progress of a log upload; words that OCPP does not know are kept as they are."""

    status: str
    request_id: Int64 | None = None


def to_event(request: Request, received_at: datetime, findings: list[str]) -> TransferStatusChanged:
    """Read the progress."""
    del received_at, findings
    return TransferStatusChanged(
        transfer=Transfer.LOG, status=request.status, request_id=request.request_id
    )


MESSAGE = Inbound(
    "LogStatusNotification", Request, to_event, no_fields, open_enums=frozenset({"status"})
)
