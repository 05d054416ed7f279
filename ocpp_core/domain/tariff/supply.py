"""What the site pays for power: energy, grid fee, demand charge, and what feeding in brings."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo


class EnergyPrice(Protocol):
    """What the site pays for a kWh, over time."""

    def price_per_kwh(self, instant: datetime) -> Decimal | None:
        """Return the price valid at `instant`, or None where it is not known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatPrice:
    """The same price always."""

    value: Decimal

    def price_per_kwh(self, instant: datetime) -> Decimal:
        """Return the price."""
        del instant
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBand:
    """A price for some months, weekdays and hours of local time."""

    months: frozenset[int]
    """1 to 12."""
    weekdays: frozenset[int]
    """0 Monday to 6 Sunday."""
    start: time
    end: time
    """Half-open; an end at or before the start passes midnight; equal means the whole day."""
    value: Decimal

    def covers(self, local: datetime) -> bool:
        """Tell whether the band holds at a local time; past midnight the day's own date counts."""
        if local.month not in self.months or local.weekday() not in self.weekdays:
            return False
        at = local.time()
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOfUsePrice:
    """Time-of-use bands in the site's zone; the first band that covers an instant counts."""

    timezone: ZoneInfo
    bands: tuple[PriceBand, ...]

    def price_per_kwh(self, instant: datetime) -> Decimal | None:
        """Return the price of the first band that covers `instant`, or None."""
        local = instant.astimezone(self.timezone)
        return next((band.value for band in self.bands if band.covers(local)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSeries:
    """Day-ahead prices: each value holds from its start for `step_s`."""

    starts: tuple[datetime, ...]
    """Ascending, UTC."""
    values: tuple[Decimal, ...]
    step_s: int = 3600
    surcharge: Decimal = Decimal(0)
    """Grid fee and taxes added to each kWh."""

    def price_per_kwh(self, instant: datetime) -> Decimal | None:
        """Return market price plus surcharge, or None outside the series."""
        at = bisect.bisect_right(self.starts, instant) - 1
        if at < 0 or (instant - self.starts[at]).total_seconds() >= self.step_s:
            return None
        return self.values[at] + self.surcharge


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTariff:
    """What the site pays its supplier and its grid operator."""

    currency: str
    energy: EnergyPrice
    feed_in_per_kwh: Decimal = Decimal(0)
    demand_charge_per_kw: Decimal = Decimal(0)
    """For the highest 15-minute mean of grid import in a calendar month, per kW."""
    grid_fee: EnergyPrice | None = None
    """What the grid operator takes for each imported kWh on top; None: nothing on top."""

    def import_price_per_kwh(self, instant: datetime) -> Decimal | None:
        """Return what one more imported kWh costs: energy and grid fee; None where not known."""
        price = self.energy.price_per_kwh(instant)
        if price is None or self.grid_fee is None:
            return price
        fee = self.grid_fee.price_per_kwh(instant)
        return None if fee is None else price + fee
