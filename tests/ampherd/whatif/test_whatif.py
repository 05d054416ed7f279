"""One function for notebooks: sessions in, tidy frames out; files and databases as sources."""

import multiprocessing
import signal
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from ampherd import whatif
from ampherd.whatif.inputs import cut
from ocpp_core.domain.errors import ConfigurationError
from optimizer.replay import RecordedStay
from tests.optimizer.builders import START, circuit, site
from tests.optimizer.replay_world import TARIFF, stay

ZONE = ZoneInfo("Europe/Berlin")
SITE = site(circuit("main", limit_a=40), connectors={"CP-1": "main", "CP-2": "main"})
STAYS = (
    stay("CP-1", comes_min=0, leaves_min=120, kwh=20),
    stay("CP-2", comes_min=30, leaves_min=150, kwh=20),
)
EVERY = [name for name in whatif.STRATEGIES if name != "lp-history"]


@pytest.fixture(scope="module")
def found() -> whatif.Comparison:
    return whatif.replay(
        sessions=STAYS, site=SITE, strategies=EVERY, tariff=TARIFF, step_s=900, workers=1
    )


def test_the_table_has_a_row_for_each_strategy(found: whatif.Comparison) -> None:
    table = found.table
    over_s = dict(zip(table["strategy"], table["limit_s"], strict=True))

    assert EVERY == list(over_s)
    assert {"EUR"} == set(table["currency"])
    assert table["asked_kwh"].tolist() == pytest.approx([40.0] * len(EVERY))
    assert over_s.pop("unmanaged") > 0
    assert {0.0} == set(over_s.values())


def test_sessions_and_slots_add_up_to_the_table(found: whatif.Comparison) -> None:
    hours = (found.slots["ends_at"] - found.slots["starts_at"]).dt.total_seconds() / 3600
    energy = (found.slots["charging_kw"] * hours).groupby(found.slots["strategy"]).sum()
    delivered = found.sessions.groupby("strategy")["delivered_kwh"].sum()
    table = found.table.set_index("strategy")["delivered_kwh"]

    for name in EVERY:
        assert table[name] == pytest.approx(delivered[name])
        assert table[name] == pytest.approx(energy[name])


def test_processes_find_what_one_finds(found: whatif.Comparison) -> None:
    chosen = ["unmanaged", "lp"]
    apart = whatif.replay(
        sessions=STAYS, site=SITE, strategies=chosen, tariff=TARIFF, step_s=900, workers=2
    )
    measured = ["cpu_median_ms", "cpu_p99_ms"]
    expected = found.table[found.table["strategy"].isin(chosen)].reset_index(drop=True)

    pd.testing.assert_frame_equal(
        expected.drop(columns=measured), apart.table.drop(columns=measured)
    )


def test_days_add_up_to_the_table(found: whatif.Comparison) -> None:
    days = found.days.groupby("strategy")[["energy_cost", "demand_added", "cost"]].sum()
    table = found.table.set_index("strategy")

    for name in EVERY:
        assert table.loc[name, "energy_cost"] == pytest.approx(days.loc[name, "energy_cost"])
        assert table.loc[name, "demand_charge"] == pytest.approx(days.loc[name, "demand_added"])
        assert table.loc[name, "total_cost"] == pytest.approx(days.loc[name, "cost"])


class Impatient:
    """Presses Ctrl-C as soon as the second strategy is at work."""

    def __init__(self) -> None:
        self.finished = False

    def start(self, total: int, words: str) -> None:
        del total, words

    def advanced(self, strategy: str, share: float) -> None:
        del share
        if strategy == "lp":
            signal.raise_signal(signal.SIGINT)

    def finish(self, words: str) -> None:
        del words
        self.finished = True


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_keeps_what_is_done_and_leaves_no_process(workers: int) -> None:
    progress, children = Impatient(), set(multiprocessing.active_children())
    with pytest.raises(whatif.ComparisonStopped, match="of 2 strategies") as stopped:
        whatif.replay(
            sessions=STAYS, site=SITE, strategies=["edf", "lp"], tariff=TARIFF, step_s=900,
            workers=workers, progress=progress,
        )  # fmt: skip

    assert set(stopped.value.found.table["strategy"] if workers == 1 else ["edf"]) == {"edf"}
    assert progress.finished
    assert set() == set(multiprocessing.active_children()) - children


def test_frames_are_written_as_parquet(found: whatif.Comparison, tmp_path: Path) -> None:
    written = found.to_parquet(tmp_path / "out")

    assert ["table", "sessions", "slots", "days"] == [path.stem for path in written]
    assert len(found.slots) == len(pd.read_parquet(written[2]))


def test_the_page_loads_nothing_from_elsewhere(found: whatif.Comparison) -> None:
    page = whatif.page(found, title="What <if>")

    assert "What &lt;if&gt;" in page
    assert "http" not in page
    assert page.count("<polyline") == len(EVERY)


def test_who_finds_no_free_connector_is_turned_away() -> None:
    one = whatif.with_connectors(SITE, 1)
    placed = whatif.place(STAYS, one)

    assert 1 == len(placed.stays)
    assert 20.0 == pytest.approx(placed.asked_away_kwh)


def test_connectors_beyond_the_sites_are_copies() -> None:
    more = whatif.with_connectors(SITE, 5)

    assert 5 == len(more.connectors)
    assert {"main"} == {str(c.circuit_id) for c in more.connectors.values()}


@pytest.mark.parametrize(
    ("text", "limits"), [("200A", (200, None)), ("150 kW", (None, 150_000)), ("0.5MW", (None, 5e5))]
)
def test_a_fuse_is_written_in_amperes_or_kilowatts(
    text: str, limits: tuple[float | None, float | None]
) -> None:
    assert limits == whatif.fuse_of(text)


@pytest.mark.parametrize("text", ["150", "kW", "3kWh", "-5A", "0A"])
def test_a_fuse_that_is_none_says_how_to_write_it(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--fuse"):
        whatif.fuse_of(text)


def test_cars_that_give_have_a_depth_and_a_wear() -> None:
    given = whatif.giving_of("10kWh,0.08")

    assert (10_000, 0.08) == (given.depth_wh, given.wear_per_kwh)
    assert 0 == whatif.giving_of("10 kWh").wear_per_kwh
    for wrong in ("10kW,0.08", "10kWh,-1", "10kWh,dear", "ten"):
        with pytest.raises(ConfigurationError, match="--v2g"):
            whatif.giving_of(wrong)


def test_a_battery_has_a_capacity_and_a_power() -> None:
    battery = whatif.battery_of("100kWh,50kW", SITE)

    assert (100_000, 50_000) == (battery.capacity_wh, battery.max_discharge_w)
    with pytest.raises(ConfigurationError, match="energy and a power"):
        whatif.battery_of("100kWh", SITE)


def test_no_session_is_said() -> None:
    with pytest.raises(ConfigurationError, match="no session"):
        whatif.replay(sessions=[], site=SITE)
    with pytest.raises(ConfigurationError, match="no session between"):
        whatif.replay(sessions=STAYS, site=SITE, start=START + timedelta(days=9),
                      end=START + timedelta(days=10))  # fmt: skip


def test_a_cut_stay_wants_what_fits_into_it() -> None:
    long = stay("CP-1", comes_min=0, leaves_min=600, kwh=50, accepts_w=3_000)
    short = cut(long, timedelta(hours=2))

    assert (timedelta(hours=2), 6_000) == (short.departure - short.arrival, short.energy_wh)


def test_a_file_of_sessions_is_read_with_what_drivers_said(tmp_path: Path) -> None:
    file = tmp_path / "acn.csv"
    file.write_text(
        "arrival,departure,estimated_departure,requested_kwh,delivered_kwh,station_id,session_id,"
        "claimed,site\n"
        "2026-03-02T08:00Z,2026-03-02T12:00Z,2026-03-02T11:00Z,9,7,CP-1,a,True,x\n"
        "2026-03-02T09:00Z,2026-03-02T12:00Z,2026-03-02T12:00Z,5,5,CP-2,b,False,x\n",
        "utf-8",
    )
    first, second = whatif.stays_from_file(file, zone=ZONE, currency="EUR").value

    assert (7_000, 9_000, datetime(2026, 3, 2, 11, tzinfo=UTC)) == (
        first.energy_wh,
        first.stated_energy_wh,
        first.stated_departure,
    )
    assert not second.claimed


def test_times_without_a_zone_are_taken_as_the_site_s_and_said(tmp_path: Path) -> None:
    file = tmp_path / "cars.csv"
    file.write_text(
        "arrival,departure,delivered_kwh,station_id\n2026-03-02 08:00,2026-03-02 10:00,5,CP-1\n"
    )

    read = whatif.stays_from_file(file, zone=ZONE, currency="EUR")

    assert datetime(2026, 3, 2, 8, tzinfo=ZONE) == read.value[0].arrival
    assert (f"cars.csv: its times have no zone and are taken as {ZONE.key}",) == read.notes


def test_a_trace_in_slots_has_to_be_told_when_it_begins(tmp_path: Path) -> None:
    file = tmp_path / "trace.parquet"
    pd.DataFrame(
        [
            {
                "session_id": "a",
                "station_id": "CP-1",
                "arrival_slot": 12,
                "departure_slot": 24,
                "estimated_departure_slot": 30,
                "requested_kwh": 10.0,
                "max_power_kw": 6.6,
            }
        ]
    ).to_parquet(file)
    with pytest.raises(ConfigurationError, match="does not say from when"):
        whatif.stays_from_file(file, zone=ZONE, currency="EUR")
    read: RecordedStay = whatif.stays_from_file(
        file, zone=ZONE, currency="EUR", trace_start=date(2026, 3, 2)
    ).value[0]

    assert datetime(2026, 3, 2, 1, tzinfo=ZONE) == read.arrival
    assert 6_600 == pytest.approx(read.energy_wh)


def test_a_typical_year_is_laid_over_another_by_weeks(tmp_path: Path) -> None:
    file = tmp_path / "pv.csv"
    rows = "".join(f"2019-01-{day:02}T12:00Z,{day}\n" for day in range(1, 29))
    file.write_text(f"time_utc,power_kw\n{rows}", "utf-8")
    start = datetime(2026, 1, 5, tzinfo=UTC)
    read = whatif.read_power_series(
        file, quantity="pv", zone=ZONE, start=start, end=start + timedelta(days=7)
    )

    assert "laid over the period by" in read.notes[0]
    at = next(at for at in read.value.starts if start <= at)
    assert (
        datetime(2019, 1, 1, tzinfo=UTC).weekday()
        == (at - timedelta(days=int(read.value.at(at) or 0) // 1000 - 1)).weekday()
    )
