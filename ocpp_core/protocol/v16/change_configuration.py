"""ChangeConfiguration (OCPP 1.6 section 5.3)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import ChangeConfiguration, CommandResult
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word


def to_request(command: ChangeConfiguration) -> requests.ChangeConfiguration:
    """Write the key and its value."""
    return requests.ChangeConfiguration(key=command.key, value=command.value)


def to_result(
    answer: StatusAnswer, command: ChangeConfiguration, received_at: datetime
) -> CommandResult:
    """Read the status; RebootRequired is an acceptance."""
    del command, received_at
    return result_of_word(
        answer.status, accepted=("Accepted", "RebootRequired"), unsupported=("NotSupported",)
    )


MESSAGE = Outbound("ChangeConfiguration", ChangeConfiguration, to_request, StatusAnswer, to_result)
