"""Tokens in what we send (OCPP 2.x IdTokenType)."""

from __future__ import annotations

from ocpp_core.domain.ids import IdToken

GROUP_TYPE = "Central"
"""A group is a name that the central system gave, and never a card."""


def id_token(token: IdToken, token_type: str) -> dict[str, str]:
    """Write a token; NoAuthorization has none (C02)."""
    return {"idToken": str(token), "type": token_type}


def group_token(token: IdToken) -> dict[str, str]:
    """Write the token of a group."""
    return {"idToken": str(token), "type": GROUP_TYPE}
