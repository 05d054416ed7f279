"""Any request of a version as its JSON object, for what the domain has no words for (SendRaw)."""

from __future__ import annotations

import msgspec

from ocpp_core.domain.commands import Accepted, CommandResult, Rejected, SendRaw, Unsupported
from ocpp_core.protocol.form import Form
from ocpp_core.protocol.message import encode
from ocpp_core.protocol.translator import EncodedCall, UnreadableAnswer

_AGREEING = frozenset(
    word.casefold()
    for word in (
        "Accepted", "AcceptedCanceled", "EmptyResultSet", "NoProfiles", "RebootRequired",
        "Scheduled", "Unlocked",
    )
)  # fmt: skip
"""Status words by which chargers agree, in any version; every other one is a refusal.

That there is nothing to report is an answer too, as in `GetBaseReport` and `GetProfiles`.
"""


def encode_raw(command: SendRaw, form: Form) -> EncodedCall | Unsupported:
    """Write the payload as it is, if the schema of its action allows it."""
    try:
        payload = msgspec.json.decode(command.payload)
    except msgspec.MsgspecError as error:
        return Unsupported(reason=f"the payload is no JSON: {error}")
    if not isinstance(payload, dict):
        return Unsupported(reason="the payload must be a JSON object")
    written = encode(payload)
    misfit = form.misfit(written)
    if misfit:
        return Unsupported(reason=f"the payload is no {command.action}: {misfit}")
    return EncodedCall(action=command.action, payload=written)


def decode_raw(payload: msgspec.Raw) -> CommandResult | UnreadableAnswer:
    """Read an answer by its status word, if it has one, and keep all of it."""
    try:
        answer = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return UnreadableAnswer(reason=str(error))
    if not isinstance(answer, dict):
        return UnreadableAnswer(reason="the answer must be a JSON object")
    text = encode(answer).decode()
    status = answer.get("status", "Accepted")
    if not isinstance(status, str):
        return UnreadableAnswer(reason="the answer's status must be a word")
    if status.casefold() in _AGREEING:
        return Accepted(status=status, data=text)
    return Rejected(status=status, reason=text if len(answer) > 1 else "")
