"""OCPP 2.0.1 to the domain and back."""

from __future__ import annotations

from typing import Final

from ocpp_core.domain.ids import MessageId
from ocpp_core.protocol.dialect import Dialect
from ocpp_core.protocol.envelope import CALL, CALL_ERROR, CALL_RESULT
from ocpp_core.protocol.faults import Fault
from ocpp_core.protocol.v201.actions import ACTIONS, KNOWN_ACTIONS
from ocpp_core.protocol.v201.commands import COMMANDS, OTHER_WAYS
from ocpp_core.protocol.v201.schemas import SCHEMAS

CODES: Final[dict[Fault, str]] = {
    Fault.FORMATION: "FormatViolation",
    Fault.PROPERTY: "PropertyConstraintViolation",
    Fault.OCCURRENCE: "OccurrenceConstraintViolation",
    Fault.TYPE: "TypeConstraintViolation",
    Fault.NOT_IMPLEMENTED: "NotImplemented",
    Fault.NOT_SUPPORTED: "NotSupported",
    Fault.PROTOCOL: "ProtocolError",
    Fault.SECURITY: "SecurityError",
    Fault.INTERNAL: "InternalError",
    Fault.FRAME: "RpcFrameworkError",
    Fault.MESSAGE_TYPE: "MessageTypeNotSupported",
    Fault.GENERIC: "GenericError",
}
"""As OCPP 2.0.1 part 4 section 4.3 spells them."""

UNREADABLE_ID = MessageId("-1")
"""Answers a frame whose own id cannot be read (OCPP 2.0.1 part 4 section 4.2.3)."""

TRANSLATOR = Dialect(
    subprotocol="ocpp2.0.1",
    title="OCPP 2.0.1",
    unreadable_id=UNREADABLE_ID,
    message_types=frozenset({CALL, CALL_RESULT, CALL_ERROR}),
    codes=CODES,
    actions=ACTIONS,
    commands=COMMANDS,
    known_actions=KNOWN_ACTIONS,
    schemas=SCHEMAS,
    other_ways=OTHER_WAYS,
)
"""The translator of `ocpp2.0.1`."""
