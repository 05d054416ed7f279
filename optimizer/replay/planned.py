"""The planner in the closed loop: a new plan when a car comes or goes, and as time goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import optimizer
from ocpp_core.domain.ids import SessionId
from ocpp_core.domain.plan import (
    Discharge,
    Fallback,
    Plan,
    PlanOptions,
    SessionNeed,
    SiteBattery,
    SiteSnapshot,
)
from ocpp_core.domain.plan_rows import slots_at
from ocpp_core.domain.site import Site
from optimizer.forecast.restraint import restrained_price
from optimizer.replay.ahead import Ahead, nothing_ahead
from optimizer.replay.series import Series
from optimizer.replay.setup import CarsGive, Setup, demand_window, window_start
from optimizer.replay.situation import CarNow, Decide, Decision, Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Our planner as a strategy."""

    name: str = "lp"
    options: PlanOptions = optimizer.DEFAULT_OPTIONS
    slot_s: int = 900
    """Length of the plan's slots, s."""
    replan_s: int = 900
    """A plan is made at least this often, on the clock, s."""
    horizon_s: int = 24 * 3600
    ahead: Ahead = nothing_ahead
    """What it expects of cars that are not there yet and of the month's peak."""

    def begin(self, setup: Setup) -> Decide:
        """Return what decides."""
        return _Planning(self, setup)


class _Planning:
    def __init__(self, strategy: Planned, setup: Setup) -> None:
        self._strategy = strategy
        self._setup = setup
        self._site = _site_for(setup)
        self._price = setup.price_at()
        self._expect = strategy.ahead(setup)
        self._plan: Plan | None = None
        self._window = -1
        self._fell_back = False

    def __call__(self, seen: Situation) -> Decision:
        window = demand_window(seen.now, self._strategy.replan_s)
        due = self._plan is None or seen.changed or window != self._window
        # A plan whose slots do not reach this far is of no use either.
        due = due or (self._plan is not None and seen.now >= self._plan.horizon_end)
        if due:
            self._window = window
            outcome = optimizer.plan(self._snapshot(seen), self._strategy.options)
            self._plan = outcome.plan
            self._fell_back = isinstance(outcome, Fallback)
        return Decision(
            orders_a=self._orders(seen.now),
            battery_w=self._battery_w(seen.now),
            fell_back=due and self._fell_back,
            planned=due,
        )

    def _orders(self, now: datetime) -> dict[SessionId, float]:
        if self._plan is None:
            return {}
        return {slot.session_id: slot.current_a for slot in slots_at(self._plan.slots, now)}

    def _battery_w(self, now: datetime) -> float | None:
        plan = self._plan
        if plan is None or not plan.battery_w:
            return None
        at = max((n for n, start in enumerate(plan.slot_starts) if start <= now), default=0)
        return plan.battery_w[at]

    def _snapshot(self, seen: Situation) -> SiteSnapshot:
        setup, strategy = self._setup, self._strategy
        here = (*seen.cars, *seen.idle)
        last = max((car.departure for car in here), default=seen.now)
        horizon = seen.now + timedelta(seconds=strategy.horizon_s)
        # A battery is planned for what comes after the last car too.
        end = min(last, horizon) if setup.battery is None else min(horizon, setup.end)
        starts, end = _slots(seen.now, strategy.slot_s, end)
        ends = (*starts[1:], end)
        expected = self._expect(seen, end)
        prices, demand_charge = tuple(map(self._price, starts)), setup.demand_charge_per_kw
        unmet_price = None
        if expected.restraint is not None:
            unmet_price = restrained_price(prices, demand_charge, expected.restraint)
        battery = setup.battery
        return SiteSnapshot(
            taken_at=seen.now,
            site=self._site,
            slot_starts=starts,
            horizon_end=end,
            sessions=tuple(_need(car, setup, unmet_price) for car in here),
            energy_price_per_kwh=prices,
            feed_in_per_kwh=(setup.feed_in_per_kwh,) * len(starts),
            building_w=_loads(setup.building, starts, ends, seen.building_w),
            pv_w=_loads(setup.pv, starts, ends, seen.pv_w),
            demand_charge_per_kw=demand_charge,
            peak_so_far_w=seen.peak_w,
            expected_peak_w=expected.peak_w,
            expected_arrivals=expected.arrivals,
            battery=None if battery is None else _stored(battery, seen.battery_wh),
            carbon_kg_per_kwh=_carbon(setup, starts, ends),
            quarter_wh=seen.window_wh if setup.demand_s == 900 else None,
        )


def _site_for(setup: Setup) -> Site:
    """The site as the planner is told; with continuous pilots nothing has a minimum current."""
    site = setup.site
    points = site.charge_points
    if setup.pilots.continuous:
        points = tuple(
            replace(
                point,
                connectors=tuple(replace(c, min_current_a=0.0) for c in point.connectors),
            )
            for point in points
        )
    return replace(site, charge_points=points)


def _need(car: CarNow, setup: Setup, unmet_price_per_kwh: float | None) -> SessionNeed:
    return SessionNeed(
        session_id=car.session_id,
        ref=car.ref,
        phases=car.phases,
        max_current_a=car.max_current_a,
        min_current_a=car.min_current_a,
        energy_wh=car.rest_wh,
        departure=car.departure,
        current_a=max(0.0, car.order_a),
        plugged_in_at=car.arrival,
        step_a=setup.pilots.step_a,
        accepts_w=car.accepts_w,
        taken_wh=max(0.0, car.taken_wh),
        discharge=None if setup.v2g is None else _discharge(car, setup.v2g),
        starts=car.starts,
        running_since=car.running_since,
        unmet_price_per_kwh=unmet_price_per_kwh,
    )


def _discharge(car: CarNow, rules: CarsGive) -> Discharge:
    return Discharge(
        max_current_a=car.max_current_a,
        min_current_a=car.min_current_a,
        available_wh=rules.left_wh(car.taken_wh),
        charge_efficiency=rules.charge_efficiency,
        discharge_efficiency=rules.discharge_efficiency,
        wear_per_kwh=rules.wear_per_kwh,
    )


def _stored(battery: SiteBattery, energy_wh: float) -> SiteBattery:
    return replace(battery, energy_wh=energy_wh)


def _loads(
    series: Series | None, starts: Sequence[datetime], ends: Sequence[datetime], now_w: float
) -> tuple[float, ...]:
    """Means of the plan's slots as recorded; as now where nothing is."""
    if series is None:
        return (0.0,) * len(starts)
    known = [series.mean(start, end) for start, end in zip(starts, ends, strict=True)]
    return tuple(now_w if value is None else max(0.0, value) for value in known)


def _carbon(
    setup: Setup, starts: Sequence[datetime], ends: Sequence[datetime]
) -> tuple[float, ...]:
    if setup.carbon is None:
        return ()
    known = [setup.carbon.mean(start, end) for start, end in zip(starts, ends, strict=True)]
    return tuple(0.0 if value is None else value for value in known) if any(known) else ()


def _slots(now: datetime, slot_s: int, end: datetime) -> tuple[tuple[datetime, ...], datetime]:
    """Return slot starts from now on the clock's grid, and the end of the last one."""
    boundary = window_start(demand_window(now, slot_s) + 1, slot_s)
    starts = [now]
    while boundary < end:
        starts.append(boundary)
        boundary += timedelta(seconds=slot_s)
    return tuple(starts), boundary
