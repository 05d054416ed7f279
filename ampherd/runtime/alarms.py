"""Alarms that follow from what is known: locks that fail, limits that may be lifted, prices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ocpp_core.domain.live import LiveSite
from ocpp_core.domain.tariff import MarketPrices, SiteTariff

_PRICES_AHEAD = timedelta(hours=6)


def lock_alarms(live: LiveSite) -> Iterator[str]:
    """Say which connectors do not hold their plug (OCPP 1.6 section 7.6, 2.0.1 G05)."""
    for point in live.charge_points.values():
        for connector in point.connectors.values():
            if connector.lock_failed:
                yield (
                    f"{connector.connector.ref}: its lock fails to hold the plug, or to let it go."
                )


def lifting_alarms(live: LiveSite) -> Iterator[str]:
    """Say what could let a charger draw more than the guard tells it (docs/guard.md, A5)."""
    for point in live.site.charge_points:
        if point.managed:
            told = live.charge_points[point.charge_point_id].liftings
            yield from told.words(point.charge_point_id)


def price_alarms(tariff: SiteTariff | None, now: datetime) -> Iterator[str]:
    """Say when imported day-ahead prices are missing, or come to their end within 6 hours."""
    market = None if tariff is None else tariff.energy
    if not isinstance(market, MarketPrices):
        return
    until = market.known_until(now)
    if until <= now:
        yield "No day-ahead price is imported for now: energy has no known cost."
    elif until < now + _PRICES_AHEAD:
        yield f"Day-ahead prices end at {until:%F %R} UTC: nothing later is imported."
