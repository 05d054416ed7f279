"""SetChargingProfile (OCPP 1.6 section 5.16)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import CommandResult, SetProfile, Unsupported
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word
from ocpp_core.protocol.v16.profile import to_wire_profile


def to_request(command: SetProfile) -> requests.SetChargingProfile | Unsupported:
    """Write the profile (in a field that a remote start names otherwise)."""
    profile = to_wire_profile(command.profile)
    if isinstance(profile, Unsupported):
        return profile
    return requests.SetChargingProfile(
        connector_id=command.connector_id, cs_charging_profiles=profile
    )


def to_result(answer: StatusAnswer, command: SetProfile, received_at: datetime) -> CommandResult:
    """Read the status."""
    del command, received_at
    return result_of_word(answer.status, unsupported=("NotSupported",))


MESSAGE = Outbound("SetChargingProfile", SetProfile, to_request, StatusAnswer, to_result)
