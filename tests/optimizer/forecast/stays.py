"""Made-up history for tests of forecasts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from optimizer.forecast import PastStay, Visit

ZONE = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 2, 7, tzinfo=UTC)
"""8 o'clock in the zone."""


def stay(
    days: float,
    hours: float = 9.0,
    kwh: float = 12.0,
    *,
    driver: str | None = "ann",
    connector: str = "CP-1/1",
    stated_h: float | None = None,
    stated_kwh: float | None = None,
) -> PastStay:
    """Return a stay that began so many days after `MONDAY`."""
    arrival = MONDAY + timedelta(days=days)
    return PastStay(
        connector=connector,
        driver=driver,
        arrival=arrival,
        departure=arrival + timedelta(hours=hours),
        energy_wh=1000 * kwh,
        stated_departure=None if stated_h is None else arrival + timedelta(hours=stated_h),
        stated_energy_wh=None if stated_kwh is None else 1000 * stated_kwh,
    )


def visit(
    days: float,
    *,
    driver: str | None = "ann",
    stated_h: float | None = None,
    stated_kwh: float | None = None,
) -> Visit:
    """Return a car that comes so many days after `MONDAY`."""
    arrival = MONDAY + timedelta(days=days)
    return Visit(
        connector="CP-1/1",
        driver=driver,
        arrival=arrival,
        stated_departure=None if stated_h is None else arrival + timedelta(hours=stated_h),
        stated_energy_wh=None if stated_kwh is None else 1000 * stated_kwh,
    )
