"""ReservationStatusUpdate (OCPP 2.0.1 H01 and H02)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import ReservationEnded
from ocpp_core.protocol.message import Inbound, Int32, no_fields
from ocpp_core.protocol.v201.message import Wire


class Request(Wire, frozen=True, kw_only=True):
    """A reservation is over; why is kept as the charger says it."""

    reservation_id: Int32
    reservation_update_status: str


def to_event(request: Request, received_at: datetime, findings: list[str]) -> ReservationEnded:
    """Read which reservation, and why."""
    del received_at, findings
    return ReservationEnded(
        reservation_id=request.reservation_id, status=request.reservation_update_status
    )


MESSAGE = Inbound(
    "ReservationStatusUpdate",
    Request,
    to_event,
    no_fields,
    open_enums=frozenset({"reservationUpdateStatus"}),
)
