"""ClearCache (OCPP 1.6 section 5.4)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import ClearCache, CommandResult
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word


def to_request(command: ClearCache) -> requests.ClearCache:
    """Write the order."""
    del command
    return requests.ClearCache()


def to_result(answer: StatusAnswer, command: ClearCache, received_at: datetime) -> CommandResult:
    """Read the status."""
    del command, received_at
    return result_of_word(answer.status)


MESSAGE = Outbound("ClearCache", ClearCache, to_request, StatusAnswer, to_result)
