"""The local authorisation list of a simulated charger, the same in every OCPP version.

Sources: OCPP 1.6 sections 3.5.2, 5.10 and 5.15; OCPP 2.0.1 chapter D.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from ocpp_core.domain.commands import ListUpdate, LocalListEntry, SendLocalList
from ocpp_core.domain.events import AuthorizationStatus, TokenState
from ocpp_core.domain.ids import IdToken


class ListOutcome(StrEnum):
    """How an update ends (OCPP 1.6 section 7.42; 2.0.1 SendLocalListStatusEnumType)."""

    ACCEPTED = "Accepted"
    FAILED = "Failed"
    VERSION_MISMATCH = "VersionMismatch"


class LocalList:
    """Tokens with their states under one version number; an update is taken whole or not at all."""

    def __init__(self, *, max_entries: int = 500, max_update: int = 100) -> None:
        self.version = 0
        """0: no list was ever sent, or it is empty."""
        self.max_entries = max_entries
        """LocalAuthListMaxLength; 2.x: LocalAuthListCtrlr.Entries."""
        self.max_update = max_update
        """SendLocalListMaxLength; 2.x: LocalAuthListCtrlr.ItemsPerMessage."""
        self._entries: dict[str, LocalListEntry] = {}

    @property
    def entries(self) -> tuple[LocalListEntry, ...]:
        """Every token on the list."""
        return tuple(self._entries.values())

    def update(self, command: SendLocalList) -> ListOutcome:
        """Replace or amend the list.

        A differential update needs a version above the list's own; a full one says its version.
        """
        differential = command.update is ListUpdate.DIFFERENTIAL
        if differential and command.version <= self.version:
            return ListOutcome.VERSION_MISMATCH
        names = [entry.id_token.casefold() for entry in command.entries]
        if command.version <= 0 or len(names) > self.max_update or len(set(names)) < len(names):
            return ListOutcome.FAILED
        amended = dict(self._entries) if differential else {}
        for name, entry in zip(names, command.entries, strict=True):
            if entry.status is not None:
                amended[name] = entry
            elif differential:
                amended.pop(name, None)
            else:
                return ListOutcome.FAILED
        if len(amended) > self.max_entries:
            return ListOutcome.FAILED
        self._entries = amended
        # OCPP 1.6 section 5.10: version 0 tells that the list is empty.
        self.version = command.version if amended or differential else 0
        return ListOutcome.ACCEPTED

    def state(self, id_token: IdToken, at: datetime) -> TokenState | None:
        """Return what the list says of a token at an instant; None: it is not on it."""
        entry = self._entries.get(id_token.casefold())
        if entry is None or entry.status is None:
            return None
        status = entry.status
        expired = entry.expires_at is not None and at >= entry.expires_at
        if expired and status is AuthorizationStatus.ACCEPTED:
            status = AuthorizationStatus.EXPIRED
        return TokenState(status=status, expires_at=entry.expires_at, group_token=entry.group_token)
