"""SetNetworkProfile (OCPP 2.0.1 B09)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, SetNetworkProfile
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


def to_request(command: SetNetworkProfile) -> dict[str, Any]:
    """Write the connection that a slot stands for."""
    return {
        "configurationSlot": command.slot,
        "connectionData": {
            "ocppVersion": command.ocpp_version,
            "ocppTransport": "JSON",
            "ocppCsmsUrl": command.url,
            "messageTimeout": command.message_timeout_s,
            "securityProfile": command.security_profile,
            "ocppInterface": command.interface,
        },
    }


def to_result(
    answer: StatusAnswer, command: SetNetworkProfile, received_at: datetime
) -> CommandResult:
    """Read the status."""
    del command, received_at
    return outcome(answer)


MESSAGE = Outbound("SetNetworkProfile", SetNetworkProfile, to_request, StatusAnswer, to_result)
