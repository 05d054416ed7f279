"""CertificateSigned (1.6 security whitepaper, use case A02)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import CommandResult, SendSignedCertificate, Unsupported
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word

_USE = "ChargingStationCertificate"


def to_request(command: SendSignedCertificate) -> requests.CertificateSigned | Unsupported:
    """Write the chain."""
    if command.use != _USE:
        return Unsupported(reason=f"OCPP 1.6 has no {command.use}")
    return requests.CertificateSigned(certificate_chain=command.chain_pem)


def to_result(
    answer: StatusAnswer, command: SendSignedCertificate, received_at: datetime
) -> CommandResult:
    """Read the status; Rejected: it is not for the key that the charger has."""
    del command, received_at
    return result_of_word(answer.status)


MESSAGE = Outbound("CertificateSigned", SendSignedCertificate, to_request, StatusAnswer, to_result)
