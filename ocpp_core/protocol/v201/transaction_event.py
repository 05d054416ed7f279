"""TransactionEvent (OCPP 2.0.1 chapter E): start, news and end of a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from ocpp_core.domain.events import (
    ChargingState,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    StartReply,
    StopReason,
    StopReply,
    TransactionNotice,
    UpdateReply,
)
from ocpp_core.domain.ids import UNRESOLVED, ConnectorId, IdToken, StationTransactionId
from ocpp_core.domain.quick import quick_maker
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Inbound, Int32, encode
from ocpp_core.protocol.reasons import stop_reason
from ocpp_core.protocol.v201 import metering
from ocpp_core.protocol.v201.message import Number, Wire
from ocpp_core.protocol.v201.metering import (
    MeterValue,
    SpecifiedMeterValue,
    readings_of,
    register_wh,
)
from ocpp_core.protocol.v201.tokens import Token, id_token_info, token_of
from ocpp_core.protocol.words import reduced, spellings

_STATES = {state.value: state for state in ChargingState}
_SPELLINGS = spellings(_STATES)
_notice = quick_maker(TransactionNotice)
_updated = quick_maker(SessionUpdated)

OPEN_ENUMS = metering.OPEN_ENUMS | {"triggerReason", "chargingState", "stoppedReason", "type"}
DISPENSABLE = frozenset({"timestamp", "triggerReason", "type"})


class EventType(StrEnum):
    """What the event is to its transaction (TransactionEventEnumType)."""

    STARTED = "Started"
    UPDATED = "Updated"
    ENDED = "Ended"


class Evse(Wire, frozen=True, kw_only=True):
    """Where; the connector may be left out."""

    id: Number
    connector_id: Number | None = None


class TransactionInfo(Wire, frozen=True, kw_only=True):
    """Which transaction, and how it fares."""

    transaction_id: Annotated[str, msgspec.Meta(min_length=1)]
    charging_state: str | None = None
    time_spent_charging: Int32 | None = None
    stopped_reason: str | None = None
    remote_start_id: Int32 | None = None


class Request(Wire, frozen=True, kw_only=True):
    """An event of a transaction."""

    event_type: EventType
    seq_no: Int32
    transaction_info: TransactionInfo
    timestamp: datetime | None = None
    trigger_reason: str = ""
    offline: bool = False
    number_of_phases_used: Int32 | None = None
    cable_max_current: Int32 | None = None
    reservation_id: Int32 | None = None
    evse: Evse | None = None
    id_token: Token | None = None
    meter_value: Sequence[MeterValue] = msgspec.field(default_factory=list)


class Specified(Request, frozen=True, kw_only=True):
    """An event whose meter values have words of the specification only."""

    meter_value: list[SpecifiedMeterValue] = msgspec.field(default_factory=list)


def to_event(
    request: Request, received_at: datetime, findings: list[str]
) -> SessionStarted | SessionUpdated | SessionStopped:
    """Read an event."""
    return event_of(request, received_at, findings)


def event_of(
    request: Request, received_at: datetime, findings: list[str], operation_mode: str = ""
) -> SessionStarted | SessionUpdated | SessionStopped:
    """Read an event of any 2.x version; the EVSE counts, whichever of its connectors is used."""
    info = request.transaction_info
    at = wiretime.read_or_receipt(request.timestamp, received_at, findings)
    if not request.trigger_reason:
        findings.append("field triggerReason is missing")
    state: ChargingState | None = None
    if info.charging_state is not None:
        state = _STATES.get(info.charging_state) or _state_spelled(info.charging_state, findings)
    notice = _notice(
        station_id=StationTransactionId(info.transaction_id),
        sequence=request.seq_no,
        trigger=request.trigger_reason,
        offline=request.offline,
        state=state,
        remote_start_id=info.remote_start_id,
        phase_count=request.number_of_phases_used,
        cable_max_current_a=request.cable_max_current,
        operation_mode=operation_mode,
    )
    token = request.id_token
    connector_id: ConnectorId | None = None
    if request.evse is not None:
        if request.evse.id == 0:
            findings.append("EVSE 0 is none: ignored")
        else:
            connector_id = ConnectorId(request.evse.id)
    token_type = "" if token is None else token.type
    readings = readings_of(request.meter_value, received_at, findings)
    if request.event_type is EventType.UPDATED:
        return _updated(
            transaction_id=UNRESOLVED,
            connector_id=connector_id,
            at=at,
            notice=notice,
            id_token=None if token is None else token_of(token),
            reservation_id=_reservation(request.reservation_id),
            readings=readings,
            token_type=token_type,
        )
    if request.event_type is EventType.STARTED:
        return SessionStarted(
            connector_id=connector_id or ConnectorId(0),
            id_token=IdToken("") if token is None else token_of(token),
            at=at,
            meter_start_wh=register_wh(readings, metering.BEGIN),
            reservation_id=_reservation(request.reservation_id),
            notice=notice,
            readings=readings,
            token_type=token_type,
        )
    reason = info.stopped_reason
    return SessionStopped(
        transaction_id=UNRESOLVED,
        at=at,
        meter_stop_wh=register_wh(readings, metering.END),
        # Left out only where it is Local (2.0.1 TransactionType).
        reason=StopReason.LOCAL if reason is None else stop_reason(reason, findings),
        # The one that stopped it; none where no token is needed to.
        id_token=None if token is None else token_of(token) or None,
        readings=readings,
        connector_id=connector_id,
        notice=notice,
        token_type=token_type,
    )


def _state_spelled(word: str, findings: list[str]) -> ChargingState | None:
    spelled = _SPELLINGS.get(reduced(word))
    taken = "ignored" if spelled is None else f"taken as {spelled}"
    findings.append(f"charging state {word[:40]!r} is not known: {taken}")
    return None if spelled is None else ChargingState(spelled)


def _reservation(number: int | None) -> int | None:
    """0 means none: the numbers that we give start at 1."""
    return number if number is not None and number > 0 else None


def to_payload(reply: StartReply | UpdateReply | StopReply) -> bytes:
    """Write the token's state where the charger sent one, and what it costs."""
    payload: dict[str, object] = {}
    if isinstance(reply, StartReply):
        if reply.names_token:
            payload["idTokenInfo"] = id_token_info(reply.token)
    else:
        if reply.token is not None:
            payload["idTokenInfo"] = id_token_info(reply.token)
        if reply.total_cost is not None:
            payload["totalCost"] = reply.total_cost
    return encode(payload)


MESSAGE = Inbound(
    "TransactionEvent",
    Request,
    to_event,
    to_payload,
    open_enums=OPEN_ENUMS,
    rounded=frozenset({"cableMaxCurrent", "timeSpentCharging"}),
    dispensable=DISPENSABLE,
    keeps=True,
    specified=Specified,
)
