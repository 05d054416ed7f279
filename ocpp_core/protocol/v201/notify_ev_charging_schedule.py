"""NotifyEVChargingSchedule (OCPP 2.0.1 K15 to K17)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import ChargingScheduleNotified, StationNoted
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Inbound
from ocpp_core.protocol.v201.message import Number, Wire
from ocpp_core.protocol.v201.profile import Schedule, from_wire_schedule
from ocpp_core.protocol.v201.words import one_of

ACTION = "NotifyEVChargingSchedule"


class Request(Wire, frozen=True, kw_only=True):
    """The schedule that a car made of what it was offered."""

    time_base: datetime
    charging_schedule: Schedule
    evse_id: Number


def to_event(
    request: Request, received_at: datetime, findings: list[str]
) -> ChargingScheduleNotified | StationNoted:
    """Read a schedule, which counts from the time base; one that says nothing is only noted."""
    schedule = from_wire_schedule(
        request.charging_schedule,
        began=wiretime.read(request.time_base, received_at, findings),
        findings=findings,
    )
    if schedule is None:
        return StationNoted(action=ACTION, summary="a schedule that says nothing")
    return ChargingScheduleNotified(connector_id=ConnectorId(request.evse_id), schedule=schedule)


to_payload = one_of("Accepted", "Rejected", otherwise="Rejected")

MESSAGE = Inbound(
    ACTION,
    Request,
    to_event,
    to_payload,
    open_enums=frozenset({"chargingRateUnit", "costKind", "operationMode"}),
)
