"""How a day of the demonstration went, as a line and as a row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ampherd.demo.report import DemoResult
from analytics.records import DayResultRecord
from ocpp_core.domain.money import round_to_cents


def day_line(day: date, result: DemoResult) -> str:
    """Say in one line how a day went."""
    saved = (result.energy_cost_unmanaged + result.demand_charge_unmanaged) - (
        result.energy_cost + result.demand_charge
    )
    return (
        f"{day:%a %Y-%m-%d}: {result.energy_delivered_wh / 1000:.1f} of "
        f"{result.energy_asked_wh / 1000:.1f} kWh asked "
        f"({result.energy_feasible_wh / 1000:.1f} feasible), {result.sessions_recorded} sessions · "
        f"peak {result.peak_w / 1000:.1f} kW, limit {result.limit_w / 1000:.1f} kW, "
        f"{result.seconds_above_limit:.0f} s above · energy {result.energy_cost:.2f} + demand "
        f"{result.demand_charge:.2f} {result.currency}, {saved:.2f} below unmanaged"
    )


def day_record(day: date, result: DemoResult) -> DayResultRecord:
    """Return how a day went as the store keeps it."""
    return DayResultRecord(
        day=day,
        sessions=result.sessions_stored,
        energy_asked_wh=result.energy_asked_wh,
        energy_feasible_wh=result.energy_feasible_wh,
        energy_delivered_wh=result.energy_delivered_wh,
        peak_w=result.peak_w,
        limit_w=result.limit_w,
        seconds_above_limit=result.seconds_above_limit,
        energy_cost=_cents(result.energy_cost),
        energy_cost_unmanaged=_cents(result.energy_cost_unmanaged),
        demand_charge=_cents(result.demand_charge),
        demand_charge_unmanaged=_cents(result.demand_charge_unmanaged),
        revenue=_cents(result.revenue),
        currency=result.currency,
    )


def _cents(amount: float) -> Decimal:
    return round_to_cents(Decimal(repr(amount)))
