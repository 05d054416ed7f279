"""GetLocalListVersion (OCPP 2.0.1 D02)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import Accepted, CommandResult, GetLocalListVersion
from ocpp_core.protocol.message import Answer, Outbound


class Response(Answer, frozen=True):
    """Version of the list; 0: there is none."""

    version_number: int


def to_request(command: GetLocalListVersion) -> dict[str, Any]:
    """Write nothing: the message says all."""
    del command
    return {}


def to_result(
    answer: Response, command: GetLocalListVersion, received_at: datetime
) -> CommandResult:
    """Read the version."""
    del command, received_at
    return Accepted(local_list_version=answer.version_number)


MESSAGE = Outbound("GetLocalListVersion", GetLocalListVersion, to_request, Response, to_result)
