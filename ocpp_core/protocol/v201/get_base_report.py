"""GetBaseReport (OCPP 2.0.1 B07)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, GetBaseReport
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.fields import numbered
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


def to_request(command: GetBaseReport) -> dict[str, Any]:
    """Write how much is asked for."""
    return {"requestId": numbered(command.request_id), "reportBase": command.base.value}


def to_result(answer: StatusAnswer, command: GetBaseReport, received_at: datetime) -> CommandResult:
    """Read the status; with EmptyResultSet there is nothing, and no report will come."""
    del command, received_at
    return outcome(answer, accepted=("Accepted", "EmptyResultSet"), unsupported=("NotSupported",))


MESSAGE = Outbound("GetBaseReport", GetBaseReport, to_request, StatusAnswer, to_result)
