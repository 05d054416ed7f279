"""RemoteStartTransaction (OCPP 1.6 section 5.11)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import CommandResult, RemoteStart, Unsupported
from ocpp_core.domain.profile import ProfilePurpose
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word
from ocpp_core.protocol.v16.profile import to_wire_profile


def to_request(command: RemoteStart) -> requests.RemoteStartTransaction | Unsupported:
    """Write the order; its profile must be a TxProfile without a transaction (section 5.11)."""
    profile = None
    if command.profile is not None:
        if command.profile.purpose is not ProfilePurpose.TX:
            return Unsupported(reason="a remote start takes a TxProfile only")
        if command.profile.transaction_id is not None:
            return Unsupported(reason="the profile of a remote start names no transaction")
        profile = to_wire_profile(command.profile)
        if isinstance(profile, Unsupported):
            return profile
    return requests.RemoteStartTransaction(
        id_tag=command.id_token,
        # Section 5.11: a connector above 0, or none; 0 stands for the whole charger here.
        connector_id=command.connector_id or None,
        charging_profile=profile,
    )


def to_result(answer: StatusAnswer, command: RemoteStart, received_at: datetime) -> CommandResult:
    """Read the status."""
    del command, received_at
    return result_of_word(answer.status)


MESSAGE = Outbound("RemoteStartTransaction", RemoteStart, to_request, StatusAnswer, to_result)
