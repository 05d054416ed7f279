"""SendLocalList (OCPP 1.6 section 5.15)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests
from ocpp.v16.enums import UpdateType

from ocpp_core.domain.commands import (
    CommandResult,
    ListUpdate,
    LocalListEntry,
    SendLocalList,
    Unsupported,
)
from ocpp_core.domain.events import TokenState
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word
from ocpp_core.protocol.v16.tokens import id_tag_info


def to_request(command: SendLocalList) -> requests.SendLocalList | Unsupported:
    """Write the list or the changes to it."""
    full = command.update is ListUpdate.FULL
    if command.version < 1:
        return Unsupported(reason="a list has a version from 1 upwards: 0 and -1 mean none")
    if full and any(entry.status is None for entry in command.entries):
        return Unsupported(reason="a full list says the state of every token")
    return requests.SendLocalList(
        list_version=command.version,
        update_type=UpdateType.full if full else UpdateType.differential,
        local_authorization_list=[_entry(entry) for entry in command.entries],
    )


def to_result(answer: StatusAnswer, command: SendLocalList, received_at: datetime) -> CommandResult:
    """Read the status; VersionMismatch and Failed are refusals: the list is as before."""
    del command, received_at
    return result_of_word(answer.status, unsupported=("NotSupported",))


def _entry(entry: LocalListEntry) -> dict[str, object]:
    """Write a token with its state; one without is removed by a differential update."""
    if entry.status is None:
        return {"idTag": entry.id_token}
    state = TokenState(
        status=entry.status, expires_at=entry.expires_at, group_token=entry.group_token
    )
    return {"idTag": entry.id_token, "idTagInfo": id_tag_info(state)}


MESSAGE = Outbound("SendLocalList", SendLocalList, to_request, StatusAnswer, to_result)
