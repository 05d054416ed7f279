"""NotifyEvent (OCPP 2.0.1 N07, N08 and G01): variables that changed or passed a limit.

A charger may tell a connector's state this way instead of by StatusNotification (G01), and tells
of a lock that fails (G05).
"""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import (
    ConnectorStatus,
    LockReported,
    StatesChanged,
    StationNoted,
    StatusChanged,
)
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Inbound, Int32, no_fields
from ocpp_core.protocol.v201.message import Wire
from ocpp_core.protocol.v201.variables import Component, Variable, from_wire_name

ACTION = "NotifyEvent"
SUMMARISED = 3
"""More events than these are counted."""

OPEN_ENUMS = frozenset({"trigger", "eventNotificationType"})
DISPENSABLE = frozenset({"trigger", "eventNotificationType", "eventId"})
_STATE = ("Connector", "AvailabilityState")
_LOCK = ("connectorplugretentionlock", "problem")
_TRUE = frozenset({"true", "1"})
_STATES = {state.value: state for state in ConnectorStatus}


class EventData(Wire, frozen=True, kw_only=True):
    """One event of one variable."""

    component: Component
    variable: Variable
    actual_value: str
    timestamp: datetime
    event_id: Int32 = 0
    trigger: str = ""
    event_notification_type: str = ""
    cause: Int32 | None = None
    tech_code: str = ""
    tech_info: str = ""
    cleared: bool = False
    transaction_id: str = ""
    variable_monitoring_id: Int32 | None = None


class Request(Wire, frozen=True, kw_only=True):
    """Some events."""

    generated_at: datetime
    seq_no: Int32
    event_data: list[EventData]
    tbc: bool = False


def to_event(
    request: Request, received_at: datetime, findings: list[str]
) -> StationNoted | StatusChanged | StatesChanged:
    """Read connectors' states and locks, or note what happened."""
    states = [
        (event, evse, state)
        for event in request.event_data
        if (evse := event.component.evse) is not None
        and (event.component.name, event.variable.name) == _STATE
        and (state := _STATES.get(event.actual_value)) is not None
    ]
    locks = tuple(
        LockReported(
            connector_id=ConnectorId(evse.id),
            plug_id=evse.connector_id or 0,
            failed=not event.cleared and event.actual_value.strip().casefold() in _TRUE,
        )
        for event in request.event_data
        if (evse := event.component.evse) is not None
        and (event.component.name.casefold(), event.variable.name.casefold()) == _LOCK
    )
    if states or locks:
        changes = tuple(
            StatusChanged(
                connector_id=ConnectorId(evse.id),
                plug_id=evse.connector_id or None,
                status=state,
                vendor_error_code=event.tech_code,
                info=event.tech_info,
                at=wiretime.read(event.timestamp, received_at, findings),
            )
            for event, evse, state in states
        )
        if len(changes) == 1 and not locks:
            return changes[0]
        return StatesChanged(changes=changes, locks=locks)
    words = [_words(event) for event in request.event_data[:SUMMARISED]]
    rest = len(request.event_data) - SUMMARISED
    if rest > 0:
        words.append(f"and {rest} more")
    return StationNoted(action=ACTION, summary="; ".join(words))


def _words(event: EventData) -> str:
    name = from_wire_name(event.component, event.variable)
    cleared = " (cleared)" if event.cleared else ""
    detail = f": {event.tech_info[:80]}" if event.tech_info else ""
    return f"{str(name)[:80]} is {event.actual_value[:40]}{cleared}{detail}"


MESSAGE = Inbound(
    ACTION,
    Request,
    to_event,
    no_fields,
    open_enums=OPEN_ENUMS,
    dispensable=DISPENSABLE,
)
