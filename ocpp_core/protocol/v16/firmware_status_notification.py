"""FirmwareStatusNotification (OCPP 1.6 section 4.5)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import Transfer, TransferStatusChanged
from ocpp_core.protocol.message import Inbound, Wire, no_fields


class Request(Wire, frozen=True):
    """Progress of a firmware transfer; words that OCPP does not know are kept as they are."""

    status: str


def to_event(request: Request, received_at: datetime, findings: list[str]) -> TransferStatusChanged:
    """Read the progress."""
    del received_at, findings
    return TransferStatusChanged(transfer=Transfer.FIRMWARE, status=request.status)


MESSAGE = Inbound(
    "FirmwareStatusNotification", Request, to_event, no_fields, open_enums=frozenset({"status"})
)
