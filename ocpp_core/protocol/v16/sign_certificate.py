"""SignCertificate (1.6 security whitepaper, use case A02).

The certificate follows by CertificateSigned, after this was answered.
"""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import CertificateRequested, WordReply
from ocpp_core.protocol.message import Inbound, Wire, encode


class Request(Wire, frozen=True):
    """A certificate signing request (PKCS #10, PEM)."""

    csr: str


def to_event(request: Request, received_at: datetime, findings: list[str]) -> CertificateRequested:
    """Read the wish."""
    del received_at, findings
    return CertificateRequested(csr_pem=request.csr)


def to_payload(reply: WordReply) -> bytes:
    """Write the status, Accepted or Rejected; 1.6 has no room for a reason."""
    return encode({"status": "Accepted" if reply.status == "Accepted" else "Rejected"})


MESSAGE = Inbound("SignCertificate", Request, to_event, to_payload)
