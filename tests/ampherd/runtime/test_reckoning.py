"""The nightly reckoning: every whole day once, in a process of its own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from ampherd.runtime.reckoning import Reckoning
from analytics.importers import RecordedSession, import_sessions
from analytics.importers.reading import Reading
from analytics.importers.sessions import ordered
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, make_site

DAY = timedelta(days=1)


def session(days_ago: int, *, asked_kwh: float) -> RecordedSession:
    """Return a stay of eight hours that took 8 kWh."""
    return RecordedSession(
        line=days_ago,
        station="CP-1",
        id_token=f"T-{days_ago}",
        arrival=NOON - days_ago * DAY - timedelta(hours=6),
        departure=NOON - days_ago * DAY + timedelta(hours=2),
        energy_wh=8_000,
        asked_wh=1000 * asked_kwh,
        announced_departure=NOON - days_ago * DAY + timedelta(hours=2),
        need_stated=True,
    )


async def test_days_that_lack_it_are_reckoned_once(tmp_path: Path) -> None:
    rows = [session(1, asked_kwh=8), session(2, asked_kwh=11)]
    opened = Store.open(
        tmp_path / "site.duckdb",
        site=make_site(),
        driver_tariff=TARIFF,
        site_tariff=SITE_TARIFF,
        clock=ManualClock(NOON),
    )
    async with opened as store:
        await import_sessions(
            store,
            Reading(importer="test", file_name="test.csv", rows=ordered(rows), rejected=()),
        )
        reckoning = Reckoning(
            store=store, clock=ManualClock(NOON), site=make_site(), tariff=SITE_TARIFF
        )

        assert 2 == await reckoning.run()
        assert 0 == await reckoning.run()

        with store.reader() as reader:
            found = reader.plan_quality(NOON - 9 * DAY, NOON)

    assert [11.0, 8.0] == pytest.approx(found["wanted_kwh"].tolist())
    assert [8.0, 8.0] == pytest.approx(found["delivered_kwh"].tolist())
    assert found["delivered_best_kwh"].tolist() == pytest.approx([11.0, 8.0])
    last = found.iloc[-1]

    assert pd.Timestamp((NOON - DAY).date()) == pd.Timestamp(last["day"])
    assert last["total_cost_best"] <= last["total_cost"] <= last["total_cost_unmanaged"]
