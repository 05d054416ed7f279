"""Reading recorded sessions, and placing them at connectors."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from ampherd.demo.recording import (
    local_midnight,
    read_recording,
    shipped,
    typical_year,
    unmanaged_peak_w,
)
from ampherd.demo.visits import place
from analytics.importers import RecordedSession
from ocpp_core.domain.errors import ImportRefusedError
from ocpp_core.domain.ids import ChargePointId, CircuitId, ConnectorId, ConnectorRef, SiteId
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site

ZONE = ZoneInfo("America/Los_Angeles")
NOON = datetime(2019, 9, 3, 19, 0, tzinfo=UTC)


def site(*names: str) -> Site:
    grid = CircuitId("grid")
    return Site(
        site_id=SiteId("s"),
        name="S",
        timezone=ZONE,
        currency="USD",
        voltage_v=230.0,
        circuits=(Circuit(circuit_id=grid, limit_a=100.0),),
        building_circuit_id=grid,
        charge_points=tuple(
            ChargePoint(
                charge_point_id=ChargePointId(name),
                connectors=(
                    Connector(
                        ref=ConnectorRef(ChargePointId(name), ConnectorId(1)),
                        circuit_id=grid,
                        max_current_a=32.0,
                    ),
                ),
            )
            for name in names
        ),
    )


def recorded(station: str, hours: float, stay_h: float = 1.0, name: str = "") -> RecordedSession:
    arrival = NOON + timedelta(hours=hours)
    return RecordedSession(
        station=station,
        id_token=name or f"{station}-{hours}",
        line=1,
        arrival=arrival,
        departure=arrival + timedelta(hours=stay_h),
        energy_wh=5_000.0,
    )


def test_the_shipped_excerpt_is_read_without_a_rejected_row() -> None:
    recording = read_recording(shipped("sessions.parquet"), ZONE)

    assert recording.reading.rejected == ()
    assert len(recording.sessions) == 2859
    assert recording.first_day(ZONE) == date(2019, 6, 5)
    assert len(recording.stations) == 14


def test_bad_rows_are_named_and_the_others_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    hour = "2024-01-01T{}:00:00"
    pd.DataFrame(
        {
            "station_id": ["S1", "S1", "S1", "S1", None, "S2"],
            "arrival": [hour.format("08")] * 6,
            "departure": [hour.format(h) for h in ("10", "10", "10", "07", "10", "10")],
            "delivered_kwh": [5, 5, "much", 5, 5, 0],
        }
    ).to_csv(path, index=False)

    recording = read_recording(path, ZONE)

    assert [s.station for s in recording.sessions] == ["S1"]
    assert recording.sessions[0].arrival == datetime(2024, 1, 1, 16, 0, tzinfo=UTC)
    assert [row.line for row in recording.reading.rejected] == [3, 4, 5, 6]


def test_a_missing_column_refuses_the_file_and_names_the_column(tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    pd.DataFrame({"session_id": ["a"], "arrival": ["2024-01-01T08:00Z"]}).to_csv(path)

    with pytest.raises(ImportRefusedError) as raised:
        read_recording(path, ZONE)

    assert "station_id" in raised.value.hint


def test_a_typical_year_is_read_by_local_time_in_any_year() -> None:
    load = typical_year(shipped("building_load.parquet"), "electricity_kw", 1.0, ZONE)
    table = pd.read_parquet(shipped("building_load.parquet"))
    expected_kw = table.set_index("time_local").electricity_kw[pd.Timestamp("2019-07-04 15:00")]

    assert load(datetime(2031, 7, 4, 15, 30, tzinfo=ZONE)) == pytest.approx(expected_kw * 1000)
    assert load(datetime(2024, 2, 29, 12, 0, tzinfo=ZONE)) > 0


def test_a_session_goes_to_its_own_station() -> None:
    placement = place([recorded("B", 0)], site("A", "B"), end=NOON + timedelta(days=1))

    assert str(placement.placed[0].ref) == "B/1"


def test_at_another_site_the_longest_free_connector_is_taken_and_overflow_is_turned_away() -> None:
    sessions = [recorded("X", 0.0), recorded("Y", 0.1), recorded("Z", 0.2), recorded("Z", 2.0)]

    placement = place(sessions, site("A", "B"), end=NOON + timedelta(days=1))

    assert [str(p.ref) for p in placement.placed] == ["A/1", "B/1", "A/1"]
    assert [s.id_token for s in placement.turned_away] == ["Z-0.2"]


def test_a_stay_beyond_the_end_is_cut_there() -> None:
    end = NOON + timedelta(hours=3)

    placement = place([recorded("A", 0, stay_h=100)], site("A"), end=end)

    assert placement.placed[0].departure == end


def test_unmanaged_peak_counts_cars_that_draw_together() -> None:
    sessions = (recorded("A", 0), recorded("B", 0.5), recorded("C", 10))

    assert unmanaged_peak_w(sessions, 5_000.0) == 10_000.0


def test_local_midnight_follows_the_zone() -> None:
    assert local_midnight(date(2019, 9, 3), ZONE) == datetime(2019, 9, 3, 7, 0, tzinfo=UTC)
