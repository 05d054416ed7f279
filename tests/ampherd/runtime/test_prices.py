"""Prices for the record."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from ampherd.runtime.prices import price_records
from ocpp_core.domain.tariff import PriceBand, SiteTariff, TimeOfUsePrice

DAY = datetime(2024, 3, 4, tzinfo=UTC)
ALL = frozenset(range(1, 13))
WEEK = frozenset(range(7))


def tariff(*bands: PriceBand) -> SiteTariff:
    return SiteTariff(currency="EUR", energy=TimeOfUsePrice(timezone=ZoneInfo("UTC"), bands=bands))


def band(start: time, end: time, value: str) -> PriceBand:
    return PriceBand(months=ALL, weekdays=WEEK, start=start, end=end, value=Decimal(value))


def test_each_hour_has_its_price_once() -> None:
    records = price_records(tariff(band(time(0), time(0), "0.2")), DAY, DAY + timedelta(hours=24))

    assert [r.starts_at for r in records] == [DAY + timedelta(hours=h) for h in range(24)]
    assert {(r.value_per_kwh, r.step_s) for r in records} == {(Decimal("0.2"), 3600)}


def test_an_hour_with_a_change_inside_is_told_in_quarters() -> None:
    records = price_records(
        tariff(band(time(8, 30), time(12), "0.3"), band(time(0), time(0), "0.1")),
        DAY + timedelta(hours=8),
        DAY + timedelta(hours=9),
    )

    assert [(r.step_s, str(r.value_per_kwh)) for r in records] == [
        (900, "0.1"), (900, "0.1"), (900, "0.3"), (900, "0.3"),
    ]  # fmt: skip


def test_an_hour_that_has_begun_is_left_to_who_asked_before() -> None:
    records = price_records(
        tariff(band(time(0), time(0), "0.2")),
        DAY + timedelta(minutes=1),
        DAY + timedelta(hours=1, minutes=1),
    )

    assert [r.starts_at for r in records] == [DAY + timedelta(hours=1)]


def test_a_time_without_a_known_price_has_no_record() -> None:
    records = price_records(tariff(band(time(8), time(9), "0.3")), DAY, DAY + timedelta(hours=24))

    assert [r.starts_at.hour for r in records] == [8]
