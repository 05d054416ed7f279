"""RequestStartTransaction (OCPP 2.0.1 F01, F02)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import Accepted, CommandResult, RemoteStart, Unsupported
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.fields import numbered, present
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome
from ocpp_core.protocol.v201.profile_writer import (
    WriteProfile,
    started_profile_fault,
    to_wire_profile,
)
from ocpp_core.protocol.v201.tokens import id_token


class Response(StatusAnswer, frozen=True):
    """Whether it will, and the transaction where one had begun before (F02)."""

    transaction_id: str = ""


def to_request(command: RemoteStart) -> dict[str, Any] | Unsupported:
    """Write the order; its profile must be a TxProfile without a transaction (K05)."""
    return order(command, to_wire_profile)


def order(command: RemoteStart, write: WriteProfile) -> dict[str, Any] | Unsupported:
    """Write the order with the profile as the version writes it."""
    profile: dict[str, Any] | None = None
    if command.profile is not None:
        fault = started_profile_fault(command.profile)
        if fault:
            return Unsupported(reason=fault)
        wire = write(command.profile, command.connector_id, None)
        if isinstance(wire, Unsupported):
            return wire
        profile = wire
    return present(
        remoteStartId=numbered(command.request_id),
        idToken=id_token(command.id_token, command.token_type),
        evseId=command.connector_id or None,
        chargingProfile=profile,
    )


def to_result(answer: Response, command: RemoteStart, received_at: datetime) -> CommandResult:
    """Read the status, and which transaction the order joins."""
    del command, received_at
    result = outcome(answer)
    if isinstance(result, Accepted):
        return Accepted(
            status=result.status,
            reason=result.reason,
            transaction_station_id=answer.transaction_id,
        )
    return result


MESSAGE = Outbound("RequestStartTransaction", RemoteStart, to_request, Response, to_result)
