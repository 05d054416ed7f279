"""UnlockConnector (OCPP 2.0.1 F05)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, UnlockConnector, Unsupported
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


def to_request(command: UnlockConnector) -> dict[str, Any] | Unsupported:
    """Write the EVSE and its connector."""
    if command.connector_id == 0:
        return Unsupported(reason="what is unlocked is one connector, not the charger as a whole")
    return {"evseId": command.connector_id, "connectorId": command.plug_id}


def to_result(
    answer: StatusAnswer, command: UnlockConnector, received_at: datetime
) -> CommandResult:
    """Read the status: UnlockFailed, OngoingAuthorizedTransaction and UnknownConnector refuse."""
    del command, received_at
    return outcome(answer, accepted=("Unlocked",))


MESSAGE = Outbound("UnlockConnector", UnlockConnector, to_request, StatusAnswer, to_result)
