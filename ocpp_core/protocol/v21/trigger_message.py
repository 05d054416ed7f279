"""TriggerMessage (OCPP 2.1 F06)."""

from __future__ import annotations

from typing import Any

from ocpp_core.domain.commands import TriggerMessage
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v21.schemas import SCHEMAS
from ocpp_core.protocol.v201.outcome import StatusAnswer
from ocpp_core.protocol.v201.trigger_message import to_result, wire_trigger

_CUSTOM = "CustomTrigger"
_TRIGGERS: frozenset[str] = frozenset(
    SCHEMAS.request("TriggerMessage")["properties"]["requestedMessage"]["enum"]
) - {_CUSTOM}


def to_request(command: TriggerMessage) -> dict[str, Any]:
    """Write which message we want; one that OCPP does not name is the charger's own (F06)."""
    wanted = wire_trigger(command)
    if wanted["requestedMessage"] in _TRIGGERS:
        return wanted
    return wanted | {"requestedMessage": _CUSTOM, "customTrigger": command.message}


MESSAGE = Outbound("TriggerMessage", TriggerMessage, to_request, StatusAnswer, to_result)
