"""RemoteStopTransaction (OCPP 1.6 section 5.12)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import CommandResult, RemoteStop
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word


def to_request(command: RemoteStop) -> requests.RemoteStopTransaction:
    """Write the order."""
    return requests.RemoteStopTransaction(transaction_id=command.transaction_id)


def to_result(answer: StatusAnswer, command: RemoteStop, received_at: datetime) -> CommandResult:
    """Read the status."""
    del command, received_at
    return result_of_word(answer.status)


MESSAGE = Outbound("RemoteStopTransaction", RemoteStop, to_request, StatusAnswer, to_result)
