"""Get15118EVCertificate (OCPP 2.0.1 M01 and M02): no contract certificates are kept here."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import EmptyReply, StationNoted
from ocpp_core.protocol.message import Inbound, encode
from ocpp_core.protocol.v201.message import Wire
from ocpp_core.protocol.v201.words import status_info

ACTION = "Get15118EVCertificate"
REASON = "no contract certificates are kept here"


class Request(Wire, frozen=True, kw_only=True):
    """A car asks for its contract certificate."""

    iso15118_schema_version: str
    action: str
    exi_request: str


def to_event(request: Request, received_at: datetime, findings: list[str]) -> StationNoted:
    """Read what is asked for."""
    del received_at, findings
    return StationNoted(action=ACTION, summary=f"{request.action[:20]} refused: {REASON}")


def to_payload(reply: EmptyReply) -> bytes:
    """Write a refusal; `exiResponse` is required, and empty."""
    del reply
    return encode({"status": "Failed", "exiResponse": "", "statusInfo": status_info(REASON)})


MESSAGE = Inbound(ACTION, Request, to_event, to_payload, open_enums=frozenset({"action"}))
