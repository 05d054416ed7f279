"""The model of a car's charging, shared by simulated chargers and by what-if replay."""

from __future__ import annotations

from dataclasses import dataclass

from ocpp_core.domain.units import MIN_CHARGING_CURRENT_A


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """What one car can take."""

    energy_wh: float
    """Energy until it is full, Wh."""
    max_current_a: float
    """On each of its phases, A."""
    phase_count: int
    voltage_v: float
    min_current_a: float = MIN_CHARGING_CURRENT_A
    """Below this offer it draws nothing (IEC 61851-1)."""
    taper_share: float = 0.05
    """Share of `energy_wh` at the end over which the current falls linearly; 0: never."""
    taper_floor: float = 0.25
    """Share of its maximum current to which it falls at the end."""

    def current_a(self, offered_a: float, delivered_wh: float) -> float:
        """Current it draws on each phase when offered `offered_a` after `delivered_wh`, A."""
        rest_wh = self.energy_wh - delivered_wh
        if rest_wh <= 0 or offered_a < self.min_current_a:
            return 0.0
        taper_wh = self.energy_wh * self.taper_share
        share = 1.0
        if rest_wh < taper_wh:
            share = self.taper_floor + (1 - self.taper_floor) * rest_wh / taper_wh
        return min(offered_a, self.max_current_a * share)

    def charge(
        self, offered_a: float, delivered_wh: float, seconds: float
    ) -> tuple[float, float]:
        """Return the energy taken in `seconds` (Wh) and the mean power (W).

        The current at the start of the step holds through it, except that the car stops exactly
        when full; callers keep steps at a minute or less.
        """
        power = self.current_a(offered_a, delivered_wh) * self.phase_count * self.voltage_v
        if seconds <= 0:
            return 0.0, power
        energy_wh = min(power * seconds / 3600, max(0.0, self.energy_wh - delivered_wh))
        return energy_wh, energy_wh * 3600 / seconds
