"""Who may charge, and what happens while somebody does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ocpp_core.domain.ids import (
    UNRESOLVED,
    ConnectorId,
    IdToken,
    StationTransactionId,
    TransactionId,
)
from ocpp_core.domain.metering import MeterSample, Reading, samples_of
from ocpp_core.domain.quick import quick_dataclass, quick_maker


class StopReason(StrEnum):
    """Why a transaction ended (OCPP 1.6 section 7.37, 2.1 ReasonEnumType).

    LOCAL when the charger names none.
    """

    COST_LIMIT_REACHED = "CostLimitReached"
    DE_AUTHORIZED = "DeAuthorized"
    EMERGENCY_STOP = "EmergencyStop"
    ENERGY_LIMIT_REACHED = "EnergyLimitReached"
    EV_DISCONNECTED = "EVDisconnected"
    GROUND_FAULT = "GroundFault"
    HARD_RESET = "HardReset"
    IMMEDIATE_RESET = "ImmediateReset"
    LIMIT_SET = "LimitSet"
    LOCAL = "Local"
    LOCAL_OUT_OF_CREDIT = "LocalOutOfCredit"
    MASTER_PASS = "MasterPass"  # noqa: S105 - a kind of card, not a password
    OTHER = "Other"
    OVERCURRENT_FAULT = "OvercurrentFault"
    POWER_LOSS = "PowerLoss"
    POWER_QUALITY = "PowerQuality"
    REBOOT = "Reboot"
    REMOTE = "Remote"
    REQ_ENERGY_TRANSFER_REJECTED = "ReqEnergyTransferRejected"
    SOC_LIMIT_REACHED = "SOCLimitReached"
    SOFT_RESET = "SoftReset"
    STOPPED_BY_EV = "StoppedByEV"
    TIME_LIMIT_REACHED = "TimeLimitReached"
    TIMEOUT = "Timeout"
    UNLOCK_COMMAND = "UnlockCommand"


class ChargingState(StrEnum):
    """What a running transaction does (OCPP 2.0.1 ChargingStateEnumType)."""

    CHARGING = "Charging"
    EV_CONNECTED = "EVConnected"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    IDLE = "Idle"


@quick_dataclass(frozen=True, slots=True, kw_only=True)
class TransactionNotice:
    """What an OCPP 2.x transaction event says of itself beside its meaning (2.0.1 chapter E).

    Messages of 1.6 carry none.
    """

    station_id: StationTransactionId
    sequence: int
    """seqNo: counts up by one within the transaction; gaps are lost or late events."""
    trigger: str
    """triggerReason, the charger's own word."""
    offline: bool = False
    """True: it happened while the charger had no link."""
    state: ChargingState | None = None
    remote_start_id: int | None = None
    phase_count: int | None = None
    """numberOfPhasesUsed."""
    cable_max_current_a: float | None = None
    operation_mode: str = ""
    """OCPP 2.1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationAsked:
    """May this token charge?"""

    id_token: IdToken
    token_type: str = ""
    """OCPP 2.x IdTokenEnumType, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """A transaction began."""

    connector_id: ConnectorId
    """0 in OCPP 2.x: not known yet."""
    id_token: IdToken
    """Empty in OCPP 2.x: not known yet."""
    at: datetime
    meter_start_wh: int | None
    """None: not metered at the start; the first reading counts."""
    reservation_id: int | None = None
    notice: TransactionNotice | None = None
    transaction_id: TransactionId = UNRESOLVED
    """Ours, once it is given; UNRESOLVED as it comes from the wire."""
    readings: tuple[Reading, ...] = ()
    token_type: str = ""
    """OCPP 2.x IdTokenEnumType; empty there: no token was presented yet."""


@quick_dataclass(frozen=True, slots=True, kw_only=True)
class SessionUpdated:
    """A transaction goes on, and something about it changed (OCPP 2.x)."""

    transaction_id: TransactionId
    """UNRESOLVED as it comes from the wire: to be looked up by the notice."""
    connector_id: ConnectorId | None
    """None: the event did not say."""
    at: datetime
    notice: TransactionNotice
    id_token: IdToken | None = None
    reservation_id: int | None = None
    readings: tuple[Reading, ...] = ()
    token_type: str = ""
    """OCPP 2.x IdTokenEnumType, or empty."""

    def belonging_to(self, transaction_id: TransactionId) -> SessionUpdated:
        """Return the same of a transaction that was looked up; `replace` takes 2 us more."""
        return _updated(
            transaction_id=transaction_id,
            connector_id=self.connector_id,
            at=self.at,
            notice=self.notice,
            id_token=self.id_token,
            reservation_id=self.reservation_id,
            readings=self.readings,
            token_type=self.token_type,
        )


_updated = quick_maker(SessionUpdated)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStopped:
    """A transaction ended."""

    transaction_id: TransactionId
    """UNRESOLVED in OCPP 2.x as it comes from the wire: to be looked up by the notice."""
    at: datetime
    meter_stop_wh: int | None
    """None: not metered at the end; the last reading counts."""
    reason: StopReason = StopReason.LOCAL
    id_token: IdToken | None = None
    readings: tuple[Reading, ...] = ()
    connector_id: ConnectorId | None = None
    """Where the message says so."""
    notice: TransactionNotice | None = None
    inferred: bool = False
    """True: it named no transaction of this charger, and the one that it means was found by
    connector, token and times (1.6 erratum 3.18)."""
    token_type: str = ""
    """OCPP 2.x IdTokenEnumType, or empty."""

    @property
    def samples(self) -> tuple[MeterSample, ...]:
        """Every value by itself."""
        return samples_of(self.readings)


@quick_dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """Meter values of a connector, during a transaction or not."""

    connector_id: ConnectorId
    transaction_id: TransactionId | None
    readings: tuple[Reading, ...]

    @property
    def samples(self) -> tuple[MeterSample, ...]:
        """Every value by itself."""
        return samples_of(self.readings)
