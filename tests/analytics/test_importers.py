"""Importing files: what is understood, what is rejected and why, and nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from analytics.importers import (
    PowerQuantity,
    import_power,
    import_prices,
    import_sessions,
    read_power,
    read_prices,
    read_sessions,
    undo_import,
)
from analytics.records import SiteLoadRecord
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.errors import ImportRefusedError
from tests.analytics.builders import NOON, Charger
from tests.analytics.conftest import OpenStore

OSLO = ZoneInfo("Europe/Oslo")
HEAD = "arrival,departure,delivered_kwh,station_id,requested_kwh,estimated_departure,claimed"


@pytest.fixture
def clock() -> ManualClock:
    """Files tell of what was: the store's clock is later."""
    return ManualClock(NOON + timedelta(days=3))


class Remembered:
    """A progress that keeps what it was told."""

    def __init__(self) -> None:
        self.total = self.done = 0
        self.said: list[str] = []

    def start(self, total: int, words: str) -> None:
        self.total = total
        self.said.append(words)

    def advance(self, steps: int) -> None:
        self.done += steps

    def note(self, words: str) -> None:
        self.said.append(words)

    def finish(self, words: str) -> None:
        self.said.append(words)


@pytest.fixture
def sessions_file(tmp_path: Path) -> Path:
    file = tmp_path / "sessions.csv"
    lines = [
        HEAD,
        "2026-03-02T12:00:00Z,2026-03-02T16:00:00Z,11.04,CP-1,12,2026-03-02T15:00:00Z,True",
        "2026-03-02T13:00:00+01:00,2026-03-02T14:00:00Z,5.0,CP-2/1,,,False",
        "2026-03-02T12:00:00Z,2026-03-02T11:00:00Z,5.0,CP-1,,,False",
        "2026-03-03T12:00:00Z,2026-03-03T16:00:00Z,much,CP-1,,,False",
        "yesterday,2026-03-03T16:00:00Z,1,CP-1,,,False",
        "2026-03-03T12:00:00Z,2026-03-03T16:00:00Z,-1,CP-1,,,False",
        "2026-03-03T12:00:00Z,2026-03-03T16:00:00Z,1,,,,False",
        "2026-03-02T12:00:00Z,2026-03-02T18:00:00Z,1,CP-1,,,False",
        "2026-03-04T12:00:00Z,2026-03-04T12:30:00Z,4,Bay 7,,,False",
    ]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def test_rows_that_cannot_be_used_are_rejected_with_line_and_reason(sessions_file: Path) -> None:
    reading = read_sessions(sessions_file)

    assert (3, 9, "acn") == (len(reading.rows), reading.rows_read, reading.importer)
    assert {
        4: "departure is not after arrival",
        5: "delivered energy is no number",
        6: "arrival or departure is no time, or none that exists once in its zone",
        7: "delivered energy is negative",
        8: "no station",
        9: "the same station, token and arrival as an earlier row",
    } == {row.line: row.reason for row in reading.rejected}
    assert "station_id=CP-1" in reading.rejected[0].content


def test_a_preview_shows_rows_as_they_would_be_imported(sessions_file: Path) -> None:
    preview = read_sessions(sessions_file).preview(1)

    assert 11_040 == preview["energy_wh"].iloc[0]
    assert NOON == preview["arrival"].iloc[0]


async def test_an_assumed_course_makes_no_metered_peak(
    sessions_file: Path, open_store: OpenStore
) -> None:
    store, week = open_store(), timedelta(days=7)
    load = SiteLoadRecord(at=NOON, step_s=14_400, building_w=4_000)
    await store.record(load)
    await import_sessions(store, read_sessions(sessions_file))

    with store.reader() as reader:
        peaks = reader.demand(NOON, NOON + week)["peak_w"].max()
        metered_w = reader.metered_peak_w(NOON, NOON + week)
        unknown = reader.metered_peak_w(NOON - week, NOON)
    assert (4_000, None) == (metered_w, unknown)
    assert peaks > 4_000


async def test_imported_sessions_have_energy_grid_and_bill(
    sessions_file: Path, open_store: OpenStore
) -> None:
    store, progress = open_store(), Remembered()

    report = await import_sessions(store, read_sessions(sessions_file), progress=progress)

    assert (9, 3, 0, 6) == (
        report.rows_read,
        report.rows_imported,
        report.rows_known,
        len(report.rejected),
    )
    assert (3, 3) == (progress.total, progress.done)
    assert "3 imported, 0 known, 6 rejected" == progress.said[-1]
    with store.reader() as reader:
        frame = reader.sessions(NOON, NOON + timedelta(days=7), connector="CP-1/1")
        session = frame.iloc[0]
        course = reader.session_intervals(session["session_id"])
        quality = reader.quality(NOON - timedelta(days=30), NOON + timedelta(days=7))
    assert ("acn", "assumed", 12.0) == (session["source"], session["trust"], session["asked_kwh"])
    assert session["need_stated"]
    # 22.08 kW until the energy is there, after half an hour; 3.5 h idle, half an hour of grace
    assert [5.52, 5.52, *[0.0] * 14] == course["energy_kwh"].tolist()
    assert round(11.04 * 0.39, 2) + 0.5 + 3 * 6 == session["revenue"]
    assert course["assumed"].all()
    assert {"assumed course", "rejected rows"} == set(quality["check_name"])


async def test_importing_again_adds_nothing(sessions_file: Path, open_store: OpenStore) -> None:
    store, reading = open_store(), read_sessions(sessions_file)
    await import_sessions(store, reading)

    report = await import_sessions(store, reading)

    assert (0, 3) == (report.rows_imported, report.rows_known)
    with store.reader() as reader:
        assert 3 == len(reader.sessions(NOON, NOON + timedelta(days=7)))


async def test_a_dry_run_counts_and_writes_nothing(
    sessions_file: Path, open_store: OpenStore
) -> None:
    store = open_store()

    report = await import_sessions(store, read_sessions(sessions_file), dry_run=True)

    assert (3, True) == (report.rows_imported, report.dry_run)
    with store.reader() as reader:
        assert reader.sessions(NOON, NOON + timedelta(days=7)).empty
        assert reader.sql("SELECT * FROM import_run").empty


async def test_a_station_that_the_site_has_not_gets_a_connector_with_history_only(
    sessions_file: Path, open_store: OpenStore
) -> None:
    store = open_store()

    await import_sessions(store, read_sessions(sessions_file))

    with store.reader() as reader:
        connectors = reader.connectors().set_index("connector")["configured"].to_dict()
    assert {"CP-1/1": True, "CP-2/1": True, "Bay-7/1": False} == connectors


async def test_energy_that_the_rating_does_not_allow_is_spread_over_the_stay(
    sessions_file: Path, open_store: OpenStore
) -> None:
    store = open_store()
    await import_sessions(store, read_sessions(sessions_file))

    with store.reader() as reader:
        session = reader.sessions(NOON, NOON + timedelta(days=7), connector="Bay-7/1").iloc[0]
        course = reader.session_intervals(session["session_id"])

    assert [2.0, 2.0] == course["energy_kwh"].tolist()
    assert "more energy than the connector's rating allows" in session["findings"]


async def test_messages_go_on_while_a_file_is_imported(
    sessions_file: Path, open_store: OpenStore
) -> None:
    store = open_store()

    messages = [store.append(m) for m in Charger("CP-1").whole_session(NOON, 7)]
    await import_sessions(store, read_sessions(sessions_file))

    assert all(future.done() for future in messages)


def test_times_without_zone_need_one(tmp_path: Path) -> None:
    file = tmp_path / "homes.csv"
    file.write_text(
        "plugin_time,plugout_time,energy_kwh,user_id\n"
        "2026-07-01 18:00,2026-07-01 20:00,5,AdO3-4\n"
        "2026-10-25 02:30,2026-10-25 06:00,5,AdO3-4\n"
        "2026-03-29 02:30,2026-03-29 06:00,5,AdO3-4\n",
        "utf-8",
    )

    with pytest.raises(ImportRefusedError, match="plugin_time have no zone") as refusal:
        read_sessions(file)
    assert "--timezone" in refusal.value.hint
    reading = read_sessions(file, timezone=OSLO)
    assert ("trondheim", "Europe/Oslo") == (reading.importer, reading.timezone)
    assert [datetime(2026, 7, 1, 16, tzinfo=UTC)] == [row.arrival for row in reading.rows]
    assert [3, 4] == [row.line for row in reading.rejected]


def test_columns_of_other_names_are_mapped(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(
        "Start;Ende;kWh;Säule\n2026-03-02T12:00:00Z;2026-03-02T13:00:00Z;5;CP-1\n", "utf-8"
    )
    rename = {
        "Start": "arrival",
        "Ende": "departure",
        "kWh": "delivered_kwh",
        "Säule": "station_id",
    }

    assert 1 == len(read_sessions(file, rename=rename).rows)
    with pytest.raises(ImportRefusedError, match="no sessions are recognised"):
        read_sessions(file)


@pytest.mark.parametrize("name", ["none.csv", "none.parquet"])
def test_a_missing_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImportRefusedError, match="no such file"):
        read_sessions(tmp_path / name)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "picture.parquet"
    file.write_bytes(b"\x89PNG")

    with pytest.raises(ImportRefusedError, match="cannot be read"):
        read_sessions(file)


def test_parquet_rows_count_from_1(tmp_path: Path) -> None:
    file = tmp_path / "sessions.parquet"
    pd.DataFrame(
        {
            "arrival": [pd.Timestamp("2026-03-02T12:00Z"), pd.NaT],
            "departure": pd.to_datetime(["2026-03-02T13:00Z", "2026-03-02T13:00Z"]),
            "delivered_kwh": [1.5, 2.0],
            "station_id": ["A", "A"],
        }
    ).to_parquet(file)

    reading = read_sessions(file)

    assert [1500] == [row.energy_wh for row in reading.rows]
    assert [2] == [row.line for row in reading.rejected]


# Series -----------------------------------------------------------------------------------------


async def test_an_hourly_load_fills_the_quarters_of_each_hour(
    tmp_path: Path, open_store: OpenStore
) -> None:
    file = tmp_path / "load.csv"
    file.write_text(
        "time_local,kw\n2026-03-02 13:00,10\n2026-03-02 14:00,20\n2026-03-02 15:00,x\n", "utf-8"
    )
    store = open_store()
    reading = read_power(
        file,
        quantity=PowerQuantity.BUILDING,
        time="time_local",
        power_kw="kw",
        timezone=ZoneInfo("Europe/Berlin"),
    )

    first = await import_power(store, reading)
    again = await import_power(store, reading)

    assert ((2, 0), (0, 2)) == (
        (first.rows_imported, first.rows_known),
        (again.rows_imported, again.rows_known),
    )
    assert [(4, "no number")] == [(row.line, row.reason) for row in reading.rejected]
    with store.reader() as reader:
        power = reader.site_power(NOON, NOON + timedelta(hours=3))
    assert [10_000] * 4 + [20_000] * 4 == power["building_w"].tolist()


async def test_a_gap_in_a_series_stays_a_gap(tmp_path: Path, open_store: OpenStore) -> None:
    file = tmp_path / "pv.csv"
    hours = (12, 13, 16, 17)
    file.write_text("t,kw\n" + "".join(f"2026-03-02T{hour}:00:00Z,5\n" for hour in hours), "utf-8")
    store = open_store()

    reading = read_power(file, quantity=PowerQuantity.PV, time="t", power_kw="kw")
    await import_power(store, reading)

    with store.reader() as reader:
        power = reader.site_power(NOON, NOON + timedelta(hours=6), step_s=3600)
    assert [13, 14, 17, 18] == [at.hour for at in power["at"]]


async def test_day_ahead_prices_become_prices_for_a_kwh(
    tmp_path: Path, open_store: OpenStore
) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(
        "time,eur_mwh\n2026-03-02T12:00:00Z,64.98\n2026-03-02T13:00:00Z,-5.01\n", "utf-8"
    )
    store = open_store()
    reading = read_prices(
        file, time="time", price="eur_mwh", per_kwh=Decimal("0.001"), currency="EUR"
    )

    report = await import_prices(store, reading)

    assert 2 == report.rows_imported
    with store.reader() as reader:
        prices = reader.price(NOON, NOON + timedelta(hours=2))
    assert [0.06498, -0.00501] == prices["value_per_kwh"].tolist()
    assert [NOON + timedelta(hours=1), NOON + timedelta(hours=2)] == prices["ends_at"].tolist()


def test_a_series_of_one_value_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pv.csv"
    file.write_text("t,kw\n2026-03-02T12:00:00Z,5\n", "utf-8")

    with pytest.raises(ImportRefusedError, match="at least two"):
        read_power(file, quantity=PowerQuantity.PV, time="t", power_kw="kw")


def test_a_missing_column_is_named_beside_those_there_are(tmp_path: Path) -> None:
    file = tmp_path / "pv.csv"
    file.write_text("t,kw\n2026-03-02T12:00:00Z,5\n", "utf-8")

    with pytest.raises(ImportRefusedError, match="column power is missing") as refusal:
        read_power(file, quantity=PowerQuantity.PV, time="t", power_kw="power")
    assert "t, kw" in refusal.value.hint


async def test_what_a_charger_tells_of_an_imported_session_takes_its_place(
    sessions_file: Path, open_store: OpenStore
) -> None:
    store, charger = open_store(), Charger()
    start = charger.start(NOON, 7, meter_wh=0, token="recorded")
    report = await import_sessions(store, read_sessions(sessions_file))

    await store.append(start)
    begun = _rows_of(store, charger.session_id(start))
    await store.append(charger.stop(NOON + timedelta(hours=4), 7, 11_040))
    ended = _rows_of(store, charger.session_id(start))
    undone = await undo_import(store, report.import_id or "")

    assert (report.rows_imported - 1, 0) == undone
    assert ended == _rows_of(store, charger.session_id(start))
    assert [("session", 1)] == begun
    assert {"session": 1, "session_interval": 16, "cost_line": 2, "charging_period": 16} == dict(
        ended
    )


def _rows_of(store: Store, session_id: str) -> list[tuple[str, int]]:
    """Return which tables have rows of a session, and how many."""
    counts = []
    with store._database.connection.cursor() as cursor:
        for table in ("session", "session_interval", "cost_line", "charging_period"):
            select = f"SELECT count(*) FROM {table} WHERE session_id = $1"
            ((count,),) = cursor.execute(select, [session_id]).fetchall()
            if count:
                counts.append((table, count))
    return counts
