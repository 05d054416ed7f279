"""StatusNotification (OCPP 2.0.1 G01)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v201.enums import ConnectorStatusEnumType

from ocpp_core.domain.events import ConnectorStatus, StatusChanged
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Inbound, no_fields
from ocpp_core.protocol.v201.message import Number, Wire

_SPECIFIED = frozenset(ConnectorStatus(word.value) for word in ConnectorStatusEnumType)


class Request(Wire, frozen=True, kw_only=True):
    """State of a connector of an EVSE."""

    connector_status: ConnectorStatus
    evse_id: Number
    timestamp: datetime | None = None
    connector_id: Number | None = None


def to_event(request: Request, received_at: datetime, findings: list[str]) -> StatusChanged:
    """Read a state; EVSEs and connectors count from 1, so 0 means the charger as a whole."""
    if request.connector_status not in _SPECIFIED:
        findings.append(f"status {request.connector_status} is a word of OCPP 1.6")
    plug_id: int | None = request.connector_id
    if request.evse_id == 0:
        findings.append("EVSE 0 is none: read as the charger as a whole")
        plug_id = None
    elif plug_id is None:
        findings.append("field connectorId is missing: read as the EVSE as a whole")
    elif plug_id == 0:
        findings.append("connector 0 is none: read as the EVSE as a whole")
        plug_id = None
    return StatusChanged(
        connector_id=ConnectorId(request.evse_id),
        plug_id=plug_id,
        status=request.connector_status,
        at=wiretime.read_or_receipt(request.timestamp, received_at, findings),
    )


MESSAGE = Inbound(
    "StatusNotification",
    Request,
    to_event,
    no_fields,
    open_enums=frozenset({"connectorStatus"}),
    # "If absent time of receipt of the message will be assumed", says 2.0.1 of a required field.
    dispensable=frozenset({"timestamp", "connectorId"}),
)
