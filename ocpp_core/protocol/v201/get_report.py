"""GetReport (OCPP 2.0.1 B08)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, GetReport
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.fields import numbered, present
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome
from ocpp_core.protocol.v201.variables import to_wire_name


def to_request(command: GetReport) -> dict[str, Any]:
    """Write which variables, and in what state their components are to be."""
    return present(
        requestId=numbered(command.request_id),
        componentVariable=[to_wire_name(name) for name in command.variables] or None,
        componentCriteria=list(command.criteria) or None,
    )


def to_result(answer: StatusAnswer, command: GetReport, received_at: datetime) -> CommandResult:
    """Read the status; with EmptyResultSet there is nothing, and no report will come."""
    del command, received_at
    return outcome(answer, accepted=("Accepted", "EmptyResultSet"), unsupported=("NotSupported",))


MESSAGE = Outbound("GetReport", GetReport, to_request, StatusAnswer, to_result)
