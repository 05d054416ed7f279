"""What power costs the site: the one reckoning that plans, replays, the demo and tables share.

Grid import is paid at its price, export earns the feed-in price, and the highest mean over a clock
quarter of an hour is paid for by the kW. What charging costs is the bill with it less the bill
without it: of PV that the building leaves over it costs the feed-in price that is forgone.
Plans reckon in floats, bills in decimals; the rules are the same functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

QUARTER = timedelta(minutes=15)
"""Demand charges are for the highest mean over a quarter of an hour."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def flow_cost[N: (float, Decimal)](import_kwh: N, price_per_kwh: N, feed_in_per_kwh: N) -> N:
    """Return what so much grid import costs; negative import is export and earns the feed-in."""
    return import_kwh * (price_per_kwh if import_kwh > 0 else feed_in_per_kwh)


def charging_cost[N: (float, Decimal)](
    charging_kwh: N, rest_kwh: N, price_per_kwh: N, feed_in_per_kwh: N
) -> N:
    """Return what charging adds to the cost of the rest of the site (building less PV) in a slot.

    Of several sessions in the slot each bears its share of the energy.
    """
    whole = flow_cost(rest_kwh + charging_kwh, price_per_kwh, feed_in_per_kwh)
    return whole - flow_cost(rest_kwh, price_per_kwh, feed_in_per_kwh)


def demand_charge[N: (float, Decimal)](peak_kw: N, charge_per_kw: N) -> N:
    """Return what the highest mean of grid import costs; export has no demand."""
    return max(peak_kw, type(peak_kw)(0)) * charge_per_kw


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerBill:
    """What a power series costs, in the site's currency."""

    energy_cost: float
    demand_charge: float
    peak_w: float
    """Highest mean over a quarter of an hour, with the month's peak so far, W."""

    @property
    def total(self) -> float:
        """Energy and demand together."""
        return self.energy_cost + self.demand_charge


def power_bill(
    site_w: Sequence[float],
    starts: Sequence[datetime],
    end: datetime,
    *,
    price_per_kwh: Sequence[float],
    feed_in_per_kwh: Sequence[float],
    demand_charge_per_kw: float = 0.0,
    peak_so_far_w: float = 0.0,
) -> PowerBill:
    """Return what grid import costs whose mean in each slot is `site_w` (negative: export)."""
    hours = [
        (until - start).total_seconds() / 3600
        for start, until in zip(starts, ends_of(starts, end), strict=True)
    ]
    highest_w = peak_w(site_w, starts, end, peak_so_far_w)
    return PowerBill(
        energy_cost=energy_cost(site_w, hours, price_per_kwh, feed_in_per_kwh),
        demand_charge=demand_charge(highest_w / 1000, demand_charge_per_kw),
        peak_w=highest_w,
    )


def ends_of(starts: Sequence[datetime], end: datetime) -> tuple[datetime, ...]:
    """Return the end of each slot: the next one's start, `end` for the last."""
    return (*starts[1:], end) if starts else ()


def energy_cost(
    site_w: Sequence[float],
    hours: Sequence[float],
    price_per_kwh: Sequence[float],
    feed_in_per_kwh: Sequence[float],
) -> float:
    """Return the sum of import at price less export at feed-in price, in the currency.

    `site_w` is grid import (negative: export) as the mean of each slot, W.
    """
    return sum(
        flow_cost(watts / 1000 * length, price, feed_in)
        for watts, length, price, feed_in in zip(
            site_w, hours, price_per_kwh, feed_in_per_kwh, strict=True
        )
    )


def peak_w(
    site_w: Sequence[float], starts: Sequence[datetime], end: datetime, so_far_w: float = 0.0
) -> float:
    """Return the highest mean over a clock quarter of an hour, at least `so_far_w`, W.

    A quarter that the series covers in part counts with the mean of that part.
    """
    means = [
        sum(site_w[slot] * seconds for slot, seconds in part.items()) / sum(part.values())
        for part in quarters(starts, end)
    ]
    return max([so_far_w, *means])


def quarters(starts: Sequence[datetime], end: datetime) -> list[dict[int, float]]:
    """Return, for each clock quarter of an hour, the slots in it and for how long, s."""
    parts: dict[int, dict[int, float]] = {}
    for slot, (start, until) in enumerate(zip(starts, ends_of(starts, end), strict=True)):
        at = start
        while at < until:
            quarter = (at - _EPOCH) // QUARTER
            stop = min(until, _EPOCH + (quarter + 1) * QUARTER)
            part = parts.setdefault(quarter, {})
            part[slot] = part.get(slot, 0.0) + (stop - at).total_seconds()
            at = stop
    return list(parts.values())
