"""StopTransaction (OCPP 1.6 section 4.10)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ocpp_core.domain.events import SessionStopped, StopReason, StopReply
from ocpp_core.domain.ids import IdToken, TransactionId
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Inbound, Int64, Wire, encode
from ocpp_core.protocol.reasons import stop_reason
from ocpp_core.protocol.v16.metering import OPEN_ENUMS, MeterValue, readings_of
from ocpp_core.protocol.v16.tokens import answered_info


class Request(Wire, frozen=True):
    """A transaction ended."""

    transaction_id: Int64
    meter_stop: Int64
    timestamp: datetime
    reason: str = StopReason.LOCAL.value
    id_tag: str | None = None
    transaction_data: list[MeterValue] = msgspec.field(default_factory=list)


def to_event(request: Request, received_at: datetime, findings: list[str]) -> SessionStopped:
    """Read a stop; an unknown reason becomes Other."""
    return SessionStopped(
        transaction_id=TransactionId(request.transaction_id),
        at=wiretime.read(request.timestamp, received_at, findings),
        meter_stop_wh=request.meter_stop,
        reason=stop_reason(request.reason, findings),
        id_token=IdToken(request.id_tag) if request.id_tag else None,
        readings=readings_of(request.transaction_data, received_at, findings),
    )


def to_payload(reply: StopReply) -> bytes:
    """Write the token's state, where the charger named a token."""
    return b"{}" if reply.token is None else encode({"idTagInfo": answered_info(reply.token)})


MESSAGE = Inbound(
    "StopTransaction",
    Request,
    to_event,
    to_payload,
    open_enums=OPEN_ENUMS | {"reason"},
    rounded=frozenset({"meterStop"}),
    keeps=True,
)
