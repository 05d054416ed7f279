"""Roll-ups say what the readings say, in whatever order and pieces these come."""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.retention.keeper import Keeper, RetentionPolicy
from analytics.retention.rollups import roll_up
from analytics.store import Store
from analytics.writer import CommitPolicy
from ocpp_core.domain.clock import ManualClock
from tests.analytics.builders import SITE_TARIFF, TARIFF, Charger, make_site

BERLIN = ZoneInfo("Europe/Berlin")
SPRING = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
"""Half an hour before the day on which Berlin's clocks go forward."""

TOLD = st.tuples(
    st.sampled_from(["CP-1", "CP-2"]),
    st.integers(0, 30 * 60),  # minutes after SPRING: three days of Berlin
    st.integers(0, 59),
    st.floats(0, 22_000).map(lambda watts: round(watts, 1)),
)


def open_store(path: Path) -> Store:
    return Store.open(
        path,
        site=make_site(),
        driver_tariff=TARIFF,
        site_tariff=SITE_TARIFF,
        clock=ManualClock(SPRING),
        policy=CommitPolicy(window_s=0),
    )


def rows(store: Store, select: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = store._database.connection.execute(select).fetchall()
    return found


@settings(max_examples=20)
@given(
    st.lists(TOLD, min_size=1, max_size=40, unique_by=lambda told: told[:3]),
    st.integers(1, 7),
    st.integers(0, 40),
)
def test_buckets_hold_what_their_readings_say(
    told: list[tuple[str, int, int, float]], messages: int, cut: int
) -> None:
    async def run(path: Path) -> dict[str, list[tuple[Any, ...]]]:
        chargers = {name: Charger(name) for name in ("CP-1", "CP-2")}
        async with open_store(path) as store:
            for part in (told[:cut], told[cut:]):
                await asyncio.gather(
                    *(
                        store.append(
                            chargers[name].metered(
                                SPRING + timedelta(minutes=minute, seconds=second),
                                1000.0 + minute * 60 + second,
                                None,
                                watts,
                            )
                        )
                        for name, minute, second, watts in part
                    )
                )
                while await store.run(
                    lambda database, _: roll_up(database, BERLIN, SPRING, messages=messages)
                ):
                    pass
            return {
                table: rows(
                    store,
                    f"SELECT charge_point_id, {key}::VARCHAR, register_wh, round(power_w, 6), "
                    f"power_max_w, readings FROM {table} ORDER BY ALL",
                )
                for table, key in (
                    ("meter_minute", "minute"),
                    ("meter_quarter", "slot_start"),
                    ("meter_day", "day"),
                )
            }

    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(run(Path(folder) / "depot.duckdb"))

    assert {
        "meter_minute": reckoned(told, lambda at: f"{at:%Y-%m-%d %H:%M}:00+00"),
        "meter_quarter": reckoned(
            told, lambda at: f"{at.replace(minute=at.minute // 15 * 15):%Y-%m-%d %H:%M}:00+00"
        ),
        "meter_day": reckoned(told, lambda at: f"{at.astimezone(BERLIN):%Y-%m-%d}"),
    } == found


def reckoned(told: list[tuple[str, int, int, float]], bucket: Any) -> list[tuple[Any, ...]]:
    grouped = defaultdict(list)
    for name, minute, second, watts in told:
        at = SPRING + timedelta(minutes=minute, seconds=second)
        grouped[name, bucket(at)].append((at, 1000.0 + minute * 60 + second, watts))
    return sorted(
        (
            *key,
            max(values)[1],
            pytest.approx(sum(value[2] for value in values) / len(values), abs=1e-5),
            max(value[2] for value in values),
            len(values),
        )
        for key, values in grouped.items()
    )


async def test_a_repeated_reading_changes_no_bucket(tmp_path: Path) -> None:
    charger = Charger()
    async with open_store(tmp_path / "depot.duckdb") as store:
        keeper = Keeper(store, RetentionPolicy())
        for message_id in ("a", "b"):
            reading = charger.metered(SPRING, 1000.0, None, 7000.0)
            charger.number = 0
            await store.append(
                reading if message_id == "a" else charger.metered(SPRING, 1000.0, None, 7000.0)
            )
            await keeper.roll_up()

        assert [(1, 7000.0)] == rows(store, "SELECT readings, power_w FROM meter_quarter")


async def test_the_energy_of_a_period_is_the_rise_of_the_register(tmp_path: Path) -> None:
    charger = Charger()
    async with open_store(tmp_path / "depot.duckdb") as store:
        for minute, register_wh in (
            (0, 1000.0),
            (14, 1700.0),
            (16, 1800.0),
            (40, 2500.0),
            (50, 9.0),
        ):
            at = SPRING + timedelta(minutes=minute)
            await store.append(charger.metered(at, register_wh, None, 3000.0))
        await Keeper(store, RetentionPolicy()).roll_up()
        with store.reader() as reader:
            frame = reader.metering(SPRING, SPRING + timedelta(hours=1), connector="CP-1/1")

    energy = [None if pd.isna(value) else value for value in frame["energy_kwh"]]
    assert [None, 0.1, 0.7, None] == energy
    assert [False, False, False, True] == list(frame["register_fell"])


async def test_sizes_are_kept_with_the_budget(tmp_path: Path) -> None:
    async with open_store(tmp_path / "depot.duckdb") as store:
        await store.append(Charger().metered(SPRING, 1000.0, None))
        await Keeper(store, RetentionPolicy(size_budget_bytes=2**30)).measure()
        with store.reader() as reader:
            frame = reader.storage()

    assert ["budget", "file", "archive"] == list(frame["kind"])[:3]
    assert 1024.0 == frame["size_mib"].iloc[0]
    assert "meter_reading" in set(frame["name"])


async def test_rows_that_were_deleted_are_not_counted(tmp_path: Path) -> None:
    async with open_store(tmp_path / "depot.duckdb") as store:
        await store.append(Charger().metered(SPRING, 1000.0, None))
        await Keeper(store, RetentionPolicy()).roll_up()
        for watts in (1.0, 2.0, 3.0):  # each one makes the minute anew
            await store.append(
                Charger(number=int(watts) * 10).metered(
                    SPRING + timedelta(seconds=watts), 1000.0, None, watts
                )
            )
            await Keeper(store, RetentionPolicy()).roll_up()
        size = await Keeper(store, RetentionPolicy()).measure()

    assert (4, 1) == (size.tables["meter_reading"][0], size.tables["meter_minute"][0])


async def test_roll_ups_are_by_the_confirmed_unit_as_soon_as_it_is_set(tmp_path: Path) -> None:
    """OCPP.md row 21: what was rolled up before is worked out anew, and what comes after too."""
    path, charger = tmp_path / "depot.duckdb", Charger()

    async def told(minute: int, register: float, power: float) -> list[list[tuple[Any, ...]]]:
        site = make_site()
        first, *others = site.charge_points
        site = replace(
            site,
            charge_points=(replace(first, register_factor=register, power_factor=power), *others),
        )
        store = Store.open(
            path, site=site, driver_tariff=TARIFF, clock=ManualClock(SPRING),
            policy=CommitPolicy(window_s=0),
        )  # fmt: skip
        async with store:
            at = SPRING + timedelta(minutes=minute)
            await store.append(charger.metered(at, 3.0 + minute / 20, None, 4.0))
            await Keeper(store, RetentionPolicy()).roll_up()
            return [
                rows(store, f"SELECT register_wh, power_w, power_max_w FROM {table} ORDER BY ALL")
                for table in ("meter_minute", "meter_quarter", "meter_day")
            ]

    raw = await told(0, 1.0, 1.0)
    mended = await told(5, 1000.0, 1000.0)
    again = await told(10, 1.0, 1000.0)

    assert [[(3.0, 4.0, 4.0)]] * 3 == raw
    first, second, third = ((r, 4000.0, 4000.0) for r in (3000.0, 3250.0, 3500.0))
    assert [[first, second], [second], [second]] == mended
    first, second, third = ((r, 4000.0, 4000.0) for r in (3.0, 3.25, 3.5))
    assert [[first, second, third], [third], [third]] == again
