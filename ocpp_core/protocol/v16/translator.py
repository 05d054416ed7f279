"""OCPP 1.6J to the domain and back."""

from __future__ import annotations

from ocpp import exceptions

from ocpp_core.protocol.dialect import Dialect
from ocpp_core.protocol.envelope import CALL, CALL_ERROR, CALL_RESULT
from ocpp_core.protocol.faults import Fault
from ocpp_core.protocol.v16.actions import ACTIONS, COMMANDS, KNOWN_ACTIONS, OTHER_WAYS
from ocpp_core.protocol.v16.schemas import SCHEMAS

_CODES: dict[Fault, str] = {
    Fault.FORMATION: exceptions.FormationViolationError.code,  # historic spelling, erratum 5.2
    Fault.PROPERTY: exceptions.PropertyConstraintViolationError.code,
    Fault.OCCURRENCE: exceptions.OccurenceConstraintViolationError.code,  # erratum 5.1
    Fault.TYPE: exceptions.TypeConstraintViolationError.code,
    Fault.NOT_IMPLEMENTED: exceptions.NotImplementedError.code,
    Fault.NOT_SUPPORTED: exceptions.NotSupportedError.code,
    Fault.PROTOCOL: exceptions.ProtocolError.code,
    Fault.SECURITY: exceptions.SecurityError.code,
    Fault.INTERNAL: exceptions.InternalError.code,
    Fault.FRAME: exceptions.FormationViolationError.code,
    Fault.MESSAGE_TYPE: exceptions.PropertyConstraintViolationError.code,
    Fault.GENERIC: exceptions.GenericError.code,
}
"""As 1.6-J section 4.2.3 spells them."""

TRANSLATOR = Dialect(
    subprotocol="ocpp1.6",
    title="OCPP 1.6",
    unreadable_id=None,
    message_types=frozenset({CALL, CALL_RESULT, CALL_ERROR}),
    codes=_CODES,
    actions=ACTIONS,
    commands=COMMANDS,
    known_actions=KNOWN_ACTIONS,
    schemas=SCHEMAS,
    other_ways=OTHER_WAYS,
)
"""The translator of `ocpp1.6`; it knows no answer to a message whose id cannot be read."""
