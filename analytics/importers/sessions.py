"""Reads recorded charging sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.importers.reading import (
    Reading,
    RejectedRow,
    content,
    instants,
    numbers,
    read_table,
    require,
)
from ocpp_core.domain.errors import ImportRefusedError

_LONGEST_STAY_H = 24 * 31


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSession:
    """One row of a file of sessions."""

    line: int
    station: str
    id_token: str
    arrival: datetime
    departure: datetime
    energy_wh: float
    """Delivered, whole Wh."""
    asked_wh: float | None = None
    announced_departure: datetime | None = None
    need_stated: bool = False
    """The driver said so; False when the file only repeats what happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionColumns:
    """Which columns of a file hold what."""

    importer: str
    arrival: str
    departure: str
    delivered_kwh: str
    station: str
    id_token: str | None = None
    asked_kwh: str | None = None
    announced_departure: str | None = None
    claimed: str | None = None

    def required(self) -> tuple[str, ...]:
        """Return the columns without which nothing can be read."""
        return (self.arrival, self.departure, self.delivered_kwh, self.station)


ACN = SessionColumns(
    importer="acn",
    arrival="arrival",
    departure="departure",
    delivered_kwh="delivered_kwh",
    station="station_id",
    id_token="id_token",  # noqa: S106 -- the name of a column
    asked_kwh="requested_kwh",
    announced_departure="estimated_departure",
    claimed="claimed",
)
"""ACN-Data in its tabular form, and any file that names its columns alike."""

TRONDHEIM = SessionColumns(
    importer="trondheim",
    arrival="plugin_time",
    departure="plugout_time",
    delivered_kwh="energy_kwh",
    station="user_id",
    id_token="user_id",  # noqa: S106 -- the name of a column
)
"""Residential sessions of Sorensen et al., Data in Brief 36 (2021) 107105; local times."""

_KNOWN = (ACN, TRONDHEIM)


def read_sessions(
    path: Path,
    *,
    columns: SessionColumns | None = None,
    rename: Mapping[str, str] | None = None,
    timezone: ZoneInfo | None = None,
) -> Reading[RecordedSession]:
    """Read a CSV or Parquet file of sessions; rows that cannot be used are rejected with reasons.

    `columns` is found by the file's columns when not given; `rename` maps the file's column names
    to those. `timezone` is for times without zone. Raises ImportRefusedError for a file that is
    not understood as a whole.
    """
    table = read_table(path)
    if rename:
        table = table.rename(columns=dict(rename))
    columns = columns or _found(table, path)
    require(table, path, columns.required())
    arrival, arrival_naive = instants(table[columns.arrival], path, timezone)
    departure, departure_naive = instants(table[columns.departure], path, timezone)
    kwh = numbers(table[columns.delivered_kwh])
    asked = _optional_numbers(table, columns.asked_kwh)
    announced = _optional_instants(table, columns.announced_departure, path, timezone)
    claimed = _optional(table, columns.claimed)
    tokens = _optional(table, columns.id_token)
    rows: list[RecordedSession] = []
    rejected: list[RejectedRow] = []
    seen: set[tuple[str, str, datetime]] = set()
    for line, station, token, start, end, energy, want, leave, said in zip(
        table.index,
        table[columns.station],
        tokens,
        arrival,
        departure,
        kwh,
        asked,
        announced,
        claimed,
        strict=True,
    ):
        reason = _fault(station, start, end, energy)
        id_token = "recorded" if pd.isna(token) else str(token)
        if not reason:
            key = (str(station), id_token, start)
            if key in seen:
                reason = "the same station, token and arrival as an earlier row"
            seen.add(key)
        if reason:
            rejected.append(
                RejectedRow(line=int(line), reason=reason, content=content(table, int(line)))
            )
            continue
        rows.append(
            RecordedSession(
                line=int(line),
                station=str(station),
                id_token=id_token,
                arrival=_instant(start),
                departure=_instant(end),
                energy_wh=float(round(energy * 1000)),
                asked_wh=None if pd.isna(want) or want <= 0 else float(round(want * 1000)),
                announced_departure=None if pd.isna(leave) else _instant(leave),
                need_stated=str(said).casefold() in {"true", "1", "1.0", "yes"},
            )
        )
    return Reading(
        importer=columns.importer,
        file_name=path.name,
        rows=tuple(sorted(rows, key=lambda row: (row.arrival, row.line))),
        rejected=tuple(rejected),
        timezone=timezone.key if timezone and (arrival_naive or departure_naive) else None,
    )


def _found(table: pd.DataFrame, path: Path) -> SessionColumns:
    for columns in _KNOWN:
        if set(columns.required()) <= set(table.columns):
            return columns
    raise ImportRefusedError(
        f"{path}: no sessions are recognised in columns {', '.join(map(str, table.columns))}",
        hint=f"name them {', '.join(ACN.required())}, or give a mapping",
    )


def _fault(station: Any, start: Any, end: Any, kwh: Any) -> str:
    # Cells of a table: any of them may be missing (NaN, NaT, None).
    if pd.isna(station) or not str(station).strip():
        return "no station"
    if pd.isna(start) or pd.isna(end):
        return "arrival or departure is no time, or none that exists once in its zone"
    if end <= start:
        return "departure is not after arrival"
    if (end - start).total_seconds() > _LONGEST_STAY_H * 3600:
        return "stays longer than a month"
    if pd.isna(kwh):
        return "delivered energy is no number"
    if kwh < 0:
        return "delivered energy is negative"
    return ""


def _instant(value: Any) -> datetime:
    converted: datetime = value.to_pydatetime()
    return converted.astimezone(UTC)


def _optional(table: pd.DataFrame, name: str | None) -> pd.Series[Any]:
    if name is not None and name in table.columns:
        return table[name]
    return pd.Series(None, index=table.index, dtype="object")


def _optional_numbers(table: pd.DataFrame, name: str | None) -> pd.Series[Any]:
    return numbers(_optional(table, name))


def _optional_instants(
    table: pd.DataFrame, name: str | None, path: Path, timezone: ZoneInfo | None
) -> pd.Series[Any]:
    if name is not None and name in table.columns:
        return instants(table[name], path, timezone)[0]
    return pd.Series(pd.NaT, index=table.index, dtype="datetime64[us, UTC]")
