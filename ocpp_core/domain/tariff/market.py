"""Day-ahead prices that come by and by, from wherever they are imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

_SLOT_S = 900


class MarketPrices:
    """What a kWh costs on the market, in quarters of an hour, plus a surcharge.

    One object that plans and bills share: whoever keeps the prices puts new ones in. A quarter
    without a price has none, and is never 0.
    """

    def __init__(self, surcharge: Decimal = Decimal(0)) -> None:
        self.surcharge = surcharge
        """Taxes and the like, added to each kWh."""
        self._by_slot: Mapping[datetime, Decimal] = {}

    def put(self, prices: Iterable[tuple[datetime, float, Decimal]]) -> None:
        """Take (start, seconds, price for a kWh) in the place of what was known before.

        Where two overlap, the one that starts later counts.
        """
        by_slot: dict[datetime, Decimal] = {}
        for start, step_s, value in sorted(prices, key=lambda price: price[0]):
            slot = _slot(start)
            while slot < start + timedelta(seconds=step_s):
                by_slot[slot] = value
                slot += timedelta(seconds=_SLOT_S)
        self._by_slot = by_slot  # at once, since other threads read

    def price_per_kwh(self, instant: datetime) -> Decimal | None:
        """Return market price plus surcharge, or None where no price is known."""
        value = self._by_slot.get(_slot(instant))
        return None if value is None else value + self.surcharge

    def known_until(self, instant: datetime) -> datetime:
        """Return until when every quarter from `instant` on has a price; `instant`: none has."""
        slot = _slot(instant)
        while slot in self._by_slot:
            slot += timedelta(seconds=_SLOT_S)
        return max(instant, slot)


def _slot(instant: datetime) -> datetime:
    return datetime.fromtimestamp(instant.timestamp() // _SLOT_S * _SLOT_S, UTC)
