"""The pages over a real store: the Reader's columns are the ones that the pages read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics import Reader
from analytics.reader import open_reader
from analytics.records import PriceRecord, SiteLoadRecord
from analytics.store import Store
from dashboards import history, source
from dashboards.source import Latest
from ocpp_core.domain.clock import ManualClock
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, Charger, make_site
from tests.dashboards.fakes import live_view
from tests.dashboards.test_views import energy_page, live_page, revenue_page, words

NOW = NOON + timedelta(hours=5)

type Open = Callable[..., AppTest]


async def _fill(path: Path) -> None:
    """Two days: two sessions of 14.4 kWh (36 kWh with the third), building, PV and prices."""
    store = Store.open(
        path, site=make_site(), driver_tariff=TARIFF, site_tariff=SITE_TARIFF,
        clock=ManualClock(NOW),
    )  # fmt: skip
    async with store:
        first, second = Charger(), Charger(charge_point_id="CP-2")
        messages = [
            *first.whole_session(NOON - timedelta(days=1), 6),
            *first.whole_session(NOON, 7),
            *second.whole_session(NOON + timedelta(hours=1), 8, hours=1.0),
        ]
        await asyncio.gather(*(store.append(message) for message in messages))
        loads = [
            SiteLoadRecord(
                at=NOW - timedelta(minutes=5 * n), step_s=300, building_w=10_000.0, pv_w=4_000.0,
                charging_w=7_200.0, site_w=13_200.0, limit_w=43_000.0,
            )
            for n in range(1, 72)
        ]  # fmt: skip
        prices = [
            PriceRecord(
                starts_at=NOW - timedelta(hours=n), step_s=3600, value_per_kwh=Decimal("0.2"),
                currency="EUR", source="test",
            )
            for n in range(-2, 30)
        ]  # fmt: skip
        await store.record(*loads)
        await store.record(*prices)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    path = tmp_path_factory.mktemp("store") / "depot.duckdb"
    asyncio.run(_fill(path))
    with open_reader(path) as opened:
        yield opened


@pytest.fixture
def open_page(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> Open:
    view = live_view(at=NOW, timezone="Europe/Berlin", currency="EUR", demo=False, speed=1.0)
    state = Latest(view=view, age_s=0.4, fault=None)
    monkeypatch.setattr(source, "latest", lambda: state)
    monkeypatch.setattr(history, "reader", lambda: reader)

    def opened(page: Callable[[], None], period: str = "day", **link: str) -> AppTest:
        test = AppTest.from_function(page, default_timeout=30)
        for name, value in {"period": period, **link}.items():
            test.query_params[name] = value
        return test.run()

    return opened


@pytest.mark.parametrize("page", [live_page, energy_page, revenue_page])
@pytest.mark.parametrize("period", ["day", "week", "month", "year"])
def test_a_page_reads_a_real_store_without_a_fault(
    page: Callable[[], None], period: str, open_page: Open
) -> None:
    test = open_page(page, period)

    assert not test.exception
    assert [] == [error.value for error in test.error]
    assert test.get("vega_lite_chart")


def test_energy_of_the_day_is_that_of_its_sessions(open_page: Open) -> None:
    said = words(open_page(energy_page))

    assert "Charging: 21.6 kWh +50 %" in said
    assert "Peak: 13.2 kW" in said


def test_money_of_the_day_is_that_of_its_bills(open_page: Open) -> None:
    said = words(open_page(revenue_page))

    # Each bill to the cent: 14.4 x 0.39 + 0.50 = 6.12 and 7.2 x 0.39 + 0.50 = 3.31.
    assert "Revenue: 9.43 EUR" in said
    assert "Energy cost: 4.32 EUR" in said
    assert "Margin: 5.11 EUR" in said
    assert "Sessions (2)" in said


def test_a_session_s_bill_is_on_its_link(reader: Reader, open_page: Open) -> None:
    sessions = reader.sessions(NOON, NOW)
    longest = sessions.sort_values("energy_kwh").iloc[-1]
    test = open_page(revenue_page, session=str(longest["session_id"]))

    assert not test.exception
    assert "6.12 EUR revenue, 2.88 EUR energy cost" in words(test)


def test_the_live_chart_shows_what_was_metered(open_page: Open) -> None:
    test = open_page(live_page)

    table = test.dataframe[0].value
    metered = table[table["kind"] == "metered"]
    assert 70 <= len(metered)
    assert {13.2} == set(metered["grid import (kW)"])
    assert {0.2} == set(metered["price (EUR/kWh)"])
