"""Reset (OCPP 2.0.1 B11, B12)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, Reset, ResetKind
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.fields import present
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome

_TYPES = {ResetKind.SOFT: "OnIdle", ResetKind.HARD: "Immediate"}
"""A soft reset waits until transactions are over (B12); the version has none that ends them."""


def to_request(command: Reset) -> dict[str, Any]:
    """Write how to restart, and which EVSE where not all of it."""
    return present(type=_TYPES[command.kind], evseId=command.connector_id or None)


def to_result(answer: StatusAnswer, command: Reset, received_at: datetime) -> CommandResult:
    """Read the status."""
    del command, received_at
    return outcome(answer, accepted=("Accepted", "Scheduled"))


MESSAGE = Outbound("Reset", Reset, to_request, StatusAnswer, to_result)
