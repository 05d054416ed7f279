"""CancelReservation (OCPP 1.6 section 5.1)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import CancelReservation, CommandResult
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word


def to_request(command: CancelReservation) -> requests.CancelReservation:
    """Write which reservation."""
    return requests.CancelReservation(reservation_id=command.reservation_id)


def to_result(
    answer: StatusAnswer, command: CancelReservation, received_at: datetime
) -> CommandResult:
    """Read the status; Rejected: there is no such reservation."""
    del command, received_at
    return result_of_word(answer.status)


MESSAGE = Outbound("CancelReservation", CancelReservation, to_request, StatusAnswer, to_result)
