"""Tables as files: the numbers of the screen, units in headers, and nothing that runs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from analytics.exporters import FileFormat, csv_bytes, exportables, written
from analytics.exporters.headers import header
from analytics.reader import Reader
from ocpp_core.domain.errors import ReaderError
from tests.analytics.builders import NOON
from tests.analytics.exporters.conftest import FORMULA

BERLIN = ZoneInfo("Europe/Berlin")
END = NOON + timedelta(days=3)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def exported(frame: pd.DataFrame, form: FileFormat) -> bytes:
    return written(frame, form, zone=BERLIN, currency="EUR")


def test_every_table_that_the_reader_answers_can_be_exported() -> None:
    named = exportables()

    assert {"sessions", "consumption", "revenue", "overview", "quality", "messages"} <= set(named)
    assert "sql" not in named
    assert all(one.words.endswith(".") for one in named.values())


def test_every_question_is_written_in_every_form(reader: Reader) -> None:
    for one in exportables().values():
        needed = {
            p.name: NOON.isoformat() if p.kind == "time" else "CP-1"
            for p in one.parameters
            if p.required
        }
        frame = one.ask(reader, NOON - timedelta(days=1), END, needed)
        for form in FileFormat:
            assert exported(frame, form), (one.name, form)


def test_an_export_has_the_numbers_of_the_screen(reader: Reader) -> None:
    shown = reader.sessions(NOON, END)

    rows = rows_of(exported(shown, FileFormat.CSV))

    assert shown["energy_kwh"].tolist() == [float(row["energy_kwh"]) for row in rows]
    assert shown["revenue"].tolist() == [float(row["revenue_eur"]) for row in rows]
    assert shown["started_at"].tolist() == [
        datetime.fromisoformat(row["started_at"]) for row in rows
    ]
    assert all(row["started_at"].endswith("+01:00") for row in rows)


def test_an_export_is_whole_where_a_page_shows_so_many(reader: Reader) -> None:
    assert 2 == len(reader.sessions(NOON, END, limit=2))
    assert 5 == len(exportables()["sessions"].ask(reader))


def test_an_option_that_is_none_is_refused_with_those_there_are(reader: Reader) -> None:
    with pytest.raises(ReaderError, match="cannot be asked with color") as refusal:
        exportables()["consumption"].ask(reader, NOON, END, {"color": "red"})
    assert "by, split" in refusal.value.hint
    with pytest.raises(ReaderError, match="by = 'week' is not understood") as refusal:
        exportables()["consumption"].ask(reader, NOON, END, {"by": "week"})
    assert "day, month" in refusal.value.hint
    with pytest.raises(ReaderError, match="cost_lines needs session_id"):
        exportables()["cost_lines"].ask(reader)


# Formulas -----------------------------------------------------------------------------------------


def test_what_strangers_wrote_runs_in_no_spreadsheet(reader: Reader) -> None:
    frame = reader.ended_sessions(NOON, END)

    tokens = {row["id_token"] for row in rows_of(exported(frame, FileFormat.CSV))}

    assert {"'" + FORMULA, "'-7", "'+49 170", "'@home", "TOKEN-1"} == tokens


@given(
    text=st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30),
    first=st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\N{FULLWIDTH EQUALS SIGN}"]),
)
def test_no_text_of_a_csv_begins_as_a_formula(text: str, first: str) -> None:
    frame = pd.DataFrame({"remark": [first + text], first + "head": ["x"]})

    head, row = csv.reader(io.StringIO(csv_bytes(frame).decode("utf-8-sig"), newline=""))

    assert ["'" + first + text, "x"] == row
    assert "'" + first + "head" == head[1]


def test_numbers_stay_numbers_also_when_they_are_negative() -> None:
    frame = pd.DataFrame({"margin": [-1.5], "currency": ["EUR"]})

    assert [{"margin_eur": "-1.5", "currency": "EUR"}] == rows_of(exported(frame, FileFormat.CSV))


def test_money_ends_where_binary_noise_begins() -> None:
    frame = pd.DataFrame({"margin": [0.64 * 3, 0.1 + 0.2], "currency": ["EUR", "EUR"]})

    assert ["1.92", "0.3"] == [
        row["margin_eur"] for row in rows_of(exported(frame, FileFormat.CSV))
    ]


def test_a_workbook_holds_text_as_text_and_numbers_and_dates_as_such(reader: Reader) -> None:
    frame = reader.ended_sessions(NOON, END)

    sheet = load_workbook(io.BytesIO(exported(frame, FileFormat.XLSX))).active

    assert sheet is not None
    cells = {head.value: column for head, *column in sheet.iter_cols()}
    tokens = cells["Id token"]
    assert {"s"} == {cell.data_type for cell in tokens}
    assert {True} == {cell.quotePrefix for cell in tokens if cell.value == FORMULA}
    assert NOON.astimezone(BERLIN).replace(tzinfo=None) in [
        cell.value for cell in cells["Started at (Europe/Berlin)"]
    ]
    assert frame["energy_wh"].tolist() == [cell.value for cell in cells["Energy (Wh)"]]
    assert "A2" == sheet.freeze_panes


def test_characters_that_xml_has_not_and_endless_text_do_not_break_a_workbook() -> None:
    frame = pd.DataFrame({"frame": ["a\x00b", "x" * 40_000]})

    sheet = load_workbook(io.BytesIO(exported(frame, FileFormat.XLSX))).active

    assert sheet is not None
    first, second = sheet["A2"].value, sheet["A3"].value
    assert "a\N{REPLACEMENT CHARACTER}b" == first
    assert isinstance(second, str)
    assert 32_767 == len(second)
    assert second.endswith("… (cut here: a cell holds no more)")


# Headers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "name", "words"),
    [
        ("energy_kwh", "energy_kwh", "Energy charged (kWh)"),
        ("connected_h", "connected_h", "Connected (h)"),
        ("revenue", "revenue_eur", "Revenue (EUR)"),
        ("demand_charge_of_charging", "demand_charge_of_charging_eur",
         "Demand charge of charging (EUR)"),
        ("price_per_kwh", "price_eur_per_kwh", "Price (EUR/kWh)"),
        ("value_per_kwh", "value_eur_per_kwh", "Value (EUR/kWh)"),
        ("cost_known_share", "cost_known_share", "Energy with a known price"),
        ("energy (kWh)", "energy (kWh)", "energy (kWh)"),
    ],
)  # fmt: skip
def test_a_header_names_the_unit(column: str, name: str, words: str) -> None:
    found = header(column, pd.DataFrame({column: [1.0]}), "EUR", "Europe/Berlin")

    assert (name, words) == (found.name, found.words)


def test_a_mix_of_currencies_has_its_money_beside_the_currency() -> None:
    frame = pd.DataFrame({"revenue": [1.0, 2.0], "currency": ["EUR", "USD"]})

    assert ["revenue", "currency"] == list(rows_of(exported(frame, FileFormat.CSV))[0])


def test_missing_is_empty_and_not_0() -> None:
    frame = pd.DataFrame(
        {"ended_at": [pd.NaT], "peak_kw": [None], "words": [None], "adopted": [True]}
    )

    assert b"\xef\xbb\xbfended_at,peak_kw,words,adopted\n,,,true\n" == csv_bytes(frame)


def test_parquet_keeps_types_and_instants(reader: Reader) -> None:
    shown = reader.sessions(NOON, END)

    again = pd.read_parquet(io.BytesIO(exported(shown, FileFormat.PARQUET)))

    assert shown["energy_kwh"].tolist() == again["energy_kwh"].tolist()
    assert [at.astimezone(UTC) for at in shown["started_at"]] == [
        at.astimezone(UTC) for at in again["started_at"]
    ]
