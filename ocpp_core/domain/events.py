"""What chargers tell us, whichever OCPP version they speak.

An event is the meaning of one inbound CALL. It carries the charger's own times; when we received
it is on the `StoredMessage` around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.domain.metering import MeterSample, Reading, samples_of


class ConnectorStatus(StrEnum):
    """State of a connector (OCPP 1.6 section 7.7)."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


class StopReason(StrEnum):
    """Why a transaction ended (OCPP 1.6 section 7.37); LOCAL when the charger names none."""

    DE_AUTHORIZED = "DeAuthorized"
    EMERGENCY_STOP = "EmergencyStop"
    EV_DISCONNECTED = "EVDisconnected"
    HARD_RESET = "HardReset"
    LOCAL = "Local"
    OTHER = "Other"
    POWER_LOSS = "PowerLoss"
    REBOOT = "Reboot"
    REMOTE = "Remote"
    SOFT_RESET = "SoftReset"
    UNLOCK_COMMAND = "UnlockCommand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Booted:
    """The charger started and introduces itself."""

    vendor: str
    model: str
    serial_number: str = ""
    firmware_version: str = ""
    meter_type: str = ""
    meter_serial_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The charger is alive and asks for the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged:
    """A connector's state, or the charge point's for connector 0."""

    connector_id: ConnectorId
    status: ConnectorStatus
    error_code: str = "NoError"
    info: str = ""
    vendor_error_code: str = ""
    at: datetime | None = None
    """The charger's timestamp; None when it sent none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationAsked:
    """May this token charge?"""

    id_token: IdToken


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """A transaction began."""

    connector_id: ConnectorId
    id_token: IdToken
    at: datetime
    meter_start_wh: int
    reservation_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStopped:
    """A transaction ended."""

    transaction_id: TransactionId
    at: datetime
    meter_stop_wh: int
    reason: StopReason = StopReason.LOCAL
    id_token: IdToken | None = None
    readings: tuple[Reading, ...] = ()

    @property
    def samples(self) -> tuple[MeterSample, ...]:
        """Every value by itself."""
        return samples_of(self.readings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """Meter values of a connector, during a transaction or not."""

    connector_id: ConnectorId
    transaction_id: TransactionId | None
    readings: tuple[Reading, ...]

    @property
    def samples(self) -> tuple[MeterSample, ...]:
        """Every value by itself."""
        return samples_of(self.readings)


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorDataSent:
    """A vendor's own message (DataTransfer), which we refuse politely."""

    vendor: str
    message: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStatusChanged:
    """Progress of a firmware or diagnostics transfer."""

    transfer: str
    """`firmware` or `diagnostics`."""
    status: str


type DomainEvent = (
    Booted
    | Heartbeat
    | StatusChanged
    | AuthorizationAsked
    | SessionStarted
    | SessionStopped
    | Metered
    | VendorDataSent
    | TransferStatusChanged
)


# What we answer --------------------------------------------------------------------------------


class BootStatus(StrEnum):
    """Answer to a boot (OCPP 1.6 section 7.31 RegistrationStatus)."""

    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


class AuthorizationStatus(StrEnum):
    """State of an id token (OCPP 1.6 section 7.2)."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    CONCURRENT_TX = "ConcurrentTx"


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

    status: AuthorizationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class StartReply:
    """Answer to `SessionStarted`: always a transaction id, whatever the token's state."""

    transaction_id: TransactionId
    status: AuthorizationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReply:
    """Answer to `SessionStopped`; the status is None when the charger sent no token."""

    status: AuthorizationStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorDataReply:
    """Answer to `VendorDataSent`: `UnknownVendorId`, since no vendor logic is built in."""

    status: str = "UnknownVendorId"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyReply:
    """Answer that only says: received and stored."""


type Reply = (
    BootReply
    | TimeReply
    | AuthorizationReply
    | StartReply
    | StopReply
    | VendorDataReply
    | EmptyReply
)
