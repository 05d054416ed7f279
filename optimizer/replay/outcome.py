"""What came of a replay: for each stay, for each interval, and as a row of a table."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ocpp_core.domain.tariff.site_cost import flow_cost
from optimizer.replay.setup import Interval, Setup, demand_window
from optimizer.replay.stay import RecordedStay


@dataclass(frozen=True, slots=True, kw_only=True)
class StayOutcome:
    """How a stay went."""

    stay: RecordedStay
    delivered_wh: float
    wait_s: float | None
    """From its arrival, or the begin of the period, to its first energy; None: it got none."""
    charging_s: float
    """For how long it drew."""
    changes: int
    """How often its order changed."""
    starts: int
    """How often it was switched on."""

    @property
    def share(self) -> float:
        """Delivered of what it wanted."""
        wanted_wh = self.stay.energy_wh
        return 1.0 if wanted_wh <= 0 else self.delivered_wh / wanted_wh


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotOutcome:
    """Means over an interval."""

    interval: Interval
    charging_w: float
    battery_w: float
    """Below 0 where it gives."""
    site_w: float
    """Grid import, W."""
    cars: int
    limit_ratio: float
    """Highest load of a circuit, phase or line over its limit, at the start of the interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What a period costs the site, in its currency."""

    energy: float
    """What charging and battery add to the cost of building and PV."""
    demand: float
    """Sum over calendar months of the charge for the highest mean, building included."""
    demand_without: float
    """The same without charging and battery."""
    wear: float = 0.0
    """Of the battery."""

    @property
    def total(self) -> float:
        """Energy, demand and wear."""
        return self.energy + self.demand + self.wear


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A strategy in one row."""

    strategy: str
    sessions: int
    asked_kwh: float
    delivered_kwh: float
    delivered_percent: float
    wait_min: float | None
    """Mean time from arrival to first energy, of those that got any, min; None: nobody did."""
    peak_kw: float
    """Highest mean of grid import over the window of the demand charge, kW."""
    energy_cost: float
    demand_charge: float
    total_cost: float
    revenue: float
    margin: float
    """Revenue less what charging adds to the site's cost."""
    jain_index: float
    """1 when all get the same share of what they want (Jain, Chiu, Hawe, DEC-TR-301, 1984)."""
    least_share: float
    """The smallest share of what a car wanted that it got."""
    co2_kg: float | None
    """Marginal emissions of charging and battery; None where they are not known throughout."""
    order_changes: int
    starts: int
    limit_s: float
    """Time for which a limit was passed, s."""
    highest_ratio: float
    """Highest load over its limit while cars charged."""
    decisions: int
    fallbacks: int
    cpu_median_ms: float | None
    cpu_p99_ms: float | None
    """CPU time of a decision; None for what decides nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A period under a strategy."""

    strategy: str
    setup: Setup
    stays: tuple[StayOutcome, ...]
    slots: tuple[SlotOutcome, ...]
    cpu_ms: tuple[float, ...] = ()
    fallbacks: int = 0
    over_s: float = 0.0

    @property
    def delivered_wh(self) -> float:
        """Energy that the cars got, Wh."""
        return sum(one.delivered_wh for one in self.stays)

    @property
    def asked_wh(self) -> float:
        """Energy that the cars wanted, Wh."""
        return sum(one.stay.energy_wh for one in self.stays)

    def summary(self) -> Summary:
        """Return the row of a table."""
        money = self.money()
        asked, delivered = self.asked_wh / 1000, self.delivered_wh / 1000
        waits = [one.wait_s / 60 for one in self.stays if one.wait_s is not None]
        shares = [one.share for one in self.stays if one.stay.energy_wh > 0]
        revenue = delivered * self.setup.revenue_per_kwh
        cpu = sorted(self.cpu_ms)
        busy = [slot.limit_ratio for slot in self.slots if slot.charging_w > 0]
        return Summary(
            strategy=self.strategy,
            sessions=len(self.stays),
            asked_kwh=asked,
            delivered_kwh=delivered,
            delivered_percent=100 * delivered / asked if asked > 0 else 100.0,
            wait_min=sum(waits) / len(waits) if waits else None,
            peak_kw=max(self.peaks_w().values(), default=0.0) / 1000,
            energy_cost=money.energy,
            demand_charge=money.demand,
            total_cost=money.total,
            revenue=revenue,
            margin=revenue - (money.total - money.demand_without),
            jain_index=_jain(shares),
            least_share=min(shares, default=1.0),
            co2_kg=self.co2_kg(),
            order_changes=sum(one.changes for one in self.stays),
            starts=sum(one.starts for one in self.stays),
            limit_s=self.over_s,
            highest_ratio=max(busy, default=0.0),
            decisions=len(cpu),
            fallbacks=self.fallbacks,
            cpu_median_ms=cpu[len(cpu) // 2] if cpu else None,
            cpu_p99_ms=cpu[min(len(cpu) - 1, int(0.99 * len(cpu)))] if cpu else None,
        )

    def peaks_w(self) -> dict[str, float]:
        """Return the highest mean of grid import of each local month, W."""
        return peaks_w(self.setup, [s.interval for s in self.slots], [s.site_w for s in self.slots])

    def money(self) -> Money:
        """Return what the period costs."""
        setup = self.setup
        intervals = [slot.interval for slot in self.slots]
        without = [one.building_w - one.pv_w for one in intervals]
        charge = setup.demand_charge_per_kw
        given_kwh = sum(
            max(0.0, -slot.battery_w) * slot.interval.hours / 1000 for slot in self.slots
        )
        return Money(
            energy=energy_cost(setup, intervals, [slot.site_w for slot in self.slots])
            - energy_cost(setup, intervals, without),
            demand=charge * sum(self.peaks_w().values()) / 1000,
            demand_without=charge * sum(peaks_w(setup, intervals, without).values()) / 1000,
            wear=given_kwh * (setup.battery.cycle_cost_per_kwh if setup.battery else 0.0),
        )

    def co2_kg(self) -> float | None:
        """Return the marginal emissions of what charging and battery add to grid import, kg."""
        total = 0.0
        for slot in self.slots:
            added_w = slot.charging_w + slot.battery_w
            rate = slot.interval.carbon_kg_per_kwh
            if abs(added_w) < 1e-9:
                continue
            if rate is None:
                return None
            total += rate * added_w * slot.interval.hours / 1000
        return total if self.setup.carbon is not None else None


def energy_cost(setup: Setup, intervals: Sequence[Interval], site_w: Sequence[float]) -> float:
    """Return what grid import costs less what export earns."""
    feed_in = setup.feed_in_per_kwh
    return math.fsum(
        flow_cost(watts / 1000 * one.hours, one.price_per_kwh, feed_in)
        for one, watts in zip(intervals, site_w, strict=True)
    )


def peaks_w(
    setup: Setup, intervals: Sequence[Interval], site_w: Sequence[float]
) -> dict[str, float]:
    """Return the highest mean over the demand charge's window of each local month, at least 0, W.

    A window that the period covers in part counts with what is in it.
    """
    energy_wh: dict[tuple[str, int], float] = defaultdict(float)
    for one, watts in zip(intervals, site_w, strict=True):
        key = (one.month, demand_window(one.start, setup.demand_s))
        energy_wh[key] += watts * one.hours
    peaks: dict[str, float] = {}
    for (month, _), wh in energy_wh.items():
        so_far = setup.peak_so_far_w if not peaks or month == next(iter(peaks)) else 0.0
        peaks[month] = max(peaks.get(month, so_far), wh * 3600 / setup.demand_s)
    return {month: max(0.0, watts) for month, watts in peaks.items()}


def _jain(shares: Sequence[float]) -> float:
    squares = math.fsum(share * share for share in shares)
    return math.fsum(shares) ** 2 / (len(shares) * squares) if squares > 0 else 1.0
