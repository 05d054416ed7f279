"""Key figures: declared once, the same from every question, right by a slow second reckoning."""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.kpi import KPIS, undeclared
from analytics.kpi_declaration import Split
from analytics.periods import Grain
from analytics.records import EmissionRecord, LinkRecord, LinkState, SiteLoadRecord
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.commands import Accepted, ChangeAvailability
from ocpp_core.domain.events import AuthorizationAsked, AuthorizationStatus, ConnectorStatus
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.domain.tokens import KnownToken
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, Charger, make_site
from tests.analytics.conftest import OpenStore
from tests.analytics.desk import CP, Desk, start16, status, stop16

BERLIN = ZoneInfo("Europe/Berlin")
DAY = datetime(2026, 3, 2, tzinfo=BERLIN)
NEXT_DAY = datetime(2026, 3, 3, tzinfo=BERLIN)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    """Two sessions on two chargers, site power, emissions for the first hour."""
    store = open_store()
    one, two = Charger("CP-1"), Charger("CP-2")
    messages = [
        *one.whole_session(NOON, 7),
        *two.whole_session(NOON + 30 * MINUTE, 8, hours=1, power_w=3600),
    ]
    await asyncio.gather(*(store.append(message) for message in messages))
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
        *(
            EmissionRecord(at=NOON + n * 5 * MINUTE, step_s=300, kg_per_kwh=0.25, source="test")
            for n in range(12)
        ),
    )
    return store


# The dictionary ---------------------------------------------------------------------------------


def test_every_key_figure_says_what_it_is() -> None:
    assert [] == [
        kpi.name
        for kpi in KPIS.values()
        if not (kpi.label and kpi.formula) or kpi.caveat[-1:] not in {"", "."}
    ]
    labels = [kpi.label for kpi in KPIS.values()]
    assert sorted(set(labels)) == sorted(labels)


async def test_questions_show_declared_key_figures_only_and_all_that_are_said_of_them(
    store: Store,
) -> None:
    with store.reader() as reader:
        shown = {
            "consumption": reader.consumption(DAY, NEXT_DAY),
            "utilization": reader.utilization(DAY, NEXT_DAY),
            "occupancy": reader.occupancy(DAY, NEXT_DAY),
            "site_energy": reader.site_energy(DAY, NEXT_DAY),
            "revenue": reader.revenue(DAY, NEXT_DAY),
            "demand": reader.demand(DAY, NEXT_DAY),
            "session_outcomes": reader.session_outcomes(DAY, NEXT_DAY),
            "uptime": reader.uptime(DAY, NEXT_DAY),
            "kpis": reader.kpis(DAY, NEXT_DAY),
        }
        others = [reader.failed_starts(DAY, NEXT_DAY), reader.faults(DAY, NEXT_DAY)]
        overview = set(reader.overview(DAY, NEXT_DAY)["kpi"])

    assert [] == [
        name for frame in [*shown.values(), *others] for name in undeclared(map(str, frame.columns))
    ]
    for question, frame in shown.items():
        if question != "kpis":
            said = {name for name, kpi in KPIS.items() if question in kpi.questions}
            assert (question, said) == (question, set(frame.columns) & set(KPIS))
    assert overview == {name for name, kpi in KPIS.items() if "overview" in kpi.questions}
    assert set(KPIS) - {"connected", "charging"} == set(shown["kpis"].columns) & set(KPIS)


async def test_every_question_gives_the_same_number_for_the_same_period(store: Store) -> None:
    with store.reader() as reader:
        all_of_it = reader.kpis(DAY, NEXT_DAY).iloc[0]
        overview = reader.overview(DAY, NEXT_DAY).set_index("kpi")["value"]
        parts = [
            reader.consumption(DAY, NEXT_DAY, by="total"),
            reader.utilization(DAY, NEXT_DAY, split="site"),
            reader.site_energy(DAY, NEXT_DAY, by="total"),
            reader.revenue(DAY, NEXT_DAY, by="total"),
            reader.session_outcomes(DAY, NEXT_DAY, by="total"),
            reader.demand(DAY, NEXT_DAY),
            pd.DataFrame([overview.to_dict()]),
        ]
        sessions = reader.sessions(DAY, NEXT_DAY)
        month = reader.demand(DAY, NEXT_DAY).iloc[0]

    for frame in parts:
        for name in set(frame.columns) & set(KPIS):
            value, whole = frame[name].iloc[0], all_of_it[name]
            if KPIS[name].unit == "time":
                assert (name, value) == (name, whole)
            else:
                assert float(value) == pytest.approx(float(whole), nan_ok=True), name
    # By the views that bills and months are reckoned from.
    assert sessions["energy_cost"].sum() == pytest.approx(all_of_it["energy_cost"])
    assert month["peak_w"] / 1000 == pytest.approx(all_of_it["peak_site_kw"])
    assert month["peak_at"] == all_of_it["peak_site_at"]


_NO_SUM = {"connected", "charging", "fault_clear_h"}
"""Means over time or over faults, by their formula."""

SUMS = [
    kpi
    for kpi in KPIS.values()
    if kpi.unit in {"", "h", "kWh", "kg", "currency"}
    and not kpi.name.startswith("mean_")
    and kpi.name not in _NO_SUM
]


@pytest.mark.parametrize("split", ["charger", "connector", "driver", "tariff"])
async def test_parts_sum_to_the_site(store: Store, split: Split) -> None:
    names = [kpi.name for kpi in SUMS if split in kpi.splits]
    with store.reader() as reader:
        whole = reader.kpis(DAY, NEXT_DAY, names=names).iloc[0]
        frame = reader.kpis(DAY, NEXT_DAY, split=split, names=names)

    assert len(names) > 10
    for name in names:
        if not pd.isna(whole[name]):
            assert float(frame[name].sum()) == pytest.approx(float(whole[name])), name


@pytest.mark.parametrize("by", ["quarter_hour", "hour"])
async def test_parts_of_a_day_sum_to_the_day(store: Store, by: Grain) -> None:
    """But for sessions and what is of a month: a session is in every period that it touches."""
    names = [
        kpi.name for kpi in SUMS if kpi.name != "sessions" and not kpi.name.endswith("demand")
        and not kpi.name.startswith("demand_")
    ]  # fmt: skip
    with store.reader() as reader:
        whole = reader.kpis(DAY, NEXT_DAY, names=names).iloc[0]
        frame = reader.kpis(DAY, NEXT_DAY, by=by, names=names)

    for name in names:
        if not pd.isna(whole[name]):
            assert float(frame[name].sum()) == pytest.approx(float(whole[name])), name


async def test_a_wrong_name_is_told(store: Store) -> None:
    with store.reader() as reader, pytest.raises(KeyError, match="energy_gwh"):
        reader.kpis(DAY, NEXT_DAY, names=["energy_gwh"])


# What is not known ------------------------------------------------------------------------------


async def test_a_day_before_all_data_is_missing_and_a_quiet_day_between_is_zero(
    open_store: OpenStore,
) -> None:
    store, charger = open_store(), Charger()
    for number, day in enumerate((0, 2)):
        for message in charger.whole_session(NOON + timedelta(days=day), 7 + number):
            await store.append(message)

    with store.reader() as reader:
        frame = reader.kpis(DAY - timedelta(days=1), DAY + timedelta(days=3), by="day")

    energy = frame["energy_kwh"].tolist()
    assert math.isnan(energy[0])
    assert [14.4, 0.0, 14.4] == [round(kwh, 6) for kwh in energy[1:]]
    assert [True, False, False, False] == frame["revenue"].isna().tolist()
    assert [True, False, True, False] == frame["mean_session_kwh"].isna().tolist()
    assert frame["uptime_share"].isna().all(), "nobody watched"
    assert frame["failed_refused"].isna().all(), "nobody watched"
    assert 0.0 == frame.loc[2, "occupancy_share"]


async def test_energy_without_an_emission_is_left_out_and_told(store: Store) -> None:
    with store.reader() as reader:
        row = reader.kpis(DAY, NEXT_DAY).iloc[0]
        later = reader.kpis(NOON + HOUR, NOON + 2 * HOUR).iloc[0]

    # 7.2 and 1.8 kWh in the hour whose emission is known, 18 kWh in all
    assert (9.0 * 0.25, 0.5) == (row["co2_kg"], row["co2_known_share"])
    assert math.isnan(later["co2_kg"])
    assert 0.0 == later["co2_known_share"]


@pytest.mark.parametrize(
    ("day", "hours"),
    [(datetime(2026, 3, 29, tzinfo=BERLIN), 23), (datetime(2026, 10, 25, tzinfo=BERLIN), 25)],
)
async def test_days_on_which_clocks_change_are_as_long_as_they_are(
    open_store: OpenStore, day: datetime, hours: int
) -> None:
    store, charger = open_store(), Charger()
    start = day.astimezone(UTC)
    next_day = datetime(day.year, day.month, day.day + 1, tzinfo=BERLIN)
    end = next_day.astimezone(UTC)
    await store.append(charger.start(start - 3 * HOUR, 7, meter_wh=0))
    await store.append(charger.metered(start, 3000, 7))
    await store.append(charger.metered(end, 3000 + 1000 * hours, 7))
    await store.append(charger.stop(end + 3 * HOUR, 7, 6000 + 1000 * hours))

    with store.reader() as reader:
        whole = reader.kpis(day, next_day, by="day", split="connector").set_index("subject")
        by_hour = reader.kpis(day, next_day, by="hour")

    assert (float(hours), 1.0, float(hours)) == tuple(
        whole.loc["CP-1/1", ["period_h", "occupancy_share", "energy_kwh"]]
    )
    assert [1.0] * hours == by_hour["load_factor_share"].tolist()


# Service ----------------------------------------------------------------------------------------


def link(minute: float, state: LinkState) -> LinkRecord:
    return LinkRecord(charge_point_id=CP, at=NOON + minute * MINUTE, state=state)


async def test_uptime_leaves_out_what_was_ordered_and_what_nobody_saw(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "depot.duckdb", make_site(chargers=1))
    await desk.store.record(
        link(0, LinkState.OFFLINE),
        link(6, LinkState.ONLINE),
        link(90, LinkState.UNWATCHED),
        link(100, LinkState.OFFLINE),
        link(101, LinkState.ONLINE),
    )
    for minute, word in (
        (10, ConnectorStatus.AVAILABLE),
        (20, ConnectorStatus.FAULTED),
        (30, ConnectorStatus.AVAILABLE),
        (40, ConnectorStatus.UNAVAILABLE),
        (60, ConnectorStatus.AVAILABLE),
    ):
        at = NOON + minute * MINUTE
        await desk.hear(status(at, word), at)
    out = ChangeAvailability(connector_id=ConnectorId(0), operative=False)
    back = ChangeAvailability(connector_id=ConnectorId(0), operative=True)
    await desk.tell(out, Accepted(status="Accepted"), NOON + 35 * MINUTE)
    await desk.tell(back, Accepted(status="Accepted"), NOON + 59 * MINUTE)

    with desk.ask() as reader:
        row = reader.uptime(NOON - HOUR, NOON + 2 * HOUR).iloc[0]
        hours = reader.uptime(NOON - HOUR, NOON + 2 * HOUR, by="hour", split="site")
        faults = reader.faults(NOON, NOON + 2 * HOUR)
        kpis = reader.kpis(NOON, NOON + 2 * HOUR).iloc[0]

    assert row["watched_h"] * 60 == pytest.approx(110)
    assert row["offline_h"] * 60 == pytest.approx(6 + 1)
    assert row["outage_h"] * 60 == pytest.approx(6 + 10 + 20 + 1)
    assert row["excluded_h"] * 60 == pytest.approx(19)
    assert row["uptime_share"] == pytest.approx((110 - (37 - 19)) / 110)
    assert [60, 50] == [round(h * 60) for h in hours["watched_h"]]
    assert [(10 / 60, "CP-1/1")] == list(
        faults[["clear_h", "connector"]].itertuples(index=False, name=None)
    )
    assert (1.0, pytest.approx(10 / 60)) == (kpis["faults"], kpis["fault_clear_h"])
    await desk.store.close()


async def test_a_status_that_is_told_again_is_no_other_try(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "depot.duckdb", make_site(chargers=1, connectors=2))
    for minute, word in enumerate(
        (
            ConnectorStatus.AVAILABLE,
            ConnectorStatus.PREPARING,
            ConnectorStatus.PREPARING,
            ConnectorStatus.AVAILABLE,
            ConnectorStatus.AVAILABLE,
        )
    ):
        at = NOON + minute * MINUTE
        await desk.hear(status(at, word, 1), at)
        if minute not in {2, 4}:
            await desk.hear(status(at, word, 2), at)

    with desk.ask() as reader:
        failed = reader.failed_starts(NOON, NOON + HOUR)

    assert ["CP-1/1", "CP-1/2"] == failed["connector"].tolist()
    assert {"Preparing, then Available without a session"} == set(failed["reason"])
    assert {NOON + MINUTE} == set(failed["failed_at"])
    await desk.store.close()


async def test_starts_that_fail_are_counted_once_each_with_the_reason(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "depot.duckdb", make_site(chargers=1, connectors=2))
    desk.know(KnownToken(id_token=IdToken("BAD"), status=AuthorizationStatus.BLOCKED))
    await desk.store.record(link(-5, LinkState.ONLINE))

    async def say(minute: float, word: ConnectorStatus, connector: int = 1) -> None:
        at = NOON + minute * MINUTE
        await desk.hear(status(at, word, connector), at)

    await say(0, ConnectorStatus.AVAILABLE)
    for minute in (0, 2, 4, 20):  # the first three are one try
        at = NOON + minute * MINUTE
        await desk.hear(AuthorizationAsked(id_token=IdToken("BAD")), at)
    await say(30, ConnectorStatus.PREPARING)  # and away again
    await say(33, ConnectorStatus.AVAILABLE)
    await say(40, ConnectorStatus.PREPARING)  # a session that delivers
    good = await desk.hear(start16(NOON + 41 * MINUTE), NOON + 41 * MINUTE)
    assert good.event is not None
    await desk.hear(stop16(NOON + 50 * MINUTE, 1, 4000), NOON + 50 * MINUTE)
    await say(51, ConnectorStatus.FINISHING)
    await say(52, ConnectorStatus.AVAILABLE)
    await desk.hear(start16(NOON + 55 * MINUTE, connector=2), NOON + 55 * MINUTE)
    await desk.hear(stop16(NOON + 56 * MINUTE, 2, 1000), NOON + 56 * MINUTE)

    with desk.ask() as reader:
        failed = reader.failed_starts(NOON, NOON + HOUR)
        row = reader.kpis(NOON, NOON + HOUR).iloc[0]
        by_driver = reader.kpis(NOON, NOON + HOUR, split="driver").set_index("subject")

    assert ["no-energy", "no-session", "refused", "refused"] == failed["kind"].tolist()
    assert "Preparing, then Available without a session" == failed["reason"].iloc[1]
    assert "Blocked" in failed["reason"].iloc[2]
    assert (2.0, 1.0, 1.0) == tuple(
        row[["failed_refused", "failed_no_session", "failed_no_energy"]]
    )
    assert (2.0, 1.0, 1 / 5) == tuple(
        row[["sessions_started", "sessions_delivered", "session_success_share"]]
    )
    assert 2.0 == by_driver.loc["BAD", "failed_refused"]
    assert by_driver["failed_no_session"].isna().all()
    await desk.store.close()


# Comparing --------------------------------------------------------------------------------------


async def test_a_period_that_runs_is_compared_with_the_same_part_of_the_one_before(
    open_store: OpenStore,
) -> None:
    store, charger, number = open_store(), Charger(), 0
    for at, power_w in ((NOON - timedelta(days=1), 3600.0), (NOON, 7200.0)):
        for message in charger.whole_session(at, 7 + (number := number + 1), power_w=power_w):
            await store.append(message)

    with store.reader() as reader:
        frame = reader.compare(
            DAY, NEXT_DAY, names=["energy_kwh", "idle_h"], now=NOON + HOUR
        ).set_index("kpi")

    row = frame.loc["energy_kwh"]
    assert (7.2, 3.6, 3.6, 1.0) == tuple(row[["value", "compared", "difference", "relative"]])
    assert (True, True) == (row["better"], row["partial"])
    assert "Energy charged: higher by 100.0%, which is better." == row["words"]
    assert NOON - timedelta(days=1) + HOUR == row["compared_until"]
    assert "Idle: unchanged." == frame.loc["idle_h", "words"]


# A slow second reckoning ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A session that charges evenly for a while and then stands."""

    charger: int
    start: datetime
    charging_min: int
    idle_min: int
    power_w: int

    @property
    def full(self) -> datetime:
        return self.start + self.charging_min * MINUTE

    @property
    def end(self) -> datetime:
        return self.full + self.idle_min * MINUTE

    @property
    def energy_wh(self) -> int:
        return self.power_w * self.charging_min // 60


@st.composite
def stays(draw: st.DrawFn) -> list[Stay]:
    found = []
    for charger in (1, 2):
        at = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)  # the night before clocks change
        for _ in range(draw(st.integers(0, 4))):
            at += draw(st.integers(1, 300)) * MINUTE
            stay = Stay(
                charger=charger,
                start=at,
                charging_min=draw(st.integers(0, 40)) * 5,
                idle_min=draw(st.integers(1, 200)),
                power_w=draw(st.integers(1, 18)) * 1200,
            )
            found.append(stay)
            at = stay.end
    return found


def minutes(stay: Stay) -> Iterator[tuple[datetime, bool]]:
    """Every minute of a stay, and whether energy flowed."""
    at = stay.start
    while at < stay.end:
        yield at, at < stay.full
        at += MINUTE


def reckoned(found: list[Stay], low: datetime, high: datetime) -> dict[str, float]:
    """Walk minute by minute."""
    connected = charging = energy = 0.0
    quarters: dict[datetime, float] = defaultdict(float)
    seen = set()
    for number, stay in enumerate(found):
        for at, flows in minutes(stay):
            if not low <= at < high:
                continue
            seen.add(number)
            connected += 1 / 60
            if flows:
                charging += 1 / 60
                energy += stay.power_w / 60 / 1000
                quarter = at.replace(minute=at.minute // 15 * 15)
                quarters[quarter] += stay.power_w / 60 / 1000
    ended = [stay for stay in found if low <= stay.end < high]
    begun = [stay for stay in found if low <= stay.start < high]
    return {
        "energy_kwh": energy,
        "connected_h": connected,
        "charging_h": charging,
        "idle_h": connected - charging,
        "peak_charging_kw": 4 * max(quarters.values(), default=0.0),
        "sessions": len(seen),
        "sessions_started": len(begun),
        "sessions_ended": len(ended),
        "sessions_delivered": sum(stay.energy_wh > 0 for stay in begun),
        "failed_no_energy": sum(stay.energy_wh == 0 for stay in begun),
        "billed_kwh": sum(stay.energy_wh for stay in ended) / 1000,
        "co2_kg": energy * 0.3,
    }


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(stays())
async def test_key_figures_agree_with_walking_minute_by_minute(
    tmp_path_factory: pytest.TempPathFactory, found: list[Stay]
) -> None:
    path = tmp_path_factory.mktemp("kpis") / "depot.duckdb"
    store = Store.open(
        path, site=make_site(), driver_tariff=TARIFF, site_tariff=SITE_TARIFF,
        clock=ManualClock(NOON),
    )  # fmt: skip
    first = datetime(2026, 3, 28, 0, 0, tzinfo=BERLIN)
    async with store:
        for number, stay in enumerate(found, 1):
            charger = Charger(f"CP-{stay.charger}", number=1000 * number)
            await store.append(charger.start(stay.start, number, meter_wh=0))
            await store.append(charger.metered(stay.full, stay.energy_wh, number))
            await store.append(charger.stop(stay.end, number, stay.energy_wh))
        await store.record(
            SiteLoadRecord(at=first.astimezone(UTC), step_s=3 * 86400, building_w=0.0),
            EmissionRecord(
                at=first.astimezone(UTC), step_s=3 * 86400, kg_per_kwh=0.3, source="test"
            ),
        )
        days = [datetime(2026, 3, day, tzinfo=BERLIN) for day in (28, 29, 30)]
        with store.reader() as reader:
            names = list(reckoned([], first, first))
            frame = reader.kpis(days[0], days[2], by="day", names=names)

    for n, row in frame.iterrows():
        low, high = days[int(str(n))], days[int(str(n)) + 1]
        for name, value in reckoned(found, low, high).items():
            # The grid rounds to whole Wh at the borders of quarters.
            assert float(row[name]) == pytest.approx(value, abs=0.005), (name, low)
