"""ClearChargingProfile (OCPP 1.6 section 5.5)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests
from ocpp.v16.enums import ChargingProfilePurposeType

from ocpp_core.domain.commands import ClearProfile, CommandResult, Unsupported
from ocpp_core.domain.composite import V16
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word


def to_request(command: ClearProfile) -> requests.ClearChargingProfile | Unsupported:
    """Write which profiles go."""
    purpose = command.purpose
    if purpose is not None and purpose not in V16.purposes:
        return Unsupported(reason=f"OCPP 1.6 has no {purpose} profile")
    return requests.ClearChargingProfile(
        id=command.profile_id,
        connector_id=command.connector_id,
        charging_profile_purpose=(
            None if purpose is None else ChargingProfilePurposeType(purpose.value)
        ),
        stack_level=command.stack_level,
    )


def to_result(answer: StatusAnswer, command: ClearProfile, received_at: datetime) -> CommandResult:
    """Read the status; `Unknown` (no profile matched) is a refusal."""
    del command, received_at
    return result_of_word(answer.status)


MESSAGE = Outbound("ClearChargingProfile", ClearProfile, to_request, StatusAnswer, to_result)
