"""InstallCertificate (1.6 security whitepaper, use case M05)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import CommandResult, InstallCertificate, Unsupported
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word
from ocpp_core.protocol.v16.certificates import wire_use


def to_request(command: InstallCertificate) -> requests.InstallCertificate | Unsupported:
    """Write the certificate."""
    use = wire_use(command.use)
    if isinstance(use, Unsupported):
        return use
    return requests.InstallCertificate(certificate_type=use, certificate=command.certificate_pem)


def to_result(
    answer: StatusAnswer, command: InstallCertificate, received_at: datetime
) -> CommandResult:
    """Read the status; Failed: it is good and could not be kept; Rejected: it is not."""
    del command, received_at
    return result_of_word(answer.status)


MESSAGE = Outbound("InstallCertificate", InstallCertificate, to_request, StatusAnswer, to_result)
