"""GetCompositeSchedule (OCPP 2.0.1 K08)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import Accepted, CommandResult, GetComposite
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.fields import present
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome
from ocpp_core.protocol.v201.profile import Composite, from_wire_schedule


class Response(StatusAnswer, frozen=True):
    """What the charger will apply."""

    schedule: Composite | None = None


def to_request(command: GetComposite) -> dict[str, Any]:
    """Write the question."""
    unit = command.rate_unit
    return present(
        evseId=command.connector_id,
        duration=command.duration_s,
        chargingRateUnit=None if unit is None else unit.value,
    )


def to_result(answer: Response, command: GetComposite, received_at: datetime) -> CommandResult:
    """Read the schedule; it may be in another unit than asked for, or say nothing."""
    result = outcome(answer)
    if not isinstance(result, Accepted) or answer.schedule is None:
        return result
    findings: list[str] = [result.reason] if result.reason else []
    composite = from_wire_schedule(
        answer.schedule, began=received_at, asked_s=command.duration_s, findings=findings
    )
    return Accepted(status=result.status, reason="; ".join(findings), composite=composite)


MESSAGE = Outbound("GetCompositeSchedule", GetComposite, to_request, Response, to_result)
