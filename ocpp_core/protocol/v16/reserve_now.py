"""ReserveNow (OCPP 1.6 section 5.13)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import CommandResult, ReserveNow
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word


def to_request(command: ReserveNow) -> requests.ReserveNow:
    """Write the wish; connector 0 is any of the charger."""
    return requests.ReserveNow(
        connector_id=command.connector_id or 0,
        expiry_date=wiretime.write(command.expires_at),
        id_tag=command.id_token,
        reservation_id=command.reservation_id,
        parent_id_tag=command.group_token,
    )


def to_result(answer: StatusAnswer, command: ReserveNow, received_at: datetime) -> CommandResult:
    """Read the status; Faulted, Occupied and Unavailable say why it is refused."""
    del command, received_at
    return result_of_word(answer.status)


MESSAGE = Outbound("ReserveNow", ReserveNow, to_request, StatusAnswer, to_result)
