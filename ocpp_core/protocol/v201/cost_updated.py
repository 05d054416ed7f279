"""CostUpdated (OCPP 2.0.1 I02)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import Accepted, CommandResult, Unsupported, UpdateCost
from ocpp_core.protocol.message import Answer, NamingOutbound
from ocpp_core.protocol.translator import TransactionNames
from ocpp_core.protocol.v201.fields import station_name


class Response(Answer, frozen=True):
    """An answer without fields."""


def to_request(command: UpdateCost, names: TransactionNames) -> dict[str, Any] | Unsupported:
    """Write the running total, taxes included, in the currency that the charger is set to."""
    name = station_name(command.transaction_id, names)
    if isinstance(name, Unsupported):
        return name
    if not command.total_cost.is_finite():
        raise ValueError(f"a cost is a number, not {command.total_cost}")
    return {"totalCost": command.total_cost, "transactionId": name}


def to_result(answer: Response, command: UpdateCost, received_at: datetime) -> CommandResult:
    """Take the answer as agreement: it has no fields."""
    del answer, command, received_at
    return Accepted()


MESSAGE = NamingOutbound("CostUpdated", UpdateCost, to_request, Response, to_result)
