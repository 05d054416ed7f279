"""The model of a car's charging, shared by simulated chargers and by what-if replay."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ocpp_core.domain.units import MIN_CHARGING_CURRENT_A

FULL_WITHIN_WH = 1e-6
"""A car that lacks no more than this is full: what floating point cannot tell from nothing."""


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

    def is_full(self, delivered_wh: float) -> bool:
        """Tell whether it takes nothing more after `delivered_wh`."""
        return self.energy_wh - delivered_wh <= FULL_WITHIN_WH

    def current_a(self, offered_a: float, delivered_wh: float) -> float:
        """Current it draws on each phase when offered `offered_a` after `delivered_wh`, A."""
        if self.is_full(delivered_wh) or offered_a < self.min_current_a:
            return 0.0
        rest_wh = self.energy_wh - delivered_wh
        taper_wh = self.energy_wh * self.taper_share
        share = 1.0
        if rest_wh < taper_wh:
            share = self.taper_floor + (1 - self.taper_floor) * rest_wh / taper_wh
        return min(offered_a, self.max_current_a * share)

    def charge(self, offered_a: float, delivered_wh: float, seconds: float) -> tuple[float, float]:
        """Return the energy taken in `seconds` (Wh) and the mean power (W).

        The current at the start of the step holds through it, except that the car stops exactly
        when full; callers keep steps at a minute or less, or take those of `steady_s`.
        """
        power = self.current_a(offered_a, delivered_wh) * self.phase_count * self.voltage_v
        if seconds <= 0:
            return 0.0, power
        energy_wh = min(power * seconds / 3600, max(0.0, self.energy_wh - delivered_wh))
        return energy_wh, energy_wh * 3600 / seconds

    def steady_s(
        self, offered_a: float, delivered_wh: float, *, taper_step_s: float = 15.0
    ) -> float:
        """Return for how many seconds the current at this offer holds; infinity: for ever.

        It ends where the taper begins, where the car is full, or, within the taper, after
        `taper_step_s`, which turns the falling current into a fine staircase.
        """
        power = self.current_a(offered_a, delivered_wh) * self.phase_count * self.voltage_v
        if power <= 0:
            return math.inf
        rest_wh = self.energy_wh - delivered_wh
        until_full_s = rest_wh * 3600 / power
        until_taper_s = (rest_wh - self.energy_wh * self.taper_share) * 3600 / power
        if until_taper_s > 0 and self.taper_share > 0:
            return max(until_taper_s, 1e-6)
        return until_full_s if self.taper_share <= 0 else min(until_full_s, taper_step_s)

    def delivered_after(self, offered_a: float, seconds: float) -> float:
        """Return the energy taken in `seconds` at one constant offer, Wh, from its arrival."""
        delivered_wh, rest_s = 0.0, seconds
        while rest_s > 0:
            step_s = min(rest_s, self.steady_s(offered_a, delivered_wh))
            taken_wh, power = self.charge(offered_a, delivered_wh, step_s)
            if power <= 0:
                break
            delivered_wh += taken_wh
            rest_s -= step_s
        return delivered_wh
