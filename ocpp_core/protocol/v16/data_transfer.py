"""DataTransfer (OCPP 1.6 section 4.3): no vendor logic is built in, so it is refused politely."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import VendorDataReply, VendorDataSent
from ocpp_core.protocol.message import Inbound, Wire, encode


class Request(Wire, frozen=True):
    """A vendor's own message."""

    vendor_id: str
    message_id: str = ""
    data: str = ""


def to_event(request: Request, received_at: datetime, findings: list[str]) -> VendorDataSent:
    """Read the vendor's message."""
    del received_at, findings
    return VendorDataSent(vendor=request.vendor_id, message=request.message_id, data=request.data)


def to_payload(reply: VendorDataReply) -> bytes:
    """Write the status."""
    return encode({"status": reply.status})


MESSAGE = Inbound("DataTransfer", Request, to_event, to_payload)
