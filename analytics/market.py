"""Imported day-ahead prices: handed to the tariff that goes by them, and to whom waited."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import pyarrow as pa

from analytics.database import Database
from analytics.site_prices import SitePrices
from ocpp_core.domain.tariff import MarketPrices, SiteTariff

_PRICES = """
    SELECT starts_at, step_s, value_per_kwh FROM price WHERE kind = 'market' ORDER BY starts_at
"""
_WAITING = """
    SELECT DISTINCT slot_start FROM session_interval WHERE price_per_kwh IS NULL
"""
_FILL = """
    UPDATE session_interval
    SET price_per_kwh = late.price_per_kwh
    FROM late_price AS late
    WHERE session_interval.slot_start = late.slot_start
        AND session_interval.price_per_kwh IS NULL
"""


def load_market(connection: duckdb.DuckDBPyConnection, tariff: SiteTariff | None) -> bool:
    """Put the imported prices into a tariff that goes by them; tell whether it does."""
    market = None if tariff is None else tariff.energy
    if not isinstance(market, MarketPrices):
        return False
    market.put(
        (_utc(starts_at), float(step_s), value)
        for starts_at, step_s, value in connection.execute(_PRICES).fetchall()
    )
    return True


def fill_prices(database: Database, prices: SitePrices) -> int:
    """Price the quarters of sessions that have none yet; return how many got theirs.

    A quarter that has a price keeps it: bills that were looked at do not change.
    """
    late: dict[datetime, Decimal] = {}
    for (slot_start,) in database.connection.execute(_WAITING).fetchall():
        price = prices.at(_utc(slot_start))
        if price is not None:
            late[_utc(slot_start)] = price
    if not late:
        return 0
    table = pa.table(
        {
            "slot_start": pa.array(list(late), pa.timestamp("us", "UTC")),
            "price_per_kwh": pa.array(list(late.values()), pa.decimal128(18, 6)),
        }
    )
    with database.transaction() as connection:
        database.rolled.touch(connection, min(late), max(late))
        connection.register("late_price", table)
        try:
            connection.execute(_FILL)
        finally:
            connection.unregister("late_price")
    return len(late)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
