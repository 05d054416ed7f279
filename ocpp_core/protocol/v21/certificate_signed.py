"""CertificateSigned (OCPP 2.1 A02 and A03): with the number of the request it answers."""

from __future__ import annotations

from typing import Any

from ocpp_core.domain.commands import SendSignedCertificate
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201 import certificate_signed as v201
from ocpp_core.protocol.v201.fields import present
from ocpp_core.protocol.v201.outcome import StatusAnswer


def to_request(command: SendSignedCertificate) -> dict[str, Any]:
    """Write the chain, leaf first, and the number of the charger's request."""
    return v201.to_request(command) | present(requestId=command.request_id)


MESSAGE = Outbound(
    "CertificateSigned", SendSignedCertificate, to_request, StatusAnswer, v201.to_result
)
