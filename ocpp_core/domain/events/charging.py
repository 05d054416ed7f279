"""What chargers tell about limits and about what cars want (OCPP 2.x chapters K and Q)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import ChargingProfile, CompositeSchedule


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilesReported:
    """Charging profiles that the charger keeps, as asked for (ReportChargingProfiles)."""

    request_id: int
    connector_id: ConnectorId
    source: str
    """Who set them, e.g. `CSO`, `EMS`, `SO`, `Other`."""
    more: bool
    profiles: tuple[ChargingProfile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingLimitNotified:
    """Somebody else set a limit on the charger (NotifyChargingLimit, K12)."""

    connector_id: ConnectorId | None
    source: str
    grid_critical: bool
    schedules: tuple[CompositeSchedule, ...] = ()
    local_generation: bool = False
    """True: no limit but what is generated on the spot, on top of the limits (OCPP 2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingLimitCleared:
    """Somebody else's limit is gone (ClearedChargingLimit, K13)."""

    connector_id: ConnectorId | None
    source: str


class EnergyTransfer(StrEnum):
    """How energy flows (OCPP 2.1 EnergyTransferModeEnumType)."""

    AC_SINGLE_PHASE = "AC_single_phase"
    AC_TWO_PHASE = "AC_two_phase"
    AC_THREE_PHASE = "AC_three_phase"
    DC = "DC"
    AC_BPT = "AC_BPT"
    AC_BPT_DER = "AC_BPT_DER"
    AC_DER = "AC_DER"
    DC_BPT = "DC_BPT"
    DC_ACDP = "DC_ACDP"
    DC_ACDP_BPT = "DC_ACDP_BPT"
    WPT = "WPT"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingNeedsNotified:
    """What a car asks for over ISO 15118 (NotifyEVChargingNeeds, K15 to K17)."""

    connector_id: ConnectorId
    transfer: EnergyTransfer | None
    """None: a word that is not known."""
    departure: datetime | None = None
    energy_wh: float | None = None
    min_current_a: float | None = None
    max_current_a: float | None = None
    max_power_w: float | None = None
    state_of_charge_percent: float | None = None
    max_schedule_periods: int | None = None
    """maxScheduleTuples: a schedule with more periods is not understood by the car."""
    bidirectional: bool = False
    """It asks for a transfer in both directions (OCPP 2.1)."""
    max_discharge_power_w: float | None = None
    """What it could give back, where it says so (OCPP 2.1)."""
    available_wh: float | None = None
    """Energy above the least that has to stay in it; below 0 where it has less (OCPP 2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingScheduleNotified:
    """The schedule that a car made of what it was offered (NotifyEVChargingSchedule)."""

    connector_id: ConnectorId
    schedule: CompositeSchedule


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicUpdatePulled:
    """The charger asks for the present values of a Dynamic profile (OCPP 2.1 K28)."""

    profile_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityChargingNotified:
    """Priority charging was switched on or off at the charger (OCPP 2.1 K22)."""

    station_transaction_id: str
    activated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPaymentStarted:
    """A driver follows the charger's QR code to pay (OCPP 2.1 C25)."""

    connector_id: ConnectorId
    timeout_s: int
