"""A token's state on the wire of OCPP 1.6 (section 7.19 IdTagInfo)."""

from __future__ import annotations

from ocpp_core.domain.events import AuthorizationStatus, TokenState
from ocpp_core.protocol import wiretime

_SPOKEN = frozenset({
    AuthorizationStatus.ACCEPTED,
    AuthorizationStatus.BLOCKED,
    AuthorizationStatus.CONCURRENT_TX,
    AuthorizationStatus.EXPIRED,
    AuthorizationStatus.INVALID,
})  # fmt: skip


def id_tag_info(token: TokenState) -> dict[str, str]:
    """Write a token's state; what 1.6 has no word for is Invalid."""
    status = token.status if token.status in _SPOKEN else AuthorizationStatus.INVALID
    info: dict[str, str] = {"status": status.value}
    if token.expires_at is not None:
        info["expiryDate"] = wiretime.write(token.expires_at)
    if token.group_token is not None:
        info["parentIdTag"] = token.group_token
    return info
