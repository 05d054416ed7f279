"""Re-planning: from the site now to a plan, and from the plan to the guard's targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from ampherd.runtime.foresight import Foresight
from ampherd.runtime.fullness import FullCars
from ampherd.runtime.givingcars import MayGive
from ampherd.runtime.limits import LimitBook
from ampherd.runtime.sitebattery import BatteryNow
from ampherd.runtime.sitemeter import MeteredPower, MonthPeak
from ampherd.runtime.snapshot import PlanningRules, build_snapshot
from ampherd.runtime.switching import NOTHING_YET, OrderedSoFar, Switching
from ampherd.runtime.view import PlannedAhead
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.ids import CircuitId, ConnectorRef, SessionId
from ocpp_core.domain.live import LiveSite, OpenSession
from ocpp_core.domain.plan import (
    CircuitLimit,
    Fallback,
    PlanOptions,
    PlanOutcome,
    Reserve,
    SiteSnapshot,
)
from ocpp_core.domain.plan_rows import slots_at
from ocpp_core.domain.tariff import SiteTariff
from optimizer.coarse import as_planned
from optimizer.control.values import GuardPolicy, Target
from optimizer.forecast import ExpectedNeed
from optimizer.worker import PlanWorker

_POLICY = GuardPolicy()
LIMITS_LOOKED_AT_S = 30
"""How often it is looked which limits begin and end."""
ORDERS_LAST = timedelta(
    seconds=_POLICY.valid_s + _POLICY.clock_tolerance_s + 2 * LIMITS_LOOKED_AT_S
)
"""How long orders may hold, with the tolerance for clocks."""

log = structlog.get_logger(__name__)


class SiteNow:
    """What the planner and the views need beyond live state: meters, limits, the month's peak."""

    def __init__(
        self,
        *,
        live: LiveSite,
        building: MeteredPower,
        pv: MeteredPower,
        peak: MonthPeak,
        limits: LimitBook,
        battery: BatteryNow | None = None,
        so_far: OrderedSoFar = NOTHING_YET,
    ) -> None:
        self.live = live
        self.building = building
        self.pv = pv
        self.peak = peak
        self.limit_book = limits
        self.battery = battery
        self.so_far = so_far

    @property
    def limits(self) -> dict[CircuitId, CircuitLimit]:
        """Limits in force beside the configured ones."""
        return self.limit_book.in_force

    def limits_for_orders(self, now: datetime) -> tuple[CircuitLimit, ...]:
        """Return the limits that an order made now, or until they are looked at again, may meet."""
        return self.limit_book.holding(now, now + ORDERS_LAST)

    @property
    def building_w(self) -> float:
        """Building load now, W: metered, else the configured peak."""
        value = self.building.value_w
        return self.live.site.building_peak_w if value is None else value

    @property
    def pv_w(self) -> float:
        """PV production now, W; 0 where it is not metered."""
        return self.pv.value_w or 0.0

    @property
    def battery_w(self) -> float:
        """Power that the site's battery takes now, W; negative: it gives."""
        return 0.0 if self.battery is None else self.battery.power_w

    @property
    def charging_w(self) -> float:
        """Measured power of all connectors, W."""
        return sum(
            connector.power_w
            for point in self.live.charge_points.values()
            for connector in point.connectors.values()
        )

    @property
    def site_w(self) -> float:
        """Grid import: chargers + building + battery - PV, W."""
        return self.charging_w + self.building_w + self.battery_w - self.pv_w


type GivingNow = Callable[[datetime], Mapping[SessionId, MayGive]]
"""Tells at an instant which cars may give back."""


class Planner:
    """Makes plans from the site now and keeps the last one."""

    def __init__(
        self,
        *,
        now: SiteNow,
        clock: Clock,
        worker: PlanWorker,
        rules: PlanningRules,
        options: PlanOptions,
        tariff: SiteTariff | None,
        orders: Callable[[], dict[ConnectorRef, float]],
        reserves: Callable[[], tuple[Reserve, ...]],
        made: Callable[[PlannedAhead], None],
        foresight: Foresight | None = None,
        giving: GivingNow | None = None,
    ) -> None:
        self._now = now
        self._clock = clock
        self._worker = worker
        self.rules = rules
        self._options = options
        self._tariff = tariff
        self._orders = orders
        self._reserves = reserves
        self._made = made
        self._foresight = foresight
        self._giving = giving
        self._full = FullCars()
        self._switching = Switching(now.so_far.switched)
        self.ahead: PlannedAhead | None = None
        self.plans = 0
        self.fallbacks = 0

    def snapshot(self) -> SiteSnapshot:
        """Collect what a plan made now depends on."""
        now, at = self._now, self._clock.now()
        orders_a = self._orders()
        return build_snapshot(
            now.live,
            now=at,
            rules=self.rules,
            tariff=self._tariff,
            orders_a=orders_a,
            full=self._full.look(now.live, orders_a, at),
            limits=now.limits,
            reserves=self._reserves(),
            building_w=now.building.forecast(now.live.site.building_peak_w),
            building_high_w=now.building.cautious(now.live.site.building_peak_w),
            pv_w=now.pv.forecast(0.0),
            peak_so_far_w=now.peak.peak_w,
            quarter_wh=now.peak.quarter_wh(at),
            expected=lambda session: self._expected(session, at),
            switched=self._switching.look(now.live, orders_a, at),
            month=None if self._foresight is None else self._foresight.month,
            giving=None if self._giving is None else self._giving(at),
            battery=None if now.battery is None else now.battery.to_plan(),
            coming=None if self._foresight is None else self._foresight.coming,
        )

    def expected_words(self, session: OpenSession) -> str:
        """Say what a car is planned for by forecast; empty when it is planned for as asked."""
        expected = self._expected(session, self._clock.now())
        if expected is None or (expected.departure_assumed and expected.energy_assumed):
            return ""
        return expected.words

    def _expected(self, session: OpenSession, at: datetime) -> ExpectedNeed | None:
        return None if self._foresight is None else self._foresight.need(session, at)

    async def replan(self) -> None:
        """Make a plan and hand it on; simulated time waits for it."""
        with self._clock.hold():
            if self._foresight is not None:
                await self._foresight.look(self._now.live, self._clock.now())
            snapshot = self.snapshot()
            outcome: PlanOutcome = await self._worker.plan(snapshot, self._options)
            self.plans += 1
            if isinstance(outcome, Fallback):
                self.fallbacks += 1
                log.warning("plan fell back", why=outcome.why, findings=outcome.findings)
            planned = as_planned(snapshot, outcome.plan)
            self.ahead = PlannedAhead(snapshot=planned, outcome=outcome)
            self._made(self.ahead)

    def battery_at(self, at: datetime) -> tuple[float, datetime] | None:
        """Return what the battery is planned to do, W, and until when; None: nothing is planned."""
        plan = None if self.ahead is None else self.ahead.outcome.plan
        if plan is None or not plan.battery_w or at >= plan.horizon_end:
            return None
        ends = (*plan.slot_starts[1:], plan.horizon_end)
        return next((w, end) for w, end in zip(plan.battery_w, ends, strict=True) if end > at)

    def targets(self, at: datetime) -> dict[ConnectorRef, Target]:
        """Return what the plan wants at an instant, by connector with a session."""
        if self.ahead is None:
            return {}
        return {
            slot.ref: Target(
                limit_a=max(0.0, slot.current_a),
                discharge_a=max(0.0, -slot.current_a),
                reason=slot.reason,
                words=slot.words,
            )
            for slot in slots_at(self.ahead.outcome.plan.slots, at)
        }
