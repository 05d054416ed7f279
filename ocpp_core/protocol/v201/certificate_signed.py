"""CertificateSigned (OCPP 2.0.1 A02, A03)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, SendSignedCertificate
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


def to_request(command: SendSignedCertificate) -> dict[str, Any]:
    """Write the chain, leaf first."""
    return {"certificateChain": command.chain_pem, "certificateType": command.use}


def to_result(
    answer: StatusAnswer, command: SendSignedCertificate, received_at: datetime
) -> CommandResult:
    """Read the status."""
    del command, received_at
    return outcome(answer)


MESSAGE = Outbound("CertificateSigned", SendSignedCertificate, to_request, StatusAnswer, to_result)
