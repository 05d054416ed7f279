"""MeterValues (OCPP 2.0.1 J01): values outside of a transaction, since events carry the others."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ocpp_core.domain.events import Metered
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.protocol.message import Inbound, no_fields
from ocpp_core.protocol.v201.message import Number, Wire
from ocpp_core.protocol.v201.metering import OPEN_ENUMS, MeterValue, readings_of


class Request(Wire, frozen=True, kw_only=True):
    """Meter values of an EVSE; of the main meter for EVSE 0."""

    evse_id: Number
    meter_value: list[MeterValue] = msgspec.field(default_factory=list)


def to_event(request: Request, received_at: datetime, findings: list[str]) -> Metered:
    """Read values."""
    return Metered(
        connector_id=ConnectorId(request.evse_id),
        transaction_id=None,
        readings=readings_of(request.meter_value, received_at, findings),
    )


MESSAGE = Inbound(
    "MeterValues",
    Request,
    to_event,
    no_fields,
    open_enums=OPEN_ENUMS,
    dispensable=frozenset({"meterValue"}),
    keeps=True,
)
