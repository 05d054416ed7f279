"""GetVariables (OCPP 2.0.1 B06)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ocpp_core.domain.commands import (
    Accepted,
    CommandResult,
    GetVariables,
    Rejected,
    Unsupported,
    VariableQuery,
)
from ocpp_core.domain.variables import VariableAttribute
from ocpp_core.protocol.message import Answer, Outbound
from ocpp_core.protocol.v201.outcome import spelling
from ocpp_core.protocol.v201.variables import Result, from_wire_result, to_wire_name


class Response(Answer, frozen=True):
    """One result for each variable."""

    get_variable_result: list[Result] = msgspec.field(default_factory=list)


def to_request(command: GetVariables) -> dict[str, Any] | Unsupported:
    """Write which variables."""
    if not command.variables:
        return Unsupported(reason="no variable is named: GetBaseReport asks for all")
    return {"getVariableData": [wire_query(one) for one in command.variables]}


def wire_query(one: VariableQuery) -> dict[str, Any]:
    """Write one variable; the actual value is meant where nothing is said."""
    data = to_wire_name(one.name)
    if one.attribute is not VariableAttribute.ACTUAL:
        data["attributeType"] = one.attribute.value
    return data


def to_result(answer: Response, command: GetVariables, received_at: datetime) -> CommandResult:
    """Read the values, each with its own word; a refusal only where none could be read."""
    del command, received_at
    results = tuple(from_wire_result(wire) for wire in answer.get_variable_result)
    if any(spelling(one.status, ("Accepted",)) for one in results):
        return Accepted(variables=results)
    status = results[0].status if results else "Incomplete"
    return Rejected(
        status=status, reason=results[0].reason if results else "no result", variables=results
    )


MESSAGE = Outbound("GetVariables", GetVariables, to_request, Response, to_result)
