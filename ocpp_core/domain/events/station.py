"""What a charger tells of itself: boot, life, states, settings, files, security."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.variables import VariableReport


class ConnectorStatus(StrEnum):
    """State of a connector (OCPP 1.6 section 7.7), and `Occupied` for all that 2.x can say."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"
    OCCUPIED = "Occupied"
    """Something is plugged in; a transaction's charging state says more (OCPP 2.x)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booted:
    """The charger started and introduces itself."""

    vendor: str
    model: str
    serial_number: str = ""
    firmware_version: str = ""
    meter_type: str = ""
    meter_serial_number: str = ""
    reason: str = ""
    """Why it started (OCPP 2.x BootReasonEnumType), or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The charger is alive and asks for the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged:
    """A connector's state, or the charge point's for connector 0."""

    connector_id: ConnectorId
    """In OCPP 2.x the EVSE: what one car uses at a time."""
    status: ConnectorStatus
    error_code: str = "NoError"
    info: str = ""
    vendor_error_code: str = ""
    at: datetime | None = None
    """The charger's timestamp; None when it sent none."""
    plug_id: int | None = None
    """Connector of the EVSE (OCPP 2.x)."""
    overall: ConnectorStatus | None = None
    """State of the EVSE where another of its plugs says more than this one; None: `status`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReported:
    """Whether the lock of a plug fails (OCPP 2.0.1 G05)."""

    connector_id: ConnectorId
    plug_id: int = 0
    """Connector of the EVSE; 0: not told."""
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatesChanged:
    """States of several connectors in one message (OCPP 2.x NotifyEvent)."""

    changes: tuple[StatusChanged, ...] = ()
    locks: tuple[LockReported, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorDataSent:
    """A vendor's own message (DataTransfer), which we refuse politely."""

    vendor: str
    message: str = ""
    data: str = ""


class Transfer(StrEnum):
    """What is transferred, or installed."""

    FIRMWARE = "firmware"
    DIAGNOSTICS = "diagnostics"
    LOG = "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStatusChanged:
    """Progress of a firmware update, a diagnostics upload or a log upload."""

    transfer: Transfer
    status: str
    """The charger's own word, e.g. `Downloading`, `Installed`, `Uploaded`."""
    request_id: int | None = None
    """Number of the order that started it, where the charger says so."""
    reason: str = ""
    """In words, where the charger gives one (statusInfo of OCPP 2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEventReported:
    """Something that concerns security (1.6 security whitepaper A04; OCPP 2.0.1 A04)."""

    kind: str
    """The charger's own word, e.g. `InvalidCentralSystemCertificate`."""
    at: datetime
    info: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequested:
    """The charger wants its certificate signed (SignCertificate)."""

    csr_pem: str
    use: str = "ChargingStationCertificate"
    """Or `V2GCertificate` (OCPP 2.x)."""
    request_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationEnded:
    """A reservation is over without a transaction (OCPP 2.x ReservationStatusUpdate)."""

    reservation_id: int
    status: str
    """`Expired`, `Removed` or `NoTransaction`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsReported:
    """A part of the device model (OCPP 2.x NotifyReport)."""

    request_id: int
    sequence: int
    """From 0."""
    more: bool
    """Further parts follow."""
    at: datetime
    variables: tuple[VariableReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StationNoted:
    """A message that is stored, answered politely, and has no meaning of its own here.

    Its content is in the raw frame: device-model events, monitoring, display messages, …
    """

    action: str
    summary: str = ""
    """In words, where a person would want to know."""
