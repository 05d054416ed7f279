"""ClearChargingProfile (OCPP 2.0.1 K10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import ClearProfile, CommandResult, Unsupported
from ocpp_core.domain.profile import ProfilePurpose
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.fields import present
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome
from ocpp_core.protocol.v201.profile import wire_purpose


def to_request(command: ClearProfile) -> dict[str, Any] | Unsupported:
    """Write which profiles go: one by its id, or those that match the criteria (K10.FR.02)."""
    if command.purpose is ProfilePurpose.EXTERNAL_CONSTRAINTS:
        return Unsupported(
            reason="external constraints are set by somebody else, who clears them (K10.FR.06)"
        )
    criteria = present(
        evseId=command.connector_id,
        chargingProfilePurpose=None if command.purpose is None else wire_purpose(command.purpose),
        stackLevel=command.stack_level,
    )
    if command.profile_id is None:
        if not criteria:
            return Unsupported(
                reason="OCPP 2.x clears what is named: an id, a purpose, a stack level or an EVSE"
            )
        return {"chargingProfileCriteria": criteria}
    if criteria:
        return Unsupported(reason="OCPP 2.x clears by id or by criteria, not by both")
    return {"chargingProfileId": command.profile_id}


def to_result(answer: StatusAnswer, command: ClearProfile, received_at: datetime) -> CommandResult:
    """Read the status; `Unknown` (no profile matched) is a refusal."""
    del command, received_at
    return outcome(answer)


MESSAGE = Outbound("ClearChargingProfile", ClearProfile, to_request, StatusAnswer, to_result)
