"""RequestStopTransaction (OCPP 2.0.1 F03)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, RemoteStop, Unsupported
from ocpp_core.protocol.message import NamingOutbound
from ocpp_core.protocol.translator import TransactionNames
from ocpp_core.protocol.v201.fields import station_name
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


def to_request(command: RemoteStop, names: TransactionNames) -> dict[str, Any] | Unsupported:
    """Write which transaction ends, as the charger calls it."""
    name = station_name(command.transaction_id, names)
    return name if isinstance(name, Unsupported) else {"transactionId": name}


def to_result(answer: StatusAnswer, command: RemoteStop, received_at: datetime) -> CommandResult:
    """Read the status."""
    del command, received_at
    return outcome(answer)


MESSAGE = NamingOutbound("RequestStopTransaction", RemoteStop, to_request, StatusAnswer, to_result)
