"""UsePriorityCharging (OCPP 2.1 K21)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, Unsupported, UsePriorityCharging
from ocpp_core.protocol.message import NamingOutbound
from ocpp_core.protocol.translator import TransactionNames
from ocpp_core.protocol.v201.fields import station_name
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


def to_request(
    command: UsePriorityCharging, names: TransactionNames
) -> dict[str, Any] | Unsupported:
    """Write which transaction gets priority, or loses it."""
    name = station_name(command.transaction_id, names)
    if isinstance(name, Unsupported):
        return name
    return {"transactionId": name, "activate": command.activate}


def to_result(
    answer: StatusAnswer, command: UsePriorityCharging, received_at: datetime
) -> CommandResult:
    """Read the status; `NoProfile` (no priority profile is installed) is a refusal."""
    del command, received_at
    return outcome(answer)


MESSAGE = NamingOutbound(
    "UsePriorityCharging", UsePriorityCharging, to_request, StatusAnswer, to_result
)
