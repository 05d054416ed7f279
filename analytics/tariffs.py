"""What drivers pay for a session, and what charging costs the site."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from analytics.grid import SLOT_S, slot_of
from ocpp_core.domain.session import SessionRecord
from ocpp_core.domain.tariff import (
    CostLine,
    Course,
    CoursePoint,
    DriverTariff,
    SiteTariff,
    price,
)

_MILLI = Decimal("0.001")


def price_session(
    record: SessionRecord, tariff: DriverTariff, last_energy_at: datetime | None
) -> tuple[CostLine, ...]:
    """Bill a session by the tariff that was valid at its start.

    Idle time runs from `last_energy_at` to the end, only for sessions that ended.
    """
    energy_wh = Decimal(repr(record.energy_wh)).quantize(_MILLI, ROUND_HALF_UP)
    ended_at = record.ended_at or last_energy_at or record.started_at
    reached_at = max(record.started_at, min(last_energy_at or ended_at, ended_at))
    points = (
        CoursePoint(at=record.started_at, energy_wh=Decimal(0)),
        CoursePoint(at=reached_at, energy_wh=energy_wh),
        CoursePoint(at=ended_at, energy_wh=energy_wh),
    )
    idle_from = None if record.ended_at is None else last_energy_at
    course = Course(points=points, idle_from=idle_from)
    return price(course, tariff.expanded(), ZoneInfo("UTC")).lines


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotLoad:
    """Energy of the site in one quarter of an hour, Wh."""

    start: datetime
    charging_wh: float
    building_wh: float = 0.0
    pv_wh: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCost:
    """What charging cost the site, unrounded."""

    energy_cost: Decimal
    demand_charge: Decimal
    """Of all months: with charging minus without it."""
    unpriced_wh: float
    """Charged energy for which no price is known; it is in no sum."""


def site_cost(loads: Iterable[SlotLoad], tariff: SiteTariff) -> SiteCost:
    """Cost of charging over slots of 15 minutes.

    PV serves the building first. What is left of it serves charging, at the feed-in price that
    the site forgoes; the rest of charging is grid import at the energy price of the slot. The
    demand charge is that of each calendar month (in the zone of the slots' times) by its highest
    15-minute mean of grid import, with charging minus without.
    """
    cost, unpriced_wh = Decimal(0), 0.0
    with_charging: dict[tuple[int, int], float] = {}
    without: dict[tuple[int, int], float] = {}
    for load in loads:
        surplus_wh = max(0.0, load.pv_wh - load.building_wh)
        from_pv_wh = min(load.charging_wh, surplus_wh)
        from_grid_wh = load.charging_wh - from_pv_wh
        import_price = tariff.energy.price_per_kwh(slot_of(load.start))
        if import_price is None:
            unpriced_wh += load.charging_wh
        else:
            cost += _kwh(from_grid_wh) * import_price + _kwh(from_pv_wh) * tariff.feed_in_per_kwh
        month = (load.start.year, load.start.month)
        net_wh = load.building_wh - load.pv_wh
        with_charging[month] = max(with_charging.get(month, 0.0), net_wh + load.charging_wh)
        without[month] = max(without.get(month, 0.0), net_wh)
    peaks_kw = sum(
        (_mean_kw(with_charging[month]) - _mean_kw(without[month]) for month in with_charging),
        Decimal(0),
    )
    return SiteCost(
        energy_cost=cost,
        demand_charge=peaks_kw * tariff.demand_charge_per_kw,
        unpriced_wh=unpriced_wh,
    )


def _kwh(energy_wh: float) -> Decimal:
    return Decimal(repr(energy_wh)) / 1000


def _mean_kw(slot_wh: float) -> Decimal:
    return _kwh(slot_wh) * 3600 / SLOT_S
