"""GetVariables (OCPP 2.0.1 B06) for settings that are named by text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import (
    Accepted,
    CommandResult,
    ConfigurationEntry,
    GetConfiguration,
    Unsupported,
    VariableQuery,
)
from ocpp_core.domain.variables import VariableAttribute, VariableName, VariableResult
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.get_variables import Response, wire_query
from ocpp_core.protocol.v201.outcome import spelling
from ocpp_core.protocol.v201.setting_names import unknown_setting, variable_of
from ocpp_core.protocol.v201.variables import from_wire_result

_KEPT = ("Accepted", "Rejected")
"""Words for a variable that the charger has; one that may not be read is Rejected."""


def to_request(command: GetConfiguration) -> dict[str, Any] | Unsupported:
    """Write the variables that the keys name."""
    if not command.keys:
        return Unsupported(
            reason="OCPP 2.x reads the settings that are named; GetBaseReport asks for all"
        )
    named = [name for key in command.keys if (name := variable_of(key)) is not None]
    if not named:
        return Unsupported(reason=unknown_setting(command.keys[0]))
    return {"getVariableData": [wire_query(VariableQuery(name=name)) for name in named]}


def to_result(answer: Response, command: GetConfiguration, received_at: datetime) -> CommandResult:
    """Read the values, each under the name that was asked for; what is not there is unknown.

    Whether a variable may be written is not told here but in reports, so none is marked readonly.
    """
    del received_at
    results = [from_wire_result(wire) for wire in answer.get_variable_result]
    asked = [(key, name) for key in command.keys if (name := variable_of(key)) is not None]
    entries: list[ConfigurationEntry] = []
    unknown = [key for key in command.keys if variable_of(key) is None]
    for place, (key, name) in enumerate(asked):
        result = _result_for(name, place, results, len(asked))
        if result is None or spelling(result.status, _KEPT) is None:
            unknown.append(key)
        else:
            entries.append(ConfigurationEntry(key=key, value=result.value, readonly=False))
    return Accepted(
        configuration=tuple(entries), unknown_keys=tuple(unknown), variables=tuple(results)
    )


def _result_for(
    name: VariableName, place: int, results: Sequence[VariableResult], asked: int
) -> VariableResult | None:
    """Return the result for a name; by its place where the charger writes names in its own way."""
    for result in results:
        if (
            str(result.name).casefold() == str(name).casefold()
            and result.attribute is VariableAttribute.ACTUAL
        ):
            return result
    return results[place] if len(results) == asked else None


MESSAGE = Outbound("GetVariables", GetConfiguration, to_request, Response, to_result)
