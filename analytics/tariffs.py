"""What drivers pay for a session, and what charging costs the site."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from analytics.grid import SLOT_S, slot_of
from ocpp_core.domain.money import round_to_cents
from ocpp_core.domain.session import SessionRecord
from ocpp_core.domain.tariff import CostKind, CostLine, DriverTariff, SiteTariff

_KWH = Decimal("0.001")
_HOUR = Decimal("0.0001")


def price_session(
    record: SessionRecord, tariff: DriverTariff, last_energy_at: datetime | None
) -> tuple[CostLine, ...]:
    """Bill a session by the tariff that was valid at its start.

    ENERGY: kWh to three decimals x price. FLAT: once, when energy was delivered. PARKING_TIME:
    hours to four decimals from `last_energy_at` to the end, beyond the grace time; only for
    sessions that ended and delivered energy, since a car that got nothing may not be to blame.
    Each line is rounded to cents, halves up (OCPI 2.2.1 section 11.3.1: dimensions); lines of
    zero are left out.
    """
    energy_kwh = (Decimal(repr(record.energy_wh)) / 1000).quantize(_KWH, ROUND_HALF_UP)
    if energy_kwh <= 0:
        return ()
    lines = [
        _line(tariff, CostKind.ENERGY, energy_kwh, "kWh", tariff.energy_price_per_kwh, "energy")
    ]
    if tariff.session_fee:
        lines.append(
            _line(tariff, CostKind.FLAT, Decimal(1), "session", tariff.session_fee, "session fee")
        )
    if tariff.idle_price_per_hour and record.ended_at is not None and last_energy_at is not None:
        idle_s = (record.ended_at - last_energy_at).total_seconds() - tariff.idle_grace_s
        idle_h = (Decimal(repr(idle_s)) / 3600).quantize(_HOUR, ROUND_HALF_UP)
        if idle_h > 0:
            words = f"idle time beyond {tariff.idle_grace_s // 60} min of grace"
            lines.append(
                _line(tariff, CostKind.PARKING_TIME, idle_h, "h", tariff.idle_price_per_hour, words)
            )
    return tuple(lines)


def _line(
    tariff: DriverTariff, kind: CostKind, quantity: Decimal, unit: str, price: Decimal, words: str
) -> CostLine:
    amount = round_to_cents(quantity * price)
    return CostLine(
        kind=kind,
        quantity=quantity,
        unit=unit,
        unit_price=price,
        amount=amount,
        currency=tariff.currency,
        tariff_id=tariff.tariff_id,
        tariff_version=tariff.version,
        rule=f"{words}: {quantity} {unit} x {price} {tariff.currency}/{unit} = {amount}",
    )


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
        price = tariff.energy.price_per_kwh(slot_of(load.start))
        if price is None:
            unpriced_wh += load.charging_wh
        else:
            cost += _kwh(from_grid_wh) * price + _kwh(from_pv_wh) * tariff.feed_in_per_kwh
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
