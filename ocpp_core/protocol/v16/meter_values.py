"""MeterValues (OCPP 1.6 section 4.7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ocpp_core.domain.events import Metered
from ocpp_core.domain.ids import ConnectorId, TransactionId
from ocpp_core.domain.quick import quick_maker
from ocpp_core.protocol.message import ConnectorNumber, Inbound, Int64, Wire, no_fields
from ocpp_core.protocol.v16.metering import (
    OPEN_ENUMS,
    MeterValue,
    SpecifiedMeterValue,
    readings_of,
)

_metered = quick_maker(Metered)


class Request(Wire, frozen=True):
    """Meter values of a connector."""

    connector_id: ConnectorNumber
    meter_value: Sequence[MeterValue]
    transaction_id: Int64 | None = None


def to_event(request: Request, received_at: datetime, findings: list[str]) -> Metered:
    """Read values; transaction 0 or below means none."""
    transaction_id = request.transaction_id
    if transaction_id is not None and transaction_id <= 0:
        findings.append(f"transaction {transaction_id} means none")
        transaction_id = None
    return _metered(
        connector_id=ConnectorId(request.connector_id),
        transaction_id=None if transaction_id is None else TransactionId(transaction_id),
        readings=readings_of(request.meter_value, received_at, findings),
    )


class Specified(Request, frozen=True):
    """Meter values with words of the specification only."""

    meter_value: list[SpecifiedMeterValue]


MESSAGE = Inbound(
    "MeterValues",
    Request,
    to_event,
    no_fields,
    open_enums=OPEN_ENUMS,
    keeps=True,
    specified=Specified,
)
