"""SignedUpdateFirmware (1.6 security whitepaper, use case L01)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests
from ocpp.v16 import datatypes

from ocpp_core.domain.commands import CommandResult, UpdateFirmware
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word, to_wire


def to_request(command: UpdateFirmware) -> requests.SignedUpdateFirmware:
    """Write the order; raises ValueError while it has no number."""
    if command.request_id is None:
        raise ValueError("a signed update needs the number that its reports will carry")
    install_at = command.install_at
    firmware = datatypes.Firmware(
        location=command.location,
        retrieve_date_time=wiretime.write(command.retrieve_at),
        install_date_time=None if install_at is None else wiretime.write(install_at),
        signing_certificate=command.signing_certificate,
        signature=command.signature,
    )
    return requests.SignedUpdateFirmware(
        request_id=command.request_id,
        firmware=to_wire(firmware),
        retries=command.retries,
        retry_interval=command.retry_interval_s,
    )


def to_result(
    answer: StatusAnswer, command: UpdateFirmware, received_at: datetime
) -> CommandResult:
    """Read the status; AcceptedCanceled: in the place of an update that was under way."""
    del command, received_at
    return result_of_word(answer.status, accepted=("Accepted", "AcceptedCanceled"))


MESSAGE = Outbound("SignedUpdateFirmware", UpdateFirmware, to_request, StatusAnswer, to_result)
