"""ClearCache (OCPP 2.0.1 C11)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import ClearCache, CommandResult
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


def to_request(command: ClearCache) -> dict[str, Any]:
    """Write nothing: the message says all."""
    del command
    return {}


def to_result(answer: StatusAnswer, command: ClearCache, received_at: datetime) -> CommandResult:
    """Read the status."""
    del command, received_at
    return outcome(answer)


MESSAGE = Outbound("ClearCache", ClearCache, to_request, StatusAnswer, to_result)
