"""Who may charge: what is known of the tokens that drivers present."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ocpp_core.domain.events import AuthorizationStatus, TokenState
from ocpp_core.domain.ids import IdToken


class TokenBook(Protocol):
    """What knows the state of every token."""

    def state(self, id_token: IdToken, at: datetime) -> TokenState:
        """Return the state of a token at an instant; must return at once."""
        ...

    def is_single(self, id_token: IdToken) -> bool:
        """Tell whether a token may run only one transaction at a time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownToken:
    """A token on record."""

    id_token: IdToken
    status: AuthorizationStatus = AuthorizationStatus.ACCEPTED
    expires_at: datetime | None = None
    """From this instant on it is Expired; None: never."""
    group_token: IdToken | None = None
    """Tokens with the same one may stop each other's transactions (1.6: parentIdTag)."""
    single: bool = False
    """It may run only one transaction at a time; a second one is answered ConcurrentTx."""


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

    def known(self) -> tuple[KnownToken, ...]:
        """Return every token on record."""
        return tuple(self._tokens.values())

    def is_single(self, id_token: IdToken) -> bool:
        """Tell whether a token may run only one transaction at a time."""
        known = self._tokens.get(id_token.casefold())
        return known is not None and known.single

    def state(self, id_token: IdToken, at: datetime) -> TokenState:
        """Return the state of a token at an instant."""
        known = self._tokens.get(id_token.casefold())
        if known is None:
            return TokenState(status=self._others)
        status = known.status
        if (
            status is AuthorizationStatus.ACCEPTED
            and known.expires_at is not None
            and at >= known.expires_at
        ):
            status = AuthorizationStatus.EXPIRED
        return TokenState(status=status, expires_at=known.expires_at, group_token=known.group_token)


def masked(token: IdToken) -> str:
    """Show only the last four characters of a token: who sees the page may not charge with it."""
    return token if len(token) <= 4 else "•" * min(8, len(token) - 4) + token[-4:]
