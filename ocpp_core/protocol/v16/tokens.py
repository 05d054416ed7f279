"""A token's state on the wire of OCPP 1.6 (section 7.19 IdTagInfo)."""

from __future__ import annotations

from dataclasses import replace

from ocpp_core.domain.events import AuthorizationStatus, TokenState
from ocpp_core.protocol import wiretime

_SPOKEN = frozenset({
    AuthorizationStatus.ACCEPTED,
    AuthorizationStatus.BLOCKED,
    AuthorizationStatus.CONCURRENT_TX,
    AuthorizationStatus.EXPIRED,
    AuthorizationStatus.INVALID,
})  # fmt: skip


GROUP_CHARACTERS = 20
"""A longer parentIdTag breaks the answer (section 7.15 IdToken)."""


def answered_info(token: TokenState) -> dict[str, str]:
    """Write a token's state into an answer, which must not fail: a group too long is left out."""
    if token.group_token is not None and len(token.group_token) > GROUP_CHARACTERS:
        token = replace(token, group_token=None)
    return id_tag_info(token)


def id_tag_info(token: TokenState) -> dict[str, str]:
    """Write a token's state; what 1.6 has no word for is Invalid."""
    status = token.status if token.status in _SPOKEN else AuthorizationStatus.INVALID
    info: dict[str, str] = {"status": status.value}
    if token.expires_at is not None:
        info["expiryDate"] = wiretime.write(token.expires_at)
    if token.group_token is not None:
        info["parentIdTag"] = token.group_token
    return info
