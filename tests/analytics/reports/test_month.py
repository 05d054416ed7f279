"""The workbook of a month: what an accountant reads is what Ampherd says."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from analytics.importers import (
    ImportRules,
    PowerQuantity,
    PowerRow,
    Reading,
    RecordedSession,
    import_power,
    import_sessions,
)
from analytics.reader import Reader
from analytics.reports import Month, month_report
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.errors import ReaderError
from tests.analytics.builders import NOON, Charger
from tests.analytics.conftest import OpenStore, open_store, path

__all__ = ["OpenStore", "open_store", "path"]

BERLIN = ZoneInfo("Europe/Berlin")
MARCH = Month(year=2026, month=3)
MADE = datetime(2026, 4, 2, 8, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MADE)


@pytest.fixture
async def reader(open_store: OpenStore) -> AsyncIterator[Reader]:
    store = open_store()
    for message in Charger("CP-1").whole_session(NOON, 7):
        await store.append(message)
    first = RecordedSession(
        line=1,
        station="CP-2",
        id_token="=1+1",
        arrival=datetime(2026, 2, 28, 21, 30, tzinfo=UTC),
        departure=datetime(2026, 3, 1, 5, tzinfo=UTC),
        energy_wh=40_040.0,
    )
    rows = [
        first,
        *(
            replace(
                first,
                line=2 + number,
                arrival=NOON + timedelta(days=number),
                departure=NOON + timedelta(days=number, hours=5),
                energy_wh=3_333.0 + number,
            )
            for number in range(29)
        ),
        # Ends in April of the site's zone, in March of UTC.
        replace(
            first,
            line=99,
            arrival=datetime(2026, 3, 31, 20, tzinfo=UTC),
            departure=datetime(2026, 3, 31, 23, tzinfo=UTC),
        ),
    ]
    await import_sessions(store, _reading(rows))
    power = [
        PowerRow(
            line=hour, starts_at=NOON + timedelta(hours=hour), step_s=3600, power_w=9_000.0,
            quantity=PowerQuantity.BUILDING,
        )
        for hour in range(48)
    ]  # fmt: skip
    await import_power(store, _reading(power), rules=ImportRules(future=True))
    with store.reader() as found:
        yield found


def _reading[Row](rows: list[Row]) -> Reading[Row]:
    return Reading(importer="test", file_name="test.csv", rows=tuple(rows), rejected=())


def book(reader: Reader, month: Month = MARCH, made: datetime = MADE) -> Workbook:
    return load_workbook(io.BytesIO(month_report(reader, month, generated_at=made, version="1.2")))


def test_the_overview_says_what_it_is_of_and_comes_first(reader: Reader) -> None:
    found = book(reader)

    assert [
        "Overview", "Sessions", "Energy by day", "Revenue lines", "Reservation lines",
        "Money by day", "Demand charge", "Data quality",
    ] == found.sheetnames  # fmt: skip
    said = {row[0].value: row[1].value for row in found["Overview"].iter_rows() if row[0].value}
    assert "Europe/Berlin" == said["Time zone of every time"]
    assert "Ampherd 1.2" == said["Made by"]
    assert MADE.astimezone(BERLIN).replace(tzinfo=None) == said["Made"]
    assert (datetime(2026, 3, 1), datetime(2026, 4, 1)) == (  # noqa: DTZ001 -- as a sheet has it
        said["From"],
        said["Until (not included)"],
    )
    assert "Note" not in said


def test_a_month_that_is_not_over_says_so(reader: Reader) -> None:
    said = {
        row[0].value: row[1].value
        for row in book(reader, made=datetime(2026, 3, 20, tzinfo=UTC))["Overview"].iter_rows()
    }

    assert "The month was not over" in said["Note"]


def test_totals_are_formulas_that_equal_ours(reader: Reader) -> None:
    found = book(reader)
    start, end = MARCH.start(BERLIN), MARCH.end(BERLIN)
    money = reader.revenue(start, end, by="total").iloc[0]
    kpis = reader.overview(start, end).set_index("kpi")["value"]

    sheet = found["Sessions"]
    assert money["revenue"] == pytest.approx(total(found, sheet, "Revenue (EUR)"), abs=1e-6)
    assert money["energy_cost"] == pytest.approx(total(found, sheet, "Energy cost (EUR)"), abs=1e-6)
    assert kpis["revenue"] == pytest.approx(
        total(found, found["Revenue lines"], "Amount (EUR)"), abs=1e-6
    )
    assert kpis["energy_kwh"] == pytest.approx(
        total(found, found["Energy by day"], "Energy charged (kWh)"), abs=1e-6
    )
    assert 31 == money["sessions_billed"]
    assert ["yes"] * 9 == [value_of(found, row[3].value) for row in checks(found["Overview"])]


def test_the_result_is_revenue_less_what_charging_cost(reader: Reader) -> None:
    found = book(reader)
    rows = {row[0].value: row[1].value for row in found["Overview"].iter_rows() if row[0].value}
    start, end = MARCH.start(BERLIN), MARCH.end(BERLIN)
    money = reader.revenue(start, end, by="total").iloc[0]
    (charge,) = reader.demand(start, end)["demand_charge_of_charging"]

    assert money["revenue"] - money["energy_cost"] - charge == pytest.approx(
        value_of(found, rows["Left"]), abs=1e-6
    )
    kinds = reader.bill_lines(start, end).groupby("kind")["amount"].sum()
    for kind, amount in kinds.items():
        assert amount == pytest.approx(value_of(found, rows[str(kind)]), abs=1e-6)


def test_formulas_carry_what_they_come_to_for_those_who_do_not_calculate(reader: Reader) -> None:
    content = month_report(reader, MARCH, generated_at=MADE, version="1.2")
    formulas = load_workbook(io.BytesIO(content))
    results = load_workbook(io.BytesIO(content), data_only=True)

    compared = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    shown = results[sheet.title][cell.coordinate].value
                    worked = value_of(formulas, cell.value, sheet.title)
                    assert worked == (
                        shown if isinstance(shown, str) else pytest.approx(shown, abs=1e-6)
                    )
                    compared += 1
    assert compared > 30


def test_numbers_are_numbers_and_dates_are_dates(reader: Reader) -> None:
    found = book(reader)
    sessions, days = found["Sessions"], found["Energy by day"]

    (_, first, *_) = column(sessions, "Revenue (EUR)")
    assert isinstance(first.value, float)
    assert "#,##0.00 [$EUR]" in first.number_format
    (_, start, *_) = column(sessions, "Started at (Europe/Berlin)")
    assert datetime(2026, 2, 28, 22, 30) == start.value  # noqa: DTZ001 -- as a sheet has it
    (_, day, *_) = column(days, "Day")
    assert date(2026, 3, 1) == day.value.date()
    assert ("A3", "A3") == (sessions.freeze_panes, days.freeze_panes)
    (_, token, *_) = column(sessions, "Id token")
    assert ("=1+1", "s") == (token.value, token.data_type)


def test_a_month_without_anything_is_a_workbook_too(reader: Reader) -> None:
    found = book(reader, Month(year=2025, month=1))

    assert 0 == total(found, found["Sessions"], "Revenue (EUR)")
    assert "Data quality" in found.sheetnames


@pytest.mark.parametrize("text", ["2026", "2026-13", "2026-1", "10-2026", ""])
def test_a_month_is_written_with_its_year(text: str) -> None:
    with pytest.raises(ReaderError, match="is no month"):
        Month.parse(text)


# The part of a spreadsheet that is needed to read its sums ---------------------------------------


def column(sheet: Worksheet, words: str) -> tuple[Any, ...]:
    """Return the cells of a column from its header on."""
    for cells in sheet.iter_cols(min_row=2):
        if cells[0].value == words:
            found: tuple[Any, ...] = cells
            return found
    raise AssertionError(f"{sheet.title} has no column {words!r}")


def total(found: Workbook, sheet: Worksheet, words: str) -> Any:
    cell = column(sheet, words)[-1]
    assert str(cell.value).startswith(("=SUM(", "=0"))
    return value_of(found, cell.value, sheet.title)


def checks(sheet: Worksheet) -> list[Any]:
    rows = list(sheet.iter_rows())
    (at,) = (number for number, row in enumerate(rows) if row[0].value == "Total")
    return [row for row in rows[at + 1 : at + 10] if row[0].value]


def value_of(found: Workbook, cell: Any, sheet: str = "") -> Any:
    """Work out what our formulas say: sums, sums by kind, references, a comparison."""
    if not isinstance(cell, str) or not cell.startswith("="):
        return cell or 0
    if match := re.fullmatch(r"=SUM\((\w+):(\w+)\)", cell):
        return sum(c.value or 0 for (c,) in found[sheet][f"{match[1]}:{match[2]}"])
    if match := re.fullmatch(r"=SUMIF\('(.+?)'!(\w+:\w+),\"(\w+)\",'.+?'!(\w+:\w+)\)", cell):
        keys, amounts = (found[match[1]][match[n]] for n in (2, 4))
        return sum(a.value for (k,), (a,) in zip(keys, amounts, strict=True) if k.value == match[3])
    if match := re.fullmatch(r'=IF\(ABS\((.+)-([\d.e-]+)\)<([\d.]+),"yes","no"\)', cell):
        off = value_of(found, f"={match[1]}") - float(match[2])
        return "yes" if abs(off) < float(match[3]) else "no"
    worked = 0.0
    for sign, title, place in re.findall(r"([=-]*)'(.+?)'!(\w+)", cell):
        worked += (-1 if "-" in sign else 1) * value_of(found, found[title][place].value, title)
    return worked
