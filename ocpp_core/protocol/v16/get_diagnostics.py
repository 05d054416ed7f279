"""GetDiagnostics (OCPP 1.6 section 5.9)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import Accepted, CommandResult, GetDiagnostics
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Answer, Outbound


class Response(Answer, frozen=True):
    """Name of the file that will be uploaded."""

    file_name: str = ""


def to_request(command: GetDiagnostics) -> requests.GetDiagnostics:
    """Write where to and from when."""
    return requests.GetDiagnostics(
        location=command.location,
        retries=command.retries,
        retry_interval=command.retry_interval_s,
        start_time=None if command.since is None else wiretime.write(command.since),
        stop_time=None if command.until is None else wiretime.write(command.until),
    )


def to_result(answer: Response, command: GetDiagnostics, received_at: datetime) -> CommandResult:
    """Read the name; without one there is nothing to upload."""
    del command, received_at
    if not answer.file_name:
        return Accepted(reason="no file is named: there are no diagnostics to upload")
    return Accepted(file_name=answer.file_name)


MESSAGE = Outbound("GetDiagnostics", GetDiagnostics, to_request, Response, to_result)
