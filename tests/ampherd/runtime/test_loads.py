"""What history says of building load and PV."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ampherd.runtime.loads import LearnedPower, LoadForesight
from ampherd.runtime.sitemeter import MeteredPower
from analytics.records import SiteLoadRecord
from tests.analytics.builders import NOON
from tests.analytics.desk import Desk

QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)


def load_w(at: datetime) -> float:
    """Return a load that is higher by day, and varies from day to day."""
    return (30_000.0 if 8 <= at.hour < 18 else 10_000.0) + 1_000.0 * (at.toordinal() % 5)


async def learn(path: Path, days: int) -> tuple[MeteredPower, MeteredPower]:
    """Return building load and PV after `days` of measurements."""
    desk = Desk(path / "site.duckdb", waits=False)
    building, pv = MeteredPower(), MeteredPower()
    try:
        await desk.store.record(
            *(
                SiteLoadRecord(
                    at=NOON - n * QUARTER,
                    step_s=900,
                    building_w=load_w(NOON - n * QUARTER),
                    pv_w=None,
                    charging_w=0.0,
                    site_w=load_w(NOON - n * QUARTER),
                    limit_w=None,
                )
                for n in range(1, 96 * days)
            )
        )
        seen = LoadForesight(
            desk.store.reader, desk.site.timezone, building=building, pv=pv, ahead=DAY
        )
        await seen.learn(NOON)
    finally:
        await desk.store.close()
    return building, pv


async def test_a_building_is_expected_to_go_on_as_on_the_days_before(tmp_path: Path) -> None:
    building, pv = await learn(tmp_path, 12)
    expected, high = building.forecast(99_000.0), building.cautious(99_000.0)

    night, day = NOON.replace(hour=23) + 30 * timedelta(minutes=1), NOON + DAY

    assert expected(night) == pytest.approx(12_000, abs=2_500)
    assert expected(day) == pytest.approx(32_000, abs=2_500)
    assert expected(day) < high(day) <= 36_000
    assert pv.outlook is None
    assert pv.forecast(0.0)(day) == 0.0


async def test_without_history_the_configured_peak_stays_assumed(tmp_path: Path) -> None:
    building, _ = await learn(tmp_path, 0)

    assert building.outlook is None
    assert building.cautious(40_000.0)(NOON + HOUR) == 40_000.0


def test_beyond_what_was_learned_a_day_is_like_the_one_before() -> None:
    values = tuple(map(float, range(104)))
    power = LearnedPower(start=NOON, likely=values, high=values)

    assert power.likely_w(NOON + 103 * QUARTER) == 103.0
    assert power.likely_w(NOON + 104 * QUARTER) == 8.0
    assert power.likely_w(NOON + 104 * QUARTER + 3 * DAY) == 8.0
    assert power.likely_w(NOON - QUARTER) == 95.0
