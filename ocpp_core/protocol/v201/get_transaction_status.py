"""GetTransactionStatus (OCPP 2.0.1 E14)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import (
    Accepted,
    CommandResult,
    GetTransactionStatus,
    TransactionStatus,
    Unsupported,
)
from ocpp_core.protocol.message import Answer, NamingOutbound
from ocpp_core.protocol.translator import TransactionNames
from ocpp_core.protocol.v201.fields import station_name


class Response(Answer, frozen=True):
    """What the charger knows of it."""

    messages_in_queue: bool
    ongoing_indicator: bool | None = None


def to_request(
    command: GetTransactionStatus, names: TransactionNames
) -> dict[str, Any] | Unsupported:
    """Write which transaction, or none for the queue as a whole."""
    if command.transaction_id is None:
        return {}
    name = station_name(command.transaction_id, names)
    return name if isinstance(name, Unsupported) else {"transactionId": name}


def to_result(
    answer: Response, command: GetTransactionStatus, received_at: datetime
) -> CommandResult:
    """Read whether it goes on and whether messages of it still wait."""
    del command, received_at
    return Accepted(
        transaction=TransactionStatus(
            ongoing=answer.ongoing_indicator, messages_in_queue=answer.messages_in_queue
        )
    )


MESSAGE = NamingOutbound(
    "GetTransactionStatus", GetTransactionStatus, to_request, Response, to_result
)
