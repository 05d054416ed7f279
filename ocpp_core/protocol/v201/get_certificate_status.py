"""GetCertificateStatus (OCPP 2.0.1 M06): no OCSP responder is asked here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.events import EmptyReply, StationNoted
from ocpp_core.protocol.message import Inbound, encode
from ocpp_core.protocol.v201.message import Wire
from ocpp_core.protocol.v201.words import status_info

ACTION = "GetCertificateStatus"
REASON = "no OCSP responder is asked here"


class Request(Wire, frozen=True, kw_only=True):
    """Which certificate."""

    ocsp_request_data: Any


def to_event(request: Request, received_at: datetime, findings: list[str]) -> StationNoted:
    """Read the question."""
    del request, received_at, findings
    return StationNoted(action=ACTION, summary=f"refused: {REASON}")


def to_payload(reply: EmptyReply) -> bytes:
    """Write a refusal."""
    del reply
    return encode({"status": "Failed", "statusInfo": status_info(REASON)})


MESSAGE = Inbound(ACTION, Request, to_event, to_payload, open_enums=frozenset({"hashAlgorithm"}))
