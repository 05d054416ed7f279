"""Tables as files: CSV, Parquet and XLSX, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.exporters.headers import currency_of, header, is_money
from analytics.exporters.workbook import Sheets


class FileFormat(StrEnum):
    """How a table is written."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"


MEDIA_TYPES = {
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.PARQUET: "application/vnd.apache.parquet",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_RUNS = re.compile(r"^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a cell begins that spreadsheets may take for a formula (OWASP, CSV injection)."""


def written(
    frame: pd.DataFrame,
    form: FileFormat,
    *,
    zone: ZoneInfo,
    currency: str,
    title: str = "Data",
    as_shown: bool = False,
) -> bytes:
    """Return a table as a file; `as_shown` keeps the headers that a page gave it.

    Times are in `zone`: in CSV as ISO 8601 with offset, in XLSX as dates with the zone in the
    header. `currency` is that of money where the table names none.
    """
    match form:
        case FileFormat.CSV:
            return csv_bytes(frame if as_shown else named(frame, currency, zone))
        case FileFormat.PARQUET:
            return _parquet(frame)
        case FileFormat.XLSX:
            sheets = Sheets(zone=zone, currency=currency)
            sheets.table(title, frame, as_shown=as_shown)
            return sheets.to_bytes()


def named(frame: pd.DataFrame, currency: str, zone: ZoneInfo) -> pd.DataFrame:
    """Return a table with the currency in the names of its money, unless it mixes currencies.

    Money that is no decimal has six digits behind the point, as prices have: sums of binary
    fractions end in noise that nobody should have to read (1.9199999999999997).
    """
    one = currency_of(frame, currency)
    binary = frame.select_dtypes("float").columns
    return frame.round({column: 6 for column in binary if is_money(column, frame)}).rename(
        columns={column: header(column, frame, one, zone.key).name for column in frame.columns}
    )


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a table as CSV: ISO 8601 times with offset, a point for decimals, missing as empty.

    A byte order mark tells spreadsheets that the text is UTF-8. A text that a spreadsheet could
    run (`=`, `+`, `-`, `@` or a control character first) gets an apostrophe before it: names of
    chargers and tokens of drivers are written by strangers.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_safe(str(column)) for column in frame.columns])
    writer.writerows(zip(*(_cells(frame[column]) for column in frame.columns), strict=True))
    return out.getvalue().encode("utf-8-sig")


def _cells(cells: pd.Series[Any]) -> Iterable[Any]:
    return [_cell(value) for value in cells.astype("object")]


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return _safe(value)
    if isinstance(value, list | tuple | dict) or hasattr(value, "tolist"):
        plain = value.tolist() if hasattr(value, "tolist") else value
        if isinstance(plain, list | tuple | dict):
            return _safe(json.dumps(plain, ensure_ascii=False, default=str))
        value = plain
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, datetime):
        whole = value.microsecond == 0
        return value.isoformat(timespec="seconds" if whole else "milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _safe(text: str) -> str:
    return f"'{text}" if _RUNS.match(text) else text


def _parquet(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()
