"""ChangeAvailability (OCPP 1.6 section 5.2)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests
from ocpp.v16.enums import AvailabilityType

from ocpp_core.domain.commands import ChangeAvailability, CommandResult, Unsupported
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word


def to_request(command: ChangeAvailability) -> requests.ChangeAvailability | Unsupported:
    """Write the order."""
    if command.plug_id not in (None, 1):
        return Unsupported(reason="a connector has one plug in OCPP 1.6")
    kind = AvailabilityType.operative if command.operative else AvailabilityType.inoperative
    return requests.ChangeAvailability(connector_id=command.connector_id, type=kind)


def to_result(
    answer: StatusAnswer, command: ChangeAvailability, received_at: datetime
) -> CommandResult:
    """Read the status; Scheduled: from the end of the transaction that runs."""
    del command, received_at
    return result_of_word(answer.status, accepted=("Accepted", "Scheduled"))


MESSAGE = Outbound("ChangeAvailability", ChangeAvailability, to_request, StatusAnswer, to_result)
