"""The part of the read side that reckons what power costs the site."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.day_questions import DayQuestions, on_grid
from analytics.grid import SLOT_S, slot_of
from ocpp_core.domain.tariff import (
    MarketPrices,
    SiteCostLine,
    SiteSlot,
    SiteTariff,
    SlotPrices,
    monthly_lines,
    site_tariff_from_json,
)

_COLUMNS = tuple(field.name for field in fields(SiteCostLine))


class MoneyQuestions(DayQuestions):
    """Questions about the site's own bills; `start` and `end` are half-open."""

    @abstractmethod
    def _zone(self) -> ZoneInfo:
        """Return the site's time zone."""

    def site_cost(self, start: datetime, end: datetime) -> pd.DataFrame:
        """What the site pays for power in each month of the period, line by line.

        Columns: period_start (of the month), kind (`ENERGY`, `GRID_FEE`, `FEED_IN`, `DEMAND`,
        `UNPRICED`: import without a known price, in no sum), quantity, unit, unit_price (None:
        several), amount (negative: the site is paid), amount_of_charging (what would not be there
        without charging), currency, tariff_version, rule (the formula in words). Each slot counts
        by the version of the site's tariff in force then, before the first by the first; prices
        of a file are those recorded, imported ones those in the database. A month that the period
        cuts is reckoned for its part.
        """
        zone = self._zone()
        slots = (
            SiteSlot(
                start=_instant(row["slot_start"]),
                site_w=None if pd.isna(row["site_w"]) else float(row["site_w"]),
                charging_w=0.0 if pd.isna(row["charging_w"]) else float(row["charging_w"]),
            )
            for row in _rows(self._ask_by_slots("site_cost_slots", on_grid(start), on_grid(end)))
        )
        lines = monthly_lines(slots, self._prices(start, end), zone)
        made = pd.DataFrame(
            [[getattr(line, name) for name in _COLUMNS] for line in lines], columns=list(_COLUMNS)
        )
        months = pd.DatetimeIndex(pd.to_datetime(made.pop("month"))).tz_localize(zone)
        made.insert(0, "period_start", months)
        made["kind"] = made["kind"].map(str)
        for name in ("quantity", "unit_price", "amount", "of_charging"):
            made[name] = made[name].astype("float64")
        return made.rename(columns={"of_charging": "amount_of_charging"})

    def _prices(self, start: datetime, end: datetime) -> Callable[[datetime], SlotPrices | None]:
        prices = self._ask("recorded_prices", start=start, end=end)
        recorded = _Recorded(
            {_instant(row["slot_start"]): Decimal(row["per_kwh"]) for row in _rows(prices)}
        )
        asked = self._ask("market_prices", start=start, end=end)
        imported = [
            (_instant(row["slot_start"]), float(SLOT_S), Decimal(row["per_kwh"]))
            for row in _rows(asked)
        ]

        def market(surcharge: Decimal) -> MarketPrices:
            found = MarketPrices(surcharge)
            found.put(imported)
            return found

        versions = [
            (_instant(row["recorded_at"]), row["version"], _tariff(row, recorded, market))
            for row in _rows(self._ask("site_tariffs"))
        ]
        since = [at for at, _, _ in versions]

        def prices_of(at: datetime) -> SlotPrices | None:
            if not versions:
                return None
            _, version, tariff = versions[max(bisect_right(since, at) - 1, 0)]
            energy = tariff.energy.price_per_kwh(at)
            fee = Decimal(0)
            if tariff.grid_fee is not None:
                fee = tariff.grid_fee.price_per_kwh(at) or fee
            if tariff.energy is recorded and energy is not None:
                energy -= fee  # what is recorded is what import costs, fee included
            return SlotPrices(
                energy_per_kwh=energy,
                grid_fee_per_kwh=fee,
                feed_in_per_kwh=tariff.feed_in_per_kwh,
                demand_charge_per_kw=tariff.demand_charge_per_kw,
                currency=tariff.currency,
                version=int(version),
            )

        return prices_of


class _Recorded:
    """Prices as they were recorded for each quarter of an hour."""

    def __init__(self, by_slot: Mapping[datetime, Decimal]) -> None:
        self._by_slot = by_slot

    def price_per_kwh(self, instant: datetime) -> Decimal | None:
        """Return the recorded price, or None."""
        return self._by_slot.get(slot_of(instant))


def _tariff(
    row: Mapping[str, Any], recorded: _Recorded, market: Callable[[Decimal], MarketPrices]
) -> SiteTariff:
    """Return a stored version; of one from before its definition was kept, recorded prices hold."""
    if isinstance(row["definition"], str):
        return site_tariff_from_json(row["definition"], recorded, market)
    return SiteTariff(
        currency=row["currency"],
        energy=recorded,
        feed_in_per_kwh=Decimal(row["feed_in_per_kwh"]),
        demand_charge_per_kw=Decimal(row["demand_charge_per_kw"]),
    )


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _instant(at: Any) -> datetime:
    found: datetime = at.to_pydatetime()
    return found.astimezone(UTC)
