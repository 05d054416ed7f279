"""What all importers share: files as tables, times with their zone, progress, the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pandas as pd

from ocpp_core.domain.errors import ImportRefusedError


class Progress(Protocol):
    """Where long work tells how far it is: a terminal bar, log lines, a page."""

    def start(self, total: int, words: str) -> None:
        """Begin a piece of work of `total` steps."""
        ...

    def advance(self, steps: int) -> None:
        """Some steps are done."""
        ...

    def note(self, words: str) -> None:
        """Something worth a line."""
        ...

    def finish(self, words: str) -> None:
        """The work is done."""
        ...


class NoProgress:
    """Tells nobody."""

    def start(self, total: int, words: str) -> None:
        """Do nothing."""

    def advance(self, steps: int) -> None:
        """Do nothing."""

    def note(self, words: str) -> None:
        """Do nothing."""

    def finish(self, words: str) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that cannot be used."""

    line: int
    """Line of a text file; row of a Parquet file, counted from 1."""
    reason: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading[Row]:
    """A file as read; nothing is written yet."""

    importer: str
    file_name: str
    rows: tuple[Row, ...]
    rejected: tuple[RejectedRow, ...]
    timezone: str | None = None
    """Zone that times without one were read in."""

    @property
    def rows_read(self) -> int:
        """Rows of the file."""
        return len(self.rows) + len(self.rejected)

    def preview(self, count: int = 10) -> pd.DataFrame:
        """Return the first rows as they would be imported."""
        return pd.DataFrame(
            [{name: getattr(row, name) for name in row.__slots__} for row in self.rows[:count]]  # type: ignore[attr-defined] # rows are slotted dataclasses
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or would do."""

    rows_read: int
    rows_imported: int
    rows_known: int
    """Rows that were there before, by their natural key."""
    rejected: tuple[RejectedRow, ...] = field(default=())
    dry_run: bool = False


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV or Parquet file; the index is the line. Raises ImportRefusedError."""
    try:
        if path.suffix.lower() in {".csv", ".txt", ".tsv"}:
            table = pd.read_csv(path, sep=None, engine="python", dtype=str, skipinitialspace=True)
            table.index = pd.RangeIndex(2, len(table) + 2)
        else:
            table = pd.read_parquet(path)
            table.index = pd.RangeIndex(1, len(table) + 1)
    except FileNotFoundError:
        raise ImportRefusedError(f"{path}: no such file") from None
    except (OSError, ValueError, UnicodeDecodeError, pd.errors.ParserError) as error:
        raise ImportRefusedError(
            f"{path}: cannot be read: {error}", hint="give a .csv or .parquet file"
        ) from error
    return table


def require(table: pd.DataFrame, path: Path, columns: tuple[str, ...]) -> None:
    """Raise ImportRefusedError naming all columns that are missing."""
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ImportRefusedError(
            f"{path}: column {', '.join(missing)} is missing",
            hint=f"it has {', '.join(map(str, table.columns))}; a mapping can rename them",
        )


def instants(
    cells: pd.Series[Any], path: Path, timezone: ZoneInfo | None
) -> tuple[pd.Series[Any], bool]:
    """Return UTC instants (NaT where there is none) and whether `timezone` was needed.

    Times that a clock change skips or repeats in `timezone` are no instants: NaT. Raises
    ImportRefusedError for times without zone when none is given.
    """
    name = str(cells.name)
    if isinstance(cells.dtype, pd.DatetimeTZDtype):
        return cells.dt.tz_convert("UTC"), False
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return _placed(cells, path, name, timezone), True
    text = cells.astype("string").str.strip()
    zoned = text.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", case=False, na=False)
    result = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[us, UTC]")
    result[zoned] = pd.to_datetime(text[zoned], utc=True, errors="coerce", format="ISO8601")
    local = pd.to_datetime(text.mask(zoned), errors="coerce", format="ISO8601")
    naive = local.notna()
    if naive.any():
        result[naive] = _placed(local[naive], path, name, timezone)
    return result, bool(naive.any())


def _placed(
    naive: pd.Series[Any], path: Path, name: str, timezone: ZoneInfo | None
) -> pd.Series[Any]:
    if timezone is None:
        raise ImportRefusedError(
            f"{path}: the times in {name} have no zone",
            hint="say which zone they are in, e.g. --timezone Europe/Oslo",
        )
    local = naive.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
    placed: pd.Series[Any] = local.dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    return placed


def numbers(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return floats, NaN where there is no number."""
    return pd.to_numeric(cells, errors="coerce").astype("float64")


def content(table: pd.DataFrame, line: int) -> str:
    """Return a row as text for the list of rejected rows."""
    row = table.loc[line]
    return ", ".join(f"{name}={value}" for name, value in row.items() if pd.notna(value))
