"""NotifyPriorityCharging (OCPP 2.1 K22)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import PriorityChargingNotified
from ocpp_core.protocol.message import Inbound, no_fields
from ocpp_core.protocol.v201.message import Wire


class Request(Wire, frozen=True, kw_only=True):
    """Priority was switched on or off at the charger."""

    transaction_id: str
    activated: bool


def to_event(
    request: Request, received_at: datetime, findings: list[str]
) -> PriorityChargingNotified:
    """Read for which transaction, by the charger's own name for it."""
    del received_at, findings
    return PriorityChargingNotified(
        station_transaction_id=request.transaction_id, activated=request.activated
    )


MESSAGE = Inbound("NotifyPriorityCharging", Request, to_event, no_fields)
