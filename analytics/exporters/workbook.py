"""Workbooks: tables as sheets with real numbers, dates, formats and formulas (openpyxl)."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from analytics.exporters.headers import (
    DAY_FORMAT,
    TIME_FORMAT,
    Header,
    currency_of,
    header,
)

_LONGEST_CELL = 32_767
"""Characters that a cell of XLSX holds."""
_MOST_ROWS = 1_048_576
_CUT = " … (cut here: a cell holds no more)"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NOT_IN_TITLE = re.compile(r"[\[\]:*?/\\]")
_WIDEST = 60
_FORMULA = re.compile(r"(<c r=\"[A-Z]+\d+\"(?: s=\"\d+\")?)>(<f>[^<]*</f>)<v ?/>")

_BOLD = Font(bold=True)
_HEAD = PatternFill("solid", fgColor="FFE8EEF4")
_WRAP = Alignment(wrap_text=True, vertical="top")


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Where the total of a column stands, so that other cells can refer to it."""

    sheet: str
    cell: str
    value: float
    """What the formula comes to."""

    @property
    def reference(self) -> str:
        """Return the reference as a formula of another sheet writes it."""
        return f"'{self.sheet}'!{self.cell}"


class Sheets:
    """A workbook that grows sheet by sheet."""

    def __init__(self, *, zone: ZoneInfo, currency: str) -> None:
        self._book = Workbook(write_only=True)
        self._results: dict[str, list[float | str]] = defaultdict(list)
        """What the formulas of a sheet come to, in their order."""
        self._zone = zone
        self._currency = currency

    def table(
        self,
        title: str,
        frame: pd.DataFrame,
        *,
        totals: Sequence[str] = (),
        notes: Sequence[str] = (),
        as_shown: bool = False,
    ) -> dict[str, Total]:
        """Add a table with a frozen header; columns of `totals` get a sum as a formula.

        `notes` stand above the header, a row each. Times become dates of the zone, which the
        header names. `as_shown` keeps the names of columns as headers. Returns where the totals
        are, by column.
        """
        sheet = self._book.create_sheet(_title(title))
        currency = currency_of(frame, self._currency)
        headers = [header(str(name), frame, currency, self._zone.key) for name in frame.columns]
        if as_shown:
            headers = [
                replace(head, words=str(name))
                for head, name in zip(headers, frame.columns, strict=True)
            ]
        rows = len(frame)
        first = len(notes) + 2
        if first + rows + 2 > _MOST_ROWS:
            raise ValueError(f"{rows} rows do not fit into a sheet of XLSX: take CSV or Parquet")
        columns = [self._column(frame[name]) for name in frame.columns]
        for number, (head, cells) in enumerate(zip(headers, columns, strict=True), 1):
            width = _width(head, cells[:200])
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.freeze_panes = f"A{first}"
        if rows:
            last = get_column_letter(max(len(headers), 1))
            sheet.auto_filter.ref = f"A{first - 1}:{last}{first - 1 + rows}"
        for note in notes:
            sheet.append([self._text(sheet, note)])
        sheet.append([self._head(sheet, head.words) for head in headers])
        formats = [head.number_format for head in headers]
        for row in zip(*columns, strict=True):
            sheet.append(
                [self._cell(sheet, value, form) for value, form in zip(row, formats, strict=True)]
            )
        return self._totals(sheet, frame, headers, totals, first, rows)

    def cells(
        self,
        title: str,
        rows: Sequence[Sequence[Any]],
        widths: Sequence[float],
        *,
        first: bool = False,
    ) -> None:
        """Add a sheet of single cells: text, numbers, times, `Formula` and `Styled`.

        `first` puts it before the others: it may refer to them and is seen when the file opens.
        """
        sheet = self._book.create_sheet(_title(title), 0 if first else None)
        for number, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        for row in rows:
            sheet.append([self._cell(sheet, value, "") for value in row])

    def titled(self, title: str, made_at: datetime) -> None:
        """Write into the file what it is and when it was made."""
        self._book.properties.title = title
        self._book.properties.creator = "Ampherd"
        self._book.properties.created = made_at.astimezone(UTC).replace(tzinfo=None)

    def to_bytes(self) -> bytes:
        """Return the workbook as a file."""
        out = io.BytesIO()
        self._book.save(out)
        results = {
            f"xl/worksheets/sheet{number}.xml": self._results[title]
            for number, title in enumerate(self._book.sheetnames, 1)
            if self._results[title]
        }
        return _with_results(out, results) if results else out.getvalue()

    # Cells ----------------------------------------------------------------------------------------

    def _column(self, cells: pd.Series[Any]) -> list[Any]:
        if isinstance(cells.dtype, pd.DatetimeTZDtype):
            cells = cells.dt.tz_convert(self._zone).dt.tz_localize(None)
        return [None if _missing(value) else value for value in cells.astype("object")]

    def _cell(self, sheet: Any, value: Any, number_format: str) -> Any:
        if isinstance(value, Styled):
            cell = self._cell(sheet, value.value, value.number_format or number_format)
            cell = cell if isinstance(cell, Cell) else WriteOnlyCell(sheet, cell)
            if value.bold:
                cell.font = _BOLD
            if value.wrapped:
                cell.alignment = _WRAP
            return cell
        if isinstance(value, Formula):
            self._results[sheet.title].append(value.result)
            cell = WriteOnlyCell(sheet, value.text)
            cell.number_format = value.number_format or "General"
            return cell
        if isinstance(value, str):
            return self._text(sheet, value)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, datetime):
            local = value.astimezone(self._zone).replace(tzinfo=None) if value.tzinfo else value
            cell = WriteOnlyCell(sheet, local)
            cell.number_format = number_format if "h" in number_format else TIME_FORMAT
            return cell
        if isinstance(value, date):
            cell = WriteOnlyCell(sheet, value)
            cell.number_format = DAY_FORMAT
            return cell
        if isinstance(value, int | float | Decimal):
            if number_format in {"", "General"}:
                return value
            cell = WriteOnlyCell(sheet, value)
            cell.number_format = number_format
            return cell
        return self._text(sheet, json.dumps(value, ensure_ascii=False, default=str))

    def _text(self, sheet: Any, text: str) -> Any:
        """Write text that stays text, whatever it begins with."""
        clean = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
        if len(clean) > _LONGEST_CELL:
            clean = clean[: _LONGEST_CELL - len(_CUT)] + _CUT
        if not clean.startswith(("=", "+", "-", "@")):
            return clean
        cell = WriteOnlyCell(sheet, clean)
        cell.data_type = "s"
        cell.quotePrefix = True
        return cell

    def _head(self, sheet: Any, words: str) -> Any:
        cell = WriteOnlyCell(sheet, words)
        cell.data_type = "s"
        cell.font = _BOLD
        cell.fill = _HEAD
        cell.alignment = _WRAP
        return cell

    def _totals(
        self,
        sheet: Any,
        frame: pd.DataFrame,
        headers: Sequence[Header],
        totals: Sequence[str],
        first: int,
        rows: int,
    ) -> dict[str, Total]:
        if not totals:
            return {}
        at = first + rows
        cells: list[Any] = []
        places: dict[str, Total] = {}
        for number, (name, head) in enumerate(zip(frame.columns, headers, strict=True), 1):
            letter = get_column_letter(number)
            if name in totals:
                text = f"=SUM({letter}{first}:{letter}{at - 1})" if rows else "=0"
                value = float(frame[name].astype("float64").sum())
                formula = Formula(text=text, result=value, number_format=head.number_format)
                total = Styled(value=formula, bold=True)
                cells.append(self._cell(sheet, total, head.number_format))
                places[str(name)] = Total(sheet=sheet.title, cell=f"{letter}{at}", value=value)
            else:
                cells.append(self._head(sheet, "Total") if number == 1 else None)
        sheet.append(cells)
        return places


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A formula, begun with `=`; the spreadsheet works it out when it opens the file."""

    text: str
    result: float | str
    """What it comes to: kept beside it for readers that do not calculate (previews, scripts)."""
    number_format: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Styled:
    """A value that is written in a way of its own."""

    value: Any
    bold: bool = False
    wrapped: bool = False
    number_format: str = ""


def column_letter(position: int) -> str:
    """Return the letter of a column, counted from 0."""
    return str(get_column_letter(position + 1))


def _with_results(book: io.BytesIO, results: Mapping[str, Sequence[float | str]]) -> bytes:
    """Put the results of formulas into a workbook: openpyxl writes formulas without."""
    out = io.BytesIO()
    with zipfile.ZipFile(book) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.infolist():
            content = before.read(part)
            if part.filename in results:
                values = iter(results[part.filename])
                calculated = partial(_calculated, values)
                content = _FORMULA.sub(calculated, content.decode("utf-8")).encode("utf-8")
            after.writestr(part, content)
    return out.getvalue()


def _calculated(results: Iterator[float | str], match: re.Match[str]) -> str:
    result = next(results)
    kind = ' t="str"' if isinstance(result, str) else ""
    return f"{match[1]}{kind}>{match[2]}<v>{escape(str(result))}</v>"


def _missing(value: Any) -> bool:
    if value is None or value is pd.NaT:
        return True
    return (
        not isinstance(value, list | tuple | dict)
        and pd.api.types.is_scalar(value)
        and bool(pd.isna(value))
    )


def _width(head: Header, cells: Sequence[Any]) -> float:
    """Return a width that shows most of a column; dates and money have a usual one."""
    longest = max((len(_shown(cell)) for cell in cells), default=0)
    if head.number_format == TIME_FORMAT:
        longest = len(TIME_FORMAT)
    elif "#,##0" in head.number_format:
        longest = max(12, min(longest, 16))
    # A header may take two lines.
    return float(min(_WIDEST, max(longest, (len(head.words) + 1) // 2, 8) + 2))


def _shown(cell: Any) -> str:
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell) if cell is not None else ""


def _title(title: str) -> str:
    return _NOT_IN_TITLE.sub(" ", title)[:31] or "Data"
