"""Charging periods are stored beside the bill, and are what an audit and a CDR read."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analytics.charging_periods import ChargingPeriod, charging_periods, in_kwh
from analytics.grid import GridSlot, Point, energy_grid
from analytics.rows import Row
from analytics.schema.migrations import migrations
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from tests.analytics.builders import NOON, Charger
from tests.analytics.conftest import OpenStore
from tests.depth import times

MIN = timedelta(minutes=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON + timedelta(days=2))


def rows(store: Store, sql: str) -> list[tuple[object, ...]]:
    with store.reader() as reader:
        return [tuple(row) for row in reader.sql(sql).itertuples(index=False)]


def test_quarters_in_which_the_car_stood_are_one_period() -> None:
    points = [Point(at=NOON + 5 * MIN, energy_wh=0.0), Point(at=NOON + 20 * MIN, energy_wh=1500.5)]
    points.append(Point(at=NOON + 70 * MIN, energy_wh=1500.5))
    slots = energy_grid(points)

    found = charging_periods(NOON + 5 * MIN, NOON + 70 * MIN, slots, 1500.5)

    kwh, h = Decimal("1.0000"), Decimal
    assert (
        ChargingPeriod(starts_at=NOON + 5 * MIN, energy_kwh=kwh, charging_h=h("0.1667")),
        ChargingPeriod(
            starts_at=NOON + 15 * MIN,
            energy_kwh=h("0.5005"),
            charging_h=h("0.0833"),
            parking_h=h("0.1667"),
        ),
        ChargingPeriod(starts_at=NOON + 30 * MIN, parking_h=h("0.6667")),
    ) == found


def test_a_session_without_a_grid_stood_for_as_long_as_it_lasted() -> None:
    assert (ChargingPeriod(starts_at=NOON, parking_h=Decimal("0.5000")),) == charging_periods(
        NOON, NOON + 30 * MIN, (), 0.0
    )


async def test_periods_are_stored_once_a_session_has_ended(open_store: OpenStore) -> None:
    store = open_store()
    whole = list(Charger("CP-1").whole_session(NOON, 7))
    for message in whole[:-1]:
        await store.append(message)
    await store.refresh_open_sessions(NOON + 30 * MIN)
    assert [] == rows(store, "SELECT * FROM charging_period")

    await store.append(whole[-1])
    stored = "SELECT COLUMNS(*)::VARCHAR FROM charging_period WHERE parking_h IS NULL ORDER BY ALL"
    before = rows(store, stored)
    await store.append(whole[-1])

    assert before
    assert before == rows(store, stored)
    with store.reader() as reader:
        (session_id,) = reader.ended_periods(NOON, NOON + timedelta(days=1))["session_id"].unique()
        periods = reader.charging_periods(session_id)
        sessions = reader.ended_sessions(NOON, NOON + timedelta(days=1))
    assert float(in_kwh(sessions["energy_wh"].iloc[0])) == pytest.approx(
        periods["energy_kwh"].sum()
    )
    assert ["standard"] == list(periods["tariff_id"].unique())


# Databases of before ------------------------------------------------------------------------------

_STAYS = st.lists(
    st.tuples(
        st.integers(0, 5_000_000),  # ms after the hour at which it starts
        st.lists(
            st.tuples(
                st.integers(1, 4_000_000),  # ms until the next reading
                st.sampled_from([0.0, 0.0, 0.04, 0.5, 250.0, 1234.05, 4000.0]),  # Wh until then
            ),
            max_size=6,
        ),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=times(12), deadline=None)
@given(stays=_STAYS)
@example(stays=[(0, [(1, 0.0), (1, 0.0)])])
@example(stays=[(0, [(1, 1234.05), (1, 1234.05), (1, 1234.05)])])
def test_a_database_of_before_gets_the_periods_that_would_have_been_stored(
    stays: list[tuple[int, list[tuple[int, float]]]],
) -> None:
    (step,) = (one for one in migrations() if one.name.endswith("_charging_periods.sql"))
    sessions: list[Row] = []
    grid: list[Row] = []
    expected = []
    for number, (offset, steps) in enumerate(stays):
        start = NOON + timedelta(milliseconds=offset)
        points = [Point(at=start, energy_wh=0.0)]
        for after, energy_wh in steps:
            last = points[-1]
            at = last.at + timedelta(milliseconds=after)
            points.append(Point(at=at, energy_wh=last.energy_wh + energy_wh))
        slots = energy_grid(points)
        end, total_wh = points[-1].at, points[-1].energy_wh
        sessions.append((str(number), "depot", start, end, total_wh, "standard"))
        grid += [_slot(str(number), slot) for slot in slots]
        expected += [
            (str(number), n, p.starts_at, p.energy_kwh, p.charging_h, p.parking_h, "standard")
            for n, p in enumerate(charging_periods(start, end, slots, total_wh), 1)
        ]

    assert expected == _filled(step.sql, sessions, grid)


def _slot(session_id: str, slot: GridSlot) -> Row:
    return (session_id, slot.start, slot.energy_wh, slot.connected_s, slot.charging_s)


def _filled(create: str, sessions: list[Row], grid: list[Row]) -> list[tuple[object, ...]]:
    """Run a migration beside tables with no more than what it reads."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            "CREATE TABLE session (session_id VARCHAR, site_id VARCHAR, started_at TIMESTAMPTZ, "
            "ended_at TIMESTAMPTZ, energy_wh DOUBLE, tariff_id VARCHAR)"
        )
        connection.execute(
            "CREATE TABLE session_interval (session_id VARCHAR, slot_start TIMESTAMPTZ, "
            "energy_wh DOUBLE, connected_s DOUBLE, charging_s DOUBLE)"
        )
        connection.executemany("INSERT INTO session VALUES ($1, $2, $3, $4, $5, $6)", sessions)
        if grid:
            connection.executemany("INSERT INTO session_interval VALUES ($1, $2, $3, $4, $5)", grid)
        connection.execute(create)
        return connection.execute(
            "SELECT session_id, period, starts_at, energy_kwh, charging_h, parking_h, tariff_id "
            "FROM charging_period ORDER BY ALL"
        ).fetchall()
