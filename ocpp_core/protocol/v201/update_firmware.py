"""UpdateFirmware (OCPP 2.0.1 L01, L02)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, UpdateFirmware
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.fields import numbered, present
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


def to_request(command: UpdateFirmware) -> dict[str, Any]:
    """Write where the firmware is and when to take it."""
    return present(
        requestId=numbered(command.request_id),
        retries=command.retries,
        retryInterval=command.retry_interval_s,
        firmware=present(
            location=command.location,
            retrieveDateTime=wiretime.write(command.retrieve_at),
            installDateTime=(
                None if command.install_at is None else wiretime.write(command.install_at)
            ),
            signingCertificate=command.signing_certificate or None,
            signature=command.signature or None,
        ),
    )


def to_result(
    answer: StatusAnswer, command: UpdateFirmware, received_at: datetime
) -> CommandResult:
    """Read the status; AcceptedCanceled: another update was under way and is given up."""
    del command, received_at
    return outcome(answer, accepted=("Accepted", "AcceptedCanceled"))


MESSAGE = Outbound("UpdateFirmware", UpdateFirmware, to_request, StatusAnswer, to_result)
