"""The nightly reckoning: every whole day once, in a process of its own."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ampherd.runtime.reckoning import Reckoning
from ampherd.whatif.days import missing_days, reckoned
from analytics.importers import RecordedSession, import_sessions
from analytics.importers.reading import Reading
from analytics.importers.sessions import ordered
from analytics.records import DriverNeedRecord, SiteLoadRecord
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.ids import SessionId
from ocpp_core.domain.session import DriverNeed
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, Charger, make_site

DAY = timedelta(days=1)
FIGURES = ("days_reckoned", "managed_cost", "unmanaged_cost", "best_cost", "management_saving")


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


async def reckon(tmp_path: Path, *rows: RecordedSession) -> tuple[list[int], pd.DataFrame, Any]:
    """Reckon twice at noon; return how many days each did, the days, and the key figures."""
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
            Reading(importer="test", file_name="test.csv", rows=ordered(list(rows)), rejected=()),
        )
        reckoning = Reckoning(
            store=store, clock=ManualClock(NOON), site=make_site(), tariff=SITE_TARIFF
        )
        done = [await reckoning.run(), await reckoning.run()]
        with store.reader() as reader:
            days = reader.plan_quality(NOON - 9 * DAY, NOON)
            figures = reader.kpis(NOON - 9 * DAY, NOON, by="month", names=FIGURES)
    return done, days, figures


async def test_days_that_lack_it_are_reckoned_once_and_share_the_demand_charge_of_their_month(
    tmp_path: Path,
) -> None:
    done, found, figures = await reckon(
        tmp_path, session(1, asked_kwh=8), session(2, asked_kwh=11), session(4, asked_kwh=8)
    )

    assert [4, 0] == done
    assert [1, 0, 1, 1] == found["sessions"].tolist()
    # Of imported sessions nobody knows whether they could take what was asked for.
    assert [8.0, 0.0, 8.0, 8.0] == pytest.approx(found["wanted_kwh"].tolist())
    assert [8.0, 0.0, 8.0, 8.0] == pytest.approx(found["delivered_kwh"].tolist())
    assert [8.0, 0.0, 8.0, 8.0] == pytest.approx(found["delivered_best_kwh"].tolist())
    last = found.iloc[-1]

    assert pd.Timestamp((NOON - DAY).date()) == pd.Timestamp(last["day"])
    assert last["best_cost"] <= last["managed_cost"] <= last["unmanaged_cost"]

    # Without readings the sessions count as charged at once; March begins on the last day.
    assert [220.8, 0.0, 0.0, 220.8] == [float(cost) for cost in found["demand_added"]]
    assert [22.08] * 4 == pytest.approx(found["month_peak_kw"].tolist())
    assert [1.0] * 4 == pytest.approx(found["month_peak_best_kw"].tolist())
    assert (2 * 1.6 + 220.8) / (2 * 1.6 + 10) - 1 == pytest.approx(found["month_regret_share"][2])
    assert [3, 1] == figures["days_reckoned"].tolist()
    assert [2 * 1.6 + 220.8, 1.6 + 220.8] == pytest.approx(figures["managed_cost"].tolist())
    assert [2 * 1.6 + 10, 1.6 + 10] == pytest.approx(figures["best_cost"].tolist())
    assert [0.0, 0.0] == pytest.approx(figures["management_saving"].tolist())


async def test_peaks_of_an_assumed_course_end_where_metering_begins(tmp_path: Path) -> None:
    now = NOON + 3 * DAY  # the 5th of March
    opened = Store.open(
        tmp_path / "site.duckdb",
        site=make_site(),
        driver_tariff=TARIFF,
        site_tariff=SITE_TARIFF,
        clock=ManualClock(now),
    )
    async with opened as store:
        imported = ordered([session(1, asked_kwh=8)])
        await import_sessions(
            store, Reading(importer="t", file_name="t.csv", rows=imported, rejected=())
        )
        for n, days in enumerate((0, 1)):
            for message in Charger(number=10 * n).whole_session(NOON + days * DAY, n + 1):
                await store.append(message)
        with store.reader() as reader:
            found = list(reckoned(reader, make_site(), SITE_TARIFF, date(2026, 3, 1), now.date()))

    # The imported one counts as 22 kW, those that were metered as the 7.2 kW that they drew.
    assert [22.08, 7.2, 7.2] == pytest.approx([day.run.peak_w / 1000 for day in found[:3]], abs=0.1)
    assert [True, True, False] == [day.run.demand_charge > 0 for day in found[:3]]


async def test_a_building_s_peak_counts_though_nobody_charged_before_in_its_month(
    tmp_path: Path,
) -> None:
    now = NOON + 2 * DAY
    opened = Store.open(
        tmp_path / "site.duckdb",
        site=make_site(),
        driver_tariff=TARIFF,
        site_tariff=SITE_TARIFF,
        clock=ManualClock(now),
    )
    async with opened as store:
        await store.record(SiteLoadRecord(at=NOON - DAY, step_s=900, building_w=50_000))
        for message in Charger().whole_session(NOON, 1):
            await store.append(message)
        with store.reader() as reader:
            found = list(reckoned(reader, make_site(), SITE_TARIFF, date(2026, 3, 1), NOON.date()))

    assert [True, False] == [day.run.demand_charge > 0 for day in found]


async def test_whole_months_are_made_up_for_the_latest_first(tmp_path: Path) -> None:
    opened = Store.open(
        tmp_path / "site.duckdb",
        site=make_site(),
        driver_tariff=TARIFF,
        site_tariff=SITE_TARIFF,
        clock=ManualClock(NOON),
    )
    async with opened as store:
        for days in (4, 2):
            for message in Charger(number=10 * days).whole_session(NOON - days * DAY, days):
                await store.append(message)
        with store.reader() as reader:
            one, two = (missing_days(reader, now=NOON, most=most) for most in (1, 2))

    assert [date(2026, 3, 1)] == list(one)
    assert [date(2026, 3, 1), *(date(2026, 2, day) for day in (26, 27, 28))] == list(two)


async def test_who_charged_at_night_is_compared_with_charging_from_the_arrival_on(
    tmp_path: Path,
) -> None:
    """It came at 20:00, was charged from midnight on, and left with 4 of 24 kWh missing."""
    charger, midnight = Charger(), datetime(2026, 2, 28, 23, tzinfo=UTC)
    started = charger.start(midnight - timedelta(hours=4), 7)
    messages = [
        started,
        charger.metered(midnight, 1000, 7, 0),
        *(
            charger.metered(midnight + timedelta(minutes=15 * n), 1000 + 2500 * n, 7, 10_000)
            for n in range(1, 9)
        ),
        charger.stop(midnight + timedelta(hours=6), 7, 21_000),
    ]
    opened = Store.open(
        tmp_path / "site.duckdb",
        site=make_site(),
        driver_tariff=TARIFF,
        site_tariff=SITE_TARIFF,
        clock=ManualClock(NOON),
    )
    async with opened as store:
        need = DriverNeedRecord(
            session_id=SessionId(charger.session_id(started)),
            at=midnight - timedelta(hours=4),
            need=DriverNeed(energy_wh=24_000, departure=midnight + timedelta(hours=6)),
        )
        await asyncio.gather(*(store.append(message) for message in messages))
        await store.record(need)
        running = midnight + timedelta(hours=25)
        await store.append(charger.start(running - timedelta(hours=2), 8, 21_000))
        with store.reader() as reader:
            waiting = missing_days(reader, now=running, most=31)
            days = list(
                reckoned(reader, make_site(), SITE_TARIFF, date(2026, 2, 28), date(2026, 3, 1))
            )

    assert [date(2026, 2, 28)] == list(waiting)
    evening, night = days[-2:]
    assert [0.0, 20_000.0] == pytest.approx([evening.run.delivered_wh, night.run.delivered_wh])
    assert [24_000.0, 0.0] == pytest.approx(
        [evening.unmanaged.delivered_wh, night.unmanaged.delivered_wh]
    )
    assert [0.0, 24_000.0] == pytest.approx([evening.wanted_wh, night.wanted_wh])
