"""GetLog (OCPP 2.0.1 N01), which also stands for GetDiagnostics of OCPP 1.6."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import (
    Accepted,
    CommandResult,
    GetDiagnostics,
    GetLog,
    LogKind,
)
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.fields import numbered, present
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


class Response(StatusAnswer, frozen=True):
    """Whether it will upload, and what."""

    filename: str = ""


def to_request(command: GetLog | GetDiagnostics) -> dict[str, Any]:
    """Write which log goes where; diagnostics are a log of their own."""
    kind = command.kind if isinstance(command, GetLog) else LogKind.DIAGNOSTICS
    return present(
        logType=kind.value,
        requestId=numbered(command.request_id),
        retries=command.retries,
        retryInterval=command.retry_interval_s,
        log=present(
            remoteLocation=command.location,
            oldestTimestamp=None if command.since is None else wiretime.write(command.since),
            latestTimestamp=None if command.until is None else wiretime.write(command.until),
        ),
    )


def to_result(
    answer: Response, command: GetLog | GetDiagnostics, received_at: datetime
) -> CommandResult:
    """Read the status; AcceptedCanceled: another upload was under way and is given up."""
    del command, received_at
    result = outcome(answer, accepted=("Accepted", "AcceptedCanceled"))
    if isinstance(result, Accepted):
        return Accepted(status=result.status, reason=result.reason, file_name=answer.filename)
    return result


MESSAGE = Outbound("GetLog", GetLog, to_request, Response, to_result)
DIAGNOSTICS = Outbound("GetLog", GetDiagnostics, to_request, Response, to_result)
