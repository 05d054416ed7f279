"""ClearedChargingLimit (OCPP 2.0.1 K13)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import ChargingLimitCleared
from ocpp_core.protocol.message import Inbound, no_fields
from ocpp_core.protocol.v201.message import Number, Wire, place_of


class Request(Wire, frozen=True, kw_only=True):
    """Somebody else's limit is gone."""

    charging_limit_source: str
    evse_id: Number | None = None


def to_event(request: Request, received_at: datetime, findings: list[str]) -> ChargingLimitCleared:
    """Read whose limit, and where; without an EVSE it was the whole charger's."""
    del received_at, findings
    return ChargingLimitCleared(
        connector_id=place_of(request.evse_id), source=request.charging_limit_source
    )


MESSAGE = Inbound(
    "ClearedChargingLimit",
    Request,
    to_event,
    no_fields,
    open_enums=frozenset({"chargingLimitSource"}),
)
