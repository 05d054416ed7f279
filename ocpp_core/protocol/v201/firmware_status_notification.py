"""FirmwareStatusNotification (OCPP 2.0.1 L01 and L02)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import Transfer, TransferStatusChanged
from ocpp_core.protocol.message import Inbound, Int32, no_fields
from ocpp_core.protocol.v201.message import Wire


class Request(Wire, frozen=True, kw_only=True):
    """Progress of a firmware update; words that OCPP does not know are kept as they are."""

    status: str
    request_id: Int32 | None = None


def to_event(request: Request, received_at: datetime, findings: list[str]) -> TransferStatusChanged:
    """Read the progress."""
    del received_at, findings
    return TransferStatusChanged(
        transfer=Transfer.FIRMWARE, status=request.status, request_id=request.request_id
    )


MESSAGE = Inbound(
    "FirmwareStatusNotification", Request, to_event, no_fields, open_enums=frozenset({"status"})
)
