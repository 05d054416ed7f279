"""Imported day-ahead prices are what energy costs, where the site's tariff goes by them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ampherd.runtime.alarms import price_alarms
from analytics.importers import import_prices, read_prices, undo_import
from analytics.records import SiteLoadRecord
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.tariff import FlatPrice, MarketPrices, SiteTariff
from tests.analytics.builders import NOON, TARIFF, Charger, make_site
from tests.analytics.conftest import OpenStore

HOUR = timedelta(hours=1)
SPAN = (NOON - HOUR, NOON + 9 * HOUR)


def by_market() -> SiteTariff:
    return SiteTariff(
        currency="EUR",
        energy=MarketPrices(Decimal("0.10")),
        grid_fee=FlatPrice(value=Decimal("0.05")),
    )


async def bring(store: Store, folder: Path, *prices: float) -> str:
    """Import prices in EUR/MWh for the hours from noon on."""
    rows = [f"{NOON + n * HOUR:%FT%TZ},{price}" for n, price in enumerate(prices)]
    file = folder / f"prices-{len(prices)}.csv"
    file.write_text("\n".join(["time_utc,price", *rows]), "utf-8")
    reading = read_prices(
        file, time="time_utc", price="price", per_kwh=Decimal("0.001"), currency="EUR"
    )
    report = await import_prices(store, reading)
    return str(report.import_id)


async def charged(store: Store, hours: float = 2.0) -> None:
    for message in Charger("CP-1").whole_session(NOON, 7, hours=hours):
        await store.append(message)


async def test_imported_prices_are_what_energy_costs(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store(site_tariff=by_market())
    await bring(store, tmp_path, 100, -20)
    await charged(store)

    with store.reader() as reader:
        (session,) = reader.sessions(*SPAN).to_dict("records")
        energy = reader.site_cost(*SPAN).query("kind == 'ENERGY'")

    # 7.2 kWh at 0.10 + 0.10 + 0.05, and 7.2 kWh at -0.02 + 0.10 + 0.05.
    assert session["energy_cost"] == pytest.approx(7.2 * 0.25 + 7.2 * 0.13)
    assert energy["amount"].sum() == pytest.approx(7.2 * 0.20 + 7.2 * 0.08, abs=0.011)


async def test_a_missing_price_is_told_and_is_not_0(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store(site_tariff=by_market())
    await bring(store, tmp_path, 100, 100)
    await charged(store, hours=4)

    with store.reader() as reader:
        cost = reader.site_cost(*SPAN).set_index("kind")["quantity"]
        money = reader.revenue(*SPAN, by="total").iloc[0]

    assert 14.4 == pytest.approx(cost["UNPRICED"])
    assert 0.5 == pytest.approx(money["cost_known_share"])


async def test_a_price_that_comes_late_prices_what_waited_and_nothing_else(
    open_store: OpenStore, tmp_path: Path
) -> None:
    tariff = by_market()
    store = open_store(site_tariff=tariff)
    first = await bring(store, tmp_path, 100, 100)
    await charged(store, hours=4)
    await undo_import(store, first)
    assert tariff.import_price_per_kwh(NOON) is None

    await bring(store, tmp_path, 0, 0, 50, 50)

    with store.reader() as reader:
        (session,) = reader.sessions(*SPAN).to_dict("records")
    assert session["energy_cost"] == pytest.approx(14.4 * 0.25 + 14.4 * 0.20)


async def test_prices_outlive_a_restart_and_their_end_is_told(path: Path, tmp_path: Path) -> None:
    def opened(tariff: SiteTariff) -> Store:
        return Store.open(
            path,
            site=make_site(),
            driver_tariff=TARIFF,
            site_tariff=tariff,
            clock=ManualClock(NOON),
        )

    async with opened(by_market()) as store:
        await bring(store, tmp_path, 100, 100)
    tariff = by_market()
    async with opened(tariff):
        pass

    assert Decimal("0.25") == tariff.import_price_per_kwh(NOON + HOUR)
    (soon,) = price_alarms(tariff, NOON)
    assert f"{NOON + 2 * HOUR:%F %R}" in soon
    (missing,) = price_alarms(tariff, NOON + 2 * HOUR)
    assert "no known cost" in missing


async def test_a_month_has_the_demand_charge_that_was_in_force_in_it(path: Path) -> None:
    def at(now: datetime, per_kw: int) -> Store:
        tariff = SiteTariff(
            currency="EUR",
            energy=FlatPrice(value=Decimal("0.2")),
            demand_charge_per_kw=Decimal(per_kw),
        )
        return Store.open(
            path,
            site=make_site(),
            driver_tariff=TARIFF,
            site_tariff=tariff,
            clock=ManualClock(now),
        )

    march, april, may = (datetime(2026, month, 2, 12, tzinfo=UTC) for month in (3, 4, 5))
    charger = Charger("CP-1")
    async with at(march, 10) as store:
        for message in charger.whole_session(march, 1):
            await store.append(message)
    async with at(april, 20) as store:
        for number, day in enumerate((april, may), 2):
            for message in charger.whole_session(day, number):
                await store.append(message)
        await store.record(
            *(
                SiteLoadRecord(at=day, step_s=900, building_w=0.0, site_w=8000.0)
                for day in (march, april, may)
            )
        )
        with store.reader() as reader:
            demand = reader.demand(march, may + timedelta(days=1))

    assert [80.0, 160.0, 160.0] == list(demand["demand_charge"])
