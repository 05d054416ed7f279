"""Authorize (OCPP 2.0.1 C01 to C07)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.events import AuthorizationAsked, AuthorizationReply
from ocpp_core.protocol.message import Inbound, encode
from ocpp_core.protocol.v201.message import Wire
from ocpp_core.protocol.v201.tokens import Token, id_token_info, token_of

CERTIFICATE = "a contract certificate came with the token: it is not verified here"


class Request(Wire, frozen=True, kw_only=True):
    """A token at the reader, or a contract in the car."""

    id_token: Token
    certificate: str | None = None
    iso15118_certificate_hash_data: Any = None


def to_event(request: Request, received_at: datetime, findings: list[str]) -> AuthorizationAsked:
    """Read the question; the contract's certificate is not looked at (C07)."""
    del received_at
    if request.certificate or request.iso15118_certificate_hash_data:
        findings.append(CERTIFICATE)
    return AuthorizationAsked(id_token=token_of(request.id_token), token_type=request.id_token.type)


def to_payload(reply: AuthorizationReply) -> bytes:
    """Write the token's state."""
    return encode({"idTokenInfo": id_token_info(reply.token)})


MESSAGE = Inbound(
    "Authorize",
    Request,
    to_event,
    to_payload,
    open_enums=frozenset({"type", "hashAlgorithm"}),
    dispensable=frozenset({"type"}),
)
