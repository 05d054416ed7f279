"""The site's stationary battery as its controller reports it; pure but for its clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ocpp_core.domain.clock import Clock
from ocpp_core.domain.plan import SiteBattery
from ocpp_core.domain.view import BatteryView
from optimizer.control.battery import SETPOINT_S

STALE_AFTER = timedelta(minutes=15)
"""How long a report stands."""
SETPOINT_LASTS = timedelta(seconds=SETPOINT_S)
"""For how long at most the controller is told a power."""
_NOTICED_W = 100.0
"""How far beyond its setpoint it may charge before a person is told."""


class BatteryNow:
    """Keeps the last report and the last setpoint of a battery."""

    def __init__(self, battery: SiteBattery, clock: Clock) -> None:
        """`battery` says what it can; what is stored comes with reports."""
        self._battery = battery
        self._clock = clock
        self._since = clock.now()
        self._stored_wh = 0.0
        self._power_w = 0.0
        self._heard_at: datetime | None = None
        self._told: tuple[datetime, float] | None = None
        """Until when, and which power."""
        self._most_told_w = 0.0
        self._beyond = False

    def heard(self, stored_wh: float, power_w: float) -> bool:
        """Take a report; tell whether the one before was too old to plan with."""
        was_silent = self.silent
        told_w = max(0.0, self.setpoint_w, self._most_told_w)
        self._beyond = not was_silent and power_w > told_w + _NOTICED_W
        self._stored_wh = min(max(0.0, stored_wh), self._battery.capacity_wh)
        self._power_w, self._heard_at = power_w, self._clock.now()
        return was_silent

    def told(self, power_w: float, until: datetime) -> None:
        """Keep what the controller was told."""
        # What it does when it reports next may still be by the setpoint before.
        self._most_told_w = self.setpoint_w
        self._told = until, power_w

    @property
    def silent(self) -> bool:
        """Whether no report stands."""
        return self._heard_at is None or self._clock.now() - self._heard_at > STALE_AFTER

    @property
    def power_w(self) -> float:
        """Power that it takes, W; negative: it gives; 0 when no report stands."""
        return 0.0 if self.silent else self._power_w

    @property
    def setpoint_w(self) -> float:
        """What it is told to do now, W; 0 when that is over."""
        until, power_w = self._told or (self._since, 0.0)
        return power_w if until > self._clock.now() else 0.0

    def to_plan(self) -> SiteBattery | None:
        """Return what plans may count on; None when no report stands."""
        return None if self.silent else replace(self._battery, energy_wh=self._stored_wh)

    def allowed_w(self, planned_w: float) -> float:
        """Return what is left of a planned power by what it can and what is stored, W."""
        if planned_w > 0:
            full = self._stored_wh >= self._battery.capacity_wh
            return 0.0 if full else min(planned_w, self._battery.max_charge_w)
        empty = self._stored_wh <= self._battery.reserve_wh
        return 0.0 if empty else max(planned_w, -self._battery.max_discharge_w)

    def view(self) -> BatteryView:
        """Show it as it is now."""
        return BatteryView(
            stored_wh=None if self._heard_at is None else self._stored_wh,
            capacity_wh=self._battery.capacity_wh,
            power_w=self.power_w,
            setpoint_w=self.setpoint_w,
            heard_at=self._heard_at,
            silent=self.silent,
        )

    def alarms(self, zone: ZoneInfo) -> Iterator[str]:
        """Say what needs a person."""
        since = self._heard_at or self._since
        if self.silent and self._clock.now() - since > STALE_AFTER:
            kept = ""
            if self._heard_at is None:
                kept = f", and {self._battery.max_charge_w / 1000:g} kW are kept free for it"
            yield (
                f"The site's battery has been silent since {since.astimezone(zone):%H:%M}: plans "
                f"do without it{kept}. Its controller has to report to /api/v1/site/battery."
            )
        if self._beyond and not self.silent:
            yield (
                f"The site's battery charges with {self._power_w / 1000:.1f} kW, more than it was "
                "told: chargers make room for it."
            )
