"""PullDynamicScheduleUpdate (OCPP 2.1 K28)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import DynamicUpdatePulled
from ocpp_core.protocol.message import Inbound, Int32
from ocpp_core.protocol.v201.message import Wire
from ocpp_core.protocol.v201.words import one_of


class Request(Wire, frozen=True, kw_only=True):
    """Which profile's present values are asked for."""

    charging_profile_id: Int32


def to_event(request: Request, received_at: datetime, findings: list[str]) -> DynamicUpdatePulled:
    """Read the question."""
    del received_at, findings
    return DynamicUpdatePulled(profile_id=request.charging_profile_id)


# Without values an answer cannot be Accepted.
to_payload = one_of("Rejected", otherwise="Rejected")

MESSAGE = Inbound("PullDynamicScheduleUpdate", Request, to_event, to_payload)
