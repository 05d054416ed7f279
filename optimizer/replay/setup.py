"""What is replayed: stays, site, prices and loads, and the intervals in which nothing changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from ocpp_core.domain.plan import SiteBattery
from ocpp_core.domain.site import Site
from ocpp_core.domain.tariff import SiteTariff
from ocpp_core.domain.tariff.site_cost import ends_of
from ocpp_core.domain.units import WIRE_STEP_A
from optimizer.replay.series import Series
from optimizer.replay.stay import RecordedStay

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pilots:
    """What chargers can be ordered to."""

    step_a: float = WIRE_STEP_A
    """Steps of their orders, A."""
    continuous: bool = False
    """Any current from 0 on: no charger can do that; papers assume it."""

    def down(self, current_a: float) -> float:
        """Return the highest order that is no more than `current_a`."""
        if self.continuous:
            return max(0.0, current_a)
        return round(max(0, math.floor(current_a / self.step_a + 1e-6)) * self.step_a, 9)

    def towards_zero(self, current_a: float) -> float:
        """Return the same for a current that may be given back, below 0."""
        return self.down(current_a) if current_a >= 0 else -self.down(-current_a)

    def up(self, current_a: float) -> float:
        """Return the lowest order that is no less than `current_a`."""
        if self.continuous:
            return max(0.0, current_a)
        return round(max(0, math.ceil(current_a / self.step_a - 1e-6)) * self.step_a, 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarsGive:
    """What if every car could give back: how deep, and what that costs it."""

    depth_wh: float
    """Most that is taken out of a car below what it came with, Wh."""
    wear_per_kwh: float = 0.0
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95

    @property
    def efficiency(self) -> float:
        """Given for each Wh charged."""
        return self.charge_efficiency * self.discharge_efficiency

    def left_wh(self, held_wh: float) -> float:
        """Return what a battery may give that holds so much more than at first, as charged, Wh."""
        return max(0.0, self.depth_wh + held_wh * self.charge_efficiency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A time in which no car comes or goes and no price changes."""

    start: datetime
    end: datetime
    price_per_kwh: float
    building_w: float
    pv_w: float
    carbon_kg_per_kwh: float | None
    month: str
    """Local calendar month, e.g. `2019-03`; demand is charged by it."""

    @property
    def hours(self) -> float:
        """Its length, h."""
        return (self.end - self.start).total_seconds() / 3600


@dataclass(frozen=True, kw_only=True)
class Setup:
    """A site and what came to it; everything that each strategy meets alike."""

    site: Site
    stays: tuple[RecordedStay, ...]
    start: datetime
    end: datetime
    tariff: SiteTariff | None = None
    building: Series | None = None
    """W; None: `building_peak_w` of the site is not assumed either, there is no building."""
    pv: Series | None = None
    """W."""
    carbon: Series | None = None
    """Marginal emissions of grid power, kg/kWh."""
    battery: SiteBattery | None = None
    """With what is stored at the start."""
    v2g: CarsGive | None = None
    """None: no car gives back. The planner alone lets cars give."""
    pilots: Pilots = Pilots()
    step_s: int = 300
    """Longest interval, s; orders may change that often. Longer ones than a quarter of an hour or
    a window of demand are cut there."""
    demand_s: int = 900
    """Length of the means of which the highest is charged for, s."""
    one_bill: bool = False
    """The whole period is one month as far as demand is charged."""
    revenue_per_kwh: float = 0.0
    """What drivers pay, in the site's currency."""
    peak_so_far_w: float = 0.0
    """Highest mean of grid import in the first month before `start`, W."""

    @cached_property
    def ordered(self) -> tuple[RecordedStay, ...]:
        """The stays that touch the period, by arrival."""
        here = [
            stay
            for stay in self.stays
            if stay.arrival < self.end and stay.departure > max(self.start, stay.arrival)
        ]
        return tuple(sorted(here, key=lambda stay: (stay.arrival, stay.session_id)))

    @cached_property
    def intervals(self) -> tuple[Interval, ...]:
        """The period, cut at every step, window of demand, arrival and departure."""
        # Prices change on quarters of an hour, and no interval may lie in two windows of demand.
        cuts = {self.start}
        for step_s in {self.step_s, self.demand_s, 900}:
            if step_s == self.step_s or step_s % self.step_s:
                cuts.update(_grid(self.start, self.end, step_s))
        for stay in self.ordered:
            cuts.update(at for at in (stay.arrival, stay.departure) if self.start < at < self.end)
        starts = sorted(cuts)
        known = _Known(self)
        return tuple(
            Interval(
                start=start,
                end=end,
                price_per_kwh=known.price(start),
                building_w=_mean(self.building, start, end),
                pv_w=max(0.0, _mean(self.pv, start, end)),
                carbon_kg_per_kwh=None if self.carbon is None else self.carbon.mean(start, end),
                month=self._month(start),
            )
            for start, end in zip(starts, ends_of(starts, self.end), strict=True)
        )

    def _month(self, instant: datetime) -> str:
        counted = self.start if self.one_bill else instant
        return f"{counted.astimezone(self.site.timezone):%Y-%m}"

    @property
    def feed_in_per_kwh(self) -> float:
        """What an exported kWh earns."""
        return 0.0 if self.tariff is None else float(self.tariff.feed_in_per_kwh)

    @property
    def demand_charge_per_kw(self) -> float:
        """For each kW of a month's highest mean."""
        return 0.0 if self.tariff is None else float(self.tariff.demand_charge_per_kw)

    @cached_property
    def unpriced_h(self) -> float:
        """Time for which no price of imported energy is known, h; 0 where there is no tariff."""
        tariff = self.tariff
        if tariff is None:
            return 0.0
        return math.fsum(
            one.hours for one in self.intervals if tariff.import_price_per_kwh(one.start) is None
        )

    @property
    def priced(self) -> bool:
        """Tell whether a price of imported energy is known at some time of the period."""
        whole_h = (self.end - self.start).total_seconds() / 3600
        return self.tariff is not None and self.unpriced_h < whole_h - 1e-6

    def price_at(self) -> Callable[[datetime], float]:
        """Return the price of imported energy by instant; unknown ones count as the last known."""
        return _Known(self).price


class _Known:
    """Prices without gaps: the last known one stands in, before the first the first."""

    def __init__(self, setup: Setup) -> None:
        self._tariff = setup.tariff
        self._last = 0.0
        if setup.tariff is not None:
            steps = _grid(setup.start, setup.end, 3600)
            known = (setup.tariff.import_price_per_kwh(at) for at in (setup.start, *steps))
            self._last = next((float(price) for price in known if price is not None), 0.0)

    def price(self, instant: datetime) -> float:
        if self._tariff is None:
            return 0.0
        price = self._tariff.import_price_per_kwh(instant)
        if price is not None:
            self._last = float(price)
        return self._last


def demand_window(at: datetime, length_s: int) -> int:
    """Return the number of the window of mean demand that an instant is in."""
    return int((at - _EPOCH) / timedelta(seconds=length_s))


def window_start(number: int, length_s: int) -> datetime:
    """Return when a window of mean demand begins."""
    return _EPOCH + number * timedelta(seconds=length_s)


def _grid(start: datetime, end: datetime, step_s: int) -> Sequence[datetime]:
    step = timedelta(seconds=step_s)
    first = _EPOCH + -(-(start - _EPOCH) // step) * step
    return [first + n * step for n in range(max(0, -(-(end - first) // step)))]


def _mean(series: Series | None, start: datetime, end: datetime) -> float:
    value = None if series is None else series.mean(start, end)
    return 0.0 if value is None else value
