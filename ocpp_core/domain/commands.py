"""What we tell chargers, and how it can end. Refusals are results: match them all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.domain.profile import ChargingProfile, CompositeSchedule, ProfilePurpose, RateUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProfile:
    """Install a charging profile."""

    connector_id: ConnectorId
    profile: ChargingProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearProfile:
    """Remove the profiles that match every field given."""

    profile_id: int | None = None
    connector_id: ConnectorId | None = None
    purpose: ProfilePurpose | None = None
    stack_level: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetComposite:
    """Ask what limits the charger will apply."""

    connector_id: ConnectorId
    duration_s: int
    rate_unit: RateUnit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteStart:
    """Start a transaction for a token."""

    id_token: IdToken
    connector_id: ConnectorId | None = None
    profile: ChargingProfile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteStop:
    """Stop a transaction."""

    transaction_id: TransactionId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeConfiguration:
    """Set one configuration key; the value is never logged."""

    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetConfiguration:
    """Read configuration keys; none named reads all."""

    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerMessage:
    """Ask the charger to send a message now, e.g. `StatusNotification`."""

    message: str
    connector_id: ConnectorId | None = None


class ResetKind(StrEnum):
    """How a charger restarts."""

    SOFT = "Soft"
    HARD = "Hard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """Restart the charger."""

    kind: ResetKind = ResetKind.SOFT


type Command = (
    SetProfile
    | ClearProfile
    | GetComposite
    | RemoteStart
    | RemoteStop
    | ChangeConfiguration
    | GetConfiguration
    | TriggerMessage
    | Reset
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationEntry:
    """One configuration key as the charger reports it."""

    key: str
    value: str | None
    readonly: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The charger agreed; carries what it said beyond that."""

    status: str = "Accepted"
    """The charger's own word: Accepted, RebootRequired, …"""
    composite: CompositeSchedule | None = None
    configuration: tuple[ConfigurationEntry, ...] = ()
    unknown_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The charger refused."""

    status: str
    """The charger's own word, or the error code of its CALLERROR."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """No answer came in time; the charger may or may not have acted."""

    after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """The charger does not know the message (NotSupported, NotImplemented)."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offline:
    """The charger was not connected, or the link broke; `sent` tells whether it may have acted."""

    sent: bool = False


type CommandResult = Accepted | Rejected | TimedOut | Unsupported | Offline
