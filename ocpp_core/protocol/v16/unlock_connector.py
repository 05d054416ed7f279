"""UnlockConnector (OCPP 1.6 section 5.18)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import CommandResult, UnlockConnector, Unsupported
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word


def to_request(command: UnlockConnector) -> requests.UnlockConnector | Unsupported:
    """Write the order."""
    if command.connector_id < 1:
        return Unsupported(reason="one connector is unlocked at a time, numbered from 1")
    if command.plug_id != 1:
        return Unsupported(reason="a connector has one plug in OCPP 1.6")
    return requests.UnlockConnector(connector_id=command.connector_id)


def to_result(
    answer: StatusAnswer, command: UnlockConnector, received_at: datetime
) -> CommandResult:
    """Read the status; UnlockFailed is a refusal, whatever the reason."""
    del command, received_at
    return result_of_word(answer.status, accepted=("Unlocked",), unsupported=("NotSupported",))


MESSAGE = Outbound("UnlockConnector", UnlockConnector, to_request, StatusAnswer, to_result)
