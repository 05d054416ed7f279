"""What a charger has to say and how each OCPP version says it.

The charger and the terminal decide what happens and when; a dialect only finds the words.
Dialects are written for the simulators alone: they share nothing with the server's translators,
whose other side they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ocpp_core.domain import composite
from ocpp_core.domain.composite import StackingRules
from ocpp_core.domain.events import ConnectorStatus, StopReason, TransferStatusChanged
from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.sim.bay import Transaction
from ocpp_core.sim.meter import Sample
from ocpp_core.sim.wire import Payload


class Version(StrEnum):
    """The OCPP versions that a simulated charger may speak, by their subprotocols."""

    V16 = "ocpp1.6"
    V201 = "ocpp2.0.1"
    V21 = "ocpp2.1"

    @property
    def stacking(self) -> StackingRules:
        """How its chargers read a stack of profiles."""
        return _STACKING[self]


_STACKING = {
    Version.V16: composite.V16,
    Version.V201: composite.V201,
    Version.V21: composite.V21,
}


class BootReason(StrEnum):
    """Why a charger starts (OCPP 2.0.1 BootReasonEnumType; 1.6 does not say)."""

    POWER_UP = "PowerUp"
    REMOTE_RESET = "RemoteReset"
    TRIGGERED = "Triggered"
    WATCHDOG = "Watchdog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameplate:
    """What a charger says it is."""

    vendor: str
    model: str
    serial_number: str
    firmware: str


@dataclass(frozen=True, slots=True)
class Said:
    """One CALL of the charger."""

    action: str
    payload: Callable[[], Payload]
    """Built when it is sent: in 1.6 a transaction's id may not be known before."""


class Trigger(StrEnum):
    """Why a transaction event is sent (OCPP 2.0.1 TriggerReasonEnumType)."""

    AUTHORIZED = "Authorized"
    CHARGING_STATE_CHANGED = "ChargingStateChanged"
    CHARGING_RATE_CHANGED = "ChargingRateChanged"
    METER_PERIODIC = "MeterValuePeriodic"
    REMOTE_START = "RemoteStart"
    TRIGGER = "Trigger"


class Dialect(Protocol):
    """One OCPP version, as a charger writes it."""

    @property
    def version(self) -> Version:
        """The version."""
        ...

    @property
    def malformed(self) -> str:
        """Error code for a payload that cannot be read."""
        ...

    @property
    def names_transactions(self) -> bool:
        """Whether the charger gives transactions their ids, and not the server."""
        ...

    def boot(self, plate: Nameplate, reason: BootReason) -> Said:
        """BootNotification."""
        ...

    def shown(self, state: ConnectorStatus) -> ConnectorStatus:
        """Return what is told of a state: versions differ in how much they can say."""
        ...

    def status(
        self, connector_id: ConnectorId, state: ConnectorStatus, at: datetime
    ) -> Said | None:
        """StatusNotification without an error; None where the version has no such connector."""
        ...

    def authorize(self, id_token: IdToken) -> Said:
        """Authorize."""
        ...

    def token_status(self, answer: Payload) -> str:
        """Return what an answer says of the token, or an empty text when it says nothing."""
        ...

    def start(
        self, transaction: Transaction, samples: Sequence[Sample], state: ConnectorStatus
    ) -> Said:
        """Tell that a transaction began; `samples` are the meter's reading then."""
        ...

    def started(self, transaction: Transaction, answer: Payload) -> TransactionId | None:
        """Return the transaction's id from the answer to its start, or None without one."""
        ...

    def update(
        self, transaction: Transaction, trigger: Trigger, state: ConnectorStatus, at: datetime
    ) -> Said | None:
        """Tell of a running transaction; None where the version has no such message."""
        ...

    def meter(
        self,
        connector_id: ConnectorId,
        samples: Sequence[Sample],
        at: datetime,
        transaction: Transaction | None,
        state: ConnectorStatus,
    ) -> Said:
        """Tell what the meter shows, within a transaction or outside of any."""
        ...

    def transfer(self, change: TransferStatusChanged, *, signed: bool) -> Said:
        """Tell how a transfer goes; `signed`: of a firmware that is signed."""
        ...

    def certificate_request(self, csr_pem: str) -> Said:
        """SignCertificate."""
        ...

    def bad_certificate(self, at: datetime) -> Said:
        """SecurityEventNotification of a certificate that is not for the charger's key."""
        ...

    def reservation_expired(self, reservation_id: int) -> Said | None:
        """Tell that a reservation is over; None where the version has no such message."""
        ...

    def stop(
        self, transaction: Transaction, samples: Sequence[Sample], at: datetime, reason: StopReason
    ) -> Said:
        """Tell that a transaction ended; `samples` are the meter's reading then."""
        ...
