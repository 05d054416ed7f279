"""NotifyChargingLimit (OCPP 2.0.1 K12)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ocpp_core.domain.events import ChargingLimitNotified
from ocpp_core.protocol.message import Inbound, no_fields
from ocpp_core.protocol.v201.message import Number, Wire, place_of
from ocpp_core.protocol.v201.profile import Schedule, from_wire_schedule


class ChargingLimit(Wire, frozen=True, kw_only=True):
    """Whose limit it is."""

    charging_limit_source: str
    is_grid_critical: bool = False


class Request(Wire, frozen=True, kw_only=True):
    """Somebody else set a limit."""

    charging_limit: ChargingLimit
    evse_id: Number | None = None
    charging_schedule: list[Schedule] = msgspec.field(default_factory=list)


def to_event(request: Request, received_at: datetime, findings: list[str]) -> ChargingLimitNotified:
    """Read a limit."""
    return event_of(request, received_at, findings)


def event_of(
    request: Request, received_at: datetime, findings: list[str], *, local_generation: bool = False
) -> ChargingLimitNotified:
    """Read a limit of any 2.x version; a schedule that says nothing is left out and told."""
    read = (
        from_wire_schedule(schedule, began=received_at, findings=findings)
        for schedule in request.charging_schedule
    )
    return ChargingLimitNotified(
        connector_id=place_of(request.evse_id),
        source=request.charging_limit.charging_limit_source,
        grid_critical=request.charging_limit.is_grid_critical,
        schedules=tuple(schedule for schedule in read if schedule is not None),
        local_generation=local_generation,
    )


MESSAGE = Inbound(
    "NotifyChargingLimit",
    Request,
    to_event,
    no_fields,
    open_enums=frozenset({"chargingLimitSource", "chargingRateUnit", "costKind"}),
)
