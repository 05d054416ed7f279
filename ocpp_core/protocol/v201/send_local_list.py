"""SendLocalList (OCPP 2.0.1 D01)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import (
    CommandResult,
    ListUpdate,
    LocalListEntry,
    SendLocalList,
    Unsupported,
)
from ocpp_core.domain.events import TokenState
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.fields import present
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome
from ocpp_core.protocol.v201.tokens import id_token, id_token_info


def to_request(command: SendLocalList) -> dict[str, Any] | Unsupported:
    """Write the list; in a differential one, an entry without a state is removed (D01.FR.17)."""
    if command.version < 1:
        return Unsupported(reason="the version of a list is greater than 0 (D01.FR.18)")
    if command.update is ListUpdate.FULL and any(e.status is None for e in command.entries):
        return Unsupported(reason="a full list has a state for every token")
    return present(
        versionNumber=command.version,
        updateType=command.update.value,
        localAuthorizationList=[_entry(entry) for entry in command.entries] or None,
    )


def to_result(answer: StatusAnswer, command: SendLocalList, received_at: datetime) -> CommandResult:
    """Read the status; Failed and VersionMismatch refuse."""
    del command, received_at
    return outcome(answer)


def _entry(entry: LocalListEntry) -> dict[str, Any]:
    token: dict[str, Any] = {"idToken": id_token(entry.id_token, entry.token_type)}
    if entry.status is None:
        return token
    state = TokenState(
        status=entry.status, expires_at=entry.expires_at, group_token=entry.group_token
    )
    return token | {"idTokenInfo": id_token_info(state)}


MESSAGE = Outbound("SendLocalList", SendLocalList, to_request, StatusAnswer, to_result)
