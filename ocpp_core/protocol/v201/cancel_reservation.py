"""CancelReservation (OCPP 2.0.1 H02)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CancelReservation, CommandResult
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


def to_request(command: CancelReservation) -> dict[str, Any]:
    """Write which reservation ends."""
    return {"reservationId": command.reservation_id}


def to_result(
    answer: StatusAnswer, command: CancelReservation, received_at: datetime
) -> CommandResult:
    """Read the status."""
    del command, received_at
    return outcome(answer)


MESSAGE = Outbound("CancelReservation", CancelReservation, to_request, StatusAnswer, to_result)
