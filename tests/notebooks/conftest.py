"""A database of a few days for notebooks that read one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from analytics.records import SiteLoadRecord
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, Charger, make_site

DAYS = 4


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cars a day, a building, and PV at noon."""
    path = tmp_path_factory.mktemp("notebooks") / "site.duckdb"
    asyncio.run(_write(path))
    return path


async def _write(path: Path) -> None:
    opened = Store.open(
        path,
        site=make_site(),
        driver_tariff=TARIFF,
        site_tariff=SITE_TARIFF,
        clock=ManualClock(NOON + timedelta(days=DAYS)),
    )
    async with opened as store:
        chargers = Charger("CP-1"), Charger("CP-2")
        messages = [
            message
            for day in range(DAYS)
            for n, charger in enumerate(chargers)
            for message in charger.whole_session(
                NOON + timedelta(days=day, hours=n), 2 * day + n, hours=1 + n
            )
        ]
        await asyncio.gather(*(store.append(message) for message in messages))
        await store.record(
            *(
                SiteLoadRecord(
                    at=NOON + timedelta(minutes=15 * n),
                    step_s=900,
                    building_w=6_000,
                    pv_w=4_000 if n % 96 < 8 else 0,
                )
                for n in range(96 * DAYS)
            )
        )
