"""NotifyWebPaymentStarted (OCPP 2.1 C25)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import WebPaymentStarted
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.protocol.message import Inbound, Int32, no_fields
from ocpp_core.protocol.v201.message import Number, Wire


class Request(Wire, frozen=True, kw_only=True):
    """Somebody follows the charger's QR code, and may take this long."""

    evse_id: Number
    timeout: Int32


def to_event(request: Request, received_at: datetime, findings: list[str]) -> WebPaymentStarted:
    """Read where, and how long the charger waits (s)."""
    del received_at, findings
    return WebPaymentStarted(connector_id=ConnectorId(request.evse_id), timeout_s=request.timeout)


MESSAGE = Inbound("NotifyWebPaymentStarted", Request, to_event, no_fields)
