"""SetVariables (OCPP 2.0.1 B05) for one setting that is named by text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import (
    ChangeConfiguration,
    CommandResult,
    Unsupported,
    VariableValue,
)
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.set_variables import Response, all_of, wire_value
from ocpp_core.protocol.v201.setting_names import unknown_setting, variable_of
from ocpp_core.protocol.v201.variables import from_wire_result


def to_request(command: ChangeConfiguration) -> dict[str, Any] | Unsupported:
    """Write the variable that the key names."""
    name = variable_of(command.key)
    if name is None:
        return Unsupported(reason=unknown_setting(command.key))
    return {"setVariableData": [wire_value(VariableValue(name=name, value=command.value))]}


def to_result(
    answer: Response, command: ChangeConfiguration, received_at: datetime
) -> CommandResult:
    """Read the result; RebootRequired is an acceptance."""
    del command, received_at
    return all_of(tuple(from_wire_result(wire) for wire in answer.set_variable_result), asked=1)


MESSAGE = Outbound("SetVariables", ChangeConfiguration, to_request, Response, to_result)
