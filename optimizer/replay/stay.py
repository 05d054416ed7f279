"""A car's stay as it was: what it wanted, what its driver said, and how its battery takes power."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ocpp_core.domain.car import Car
from ocpp_core.domain.ids import ConnectorRef, SessionId
from ocpp_core.domain.units import MIN_CHARGING_CURRENT_A, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStay:
    """A car's stay as it was."""

    session_id: SessionId
    ref: ConnectorRef
    arrival: datetime
    departure: datetime
    energy_wh: float
    """Energy that it took or wants, Wh."""
    max_current_a: float
    """The lowest of connector, cable and car, A on each phase."""
    phases: tuple[Phase, ...]
    accepts_w: float | None = None
    """Most that the car takes where that is less than `max_current_a` allows, W."""
    min_current_a: float = MIN_CHARGING_CURRENT_A
    """Below this offer it draws nothing."""
    taper_share: float = 0.0
    """Share of its energy, at the end, over which its current falls linearly; 0: never."""
    taper_floor: float = 0.25
    """Share of its current to which it falls at the very end."""
    stated_energy_wh: float | None = None
    """What the driver asked for, Wh; None: nothing."""
    stated_departure: datetime | None = None
    """When the driver meant to leave; None: nothing said."""
    driver: str | None = None
    """Whatever tells one driver from another; None: not known."""

    @property
    def claimed(self) -> bool:
        """Tell whether the driver stated anything."""
        return self.stated_energy_wh is not None or self.stated_departure is not None

    def car(self, voltage_v: float, *, continuous: bool = False) -> Car:
        """Return the car that stayed; a `continuous` one follows offers below its minimum too."""
        count = max(1, len(self.phases))
        most_a = self.max_current_a
        if self.accepts_w is not None:
            most_a = min(most_a, self.accepts_w / (count * voltage_v))
        return Car(
            energy_wh=max(0.0, self.energy_wh),
            max_current_a=most_a,
            phase_count=count,
            voltage_v=voltage_v,
            min_current_a=0.0 if continuous else self.min_current_a,
            taper_share=self.taper_share,
            taper_floor=self.taper_floor,
        )
