"""ChangeAvailability (OCPP 2.0.1 G03, G04)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import ChangeAvailability, CommandResult, Unsupported
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.fields import evse, present
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


def to_request(command: ChangeAvailability) -> dict[str, Any] | Unsupported:
    """Write the EVSE or its connector, or none for the charging station as a whole."""
    if command.plug_id is not None and not command.connector_id:
        return Unsupported(reason="a plug is one of an EVSE, not of the charger as a whole")
    return present(
        evse=evse(command.connector_id, command.plug_id) if command.connector_id else None,
        operationalStatus="Operative" if command.operative else "Inoperative",
    )


def to_result(
    answer: StatusAnswer, command: ChangeAvailability, received_at: datetime
) -> CommandResult:
    """Read the status."""
    del command, received_at
    return outcome(answer, accepted=("Accepted", "Scheduled"))


MESSAGE = Outbound("ChangeAvailability", ChangeAvailability, to_request, StatusAnswer, to_result)
