"""What other systems write, read for what it says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from analytics.importers import (
    Reading,
    RecordedSession,
    SessionFormat,
    import_sessions,
    read_mapping,
    read_session_file,
)
from ocpp_core.domain.errors import ImportRefusedError
from tests.analytics.builders import NOON
from tests.analytics.conftest import OpenStore
from tests.analytics.importers.conftest import DATA

APRIL_25 = datetime(2018, 4, 25, tzinfo=UTC)
FEBRUARY_20 = datetime(2026, 2, 20, tzinfo=UTC)


def read(name: str, kind: SessionFormat = SessionFormat.AUTO) -> Reading[RecordedSession]:
    return read_session_file(DATA / name, currency="EUR", kind=kind)


def reasons(reading: Reading[RecordedSession]) -> dict[int, str]:
    return {row.line: row.reason for row in reading.rejected}


# ACN-Data -----------------------------------------------------------------------------------------


def test_an_acn_page_is_read_with_what_its_drivers_asked_for_last() -> None:
    reading = read("acn.json")

    first, _, asked = reading.rows
    assert ("acn", {3: "delivered energy is no number"}) == (reading.importer, reasons(reading))
    assert ("CA-496", "recorded", 7932.0, None) == (
        first.station,
        first.id_token,
        first.energy_wh,
        first.asked_wh,
    )
    assert APRIL_25.replace(hour=11, minute=8, second=4) == first.arrival
    assert ("000000022", 16_000.0, True) == (asked.id_token, asked.asked_wh, asked.need_stated)
    assert APRIL_25.replace(hour=23, minute=45, second=10) == asked.announced_departure


def test_a_car_is_full_no_later_than_it_leaves() -> None:
    first, _, asked = read("acn.json").rows

    assert first.departure == first.full_at
    assert APRIL_25.replace(hour=16, minute=44, second=15) == asked.full_at


def test_an_acn_csv_says_the_same_as_the_json() -> None:
    of_json = {row.arrival: row for row in read("acn.json").rows}

    for row in read("acn.csv").rows:
        same = of_json[row.arrival]
        assert (same.station, same.departure, same.energy_wh) == (
            row.station,
            row.departure,
            row.energy_wh,
        )
        assert (same.asked_wh, same.announced_departure, same.full_at) == (
            row.asked_wh,
            row.announced_departure,
            row.full_at,
        )


async def test_energy_is_spread_until_the_car_was_full(open_store: OpenStore) -> None:
    store = open_store()
    await import_sessions(store, read("acn.json"))

    with store.reader() as reader:
        found = reader.sessions(APRIL_25, APRIL_25.replace(day=27), connector="CA-319/1").iloc[0]
        course = reader.session_intervals(found["session_id"]).set_index("slot_start")
    charging = course[course["energy_kwh"] > 0]
    assert APRIL_25.replace(hour=16, minute=30) == charging.index.max()
    assert 10.013 == pytest.approx(course["energy_kwh"].sum(), abs=1e-9)


async def test_of_two_sessions_at_once_at_one_connector_the_later_one_is_rejected(
    open_store: OpenStore,
) -> None:
    store = open_store()

    report = await import_sessions(store, read("acn.json"))

    overlap = next(row for row in report.rejected if row.line == 4)
    assert "overlaps line 1, which holds the connector until 2018-04-25T13:20:10" in overlap.reason
    assert (4, 2, 2) == (report.rows_read, report.rows_imported, len(report.rejected))


# SteVe --------------------------------------------------------------------------------------------


def test_steve_s_transactions_are_read_by_their_registers() -> None:
    reading = read("steve.csv")

    assert "steve" == reading.importer
    assert {
        3: "still running: it has no end",
        5: "departure is not after arrival",
        6: "delivered energy is negative",
    } == reasons(reading)
    assert [
        ("HALL-3/2", 18_250.0, 0, "Local"),
        ("CP-1/1", 22_250.0, 1_250_400, "EVDisconnected"),
    ] == [(row.station, row.energy_wh, row.meter_start_wh, row.stop_reason) for row in reading.rows]
    assert ("the rows are not in order of time (1 steps back): they were sorted",) == reading.notes


# CDRs ---------------------------------------------------------------------------------------------


def test_cdrs_that_cannot_be_used_are_rejected_with_their_number_and_reason() -> None:
    assert {
        3: "billed in USD, and the site's currency is EUR",
        4: "taken back by a credit CDR of the same file",
        5: "a credit CDR: it takes back 12348",
    } == reasons(read("cdrs.json"))


async def test_the_bill_of_a_cdr_is_kept_and_never_priced_again(open_store: OpenStore) -> None:
    store = open_store()
    await import_sessions(store, read("cdrs.json"))

    with store.reader() as reader:
        sessions = reader.sessions(FEBRUARY_20, NOON).sort_values("started_at")
        bills = [reader.cost_lines(one) for one in sessions["session_id"]]
    assert [4.84, 2.0] == sessions["revenue"].tolist()
    assert [("ENERGY", 3.84), ("FLAT", 0.5), ("PARKING_TIME", 0.5)] == [
        (row["kind"], row["amount"]) for _, row in bills[0].iterrows()
    ]
    assert [0.77, 0.1, 0.1] == bills[0]["vat_amount"].tolist()
    assert [("TIME", 1.5), ("OTHER", 0.5)] == [
        (row["kind"], row["amount"]) for _, row in bills[1].iterrows()
    ]
    assert bills[0]["rule"].iloc[0] == "as billed: total_energy_cost of CDR 12345"
    assert bills[0]["tariff"].iloc[0].startswith("12 ")
    assert "its parts do not add up to its total cost" in sessions["findings"].iloc[1]


async def test_the_course_of_a_cdr_is_that_of_its_charging_periods(open_store: OpenStore) -> None:
    store = open_store()
    await import_sessions(store, read("cdrs.json"))

    with store.reader() as reader:
        session = reader.sessions(FEBRUARY_20, FEBRUARY_20.replace(hour=10)).iloc[0]
        course = reader.session_intervals(session["session_id"])
    assert [2.75] * 4 + [2.171] * 2 + [0.0] * 2 == course["energy_kwh"].round(6).tolist()
    assert ("3256/1", "assumed") == (session["connector"], session["trust"])


@pytest.mark.parametrize("shape", ["one", "list"])
def test_a_single_cdr_and_a_list_are_read_as_a_page_is(shape: str, tmp_path: Path) -> None:
    page = json.loads((DATA / "cdrs.json").read_text("utf-8"))["data"]
    file = tmp_path / "cdrs.json"
    file.write_text(json.dumps(page[0] if shape == "one" else page[:1]), "utf-8")

    reading = read_session_file(file, currency="EUR")

    assert [read("cdrs.json").rows[0]] == list(reading.rows)


@pytest.mark.parametrize("kwh", [8.174, 0.001, 2.3, 4.35, 1.1])
def test_a_car_that_only_stands_does_not_charge(kwh: float, tmp_path: Path) -> None:
    """8.174 kWh x 1000 is not 8174 Wh in binary: nothing may flow while the car stands."""
    cdr = json.loads((DATA / "cdrs.json").read_text("utf-8"))["data"][0]
    charged, stood = cdr["charging_periods"]
    charged["dimensions"] = [{"type": "ENERGY", "volume": kwh}, {"type": "TIME", "volume": 1}]
    stood["dimensions"] = [{"type": "PARKING_TIME", "volume": 1}]
    cdr["total_energy"] = kwh
    file = tmp_path / "cdrs.json"
    file.write_text(json.dumps(cdr), "utf-8")

    (row,) = read_session_file(file, currency="EUR").rows

    assert [0.0, row.energy_wh, row.energy_wh] == [point.energy_wh for point in row.course]
    assert row.course[1].at == row.full_at


def test_periods_that_do_not_add_up_are_scaled_to_the_total_and_said(tmp_path: Path) -> None:
    cdr = json.loads((DATA / "cdrs.json").read_text("utf-8"))["data"][0]
    cdr["total_energy"] = 30.684
    file = tmp_path / "cdrs.json"
    file.write_text(json.dumps(cdr), "utf-8")

    (row,) = read_session_file(file, currency="EUR").rows

    assert 30_684.0 == row.course[-1].energy_wh
    assert "its charging periods hold 15.342 kWh and its total is 30.684 kWh" in row.findings[0]


# A mapping ----------------------------------------------------------------------------------------


def test_a_mapping_says_columns_units_zone_and_marks() -> None:
    reading = read_session_file(
        DATA / "garage.csv", currency="EUR", mapping=read_mapping(DATA / "garage.toml")
    )

    assert ("garage", "Europe/Berlin") == (reading.importer, reading.timezone)
    assert {
        6: "arrival or departure is no time, or none that exists once in its zone",
        7: "5 cells, and the header has 7",
        8: "delivered energy is no number",
    } == reasons(reading)
    first = next(row for row in reading.rows if row.line == 3)
    assert ("Nord/1", '=HYPERLINK("x")', 1234.0) == (
        first.station,
        first.id_token,
        first.energy_wh,
    )
    assert (FEBRUARY_20.replace(hour=7), FEBRUARY_20.replace(hour=8, minute=30)) == (
        first.arrival,
        first.departure,
    )
    assert first.bill is not None
    assert [(Decimal("0.48"), "EUR")] == [(line.amount, line.currency) for line in first.bill]


def test_every_fault_of_a_mapping_is_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mapping.toml"
    file.write_text(
        '[columns]\ndeparture = "B"\nenergie = "E"\nort = "F"\n[units]\nenergy = "kw"\n'
        '[file]\ntimezone = "Berlin"\n[colums]\n',
        "utf-8",
    )

    with pytest.raises(ImportRefusedError) as refusal:
        read_mapping(file)
    for words in (
        "[columns] energie, ort are not known: there is announced_departure, ",
        "[columns] arrival is missing",
        "delivered, or meter_start and meter_stop, is missing",
        "station is missing",
        "energy = 'kw' is none of Wh, kWh, MWh",
        "'Berlin' is no IANA time zone",
        "[colums] is no table",
    ):
        assert 1 == str(refusal.value).count(words)


# Files that are none ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "[1, 2", '{"_items": 7}', '"x"', "[[1]]", "null"])
def test_json_that_is_no_history_is_refused_or_rejected_in_words(text: str, tmp_path: Path) -> None:
    file = tmp_path / "history.json"
    file.write_text(text, "utf-8")

    with pytest.raises(ImportRefusedError, match=r"history\.json"):
        read_session_file(file, currency="EUR")


def test_lines_are_those_of_the_file_also_behind_cells_of_several_lines(tmp_path: Path) -> None:
    file = tmp_path / "sessions.csv"
    file.write_text(
        "station_id,arrival,departure,delivered_kwh,remark\n"
        '\nCP-1,2026-02-01T08:00:00Z,2026-02-01T09:00:00Z,1,"two\nlines"\n'
        "CP-1,2026-02-02T08:00:00Z,2026-02-02T07:00:00Z,1,\n",
        "utf-8",
    )

    reading = read_session_file(file, currency="EUR")

    assert ([3], [5]) == (
        [row.line for row in reading.rows],
        [row.line for row in reading.rejected],
    )


def test_a_unit_that_cannot_be_right_is_asked_about(tmp_path: Path) -> None:
    file = tmp_path / "sessions.csv"
    file.write_text(
        "station_id,arrival,departure,delivered_kwh\n"
        "CP-1,2026-02-01T08:00:00Z,2026-02-01T09:00:00Z,11040\n",
        "utf-8",
    )

    assert {2: "11040 kWh in 1.00 h is more than any charger delivers: is the unit right?"} == (
        reasons(read_session_file(file, currency="EUR"))
    )


def test_an_empty_table_has_no_sessions(tmp_path: Path) -> None:
    file = tmp_path / "sessions.parquet"
    columns = ["station_id", "arrival", "departure", "delivered_kwh"]
    pd.DataFrame({name: pd.Series(dtype="str") for name in columns}).to_parquet(file)

    assert () == read_session_file(file, currency="EUR").rows
