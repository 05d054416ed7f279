"""What the site's battery is told: the plan, as far as it can and as the guard lets it."""

from __future__ import annotations

from collections.abc import Callable

from ampherd.runtime.changes import Changes
from ampherd.runtime.planner import Planner, SiteNow
from ampherd.runtime.sitebattery import SETPOINT_LASTS, BatteryNow
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.view import BatterySetpoint
from optimizer.control.controller import Controller

_NOTICED_W = 1.0


class BatteryControl:
    """Answers the controller of a battery."""

    def __init__(
        self,
        *,
        now: SiteNow,
        clock: Clock,
        controller: Controller,
        planner: Planner,
        changes: Changes,
        replan: Callable[[str], None],
    ) -> None:
        self._now = now
        self._clock = clock
        self._controller = controller
        self._planner = planner
        self._changes = changes
        self._replan = replan

    def report(self, *, stored_wh: float, power_w: float) -> BatterySetpoint | None:
        """Take what is stored and what the battery takes now, and return what it is to do.

        None: the site has no battery.
        """
        battery, at = self._now.battery, self._clock.now()
        if battery is None:
            return None
        if battery.heard(stored_wh, power_w):
            self._replan("the battery was heard")
        self._controller.battery_heard(at, power_w)
        self._now.peak.reading(at, self._now.site_w)
        setpoint = self._setpoint(battery)
        battery.told(setpoint.power_w, setpoint.until)
        self._changes.note()
        return setpoint

    def _setpoint(self, battery: BatteryNow) -> BatterySetpoint:
        at = self._clock.now()
        planned = self._planner.battery_at(at)
        planned_w, until = planned or (0.0, at + SETPOINT_LASTS)
        until = min(until, at + SETPOINT_LASTS)
        able_w = battery.allowed_w(planned_w)
        power_w = self._controller.guard.tell_battery(able_w, at, until)
        if planned is None:
            words = "Nothing is planned for it yet."
        elif power_w < able_w - _NOTICED_W:
            words = (
                f"Planned: {planned_w / 1000:.1f} kW. Held back until chargers have confirmed less."
            )
        elif abs(able_w - planned_w) > _NOTICED_W:
            words = f"Planned: {planned_w / 1000:.1f} kW, which it cannot do now."
        else:
            words = "As planned."
        return BatterySetpoint(power_w=power_w, until=until, words=words)
