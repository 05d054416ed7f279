"""Tokens and their states on the wire of OCPP 2.x (IdTokenType, IdTokenInfoType)."""

from __future__ import annotations

from typing import Any

from ocpp_core.domain.events import TokenState
from ocpp_core.domain.ids import IdToken
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.v201.message import Wire

NO_AUTHORIZATION = "NoAuthorization"
"""Type of the token that stands for a start by a button, say: nobody presented one."""


GROUP = "Central"
"""Type of the token that stands for a group: we named it, and no card holds it."""


class Token(Wire, frozen=True, kw_only=True):
    """What was presented at the reader, or stands for it."""

    id_token: str
    type: str = ""
    additional_info: Any = None


def token_of(token: Token) -> IdToken:
    """Return what was presented; empty where none is needed (2.0.1 C02)."""
    return IdToken("" if token.type == NO_AUTHORIZATION else token.id_token)


def id_token(token: IdToken, token_type: str) -> dict[str, str]:
    """Write a token and what it is."""
    return {"idToken": token, "type": token_type}


def id_token_info(state: TokenState) -> dict[str, Any]:
    """Write a token's state."""
    info: dict[str, Any] = {"status": state.status.value}
    if state.expires_at is not None:
        info["cacheExpiryDateTime"] = wiretime.write(state.expires_at)
    if state.group_token is not None:
        info["groupIdToken"] = id_token(state.group_token, GROUP)
    return info
