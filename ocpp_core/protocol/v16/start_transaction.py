"""StartTransaction (OCPP 1.6 section 4.8)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import SessionStarted, StartReply
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import ConnectorNumber, Inbound, Int64, Wire, encode
from ocpp_core.protocol.v16.tokens import answered_info


class Request(Wire, frozen=True):
    """A transaction began."""

    connector_id: ConnectorNumber
    id_tag: str
    meter_start: Int64
    timestamp: datetime
    reservation_id: Int64 | None = None


def to_event(request: Request, received_at: datetime, findings: list[str]) -> SessionStarted:
    """Read a start; reservation 0 or below means none."""
    reservation_id = request.reservation_id
    if reservation_id is not None and reservation_id <= 0:
        reservation_id = None
    return SessionStarted(
        connector_id=ConnectorId(request.connector_id),
        id_token=IdToken(request.id_tag),
        at=wiretime.read(request.timestamp, received_at, findings),
        meter_start_wh=request.meter_start,
        reservation_id=reservation_id,
    )


def to_payload(reply: StartReply) -> bytes:
    """Write the transaction id, which is given whatever the token's state."""
    return encode({"idTagInfo": answered_info(reply.token), "transactionId": reply.transaction_id})


MESSAGE = Inbound(
    "StartTransaction", Request, to_event, to_payload, rounded=frozenset({"meterStart"}), keeps=True
)
