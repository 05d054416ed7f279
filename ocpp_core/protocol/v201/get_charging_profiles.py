"""GetChargingProfiles (OCPP 2.0.1 K09)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, GetProfiles, Unsupported
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.fields import numbered, present
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome
from ocpp_core.protocol.v201.profile import wire_purpose

_EVERY_SOURCE = ("EMS", "Other", "SO", "CSO")
"""Where all profiles are asked for: whoever set them (K09.FR.03 wants a criterion)."""


def to_request(command: GetProfiles) -> dict[str, Any] | Unsupported:
    """Write which profiles are asked for: by id, or by at least one criterion (K09.FR.03)."""
    criterion = present(
        chargingProfilePurpose=None if command.purpose is None else wire_purpose(command.purpose),
        stackLevel=command.stack_level,
        chargingLimitSource=None if command.source is None else [command.source],
    )
    if command.profile_ids:
        if criterion:
            return Unsupported(reason="OCPP 2.x asks by ids or by criteria, not by both")
        criterion = {"chargingProfileId": list(command.profile_ids)}
    return present(
        requestId=numbered(command.request_id),
        evseId=command.connector_id,
        chargingProfile=criterion or {"chargingLimitSource": list(_EVERY_SOURCE)},
    )


def to_result(answer: StatusAnswer, command: GetProfiles, received_at: datetime) -> CommandResult:
    """Read the status; with NoProfiles there are none, and no report will come."""
    del command, received_at
    return outcome(answer, accepted=("Accepted", "NoProfiles"))


MESSAGE = Outbound("GetChargingProfiles", GetProfiles, to_request, StatusAnswer, to_result)
