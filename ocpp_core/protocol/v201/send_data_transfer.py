"""DataTransfer from us to the charger (OCPP 2.0.1 P01)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import Accepted, CommandResult, Rejected, SendVendorData
from ocpp_core.protocol.message import Outbound, encode
from ocpp_core.protocol.v201.fields import present
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


class Response(StatusAnswer, frozen=True):
    """The vendor's answer, which may be any JSON."""

    data: Any = None


def to_request(command: SendVendorData) -> dict[str, Any]:
    """Write the vendor's message."""
    return present(
        vendorId=command.vendor, messageId=command.message or None, data=command.data or None
    )


def to_result(answer: Response, command: SendVendorData, received_at: datetime) -> CommandResult:
    """Read the status; UnknownVendorId and UnknownMessageId are refusals."""
    del command, received_at
    result = outcome(answer)
    data = "" if answer.data is None else encode(answer.data).decode()
    match result:
        case Accepted():
            return Accepted(status=result.status, reason=result.reason, data=data)
        case Rejected() if data and not result.reason:
            return Rejected(status=result.status, reason=data)
        case _:
            return result


MESSAGE = Outbound("DataTransfer", SendVendorData, to_request, Response, to_result)
