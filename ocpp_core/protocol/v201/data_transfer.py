"""DataTransfer (OCPP 2.0.1 P02): no vendor logic is built in, so it is refused politely."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.events import VendorDataReply, VendorDataSent
from ocpp_core.protocol.message import Inbound, encode
from ocpp_core.protocol.v201.message import Wire


class Request(Wire, frozen=True, kw_only=True):
    """A vendor's own message; its data is any JSON."""

    vendor_id: str
    message_id: str = ""
    data: Any = None


def to_event(request: Request, received_at: datetime, findings: list[str]) -> VendorDataSent:
    """Read the vendor's message; data that is no text becomes JSON text."""
    del received_at, findings
    data = request.data
    if data is None:
        data = ""
    elif not isinstance(data, str):
        data = encode(data).decode()
    return VendorDataSent(vendor=request.vendor_id, message=request.message_id, data=data)


def to_payload(reply: VendorDataReply) -> bytes:
    """Write the status."""
    return encode({"status": reply.status})


MESSAGE = Inbound("DataTransfer", Request, to_event, to_payload)
