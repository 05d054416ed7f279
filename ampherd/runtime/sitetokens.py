"""Who may charge here: tokens of the configuration, and those that people manage over the API."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pandas as pd

from ampherd.config.model import KnownToken as ConfiguredToken
from analytics.reader import Reader
from analytics.records import TokenRecord
from analytics.store import Store
from ocpp_core.domain.events import AuthorizationStatus, TokenState
from ocpp_core.domain.ids import IdToken
from ocpp_core.domain.tokens import KnownToken, MemoryTokenBook


class SiteTokens:
    """Every token that is known; a `TokenBook`.

    Those of the configuration belong to the file; the others are kept in the database.
    """

    def __init__(
        self,
        store: Store,
        configured: Iterable[ConfiguredToken],
        *,
        others: AuthorizationStatus,
    ) -> None:
        self._store = store
        self._book = MemoryTokenBook(others=others)
        self._labels: dict[str, str] = {}
        with store.reader() as reader:
            for token, label in _recorded(reader):
                self._put(token, label)
        fixed = tuple(configured)
        self._fixed = frozenset(one.id_token.casefold() for one in fixed)
        for one in fixed:
            self._put(
                KnownToken(
                    id_token=one.id_token,
                    status=one.status,
                    group_token=one.group_token,
                    single=one.single,
                ),
                one.driver,
            )

    # TokenBook ----------------------------------------------------------------------------------

    def state(self, id_token: IdToken, at: datetime) -> TokenState:
        """Return the state of a token at an instant."""
        return self._book.state(id_token, at)

    def is_single(self, id_token: IdToken) -> bool:
        """Tell whether a token may run only one transaction at a time."""
        return self._book.is_single(id_token)

    # For people ---------------------------------------------------------------------------------

    def known(self) -> tuple[tuple[KnownToken, str, bool], ...]:
        """Return every token with its label and whether it belongs to the configuration."""
        return tuple(
            (
                token,
                self._labels.get(token.id_token.casefold(), ""),
                self.is_configured(token.id_token),
            )
            for token in self._book.known()
        )

    def is_configured(self, id_token: IdToken) -> bool:
        """Tell whether a token belongs to the configuration, where alone it can be changed."""
        return id_token.casefold() in self._fixed

    async def put(self, token: KnownToken, label: str, at: datetime) -> None:
        """Record a token, durably, before it counts; raises StoreError when it was not recorded."""
        await self._store.record(
            TokenRecord(
                id_token=token.id_token,
                status=token.status,
                at=at,
                label=label or None,
                expires_at=token.expires_at,
                group_token=token.group_token,
                single=token.single,
            )
        )
        self._put(token, label)

    def _put(self, token: KnownToken, label: str) -> None:
        self._book.put(token)
        self._labels[token.id_token.casefold()] = label


def _recorded(reader: Reader) -> Iterable[tuple[KnownToken, str]]:
    for row in reader.id_tokens().to_dict("records"):
        known: dict[str, Any] = {
            str(key): None if pd.isna(value) else value for key, value in row.items()
        }
        expires_at, group = known["expires_at"], known["group_token"]
        yield (
            KnownToken(
                id_token=IdToken(known["id_token"]),
                status=AuthorizationStatus(known["status"]),
                expires_at=None if expires_at is None else expires_at.to_pydatetime(),
                group_token=None if group is None else IdToken(group),
                single=known["single"],
            ),
            known["label"] or "",
        )
