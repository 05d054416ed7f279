"""GetLocalListVersion (OCPP 1.6 section 5.10)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import Accepted, CommandResult, GetLocalListVersion
from ocpp_core.protocol.message import Answer, Int64, Outbound


class Response(Answer, frozen=True):
    """The version; 0: the list is empty, -1: the charger keeps none."""

    list_version: Int64


def to_request(command: GetLocalListVersion) -> requests.GetLocalListVersion:
    """Write the question."""
    del command
    return requests.GetLocalListVersion()


def to_result(
    answer: Response, command: GetLocalListVersion, received_at: datetime
) -> CommandResult:
    """Read the version."""
    del command, received_at
    return Accepted(local_list_version=answer.list_version)


MESSAGE = Outbound("GetLocalListVersion", GetLocalListVersion, to_request, Response, to_result)
