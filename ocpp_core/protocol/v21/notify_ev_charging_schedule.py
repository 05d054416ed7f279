"""NotifyEVChargingSchedule (OCPP 2.1 K15 to K19)."""

from __future__ import annotations

from ocpp_core.protocol.message import Int32
from ocpp_core.protocol.v201 import notify_ev_charging_schedule as v201


class Request(v201.Request, frozen=True, kw_only=True):
    """The schedule that a car made, and which of those offered it chose."""

    selected_charging_schedule_id: Int32 | None = None
    power_tolerance_acceptance: bool | None = None


MESSAGE = v201.MESSAGE.extended(Request)
