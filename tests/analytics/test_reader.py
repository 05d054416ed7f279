"""Every named question, on a site that is small enough to check by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

import analytics
from analytics import Reader
from analytics.kpi import KPIS
from analytics.records import AlarmRecord, PlanRecord, PriceRecord, SiteLoadRecord
from analytics.store import Store
from ocpp_core.domain.errors import NotReadOnlyError, ReaderError
from ocpp_core.domain.ids import PlanId, SessionId
from ocpp_core.domain.plan import (
    Fallback,
    LimitReason,
    Plan,
    PlanSlot,
    SessionNeed,
    SiteSnapshot,
    Unmet,
)
from ocpp_core.domain.tariff.site_cost import charging_cost
from ocpp_core.domain.units import THREE_PHASES
from tests.analytics.builders import NOON, Charger, make_site
from tests.analytics.conftest import OpenStore

BERLIN = ZoneInfo("Europe/Berlin")
DAY = datetime(2026, 3, 2, tzinfo=BERLIN)
NEXT_DAY = datetime(2026, 3, 3, tzinfo=BERLIN)


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    """CP-1 charges 7.2 kW from 13:00 to 15:00 local, CP-2 3.6 kW from 13:30 to 14:30 and on.

    Building 10 kW, PV 14 kW from 13:00 to 14:00, then none.
    """
    store = open_store()
    one, two = Charger("CP-1"), Charger("CP-2")
    running = two.whole_session(NOON + timedelta(minutes=30), 8, hours=1, power_w=3600)[:-1]
    messages = [*one.whole_session(NOON, 7), *running]
    await asyncio.gather(*(store.append(message) for message in messages))
    await store.refresh_open_sessions(NOON + timedelta(minutes=90))
    await store.record(
        *(
            SiteLoadRecord(
                at=NOON + timedelta(minutes=minute),
                step_s=300,
                building_w=10_000,
                pv_w=14_000 if minute < 60 else 0,
            )
            for minute in range(0, 120, 5)
        ),
        PriceRecord(
            starts_at=NOON,
            step_s=3600,
            value_per_kwh=Decimal("0.123456"),
            currency="EUR",
            source="exchange",
        ),
        AlarmRecord(alarm_id="a", raised_at=NOON, kind="k", subject="CP-1/1", words="Look."),
        PlanRecord(outcome=Fallback(plan=PLAN, why="no time"), snapshot=SNAPSHOT),
    )
    return store


REF = next(iter(make_site().connectors))
STARTS = tuple(NOON + timedelta(minutes=15 * n) for n in range(4))
SNAPSHOT = SiteSnapshot(
    taken_at=NOON,
    site=make_site(),
    slot_starts=STARTS,
    horizon_end=NOON + timedelta(hours=1),
    sessions=(
        SessionNeed(
            session_id=SessionId("s"),
            ref=REF,
            phases=THREE_PHASES,
            max_current_a=16,
            energy_wh=5000,
            departure=NOON + timedelta(hours=1),
        ),
    ),
    energy_price_per_kwh=(0.2,) * 4,
    feed_in_per_kwh=(0.08,) * 4,
    building_w=(10_000.0,) * 4,
    pv_w=(0.0,) * 4,
)


def plan_slot(number: int, current_a: float) -> PlanSlot:
    return PlanSlot(
        ref=REF,
        session_id=SessionId("s"),
        start=STARTS[number],
        end=(*STARTS[1:], SNAPSHOT.horizon_end)[number],
        current_a=current_a,
        power_w=current_a * 690,
        reason=LimitReason.PRICE,
        words="Cheaper hours suffice.",
    )


PLAN = Plan(
    plan_id=PlanId("p1"),
    made_at=NOON,
    horizon_end=SNAPSHOT.horizon_end,
    slot_starts=STARTS,
    slots=(plan_slot(0, 0), plan_slot(1, 0), plan_slot(2, 16), plan_slot(3, 16)),
    site_w=(10_000.0, 10_000.0, 21_040.0, 21_040.0),
    charging_w=(0.0, 0.0, 11_040.0, 11_040.0),
    unmet=(Unmet(session_id=SessionId("s"), ref=REF, energy_wh=500, words="Too late."),),
)


@pytest.fixture
async def reader(store: Store) -> AsyncIterator[Reader]:
    with store.reader() as reader:
        yield reader


def cells(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return list(frame[list(columns)].itertuples(index=False, name=None))


# The site ---------------------------------------------------------------------------------------


async def test_the_site_is_known_with_the_lower_of_its_limits(reader: Reader) -> None:
    assert ("depot", "EUR", BERLIN) == (
        reader.site.site_id,
        reader.site.currency,
        reader.site.timezone,
    )
    assert 43_000 == reader.site.limit_w


async def test_the_range_covers_sessions_and_site_power(reader: Reader) -> None:
    known = reader.data_range()

    assert known is not None
    assert (NOON, NOON + timedelta(hours=2)) == (known.start, known.end)


async def test_an_empty_store_answers_with_empty_frames(open_store: OpenStore) -> None:
    with open_store().reader() as reader:
        assert reader.data_range() is None
        assert reader.consumption(DAY, NEXT_DAY).empty
        assert reader.sessions(DAY, NEXT_DAY).empty
        assert reader.site_power(DAY, NEXT_DAY).empty
        assert reader.revenue(DAY, NEXT_DAY).empty
        assert [0, 0] == reader.utilization(DAY, NEXT_DAY)["sessions"].tolist()
        assert reader.plan().empty
        assert reader.overview(DAY, NEXT_DAY)["value"].isna().all(), (
            "nobody knows: 0 would be a lie"
        )


# Energy -----------------------------------------------------------------------------------------


async def test_consumption_by_hour_is_in_local_time(reader: Reader) -> None:
    frame = reader.consumption(DAY, NEXT_DAY, by="hour")

    assert [(13, 7.2 + 1.8), (14, 7.2 + 1.5)] == [
        (start.hour, round(kwh, 6)) for start, kwh in cells(frame, "period_start", "energy_kwh")
    ]
    assert "Europe/Berlin" == str(frame["period_start"].dt.tz)


async def test_consumption_by_connector(reader: Reader) -> None:
    frame = reader.consumption(DAY, NEXT_DAY, split="connector")

    assert [("CP-1/1", 14.4, 7.2, False), ("CP-2/1", 3.3, 3.6, True)] == cells(
        frame, "connector", "energy_kwh", "peak_charging_kw", "provisional"
    )


async def test_all_grains_sum_to_the_same_energy(reader: Reader) -> None:
    totals = [
        round(reader.consumption(DAY, NEXT_DAY, by=by)["energy_kwh"].sum(), 6)
        for by in ("quarter_hour", "hour", "day", "month", "total")
    ]

    assert [17.7] * 5 == totals


@pytest.mark.parametrize(
    ("day", "hours", "quarters"),
    [
        (datetime(2026, 3, 29, tzinfo=BERLIN), 23, 92),
        (datetime(2026, 10, 25, tzinfo=BERLIN), 25, 100),
    ],
)
async def test_days_on_which_clocks_change_have_23_or_25_hours(
    open_store: OpenStore, day: datetime, hours: int, quarters: int
) -> None:
    store, charger = open_store(), Charger()
    start = day.astimezone(UTC)
    next_day = datetime(day.year, day.month, day.day + 1, tzinfo=BERLIN)
    end = next_day.astimezone(UTC)
    await store.append(charger.start(start - timedelta(hours=3), 7, meter_wh=0))
    await store.append(charger.metered(start, 3000, 7))
    await store.append(charger.metered(end, 3000 + 1000 * hours, 7))
    await store.append(charger.stop(end + timedelta(hours=3), 7, 6000 + 1000 * hours))

    with store.reader() as reader:
        by_hour = reader.consumption(day, next_day, by="hour")
        by_quarter = reader.consumption(day, next_day, by="quarter_hour")
        by_day = reader.consumption(day - timedelta(days=1), next_day, by="day")

    assert hours == len(by_hour)
    assert quarters == len(by_quarter)
    assert {1.0} == set(by_hour["energy_kwh"])
    assert [day - timedelta(days=1), day] == by_day["period_start"].tolist()
    assert float(hours) == by_day["energy_kwh"].iloc[1]
    assert hours == len(set(by_hour["period_start"]))


async def test_hours_of_a_zone_with_half_hours_begin_at_its_own_hours(
    open_store: OpenStore,
) -> None:
    store = open_store(site=make_site("Asia/Kolkata"))
    for message in Charger().whole_session(NOON, 7):
        await store.append(message)

    with store.reader() as reader:
        frame = reader.consumption(NOON - timedelta(days=1), NOON + timedelta(days=1), by="hour")

    assert [(17, 0), (18, 0), (19, 0)] == [(t.hour, t.minute) for t in frame["period_start"]]
    assert [3.6, 7.2, 3.6] == frame["energy_kwh"].tolist()


async def test_site_power_adds_charging_to_the_building_and_subtracts_pv(reader: Reader) -> None:
    frame = reader.site_power(DAY, NEXT_DAY)

    assert [
        (7_200.0, 3_200.0), (7_200.0, 3_200.0), (10_800.0, 6_800.0), (10_800.0, 6_800.0),
        (10_800.0, 20_800.0), (9_600.0, 19_600.0), (7_200.0, 17_200.0), (7_200.0, 17_200.0),
    ] == cells(frame, "charging_w", "site_w")  # fmt: skip


async def test_measured_site_power_counts_before_what_is_computed(store: Store) -> None:
    await store.record(
        SiteLoadRecord(
            at=NOON + timedelta(hours=5), step_s=60, charging_w=1000, site_w=5000, limit_w=43_000
        ),
        SiteLoadRecord(
            at=NOON + timedelta(hours=5, minutes=1), step_s=60, charging_w=3000, site_w=7000
        ),
    )

    with store.reader() as reader:
        at = NOON + timedelta(hours=5)
        quarter = reader.site_power(at, at + timedelta(hours=1))
        minutes = reader.site_power(at, at + timedelta(hours=1), step_s=60)

    assert [(6000.0, 7000.0, 2000.0, 43_000.0)] == cells(
        quarter, "site_w", "site_peak_w", "charging_w", "limit_w"
    )
    assert [5000.0, 7000.0] == minutes["site_w"].tolist()


async def test_the_demand_charge_follows_the_month_s_highest_quarter(reader: Reader) -> None:
    frame = reader.demand(DAY, NEXT_DAY)

    # 20.8 kW with charging, 10 kW without, 10 EUR/kW
    assert [(20_800.0, 10_000.0, 208.0, 108.0, "EUR")] == cells(
        frame,
        "peak_w",
        "peak_without_charging_w",
        "demand_charge",
        "demand_charge_of_charging",
        "currency",
    )
    assert NOON + timedelta(hours=1) == frame["peak_at"].iloc[0]
    assert 20_800 == reader.metered_peak_w(DAY, NEXT_DAY)


# Sessions and money -----------------------------------------------------------------------------


async def test_sessions_show_no_whole_token(reader: Reader) -> None:
    assert {"***EN-1"} == set(reader.sessions(DAY, NEXT_DAY)["id_token"])


async def test_sessions_that_touch_the_period_are_listed_the_latest_first(reader: Reader) -> None:
    frame = reader.sessions(NOON + timedelta(minutes=100), NEXT_DAY)

    assert ["CP-2/1", "CP-1/1"] == frame["connector"].tolist()
    assert [True, False] == frame["ended_at"].isna().tolist()
    assert frame.empty is False
    assert reader.sessions(NEXT_DAY, NEXT_DAY + timedelta(days=1))["connector"].tolist() == [
        "CP-2/1"
    ]


async def test_one_session_with_its_course_its_bill_and_its_samples(reader: Reader) -> None:
    session_id = reader.sessions(DAY, NEXT_DAY, connector="CP-1/1")["session_id"].iloc[0]

    assert [session_id] == reader.sessions(NEXT_DAY, NEXT_DAY, session_id=session_id)[
        "session_id"
    ].tolist()
    assert [(1.8, 7.2)] * 8 == cells(reader.session_intervals(session_id), "energy_kwh", "mean_kw")
    bill = reader.cost_lines(session_id)
    assert [("ENERGY", 14.4, 5.62), ("FLAT", 1.0, 0.5)] == cells(bill, "kind", "quantity", "amount")
    assert "14.4 kWh x 0.39" in bill["rule"].iloc[0]
    assert 46 == len(reader.meter_samples(session_id))


async def test_energy_cost_is_that_of_plans_and_bills(reader: Reader) -> None:
    power = reader.site_power(DAY, NEXT_DAY)
    price, feed_in = 0.20, 0.08
    expected = sum(
        charging_cost(charging / 4000, (building - pv) / 4000, price, feed_in)
        for charging, building, pv in cells(power, "charging_w", "building_w", "pv_w")
    )

    total = reader.sessions(DAY, NEXT_DAY)["energy_cost"].sum()

    assert expected == pytest.approx(total)


async def test_revenue_counts_sessions_that_ended(reader: Reader) -> None:
    frame = reader.revenue(DAY, NEXT_DAY, split="connector")

    assert [("CP-1/1", 1, 14.4, 6.12, "EUR", 1.0)] == cells(
        frame,
        "connector",
        "sessions_billed",
        "billed_kwh",
        "revenue",
        "currency",
        "cost_known_share",
    )
    row = frame.iloc[0]
    assert row["margin"] == pytest.approx(row["revenue"] - row["energy_cost"])


async def test_energy_without_a_known_price_has_no_cost(open_store: OpenStore) -> None:
    store = open_store(site_tariff=None)
    for message in Charger().whole_session(NOON, 7):
        await store.append(message)

    with store.reader() as reader:
        frame = reader.revenue(DAY, NEXT_DAY)
        checks = reader.quality(DAY, NEXT_DAY)["check_name"].tolist()

    assert frame["energy_cost"].isna().all()
    assert frame["margin"].isna().all()
    assert [0.0] == frame["cost_known_share"].tolist()
    assert ["energy without a price"] == checks


async def test_utilization_is_a_share_of_the_time_with_data(reader: Reader) -> None:
    frame = reader.utilization(DAY, NEXT_DAY).set_index("connector")

    assert 2.0 == frame.loc["CP-1/1", "period_h"]
    assert 1.0 == frame.loc["CP-1/1", "occupancy_share"]
    assert 0.5 == frame.loc["CP-2/1", "occupancy_share"]
    assert frame.loc["CP-1/1", "energy_share"] == pytest.approx(14.4 / (22.08 * 2))
    whole = reader.utilization(DAY, NEXT_DAY, split="site").iloc[0]
    assert ("all", 2, 0.75) == (whole["connector"], whole["sessions"], whole["occupancy_share"])


async def test_occupancy_over_time_is_a_mean_number_of_connectors(reader: Reader) -> None:
    frame = reader.occupancy(DAY, NEXT_DAY)

    assert [(13, 1.5, 2), (14, 1.5, 2)] == [
        (start.hour, connected, connectors)
        for start, connected, connectors in cells(frame, "period_start", "connected", "connectors")
    ]


async def test_the_overview_speaks_the_words_of_the_kpi_dictionary(reader: Reader) -> None:
    frame = reader.overview(DAY, NEXT_DAY)

    assert set(frame["kpi"]) <= set(KPIS)
    values = frame.set_index("kpi")["value"]
    assert 17.7 == round(values["energy_kwh"], 6)
    assert 20.8 == values["peak_site_kw"]
    assert 10.8 == values["peak_charging_kw"]
    assert 6.12 == values["revenue"]
    assert "EUR" == frame.set_index("kpi")["unit"]["revenue"]


# Plans, prices, messages, alarms ----------------------------------------------------------------


async def test_a_plan_is_kept_with_equal_slots_joined(reader: Reader) -> None:
    frame = reader.plan()

    assert [("p1", "CP-1/1", 0.0), ("p1", "CP-1/1", 16.0)] == cells(
        frame, "plan_id", "connector", "current_a"
    )
    assert [NOON, NOON + timedelta(minutes=30)] == frame["slot_start"].tolist()
    assert reader.plan(at=NOON - timedelta(minutes=1)).empty


async def test_a_plan_for_the_site_is_kept_with_what_was_expected(reader: Reader) -> None:
    frame = reader.plan_site(plan_id="p1")

    assert [(10_000.0, 10_000.0, 0.2), (10_000.0, 10_000.0, 0.2)] == cells(
        frame.head(2), "site_w", "building_w", "price_per_kwh"
    )


async def test_a_fallback_says_why(reader: Reader) -> None:
    assert [("fallback", "no time", 0.5, 1)] == cells(
        reader.plans(DAY, NEXT_DAY), "outcome", "why", "unmet_kwh", "sessions"
    )


async def test_prices_and_alarms_are_listed(reader: Reader) -> None:
    assert [(0.123456, "EUR")] == cells(reader.price(DAY, NEXT_DAY), "value_per_kwh", "currency")
    assert ["Look."] == reader.alarms(DAY, NEXT_DAY)["words"].tolist()


async def test_messages_are_filtered(reader: Reader) -> None:
    frame = reader.messages(DAY, NEXT_DAY, charge_point_id="CP-1", action="SessionStopped")

    assert [("CP-1", "answered")] == cells(frame, "charge_point_id", "outcome")
    assert 5 == len(reader.messages(DAY, NEXT_DAY, limit=5))


async def test_quality_lists_corrections(open_store: OpenStore) -> None:
    store, charger = open_store(), Charger()
    await store.append(charger.start(NOON, 7, meter_wh=9000))
    await store.append(charger.stop(NOON + timedelta(hours=1), 7, 1000))

    with store.reader() as reader:
        frame = reader.quality(DAY, NEXT_DAY)

    assert [("doubtful sessions", "CP-1/1", 1)] == cells(frame, "check_name", "subject", "findings")


# Whoever asks -----------------------------------------------------------------------------------


async def test_a_file_that_nobody_writes_is_read_directly(store: Store, path: Path) -> None:
    await store.close()

    with analytics.open(path) as reader:
        assert 2 == len(reader.sessions(DAY, NEXT_DAY))


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="no such database"):
        analytics.open(tmp_path / "none.duckdb")


async def test_own_selects_get_local_times(reader: Reader) -> None:
    frame = reader.sql("SELECT max(slot_start) AS last FROM session_interval")

    assert "Europe/Berlin" == str(frame["last"].dt.tz)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM session",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE session",
        "CREATE TABLE x (a INTEGER)",
        "COPY session TO 'x.csv'",
        "ATTACH 'x.duckdb'",
        "PRAGMA database_list",
        "SET threads = 1",
        "SELECT * FROM read_csv('/etc/passwd')",
        "WITH a AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM a",
        "SELECT * FROM query('SELECT 1')",
        "",
    ],
)
async def test_anything_but_one_select_over_tables_is_refused(
    reader: Reader, statement: str
) -> None:
    with pytest.raises(NotReadOnlyError):
        reader.sql(statement)


async def test_a_select_that_is_wrong_says_what_is_wrong(reader: Reader) -> None:
    with pytest.raises(ReaderError, match="nowhere"):
        reader.sql("SELECT * FROM nowhere")


async def test_threads_may_share_a_reader(reader: Reader) -> None:
    ask: Callable[[], pd.DataFrame] = lambda: reader.consumption(DAY, NEXT_DAY)  # noqa: E731 -- passed eight times

    frames = await asyncio.gather(*(asyncio.to_thread(ask) for _ in range(8)))

    assert {14.4 + 3.3} == {round(frame["energy_kwh"].sum(), 6) for frame in frames}


# What the site pays -----------------------------------------------------------------------------


async def test_the_site_s_bill_has_lines_with_their_rule(reader: Reader) -> None:
    frame = reader.site_cost(DAY, NEXT_DAY)
    power = reader.site_power(DAY, NEXT_DAY)
    imported_kwh = power["site_w"].clip(lower=0).sum() / 4000
    lines: dict[str, Any] = {str(row["kind"]): row for row in frame.to_dict("records")}

    assert lines["ENERGY"]["quantity"] == pytest.approx(imported_kwh)
    assert lines["ENERGY"]["amount"] == pytest.approx(imported_kwh * 0.20, abs=0.005)
    assert "EUR/kWh" in lines["ENERGY"]["rule"]
    assert {1} == set(frame["tariff_version"])
    costs = sum(lines[k]["amount_of_charging"] for k in ("ENERGY", "FEED_IN") if k in lines)
    assert costs == pytest.approx(reader.sessions(DAY, NEXT_DAY)["energy_cost"].sum(), abs=0.01)
    demand = reader.demand(DAY, NEXT_DAY).iloc[0]
    assert lines["DEMAND"]["amount"] == demand["demand_charge"]
    assert lines["DEMAND"]["amount_of_charging"] == demand["demand_charge_of_charging"]


async def test_a_site_without_prices_has_no_bill(open_store: OpenStore) -> None:
    store = open_store(site_tariff=None)
    for message in Charger().whole_session(NOON, 7):
        await store.append(message)

    with store.reader() as reader:
        assert reader.site_cost(DAY, NEXT_DAY).empty
