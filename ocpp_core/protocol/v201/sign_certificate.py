"""SignCertificate (OCPP 2.0.1 A02 and A03)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import CertificateRequested
from ocpp_core.protocol.message import Inbound
from ocpp_core.protocol.v201.message import Wire
from ocpp_core.protocol.v201.words import one_of


class Request(Wire, frozen=True, kw_only=True):
    """A certificate signing request (PEM)."""

    csr: str
    certificate_type: str = "ChargingStationCertificate"


def to_event(request: Request, received_at: datetime, findings: list[str]) -> CertificateRequested:
    """Read what is to be signed."""
    del received_at, findings
    return CertificateRequested(csr_pem=request.csr, use=request.certificate_type)


to_payload = one_of("Accepted", "Rejected", otherwise="Rejected")

MESSAGE = Inbound(
    "SignCertificate",
    Request,
    to_event,
    to_payload,
    open_enums=frozenset({"certificateType", "hashAlgorithm"}),
)
