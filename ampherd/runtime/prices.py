"""Prices as the tariff says, for the record: what a kWh cost when it flowed; pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from analytics.records import PriceRecord
from ocpp_core.domain.tariff import SiteTariff

STEP_S = 3600


def price_records(tariff: SiteTariff, start: datetime, end: datetime) -> tuple[PriceRecord, ...]:
    """Return the energy price of each clock hour that begins in [start, end), where it is known.

    An hour within which the price changes is told in quarters.
    """
    hour = datetime.fromtimestamp(-(-start.timestamp() // STEP_S) * STEP_S, UTC)
    records: list[PriceRecord] = []
    while hour < end:
        quarters = [hour + timedelta(seconds=number * STEP_S // 4) for number in range(4)]
        prices = [tariff.import_price_per_kwh(at) for at in quarters]
        same = len(set(prices)) == 1
        for at, price in list(zip(quarters, prices, strict=True))[: 1 if same else 4]:
            if price is not None:
                records.append(
                    PriceRecord(
                        starts_at=at,
                        step_s=STEP_S if same else STEP_S // 4,
                        value_per_kwh=price,
                        currency=tariff.currency,
                        source="tariff",
                    )
                )
        hour += timedelta(seconds=STEP_S)
    return tuple(records)
