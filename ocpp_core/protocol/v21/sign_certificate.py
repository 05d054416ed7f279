"""SignCertificate (OCPP 2.1 A02 and A03): numbered, and with the root that is wanted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from ocpp_core.domain.events import CertificateRequested
from ocpp_core.protocol.message import Int32
from ocpp_core.protocol.v201 import sign_certificate as v201


class Request(v201.Request, frozen=True, kw_only=True):
    """A certificate signing request (PEM)."""

    request_id: Int32 | None = None
    hash_root_certificate: Any = None


def to_event(request: Request, received_at: datetime, findings: list[str]) -> CertificateRequested:
    """Read what is to be signed."""
    event = v201.to_event(request, received_at, findings)
    return replace(event, request_id=request.request_id)


MESSAGE = v201.MESSAGE.extended(Request, to_event=to_event)
