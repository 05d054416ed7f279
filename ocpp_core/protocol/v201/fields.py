"""Fields that many messages of OCPP 2.x share: EVSEs, transactions, numbers of requests."""

from __future__ import annotations

from typing import Any

from ocpp_core.domain.commands import Unsupported
from ocpp_core.domain.ids import ConnectorId, TransactionId
from ocpp_core.protocol.translator import TransactionNames

FIRST_PLUG = 1
"""Most EVSEs have one connector; numbers start at 1 in each EVSE (part 1 chapter 7)."""


def evse(connector_id: ConnectorId, plug_id: int | None = None) -> dict[str, int]:
    """Write an EVSE, or one connector of it."""
    return (
        {"id": int(connector_id)}
        if plug_id is None
        else {
            "id": int(connector_id),
            "connectorId": plug_id,
        }
    )


def present(**fields: Any) -> dict[str, Any]:
    """Return an object without what is None."""
    return {name: value for name, value in fields.items() if value is not None}


def station_name(transaction_id: TransactionId, names: TransactionNames) -> str | Unsupported:
    """Return what the charger calls a transaction."""
    name = names.station_transaction_id(transaction_id)
    if name is None:
        return Unsupported(
            reason=f"what the charger calls transaction {transaction_id} is not known"
        )
    return name


def numbered(request_id: int | None) -> int:
    """Return the number of a request; ValueError where its sender gave none."""
    if request_id is None:
        raise ValueError("a request that is reported on later needs a number")
    return request_id
