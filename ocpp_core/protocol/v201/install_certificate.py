"""InstallCertificate (OCPP 2.0.1 M05)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, InstallCertificate
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


def to_request(command: InstallCertificate) -> dict[str, Any]:
    """Write the certificate and what it is trusted for."""
    return {"certificateType": command.use.value, "certificate": command.certificate_pem}


def to_result(
    answer: StatusAnswer, command: InstallCertificate, received_at: datetime
) -> CommandResult:
    """Read the status: `Failed` means valid, and not installed."""
    del command, received_at
    return outcome(answer)


MESSAGE = Outbound("InstallCertificate", InstallCertificate, to_request, StatusAnswer, to_result)
