"""GetLog (1.6 security whitepaper, use case N01)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ocpp.v16 import call as requests
from ocpp.v16 import datatypes, enums

from ocpp_core.domain.commands import Accepted, CommandResult, GetLog
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Answer, Outbound, result_of_word, to_wire


class Response(Answer, frozen=True):
    """Whether and as what the log will be uploaded."""

    status: str
    filename: str = ""


def to_request(command: GetLog) -> requests.GetLog:
    """Write which log and where to; raises ValueError while it has no number."""
    if command.request_id is None:
        raise ValueError("a log needs the number that its reports will carry")
    log = datatypes.LogParameters(
        remote_location=command.location,
        oldest_timestamp=None if command.since is None else wiretime.write(command.since),
        latest_timestamp=None if command.until is None else wiretime.write(command.until),
    )
    return requests.GetLog(
        log=to_wire(log),
        log_type=enums.Log(command.kind.value),
        request_id=command.request_id,
        retries=command.retries,
        retry_interval=command.retry_interval_s,
    )


def to_result(answer: Response, command: GetLog, received_at: datetime) -> CommandResult:
    """Read the status; AcceptedCanceled: in the place of an upload that was under way."""
    del command, received_at
    result = result_of_word(answer.status, accepted=("Accepted", "AcceptedCanceled"))
    return replace(result, file_name=answer.filename) if isinstance(result, Accepted) else result


MESSAGE = Outbound("GetLog", GetLog, to_request, Response, to_result)
