"""Start, stop, restart, unlock, switch off: what an operator does to a charger from afar."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ocpp_core.domain.commands.tokens import CARD
from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.domain.profile import ChargingProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteStart:
    """Start a transaction for a token."""

    id_token: IdToken
    connector_id: ConnectorId | None = None
    profile: ChargingProfile | None = None
    request_id: int | None = None
    """Number that the transaction will carry in OCPP 2.x; None: the server takes one."""
    token_type: str = CARD
    """What the token is (OCPP 2.x IdTokenType), e.g. `Central` for one that we gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteStop:
    """Stop a transaction."""

    transaction_id: TransactionId


class ResetKind(StrEnum):
    """How a charger restarts."""

    SOFT = "Soft"
    """After its transactions were ended in an orderly way (2.x: once they are over, OnIdle)."""
    HARD = "Hard"
    """At once (2.x: Immediate)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """Restart the charger, or one of its EVSEs (OCPP 2.x)."""

    kind: ResetKind = ResetKind.SOFT
    connector_id: ConnectorId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAvailability:
    """Put a connector (0: the charger as a whole) in or out of service."""

    connector_id: ConnectorId
    operative: bool
    plug_id: int | None = None
    """One connector of that EVSE (OCPP 2.x G03); None: all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockConnector:
    """Release the cable."""

    connector_id: ConnectorId
    plug_id: int = 1
    """Connector of that EVSE (OCPP 2.x)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerMessage:
    """Ask the charger to send a message now, e.g. `StatusNotification`."""

    message: str
    connector_id: ConnectorId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCache:
    """Forget the tokens that were authorised before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendVendorData:
    """Send a vendor's own message (DataTransfer)."""

    vendor: str
    message: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetTransactionStatus:
    """Ask whether a transaction is over and whether messages of it still wait (OCPP 2.x E14)."""

    transaction_id: TransactionId | None = None
    """None: ask about the whole queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCost:
    """Show the driver what the transaction costs so far (OCPP 2.x I02)."""

    transaction_id: TransactionId
    total_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRaw:
    """Send any message of the charger's OCPP version; the payload must pass its schema."""

    action: str
    payload: str
    """JSON object as text."""
