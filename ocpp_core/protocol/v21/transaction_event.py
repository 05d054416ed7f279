"""TransactionEvent (OCPP 2.1 chapter E): with the operation mode, limits and local costs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.events import SessionStarted, SessionStopped, SessionUpdated
from ocpp_core.protocol.v201 import transaction_event as v201


class TransactionInfo(v201.TransactionInfo, frozen=True, kw_only=True):
    """Which transaction, how it fares, and who decides what flows."""

    operation_mode: str = ""
    tariff_id: str | None = None
    transaction_limit: Any = None


class Request(v201.Request, frozen=True, kw_only=True):
    """An event of a transaction; costs that the charger computed are in the raw frame only."""

    transaction_info: TransactionInfo
    cost_details: Any = None
    preconditioning_status: str | None = None
    evse_sleep: bool = False


def to_event(
    request: Request, received_at: datetime, findings: list[str]
) -> SessionStarted | SessionUpdated | SessionStopped:
    """Read an event."""
    mode = request.transaction_info.operation_mode
    return v201.event_of(request, received_at, findings, operation_mode=mode)


MESSAGE = v201.MESSAGE.extended(
    Request,
    to_event=to_event,
    open_enums=frozenset({"operationMode", "preconditioningStatus", "typeOfCost"}),
)
