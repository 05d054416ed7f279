"""TriggerMessage (OCPP 2.0.1 F06)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, TriggerMessage, Unsupported
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.fields import FIRST_PLUG, evse, present
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome
from ocpp_core.protocol.v201.schemas import SCHEMAS

_TRIGGERS: frozenset[str] = frozenset(
    SCHEMAS.request("TriggerMessage")["properties"]["requestedMessage"]["enum"]
)
_OF_16 = {
    "DiagnosticsStatusNotification": "LogStatusNotification",
    "SignChargePointCertificate": "SignChargingStationCertificate",
}
"""Messages of OCPP 1.6 that have another name now."""


def to_request(command: TriggerMessage) -> dict[str, Any] | Unsupported:
    """Write which message we want."""
    wanted = wire_trigger(command)
    if wanted["requestedMessage"] not in _TRIGGERS:
        return Unsupported(reason=f"{command.message} cannot be triggered in OCPP 2.0.1")
    return wanted


def wire_trigger(command: TriggerMessage) -> dict[str, Any]:
    """Write the message and where; a status is that of a connector, not of an EVSE (F06.FR.12)."""
    message = _OF_16.get(command.message, command.message)
    plug_id = FIRST_PLUG if message == "StatusNotification" else None
    place = evse(command.connector_id, plug_id) if command.connector_id else None
    return present(requestedMessage=message, evse=place)


def to_result(
    answer: StatusAnswer, command: TriggerMessage, received_at: datetime
) -> CommandResult:
    """Read the status."""
    del command, received_at
    return outcome(answer, unsupported=("NotImplemented",))


MESSAGE = Outbound("TriggerMessage", TriggerMessage, to_request, StatusAnswer, to_result)
