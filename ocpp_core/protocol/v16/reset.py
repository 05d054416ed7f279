"""Reset (OCPP 1.6 section 5.14)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests
from ocpp.v16.enums import ResetType

from ocpp_core.domain.commands import CommandResult, Reset, Unsupported
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word


def to_request(command: Reset) -> requests.Reset | Unsupported:
    """Write how to restart."""
    if command.connector_id:
        return Unsupported(reason="OCPP 1.6 restarts the charger as a whole only")
    return requests.Reset(type=ResetType(command.kind.value))


def to_result(answer: StatusAnswer, command: Reset, received_at: datetime) -> CommandResult:
    """Read the status."""
    del command, received_at
    return result_of_word(answer.status)


MESSAGE = Outbound("Reset", Reset, to_request, StatusAnswer, to_result)
