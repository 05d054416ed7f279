"""Charging profiles: install, remove, read back."""

from __future__ import annotations

from dataclasses import dataclass

from ocpp_core.domain.ids import ConnectorId, TransactionId
from ocpp_core.domain.profile import ChargingProfile, ProfilePurpose, RateUnit


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
class GetProfiles:
    """Ask for the profiles that match every field given; they come as events (OCPP 2.x K09)."""

    request_id: int | None = None
    """Number that the reports will carry; None: the server takes one."""
    connector_id: ConnectorId | None = None
    """0: profiles of the charger as a whole; None: everywhere."""
    profile_ids: tuple[int, ...] = ()
    purpose: ProfilePurpose | None = None
    stack_level: int | None = None
    source: str | None = None
    """Who set them: `CSO` we, `EMS`, `SO`, `Other`; None: whoever did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateDynamicSchedule:
    """Give a Dynamic profile new values (OCPP 2.1 K28)."""

    profile_id: int
    limit: float | None = None
    """In the profile's rate unit; None: leave it."""
    setpoint: float | None = None
    discharge_limit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsePriorityCharging:
    """Let a transaction charge by its priority profile, or end that (OCPP 2.1 K21)."""

    transaction_id: TransactionId
    activate: bool
