"""PullDynamicScheduleUpdate (OCPP 2.1 K28)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import (
    DynamicUpdatePulled,
    DynamicValuesReply,
    EmptyReply,
    WordReply,
)
from ocpp_core.protocol.message import Inbound, Int32, encode
from ocpp_core.protocol.v21.profile_writer import wire_values
from ocpp_core.protocol.v201.message import Wire
from ocpp_core.protocol.v201.words import one_of


class Request(Wire, frozen=True, kw_only=True):
    """Which profile's present values are asked for."""

    charging_profile_id: Int32


def to_event(request: Request, received_at: datetime, findings: list[str]) -> DynamicUpdatePulled:
    """Read the question."""
    del received_at, findings
    return DynamicUpdatePulled(profile_id=request.charging_profile_id)


_refusal = one_of("Rejected", otherwise="Rejected")
"""Without values an answer cannot be Accepted."""


def to_payload(reply: DynamicValuesReply | WordReply | EmptyReply) -> bytes:
    """Write the present values, or that there are none."""
    if not isinstance(reply, DynamicValuesReply):
        return _refusal(reply)
    values = reply.values
    update = wire_values(
        limit=values.limit, setpoint=values.setpoint, discharge_limit=values.discharge_limit
    )
    if not update:
        return _refusal(EmptyReply())
    return encode({"status": "Accepted", "scheduleUpdate": update})


MESSAGE = Inbound("PullDynamicScheduleUpdate", Request, to_event, to_payload)
