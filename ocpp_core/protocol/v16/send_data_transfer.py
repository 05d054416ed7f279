"""DataTransfer from us to the charger (OCPP 1.6 section 5.6); `data_transfer` is the other way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import Accepted, CommandResult, Rejected, SendVendorData
from ocpp_core.protocol.message import Answer, Outbound, encode, result_of_word


class Response(Answer, frozen=True):
    """The vendor's answer; data that is no text is kept as JSON."""

    status: str
    data: object = None


def to_request(command: SendVendorData) -> requests.DataTransfer:
    """Write the vendor's message."""
    return requests.DataTransfer(
        vendor_id=command.vendor,
        message_id=command.message or None,
        data=command.data or None,
    )


def to_result(answer: Response, command: SendVendorData, received_at: datetime) -> CommandResult:
    """Read the status; UnknownVendorId and UnknownMessageId are refusals."""
    del command, received_at
    result = result_of_word(answer.status)
    data = "" if answer.data is None else encode(answer.data).decode()
    match result:
        case Accepted():
            return replace(result, data=data)
        case Rejected():
            return replace(result, reason=data)
        case _:
            return result


MESSAGE = Outbound("DataTransfer", SendVendorData, to_request, Response, to_result)
