"""Who may charge: what is known of the tokens that drivers present."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import IdToken


class TokenBook(Protocol):
    """What knows the state of every token."""

    def status(self, id_token: IdToken, at: datetime) -> AuthorizationStatus:
        """Return the state of a token at an instant; must return at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownToken:
    """A token on record."""

    id_token: IdToken
    status: AuthorizationStatus = AuthorizationStatus.ACCEPTED
    expires_at: datetime | None = None
    """From this instant on it is Expired; None: never."""


class MemoryTokenBook:
    """Tokens in memory, compared without regard to case (OCPP 1.6 section 7.28 IdToken)."""

    def __init__(
        self,
        tokens: Iterable[KnownToken] = (),
        *,
        others: AuthorizationStatus = AuthorizationStatus.INVALID,
    ) -> None:
        self._tokens = {token.id_token.casefold(): token for token in tokens}
        self._others = others
        """State of every token that is not on record."""

    def put(self, token: KnownToken) -> None:
        """Add a token, or replace what is known of it."""
        self._tokens[token.id_token.casefold()] = token

    def status(self, id_token: IdToken, at: datetime) -> AuthorizationStatus:
        """Return the state of a token at an instant."""
        known = self._tokens.get(id_token.casefold())
        if known is None:
            return self._others
        if (
            known.status is AuthorizationStatus.ACCEPTED
            and known.expires_at is not None
            and at >= known.expires_at
        ):
            return AuthorizationStatus.EXPIRED
        return known.status
