"""NotifyChargingLimit (OCPP 2.1 K12): a limit, or what is generated on the spot."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import ChargingLimitNotified
from ocpp_core.protocol.v201 import notify_charging_limit as v201


class ChargingLimit(v201.ChargingLimit, frozen=True, kw_only=True):
    """Whose limit it is, and whether it is one."""

    is_local_generation: bool = False


class Request(v201.Request, frozen=True, kw_only=True):
    """Somebody else set a limit."""

    charging_limit: ChargingLimit


def to_event(request: Request, received_at: datetime, findings: list[str]) -> ChargingLimitNotified:
    """Read a limit."""
    local = request.charging_limit.is_local_generation
    return v201.event_of(request, received_at, findings, local_generation=local)


MESSAGE = v201.MESSAGE.extended(Request, to_event=to_event, open_enums=frozenset({"operationMode"}))
