"""TriggerMessage (OCPP 1.6 section 5.17)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp.v16 import call as requests
from ocpp.v16.enums import MessageTrigger

from ocpp_core.domain.commands import CommandResult, TriggerMessage, Unsupported
from ocpp_core.protocol.message import Choice, Outbound, StatusAnswer, result_of_word
from ocpp_core.protocol.v16 import extended_trigger_message
from ocpp_core.protocol.v16.schemas import request_schema

_TRIGGERS: frozenset[str] = frozenset(
    request_schema("TriggerMessage")["properties"]["requestedMessage"]["enum"]
)
"""The enum class also holds those of ExtendedTriggerMessage; the schema does not."""


def to_request(command: TriggerMessage) -> requests.TriggerMessage | Unsupported:
    """Write which message we want."""
    if command.message not in _TRIGGERS:
        return Unsupported(reason=f"{command.message} cannot be triggered in OCPP 1.6")
    return requests.TriggerMessage(
        requested_message=MessageTrigger(command.message), connector_id=command.connector_id
    )


def to_result(
    answer: StatusAnswer, command: TriggerMessage, received_at: datetime
) -> CommandResult:
    """Read the status."""
    del command, received_at
    return result_of_word(answer.status, unsupported=("NotImplemented",))


PLAIN = Outbound("TriggerMessage", TriggerMessage, to_request, StatusAnswer, to_result)


def _of(command: TriggerMessage) -> Outbound[TriggerMessage, Any]:
    extended = command.message in extended_trigger_message.TRIGGERS
    return extended_trigger_message.MESSAGE if extended else PLAIN


MESSAGE = Choice(TriggerMessage, _of)
