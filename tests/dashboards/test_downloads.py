"""What pages let be downloaded: the numbers that they show, in every form."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
from openpyxl import load_workbook

from analytics.exporters import FileFormat
from analytics.periods import Against
from analytics.reports import Month
from dashboards.figures import Span
from dashboards.period import Period, PeriodKind
from dashboards.widgets.charted import file_of
from dashboards.widgets.monthly_report import months_of
from dashboards.widgets.past import Past

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 2, 12, tzinfo=BERLIN)
TABLE = pd.DataFrame(
    {
        "started (Europe/Berlin)": pd.to_datetime([START]),
        "driver": ["=1+1"],
        "energy (kWh)": [11.04],
        "revenue (EUR)": [4.81],
    }
)


def test_a_page_s_csv_has_its_headers_offsets_and_nothing_that_runs() -> None:
    (row,) = csv.DictReader(io.StringIO(file_of(TABLE, FileFormat.CSV).decode("utf-8-sig")))

    assert {
        "started (Europe/Berlin)": "2026-03-02T12:00:00+01:00",
        "driver": "'=1+1",
        "energy (kWh)": "11.04",
        "revenue (EUR)": "4.81",
    } == row


def test_a_page_s_workbook_has_dates_and_formats() -> None:
    sheet = load_workbook(io.BytesIO(file_of(TABLE, FileFormat.XLSX))).active

    assert sheet is not None
    heads, cells = sheet.iter_rows()
    assert list(TABLE.columns) == [head.value for head in heads]
    assert [START.replace(tzinfo=None), "=1+1", 11.04, 4.81] == [cell.value for cell in cells]
    assert ["s", "#,##0.000"] == [cells[1].data_type, cells[2].number_format]
    assert "[$EUR]" in cells[3].number_format


def test_a_page_s_parquet_has_the_numbers_of_the_page() -> None:
    again = pd.read_parquet(io.BytesIO(file_of(TABLE, FileFormat.PARQUET)))

    assert TABLE["energy (kWh)"].tolist() == again["energy (kWh)"].tolist()


def test_reports_are_offered_for_months_with_data_the_latest_first() -> None:
    span = Span(start=START, end=START + timedelta(days=1), until=START + timedelta(days=1))
    past = Past(
        site_id="depot",
        zone=BERLIN,
        currency="EUR",
        now=START,
        period=Period(kind=PeriodKind.DAY, first=date(2026, 3, 2), end=date(2026, 3, 3)),
        span=span,
        before=span,
        against=Against.PREVIOUS,
        before_name="the day before",
        # 31 December of UTC is January in Berlin.
        covered=(datetime.fromisoformat("2025-12-31T23:30:00+00:00"), START),
    )

    assert [Month(year=2026, month=n) for n in (3, 2, 1)] == months_of(past)
