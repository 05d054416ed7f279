"""A stationary battery in a replay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ocpp_core.domain.plan import SiteBattery


@dataclass(slots=True)
class Storage:
    """What is stored, and what a battery does when it is asked for something."""

    battery: SiteBattery
    energy_wh: float

    @classmethod
    def of(cls, battery: SiteBattery) -> Self:
        """Return it as it is at the start."""
        return cls(battery=battery, energy_wh=battery.energy_wh)

    def run(self, rest_w: float, hours: float, wanted_w: float | None) -> float:
        """Store or give for a while; return the power, below 0 when it gives, W.

        `rest_w` is the site's grid import without it. None is asked for: it stores PV surplus and
        gives back what the site would import, whatever prices are.
        """
        if hours <= 0:
            return 0.0
        battery = self.battery
        asked_w = -rest_w if wanted_w is None else wanted_w
        if asked_w >= 0:
            free_wh = max(0.0, battery.capacity_wh - self.energy_wh)
            most_w = free_wh / battery.charge_efficiency / hours
            watts = min(asked_w, battery.max_charge_w, most_w)
            self.energy_wh += watts * battery.charge_efficiency * hours
            return watts
        usable_wh = max(0.0, self.energy_wh - battery.reserve_wh)
        most_w = usable_wh * battery.discharge_efficiency / hours
        watts = min(-asked_w, battery.max_discharge_w, most_w)
        self.energy_wh -= watts / battery.discharge_efficiency * hours
        return -watts
