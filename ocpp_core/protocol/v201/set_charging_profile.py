"""SetChargingProfile (OCPP 2.0.1 K01 to K04)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, SetProfile, Unsupported
from ocpp_core.protocol.message import NamingOutbound
from ocpp_core.protocol.translator import TransactionNames
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome
from ocpp_core.protocol.v201.profile_writer import (
    WriteProfile,
    to_wire_profile,
    transaction_of,
)


def to_request(command: SetProfile, names: TransactionNames) -> dict[str, Any] | Unsupported:
    """Write the profile and its EVSE."""
    return setting(command, names, to_wire_profile)


def setting(
    command: SetProfile, names: TransactionNames, write: WriteProfile
) -> dict[str, Any] | Unsupported:
    """Write the profile as the version writes it."""
    transaction = transaction_of(command.profile, names)
    if isinstance(transaction, Unsupported):
        return transaction
    profile = write(command.profile, command.connector_id, transaction)
    if isinstance(profile, Unsupported):
        return profile
    return {"evseId": command.connector_id, "chargingProfile": profile}


def to_result(answer: StatusAnswer, command: SetProfile, received_at: datetime) -> CommandResult:
    """Read the status; the reason tells which rule the charger saw broken."""
    del command, received_at
    return outcome(answer)


MESSAGE = NamingOutbound("SetChargingProfile", SetProfile, to_request, StatusAnswer, to_result)
