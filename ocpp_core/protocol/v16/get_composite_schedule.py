"""GetCompositeSchedule (OCPP 1.6 section 5.7)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests
from ocpp.v16.enums import ChargingRateUnitType

from ocpp_core.domain.commands import Accepted, CommandResult, GetComposite
from ocpp_core.protocol.message import Answer, Outbound, result_of_word
from ocpp_core.protocol.translator import UnreadableAnswer
from ocpp_core.protocol.v16.profile import Schedule, from_wire_schedule


class Response(Answer, frozen=True):
    """What the charger will apply."""

    status: str
    schedule_start: datetime | None = None
    charging_schedule: Schedule | None = None


def to_request(command: GetComposite) -> requests.GetCompositeSchedule:
    """Write the question."""
    unit = command.rate_unit
    return requests.GetCompositeSchedule(
        connector_id=command.connector_id,
        duration=command.duration_s,
        charging_rate_unit=None if unit is None else ChargingRateUnitType(unit.value),
    )


def to_result(
    answer: Response, command: GetComposite, received_at: datetime
) -> CommandResult | UnreadableAnswer:
    """Read the schedule; it may be in another unit than asked for, or say nothing."""
    result = result_of_word(answer.status)
    if not isinstance(result, Accepted) or answer.charging_schedule is None:
        return result
    try:
        composite = from_wire_schedule(
            answer.charging_schedule,
            start=answer.schedule_start,
            asked_s=command.duration_s,
            received_at=received_at,
        )
    except ValueError as error:
        return UnreadableAnswer(reason=str(error))
    return Accepted(status=result.status, composite=composite)


MESSAGE = Outbound("GetCompositeSchedule", GetComposite, to_request, Response, to_result)
