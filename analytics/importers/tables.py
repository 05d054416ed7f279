"""Files as tables: CSV with the line of every row, Parquet, times with their zone, numbers."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.importers.reading import RejectedRow
from ocpp_core.domain.errors import ImportRefusedError

_TEXT = {".csv", ".txt", ".tsv"}
_ZONED = re.compile(r"(?:Z|UTC|GMT|[+-]\d\d:?\d\d)$", re.IGNORECASE)
_SAYS_UTC = re.compile(r"(?<![A-Za-z])utc(?![A-Za-z])", re.IGNORECASE)
_RFC_1123 = "%a, %d %b %Y %H:%M:%S GMT"
_ESCAPED = re.compile(r"^'(?=[=+\-@\t\r\n])")
"""An apostrophe before what a spreadsheet would run: see `analytics.exporters.files`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvLayout:
    """How a text file is written."""

    delimiter: str | None = None
    """None: found in the first line."""
    encoding: str = "utf-8-sig"
    skip_lines: int = 0
    """Lines above the header."""
    decimal: str = "."
    thousands: str = ""
    time_format: str | None = None
    """As in strptime; None: ISO 8601 or RFC 1123."""


PLAIN = CsvLayout()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file as cells; the frame's index is the line."""

    path: Path
    frame: pd.DataFrame
    malformed: tuple[RejectedRow, ...] = ()
    """Lines that have more or fewer cells than the header."""
    layout: CsvLayout = PLAIN

    def require(self, *columns: str) -> None:
        """Raise ImportRefusedError naming all columns that are missing."""
        missing = [name for name in columns if name not in self.frame.columns]
        if missing:
            raise ImportRefusedError(
                f"{self.path}: column {', '.join(missing)} is missing",
                hint=f"it has {', '.join(map(str, self.frame.columns))}; a mapping can rename them",
            )

    def column(self, name: str | None) -> pd.Series[Any]:
        """Return a column, all missing when there is none of the name."""
        if name is not None and name in self.frame.columns:
            return self.frame[name]
        return pd.Series(None, index=self.frame.index, dtype="object")

    def numbers(self, name: str | None) -> pd.Series[Any]:
        """Return floats, NaN where there is no finite number."""
        cells = self.column(name)
        if self.layout is not PLAIN and not pd.api.types.is_numeric_dtype(cells.dtype):
            text = cells.astype("string").str.strip()
            if self.layout.thousands:
                text = text.str.replace(self.layout.thousands, "", regex=False)
            cells = text.str.replace(self.layout.decimal, ".", regex=False)
        found = pd.to_numeric(cells, errors="coerce").astype("float64")
        return found.where(found.abs() != float("inf"))

    def instants(self, name: str | None, timezone: ZoneInfo | None) -> tuple[pd.Series[Any], bool]:
        """Return UTC instants (NaT where there is none) and whether `timezone` was needed.

        Times that a clock change skips or repeats in `timezone` are no instants: NaT. Raises
        ZoneNeededError for times without zone when none is given.
        """
        cells = self.column(name)
        if isinstance(cells.dtype, pd.DatetimeTZDtype):
            return cells.dt.tz_convert("UTC"), False
        if pd.api.types.is_datetime64_any_dtype(cells.dtype):
            return _placed(cells, self.path, str(name), timezone), True
        text = cells.astype("string").str.strip()
        result = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[us, UTC]")
        if self.layout.time_format is not None:
            found = pd.to_datetime(text, errors="coerce", format=self.layout.time_format)
            if isinstance(found.dtype, pd.DatetimeTZDtype):
                return found.dt.tz_convert("UTC"), False
            local = found
        else:
            zoned = text.str.contains(_ZONED, na=False)
            iso = text[zoned].str.replace(r"\s*(?:UTC|GMT)$", "Z", regex=True, case=False)
            result[zoned] = pd.to_datetime(iso, utc=True, errors="coerce", format="ISO8601")
            rfc = zoned & text.str.contains(",", regex=False, na=False)
            if rfc.any():
                result[rfc] = pd.to_datetime(text[rfc], utc=True, errors="coerce", format=_RFC_1123)
            local = pd.to_datetime(text.mask(zoned), errors="coerce", format="ISO8601")
        naive = local.notna()
        if naive.any():
            result[naive] = _placed(local[naive], self.path, str(name), timezone)
        return result, bool(naive.any())

    def content(self, line: int) -> str:
        """Return a row as text for the list of rejected rows."""
        row = self.frame.loc[line]
        return ", ".join(f"{name}={value}" for name, value in row.items() if pd.notna(value))


class ZoneNeededError(ImportRefusedError):
    """Times of the file bear no zone, and nobody said which one they are in."""


class ColumnsUnclearError(ImportRefusedError):
    """Which columns of a file are its times and values is not clear, and nobody said it."""


def read_table(path: Path, layout: CsvLayout = PLAIN) -> Table:
    """Read a CSV or Parquet file. Raises ImportRefusedError."""
    try:
        if path.suffix.lower() in _TEXT:
            return _read_text(path, layout)
        frame = pd.read_parquet(path)
    except FileNotFoundError:
        raise ImportRefusedError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise ImportRefusedError(
            f"{path}: is not written in {layout.encoding}: {error.reason}",
            hint='say how it is written in a mapping: encoding = "cp1252" under [file]',
        ) from error
    except (OSError, ValueError, csv.Error, LookupError) as error:
        raise ImportRefusedError(
            f"{path}: cannot be read: {error}", hint="give a .csv or .parquet file"
        ) from error
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return Table(path=path, frame=frame, layout=layout)


def _read_text(path: Path, layout: CsvLayout) -> Table:
    with path.open(encoding=layout.encoding, newline="") as file:
        for _ in range(layout.skip_lines):
            file.readline()
        start = file.tell()
        first = file.readline()
        file.seek(start)
        delimiter = layout.delimiter or _delimiter(first)
        rows = _rows(file, delimiter, layout.skip_lines)
        _, header = next(rows, (0, []))
        names = [name.strip() for name in header]
        if not any(names):
            raise ImportRefusedError(f"{path}: it has no header line")
        if len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise ImportRefusedError(f"{path}: column {', '.join(twice)} stands there twice")
        lines: list[int] = []
        cells: list[list[str | None]] = []
        malformed: list[RejectedRow] = []
        for line, row in rows:
            if len(row) == len(names):
                lines.append(line)
                cells.append([_ESCAPED.sub("", cell.strip()) or None for cell in row])
            else:
                malformed.append(
                    RejectedRow(
                        line=line,
                        reason=f"{len(row)} cells, and the header has {len(names)}",
                        content=delimiter.join(row),
                    )
                )
    frame = pd.DataFrame(cells, columns=names, index=pd.Index(lines, dtype="int64"), dtype="str")
    return Table(path=path, frame=frame, malformed=tuple(malformed), layout=layout)


def _rows(file: Any, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each row begins, and its cells; empty lines are none."""
    reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True)
    at = 1
    for row in reader:
        if any(cell.strip() for cell in row):
            yield skipped + at, row
        at = reader.line_num + 1


def _delimiter(header: str) -> str:
    return max(";\t|,", key=lambda mark: (header.count(mark), mark == ","))


def _placed(
    naive: pd.Series[Any], path: Path, name: str, timezone: ZoneInfo | None
) -> pd.Series[Any]:
    if _SAYS_UTC.search(name):
        timezone = ZoneInfo("UTC")  # `time_utc`: the column's own name is the nearer word
    if timezone is None:
        raise ZoneNeededError(
            f"{path}: the times in {name} have no zone",
            hint="say which zone they are in, e.g. --timezone Europe/Oslo",
        )
    local = naive.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
    placed: pd.Series[Any] = local.dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    return placed
