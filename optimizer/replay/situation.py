"""What a strategy sees at the beginning of an interval: never more than a site would know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ocpp_core.domain.ids import ConnectorRef, SessionId
from ocpp_core.domain.units import Phase
from optimizer.replay.network import Complex, Network
from optimizer.replay.setup import Pilots, Setup


@dataclass(frozen=True, slots=True, kw_only=True)
class CarNow:
    """A car that is there, as it is known."""

    session_id: SessionId
    ref: ConnectorRef
    phases: tuple[Phase, ...]
    arrival: datetime
    driver: str | None
    max_current_a: float
    """Of connector, cable and car, A on each phase."""
    min_current_a: float
    accepts_w: float | None
    """Most that it takes where that is less than `max_current_a` allows, W; None: not known."""
    watts_per_a: float
    """Power at nominal voltage for each ampere on each of its phases, W."""
    full_power_w: float
    """What it draws at most as far as is known, W."""
    rest_wh: float
    """Energy still wanted, as it is told, Wh."""
    departure: datetime
    """As it is told; may have passed."""
    stated_energy_wh: float | None
    stated_departure: datetime | None
    taken_wh: float
    """As metered, Wh."""
    order_a: float
    """In force until now, A."""
    weights: Complex
    """What an ampere on each of its phases adds to each row of the network."""
    starts: int = 0
    """How often it has been ordered to start."""
    running_since: datetime | None = None
    """Since when it is ordered to charge without a break; None when it is not."""

    def laxity_h(self, now: datetime) -> float:
        """Time that it can wait and still get its energy at full power, h."""
        stay = (self.departure - now).total_seconds() / 3600
        return stay - self.rest_wh / max(self.full_power_w, 1e-6)

    def useful_a(self, hours: float, pilots: Pilots) -> float:
        """Return the least order that brings in `hours` all that it wants, at most its maximum."""
        needed = self.rest_wh / max(hours, 1e-9) / max(self.watts_per_a, 1e-9)
        least = 0.0 if pilots.continuous else self.min_current_a
        return min(self.max_current_a, max(least, pilots.up(needed)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A decision to be made."""

    now: datetime
    until: datetime
    """Orders hold until then at least."""
    changed: bool
    """A car came or left since the last decision."""
    cars: tuple[CarNow, ...]
    """Those that want energy, as far as is known, by arrival."""
    network: Network
    base: Complex
    """What the building puts on each row now."""
    building_w: float
    pv_w: float
    peak_w: float
    """The month's highest mean of grid import so far, W."""
    window_wh: float
    """Grid import since the running window of mean demand began, Wh."""
    battery_wh: float
    idle: tuple[CarNow, ...] = ()
    """Those that want nothing and may give back, where cars may."""

    @property
    def hours(self) -> float:
        """Length of the interval, h."""
        return (self.until - self.now).total_seconds() / 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Orders, and what the battery is to do."""

    orders_a: Mapping[SessionId, float]
    """Cars that are not named wait."""
    battery_w: float | None = None
    """Below 0: it gives; None: it stores PV surplus and gives it back, whatever prices are."""
    fell_back: bool = False
    """The planner found no plan and stood in shares by a fixed rule."""
    planned: bool = True
    """A plan was made now, rather than an earlier one followed."""


type Decide = Callable[[Situation], Decision]


class Strategy(Protocol):
    """A way to run a site."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    def begin(self, setup: Setup) -> Decide:
        """Return what decides, at the start of a replay; it may keep what it has seen."""
        ...
