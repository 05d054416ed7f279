"""UpdateDynamicSchedule (OCPP 2.1 K28)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, Unsupported, UpdateDynamicSchedule
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v21.profile_writer import wire_values
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


def to_request(command: UpdateDynamicSchedule) -> dict[str, Any] | Unsupported:
    """Write the values that change."""
    values = wire_values(
        limit=command.limit, setpoint=command.setpoint, discharge_limit=command.discharge_limit
    )
    if not values:
        return Unsupported(reason="an update has a limit, a setpoint or a discharge limit")
    return {"chargingProfileId": command.profile_id, "scheduleUpdate": values}


def to_result(
    answer: StatusAnswer, command: UpdateDynamicSchedule, received_at: datetime
) -> CommandResult:
    """Read the status."""
    del command, received_at
    return outcome(answer)


MESSAGE = Outbound(
    "UpdateDynamicSchedule", UpdateDynamicSchedule, to_request, StatusAnswer, to_result
)
