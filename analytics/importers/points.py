"""Reads a file as a series over time: when each value holds and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.importers.reading import RejectedRow
from analytics.importers.tables import CsvLayout, Table, read_table
from ocpp_core.domain.errors import ImportRefusedError

_LONGEST_STEP_S = 3600 * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPoint:
    """A value that holds from `at` for `step_s`."""

    line: int
    at: datetime
    step_s: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPoints:
    """What a file holds, in order of time."""

    points: list[SeriesPoint]
    rejected: tuple[RejectedRow, ...]
    naive: bool
    """Its times bear no zone."""
    usual_s: int
    """The step that most of its values have, s."""
    notes: tuple[str, ...]


def points_of(
    path: Path, time: str, value: str, timezone: ZoneInfo | None, layout: CsvLayout
) -> SeriesPoints:
    """Return the values of a column with their times; raises ImportRefusedError.

    Rows without a time or a number, or with the time of an earlier row, are rejected.
    """
    table = read_table(path, layout)
    table.require(time, value)
    starts, naive = table.instants(time, timezone)
    values = table.numbers(value)
    repeated = starts.duplicated() & starts.notna()
    usable = starts.notna() & values.notna() & ~repeated
    ordered = starts[usable].sort_values(kind="stable")
    steps = ordered.diff().dt.total_seconds().dropna()
    if steps.empty:
        raise ImportRefusedError(f"{path}: a series needs at least two values")
    usual_s = int(steps.mode().iloc[0])
    if not 0 < usual_s <= _LONGEST_STEP_S:
        raise ImportRefusedError(f"{path}: its steps of {usual_s} s are no series")
    # A value holds until the next one, but no longer than usual: a gap stays a gap.
    lengths = (-ordered.diff(-1).dt.total_seconds()).fillna(usual_s).clip(upper=usual_s)
    return SeriesPoints(
        points=[
            SeriesPoint(
                line=int(line),
                at=at.to_pydatetime().astimezone(UTC),
                step_s=int(length_s),
                value=float(number),
            )
            for line, at, length_s, number in zip(
                ordered.index.tolist(), ordered, lengths, values[ordered.index], strict=True
            )
        ],
        rejected=_rejected(table, starts, values, usable),
        naive=naive,
        usual_s=usual_s,
        notes=_notes(starts[usable], steps, usual_s),
    )


def _rejected(
    table: Table, starts: pd.Series[Any], values: pd.Series[Any], usable: pd.Series[bool]
) -> tuple[RejectedRow, ...]:
    rejected = list(table.malformed)
    for line in table.frame.index[~usable]:
        if pd.isna(starts[line]):
            reason = "no time, or none that exists once in its zone"
        elif pd.isna(values[line]):
            reason = "no number"
        else:
            reason = "the same time as an earlier row"
        content = table.content(int(line))
        rejected.append(RejectedRow(line=int(line), reason=reason, content=content))
    return tuple(sorted(rejected, key=lambda row: row.line))


def _notes(starts: pd.Series[Any], steps: pd.Series[Any], usual_s: int) -> tuple[str, ...]:
    notes = []
    back = int((starts.diff().dt.total_seconds() < 0).sum())
    if back:
        notes.append(f"the rows are not in order of time ({back} steps back): they were sorted")
    gaps = int((steps > usual_s).sum())
    if gaps:
        many = "a gap" if gaps == 1 else f"{gaps} gaps"
        notes.append(f"{many} in steps of {usual_s} s: what is missing stays missing")
    return tuple(notes)
