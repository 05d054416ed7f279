"""SetVariables (OCPP 2.0.1 B05)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ocpp_core.domain.commands import (
    Accepted,
    CommandResult,
    Rejected,
    SetVariables,
    Unsupported,
    VariableValue,
)
from ocpp_core.domain.variables import VariableAttribute, VariableResult
from ocpp_core.protocol.message import Answer, Outbound
from ocpp_core.protocol.v201.outcome import spelling
from ocpp_core.protocol.v201.variables import Result, from_wire_result, to_wire_name

AGREED = ("Accepted", "RebootRequired")


class Response(Answer, frozen=True):
    """One result for each variable."""

    set_variable_result: list[Result] = msgspec.field(default_factory=list)


def to_request(command: SetVariables) -> dict[str, Any] | Unsupported:
    """Write the variables and what they are to be."""
    if not command.variables:
        return Unsupported(reason="no variable is named")
    return {"setVariableData": [wire_value(one) for one in command.variables]}


def wire_value(one: VariableValue) -> dict[str, Any]:
    """Write one variable; the actual value is meant where nothing is said."""
    data = to_wire_name(one.name) | {"attributeValue": one.value}
    if one.attribute is not VariableAttribute.ACTUAL:
        data["attributeType"] = one.attribute.value
    return data


def to_result(answer: Response, command: SetVariables, received_at: datetime) -> CommandResult:
    """Read the results: accepted is only what every variable was."""
    del received_at
    results = tuple(from_wire_result(wire) for wire in answer.set_variable_result)
    return all_of(results, asked=len(command.variables))


def all_of(results: Sequence[VariableResult], asked: int) -> CommandResult:
    """Return one outcome for several: RebootRequired if any needs that, a refusal if any is one."""
    refused = [one for one in results if spelling(one.status, AGREED) is None]
    if refused:
        return Rejected(
            status=refused[0].status,
            reason="; ".join(_told(one) for one in refused),
            variables=tuple(results),
        )
    if len(results) < asked:
        return Rejected(
            status="Incomplete",
            reason=f"the charger answered for {len(results)} of {asked} variables",
            variables=tuple(results),
        )
    reboot = any(spelling(one.status, AGREED) == "RebootRequired" for one in results)
    return Accepted(
        status="RebootRequired" if reboot else "Accepted",
        reason="; ".join(_told(one) for one in results if one.reason),
        variables=tuple(results),
    )


def _told(one: VariableResult) -> str:
    return f"{one.name}: {one.status}" + (f" ({one.reason})" if one.reason else "")


MESSAGE = Outbound("SetVariables", SetVariables, to_request, Response, to_result)
