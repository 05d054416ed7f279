"""The closed loop: cars come, a strategy decides, chargers and cars do what they do; no sockets.

Between two instants at which anything changes, orders hold. A car takes what it is offered up to
what its charger, its cable, itself and its battery allow; it draws nothing below its minimum. What
a strategy orders is brought to what a charger can do and never corrected otherwise: where it asks
for too much, the limit is passed and the seconds are counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ocpp_core.domain.car import Car
from ocpp_core.domain.ids import SessionId
from optimizer.replay.information import DEFAULTS, Defaults, Information, Tell, teller
from optimizer.replay.network import Complex, Network
from optimizer.replay.outcome import Outcome, SlotOutcome, StayOutcome
from optimizer.replay.setup import Interval, Setup, demand_window
from optimizer.replay.situation import CarNow, Situation, Strategy
from optimizer.replay.stay import RecordedStay
from optimizer.replay.storage import Storage

OVER = 1 + 1e-6
"""Ratio to a limit from which it counts as passed."""


@dataclass(slots=True)
class _Here:
    """A car that is there."""

    stay: RecordedStay
    car: Car
    weights: Complex
    taken_wh: float = 0.0
    order_a: float = 0.0
    done: bool = False
    """It was offered enough and took nothing: it says so by itself."""
    first_s: float | None = None
    """Seconds from its arrival, or the begin of the period, to its first energy."""
    charging_s: float = 0.0
    changes: int = 0
    starts: int = 0
    running_since: datetime | None = None


@dataclass(slots=True)
class _Demand:
    """Highest mean of grid import of the running month."""

    length_s: int
    peak_w: float = 0.0
    month: str = ""
    window: int = -1
    window_wh: float = 0.0

    def add(self, interval: Interval, watts: float) -> None:
        window = demand_window(interval.start, self.length_s)
        if window != self.window or interval.month != self.month:
            self._close()
            if interval.month != self.month and self.month:
                self.peak_w = 0.0
            self.window, self.month, self.window_wh = window, interval.month, 0.0
        self.window_wh += watts * interval.hours

    def look(self, interval: Interval) -> tuple[float, float]:
        """Return the peak so far and the energy of the running window, before an interval."""
        if self.month and interval.month != self.month:
            return 0.0, 0.0
        if demand_window(interval.start, self.length_s) != self.window:
            return max(self.peak_w, self.window_wh * 3600 / self.length_s), 0.0
        return self.peak_w, self.window_wh

    def _close(self) -> None:
        self.peak_w = max(self.peak_w, self.window_wh * 3600 / self.length_s)


@dataclass(slots=True)
class _Run:
    setup: Setup
    network: Network
    tell: Tell
    demand: _Demand
    storage: Storage | None
    here: dict[SessionId, _Here] = field(default_factory=dict)
    gone: list[StayOutcome] = field(default_factory=list)
    slots: list[SlotOutcome] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    fallbacks: int = 0
    over_s: float = 0.0


def simulate(
    setup: Setup,
    strategy: Strategy,
    *,
    information: Information = Information.PERFECT,
    defaults: Defaults = DEFAULTS,
    before: tuple[RecordedStay, ...] = (),
    advanced: Callable[[float], None] | None = None,
) -> Outcome:
    """Replay a period under a strategy; equal arguments give equal outcomes, but for CPU times.

    `before` are stays of the past that forecasts may learn from. `advanced` is told the share of
    the period that is done, from time to time.
    """
    decide = strategy.begin(setup)
    run = _Run(
        setup=setup,
        network=Network(setup.site),
        tell=teller(setup, information, defaults=defaults, before=before),
        demand=_Demand(length_s=setup.demand_s, peak_w=setup.peak_so_far_w),
        storage=None if setup.battery is None else Storage.of(setup.battery),
    )
    coming = list(reversed(setup.ordered))
    total = len(setup.intervals)
    for number, interval in enumerate(setup.intervals):
        changed = _leave(run, interval)
        while coming and coming[-1].arrival <= interval.start:
            _arrive(run, coming.pop())
            changed = True
        battery_w = None
        # A battery is worth a decision also while nobody is there.
        if run.here or run.storage is not None:
            seen = _seen(run, interval, changed=changed)
            began = time.process_time()
            decision = decide(seen)
            if decision.planned:
                run.cpu_ms.append(1000 * (time.process_time() - began))
            run.fallbacks += decision.fell_back
            battery_w = decision.battery_w
            for key, car in run.here.items():
                order_a = setup.pilots.towards_zero(decision.orders_a.get(key, 0.0))
                _order(car, order_a, interval.start)
        _pass(run, interval, battery_w)
        if advanced is not None and (number % 64 == 0 or number == total - 1):
            advanced((number + 1) / total)
    for car in run.here.values():
        run.gone.append(_over(car))
    run.gone += [_never(stay) for stay in coming]
    return Outcome(
        strategy=strategy.name,
        setup=setup,
        stays=tuple(sorted(run.gone, key=lambda one: (one.stay.arrival, one.stay.session_id))),
        slots=tuple(run.slots),
        cpu_ms=tuple(run.cpu_ms),
        fallbacks=run.fallbacks,
        over_s=run.over_s,
    )


def _leave(run: _Run, interval: Interval) -> bool:
    left = [key for key, car in run.here.items() if car.stay.departure <= interval.start]
    for key in left:
        run.gone.append(_over(run.here.pop(key)))
    return bool(left)


def _arrive(run: _Run, stay: RecordedStay) -> None:
    run.here[stay.session_id] = _Here(
        stay=stay,
        car=stay.car(run.setup.site.voltage_v, continuous=run.setup.pilots.continuous),
        weights=run.network.weights(stay.ref, stay.phases),
    )


def _seen(run: _Run, interval: Interval, *, changed: bool) -> Situation:
    cars = [_known(run, car, interval) for car in run.here.values()]
    peak_w, window_wh = run.demand.look(interval)
    return Situation(
        now=interval.start,
        until=interval.end,
        changed=changed,
        cars=tuple(car for car in cars if car.rest_wh > 0),
        network=run.network,
        base=run.network.base(interval.building_w),
        building_w=interval.building_w,
        pv_w=interval.pv_w,
        peak_w=peak_w,
        window_wh=window_wh,
        battery_wh=0.0 if run.storage is None else run.storage.energy_wh,
        idle=tuple(car for car in cars if car.rest_wh <= 0) if run.setup.v2g else (),
    )


def _known(run: _Run, here: _Here, interval: Interval) -> CarNow:
    stay, volts = here.stay, run.setup.site.voltage_v
    told = run.tell(stay, interval.start, here.taken_wh, here.done)
    connector = run.setup.site.connectors[stay.ref]
    most_a = min(stay.max_current_a, connector.max_current_a)
    watts_per_a = max(1, len(stay.phases)) * volts
    full_w = most_a * watts_per_a
    if stay.accepts_w is not None:
        full_w = min(full_w, stay.accepts_w)
    least_a = 0.0 if run.setup.pilots.continuous else stay.min_current_a
    return CarNow(
        session_id=stay.session_id,
        ref=stay.ref,
        phases=stay.phases,
        arrival=stay.arrival,
        driver=stay.driver,
        max_current_a=most_a,
        min_current_a=max(least_a, connector.min_current_a) if least_a else 0.0,
        accepts_w=stay.accepts_w,
        watts_per_a=watts_per_a,
        full_power_w=full_w,
        rest_wh=0.0 if told.rest_wh < 1e-3 else told.rest_wh,
        departure=told.departure,
        stated_energy_wh=stay.stated_energy_wh,
        stated_departure=stay.stated_departure,
        taken_wh=here.taken_wh,
        order_a=here.order_a,
        weights=here.weights,
        starts=here.starts,
        running_since=here.running_since,
    )


def _order(here: _Here, order_a: float, at: datetime) -> None:
    if abs(order_a - here.order_a) > 1e-9:
        here.changes += 1
        here.starts += here.order_a <= 0 < order_a
    here.order_a = order_a
    here.running_since = (here.running_since or at) if order_a > 0 else None


def _pass(run: _Run, interval: Interval, battery_w: float | None) -> None:
    seconds = (interval.end - interval.start).total_seconds()
    volts = run.setup.site.voltage_v
    load = run.network.base(interval.building_w)
    charging_wh = 0.0
    charging = False
    for here in run.here.values():
        if here.order_a < 0:
            given_wh, given_a = _give(run, here, interval.hours)
            load = load - given_a * here.weights
            charging_wh -= given_wh
            continue
        drawn_a = here.car.current_a(here.order_a, here.taken_wh)
        least_a = max(here.car.min_current_a, 1e-9)
        if drawn_a <= 0:
            # Whoever is offered nothing cannot show that it wants something.
            here.done = here.done or here.order_a >= least_a
            continue
        load = load + drawn_a * here.weights
        energy_wh, busy_s = _charge(here, drawn_a * here.car.phase_count * volts, seconds)
        if here.first_s is None:
            here.first_s = (
                interval.start - max(here.stay.arrival, run.setup.start)
            ).total_seconds()
        here.taken_wh += energy_wh
        here.charging_s += busy_s
        charging_wh += energy_wh
        charging = True
        here.done = here.car.is_full(here.taken_wh)
    worst = run.network.worst(load)
    # A building that passes a limit by itself is nobody's plan.
    if charging and worst > OVER:
        run.over_s += seconds
    charging_w = charging_wh * 3600 / seconds
    site_w = interval.building_w - interval.pv_w + charging_w
    stored_w = 0.0
    if run.storage is not None:
        stored_w = run.storage.run(site_w, interval.hours, battery_w)
        site_w += stored_w
    run.demand.add(interval, site_w)
    run.slots.append(
        SlotOutcome(
            interval=interval,
            charging_w=charging_w,
            battery_w=stored_w,
            site_w=site_w,
            cars=len(run.here),
            limit_ratio=worst,
        )
    )


def _give(run: _Run, here: _Here, hours: float) -> tuple[float, float]:
    """Let a car give back what it is told to, as far as it may: energy, Wh, and mean current, A."""
    rules = run.setup.v2g
    watts_per_a = here.car.phase_count * here.car.voltage_v
    if rules is None or hours <= 0 or watts_per_a <= 0:
        return 0.0, 0.0
    able_wh = rules.left_wh(here.taken_wh) * rules.discharge_efficiency
    most_a = min(-here.order_a, here.car.max_current_a)
    given_wh = min(most_a * watts_per_a * hours, able_wh)
    # What it has taken is counted as it was charged: what arrives is less than what it loses.
    here.taken_wh -= given_wh / rules.efficiency
    here.done = False
    return given_wh, given_wh / hours / watts_per_a


def _charge(here: _Here, watts: float, seconds: float) -> tuple[float, float]:
    """Return the energy that a car takes (Wh) and for how long it draws (s)."""
    car = here.car
    if car.taper_share <= 0:
        energy_wh = min(watts * seconds / 3600, car.energy_wh - here.taken_wh)
        return energy_wh, energy_wh * 3600 / watts
    taken_wh = busy_s = 0.0
    while seconds - busy_s > 1e-9:
        now_wh = here.taken_wh + taken_wh
        step_s = min(seconds - busy_s, car.steady_s(here.order_a, now_wh))
        energy_wh, power = car.charge(here.order_a, now_wh, step_s)
        if power <= 0:
            break
        taken_wh += energy_wh
        busy_s += step_s
    return taken_wh, busy_s


def _over(here: _Here) -> StayOutcome:
    return StayOutcome(
        stay=here.stay,
        delivered_wh=here.taken_wh,
        wait_s=here.first_s,
        charging_s=here.charging_s,
        changes=here.changes,
        starts=here.starts,
    )


def _never(stay: RecordedStay) -> StayOutcome:
    return StayOutcome(
        stay=stay, delivered_wh=0.0, wait_s=None, charging_s=0.0, changes=0, starts=0
    )
