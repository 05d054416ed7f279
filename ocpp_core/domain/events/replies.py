"""What we answer to each event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ocpp_core.domain.ids import IdToken, TransactionId
from ocpp_core.domain.profile import DynamicValues


class BootStatus(StrEnum):
    """Answer to a boot (OCPP 1.6 section 7.31 RegistrationStatus)."""

    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


class AuthorizationStatus(StrEnum):
    """State of an id token (OCPP 1.6 section 7.2, 2.0.1 AuthorizationStatusEnumType).

    Translators say Invalid where their version lacks a word.
    """

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    CONCURRENT_TX = "ConcurrentTx"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    NO_CREDIT = "NoCredit"
    NOT_ALLOWED_TYPE_EVSE = "NotAllowedTypeEVSE"
    NOT_AT_THIS_LOCATION = "NotAtThisLocation"
    NOT_AT_THIS_TIME = "NotAtThisTime"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenState:
    """A token's state with what a charger may keep beside it."""

    status: AuthorizationStatus
    expires_at: datetime | None = None
    """The charger may trust this answer until then."""
    group_token: IdToken | None = None
    """Tokens with the same one may stop each other's transactions."""


ACCEPTED_TOKEN = TokenState(status=AuthorizationStatus.ACCEPTED)
"""A token that may charge, and nothing more to say of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BootReply:
    """Answer to `Booted`."""

    status: BootStatus
    at: datetime
    heartbeat_interval_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeReply:
    """Answer to `Heartbeat`."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationReply:
    """Answer to `AuthorizationAsked`."""

    token: TokenState
    gives_back: bool = False
    """The car may also give back (OCPP 2.1 Q01); earlier versions cannot say it."""

    @property
    def status(self) -> AuthorizationStatus:
        """The token's state."""
        return self.token.status


@dataclass(frozen=True, slots=True, kw_only=True)
class StartReply:
    """Answer to `SessionStarted`: always a transaction id, whatever the token's state."""

    transaction_id: TransactionId
    token: TokenState
    names_token: bool = True
    """False: the charger presented none yet, so it is told of none (OCPP 2.x)."""

    @property
    def status(self) -> AuthorizationStatus:
        """The token's state."""
        return self.token.status


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateReply:
    """Answer to `SessionUpdated`."""

    token: TokenState | None = None
    """None when the charger sent no token."""
    total_cost: Decimal | None = None
    """Shown to the driver; None: not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReply:
    """Answer to `SessionStopped`."""

    token: TokenState | None = None
    """None when the charger sent no token."""
    total_cost: Decimal | None = None
    """OCPP 2.x: what the transaction cost; None: not told."""

    @property
    def status(self) -> AuthorizationStatus | None:
        """The token's state."""
        return None if self.token is None else self.token.status


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorDataReply:
    """Answer to `VendorDataSent`: `UnknownVendorId`, since no vendor logic is built in."""

    status: str = "UnknownVendorId"


@dataclass(frozen=True, slots=True, kw_only=True)
class WordReply:
    """Answer that is one status word: Accepted, Rejected, Processing and the like."""

    status: str
    reason: str = ""
    """In words, where the version can carry them (statusInfo of OCPP 2.x)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicValuesReply:
    """Answer to `DynamicUpdatePulled`: what the profile is to say now."""

    values: DynamicValues


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyReply:
    """Answer that only says: received and stored."""
