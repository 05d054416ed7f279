"""Authorize (OCPP 1.6 section 4.1)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import AuthorizationAsked, AuthorizationReply
from ocpp_core.domain.ids import IdToken
from ocpp_core.protocol.message import Inbound, Wire, encode
from ocpp_core.protocol.v16.tokens import answered_info


class Request(Wire, frozen=True):
    """A token at the reader."""

    id_tag: str


def to_event(request: Request, received_at: datetime, findings: list[str]) -> AuthorizationAsked:
    """Read the question."""
    del received_at, findings
    return AuthorizationAsked(id_token=IdToken(request.id_tag))


def to_payload(reply: AuthorizationReply) -> bytes:
    """Write the token's state."""
    return encode({"idTagInfo": answered_info(reply.token)})


MESSAGE = Inbound("Authorize", Request, to_event, to_payload)
