"""ReserveNow (OCPP 2.0.1 H01)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, ReserveNow
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.fields import present
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome
from ocpp_core.protocol.v201.tokens import GROUP, id_token


def to_request(command: ReserveNow) -> dict[str, Any]:
    """Write what is kept, for whom, and until when."""
    group = command.group_token
    return present(
        id=command.reservation_id,
        expiryDateTime=wiretime.write(command.expires_at),
        idToken=id_token(command.id_token, command.token_type),
        evseId=command.connector_id or None,
        groupIdToken=None if group is None else id_token(group, GROUP),
    )


def to_result(answer: StatusAnswer, command: ReserveNow, received_at: datetime) -> CommandResult:
    """Read the status: Faulted, Occupied, Rejected and Unavailable refuse."""
    del command, received_at
    return outcome(answer)


MESSAGE = Outbound("ReserveNow", ReserveNow, to_request, StatusAnswer, to_result)
