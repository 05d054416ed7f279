"""The charging periods that a session is billed by (OCPI 2.2.1, section 10.4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from analytics.grid import GridSlot
from analytics.rows import Row
from analytics.state import SessionRow

_FOUR = Decimal("0.0001")
"""OCPI writes numbers with four decimals (section 16.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingPeriod:
    """What a session did from one instant until the next period begins."""

    starts_at: datetime
    energy_kwh: Decimal | None = None
    """ENERGY; None: none."""
    charging_h: Decimal | None = None
    """TIME; None: the car only stood."""
    parking_h: Decimal | None = None
    """PARKING_TIME; None: it charged throughout."""


def charging_periods(
    started_at: datetime, ended_at: datetime, slots: Sequence[GridSlot], total_wh: float
) -> tuple[ChargingPeriod, ...]:
    """Return a period for each slot of a session's grid; slots in which it stood are joined.

    Energies are differences of rounded sums, so that they add up to the session's energy, rounded
    to four decimals, exactly. A session without a grid stood for as long as it lasted.
    """
    if not slots:
        stood_s = max(0.0, (ended_at - started_at).total_seconds())
        return (ChargingPeriod(starts_at=started_at, parking_h=in_hours(stood_s)),)
    periods: list[ChargingPeriod] = []
    reached_wh, told_kwh, stands_s = 0.0, Decimal(0), 0.0
    stands_since: datetime | None = None
    # The grid leaves the part of a Wh to the last slot, where the car may only stand by then.
    whole_wh = sum(slot.energy_wh for slot in slots)
    last = max((n for n, slot in enumerate(slots) if slot.charging_s > 0), default=len(slots) - 1)
    for number, slot in enumerate(slots):
        begin = started_at if number == 0 else slot.start
        reached_wh += slot.energy_wh
        complete = number == len(slots) - 1 or (number >= last and whole_wh - reached_wh < 1)
        reached_kwh = in_kwh(total_wh if complete else reached_wh)
        energy_kwh, told_kwh = reached_kwh - told_kwh, reached_kwh
        stood_s = max(0.0, slot.connected_s - slot.charging_s)
        if energy_kwh == 0 and slot.charging_s == 0:
            stands_since = stands_since or begin
            stands_s += stood_s
            continue
        if stands_since is not None:
            periods.append(ChargingPeriod(starts_at=stands_since, parking_h=in_hours(stands_s)))
            stands_since, stands_s = None, 0.0
        periods.append(
            ChargingPeriod(
                starts_at=begin,
                energy_kwh=energy_kwh or None,
                charging_h=in_hours(slot.charging_s),
                parking_h=in_hours(stood_s) if stood_s > 0 else None,
            )
        )
    if stands_since is not None:
        periods.append(ChargingPeriod(starts_at=stands_since, parking_h=in_hours(stands_s)))
    return tuple(periods)


def period_rows(row: SessionRow, slots: Sequence[GridSlot]) -> list[Row]:
    """Return the rows of table `charging_period` for a session; none while it runs."""
    if row.ended_at is None:
        return []
    return [
        (
            row.site_id, row.session_id, number, period.starts_at, period.energy_kwh,
            period.charging_h, period.parking_h, row.tariff_id,
        )
        for number, period in enumerate(
            charging_periods(row.started_at, row.ended_at, slots, row.energy_wh), 1
        )
    ]  # fmt: skip


def in_kwh(energy_wh: float) -> Decimal:
    """Return energy in kWh with OCPI's four decimals, halves up."""
    return (Decimal(repr(float(energy_wh))) / 1000).quantize(_FOUR, ROUND_HALF_UP)


def in_hours(duration_s: float) -> Decimal:
    """Return a time in hours with OCPI's four decimals, halves up."""
    return Decimal(repr(float(duration_s) / 3600)).quantize(_FOUR, ROUND_HALF_UP)
