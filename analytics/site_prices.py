"""What a kWh of grid import costs the site at the start of each quarter of an hour."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from decimal import Decimal

from ocpp_core.domain.tariff import SiteTariff

_CACHED_SLOTS = 20_000


class SitePrices:
    """What a kWh of grid import costs the site in each slot of the grid: energy and grid fee."""

    def __init__(self, tariff: SiteTariff | None) -> None:
        self._tariff = tariff
        self._known: OrderedDict[datetime, Decimal | None] = OrderedDict()

    def forget(self) -> None:
        """Ask the tariff again: its prices are others now."""
        self._known.clear()

    @property
    def feed_in_per_kwh(self) -> Decimal | None:
        """What a kWh fed in would bring."""
        return None if self._tariff is None else self._tariff.feed_in_per_kwh

    def at(self, slot_start: datetime) -> Decimal | None:
        """Return the price valid at the start of a slot, or None where it is not known."""
        if self._tariff is None:
            return None
        if slot_start not in self._known:
            self._known[slot_start] = self._tariff.import_price_per_kwh(slot_start)
            if len(self._known) > _CACHED_SLOTS:
                self._known.popitem(last=False)
        return self._known[slot_start]
