"""All that decides what a charger lets flow: its profiles and the circumstances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from ocpp_core.domain.composite.rules import StackingRules
from ocpp_core.domain.ids import ConnectorId, TransactionId
from ocpp_core.domain.profile import ChargingProfile

type ProfilesByConnector = Mapping[ConnectorId, tuple[ChargingProfile, ...]]

WHOLE = ConnectorId(0)
"""Connector 0: the charge point as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The transaction on a connector, as far as profiles care."""

    started_at: datetime
    transaction_id: TransactionId | None = None
    """None while it has none: a TxProfile that names one does not belong to it."""
    priority: bool = False
    """Whether it charges with priority (OCPP 2.1 K21, K22)."""
    soc_percent: float | None = None
    """State of charge of the car; None when it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One connector, as far as profiles care."""

    phase_count: int = 3
    """Phases that it has. A charger for direct current is reckoned by its three on the grid."""
    rating_a: float | None = None
    """What it can give on each phase, A; None: not known."""
    session: Session | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A charger's profiles, read by the rules of its version, and the circumstances.

    Raises ValueError for a profile of a purpose that the version does not have.
    """

    rules: StackingRules
    voltage_v: float
    """Nominal volts from phase to neutral."""
    profiles: ProfilesByConnector
    """By the connector that they were installed for; among equals the first leads."""
    places: Mapping[ConnectorId, Place] = field(default_factory=dict)
    """The connectors; one that is not named here is a plain `Place()`."""
    zone: tzinfo = UTC
    """Where the charger stands; counts for profiles with `use_local_time` only."""
    offline_since: datetime | None = None
    """Since when the charger has been without us; None: it is connected."""
    delays_s: Mapping[int, float] = field(default_factory=dict)
    """By profile id: the random delay that the charger drew; 0 where it is not known."""

    def __post_init__(self) -> None:
        for profiles in self.profiles.values():
            for profile in profiles:
                if profile.purpose not in self.rules.purposes:
                    raise ValueError(f"{self.rules.name} has no {profile.purpose} profile")

    def place(self, connector_id: ConnectorId) -> Place:
        """Return a connector."""
        return self.places.get(connector_id, _PLAIN)

    def at(self, connector_id: ConnectorId) -> tuple[ChargingProfile, ...]:
        """Return the profiles that were installed for a connector."""
        return self.profiles.get(connector_id, ())


_PLAIN = Place()
