"""StatusNotification (OCPP 1.6 section 4.9)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16.enums import ChargePointErrorCode

from ocpp_core.domain.events import ConnectorStatus, StatusChanged
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import ConnectorNumber, Inbound, Wire, no_fields
from ocpp_core.protocol.words import reduced, spellings

_ERROR_CODES = frozenset(code.value for code in ChargePointErrorCode)
_SPELLINGS = spellings(_ERROR_CODES)
_WRITTEN_NOTHING = frozenset({"null", "none", "nil"})


class Request(Wire, frozen=True):
    """State of a connector, or of the charge point for connector 0."""

    connector_id: ConnectorNumber
    error_code: str
    status: ConnectorStatus
    info: str = ""
    timestamp: datetime | None = None
    vendor_id: str = ""
    vendor_error_code: str = ""


def to_event(request: Request, received_at: datetime, findings: list[str]) -> StatusChanged:
    """Read a state; an unknown error code becomes OtherError, its own word is kept."""
    at: datetime | None = None
    if request.timestamp is not None:
        at = wiretime.read(request.timestamp, received_at, findings)
    error_code, vendor_error_code = request.error_code, request.vendor_error_code
    if error_code not in _ERROR_CODES:
        spelled = _SPELLINGS.get(reduced(error_code))
        if spelled is None:
            vendor_error_code = vendor_error_code or error_code
            spelled = ChargePointErrorCode.other_error.value
        findings.append(f"error code {error_code[:50]!r} is not known: taken as {spelled}")
        error_code = spelled
    info = request.info
    if info.casefold() in _WRITTEN_NOTHING:
        findings.append(f"info is the word {info!r}: taken as empty")
        info = ""
    return StatusChanged(
        connector_id=ConnectorId(request.connector_id),
        status=request.status,
        error_code=error_code,
        info=info,
        vendor_error_code=vendor_error_code,
        at=at,
    )


MESSAGE = Inbound(
    "StatusNotification", Request, to_event, no_fields, open_enums=frozenset({"errorCode"})
)
