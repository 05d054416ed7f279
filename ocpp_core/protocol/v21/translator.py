"""OCPP 2.1 to the domain and back."""

from __future__ import annotations

from ocpp_core.protocol.dialect import Dialect
from ocpp_core.protocol.envelope import (
    CALL,
    CALL_ERROR,
    CALL_RESULT,
    CALL_RESULT_ERROR,
    SEND,
)
from ocpp_core.protocol.v21.actions import ACTIONS, KNOWN_ACTIONS
from ocpp_core.protocol.v21.commands import COMMANDS
from ocpp_core.protocol.v21.schemas import SCHEMAS
from ocpp_core.protocol.v201.translator import CODES, UNREADABLE_ID

TRANSLATOR = Dialect(
    subprotocol="ocpp2.1",
    title="OCPP 2.1",
    unreadable_id=UNREADABLE_ID,
    message_types=frozenset({CALL, CALL_RESULT, CALL_ERROR, CALL_RESULT_ERROR, SEND}),
    codes=CODES,
    actions=ACTIONS,
    commands=COMMANDS,
    known_actions=KNOWN_ACTIONS,
    schemas=SCHEMAS,
)
"""The translator of `ocpp2.1`."""
