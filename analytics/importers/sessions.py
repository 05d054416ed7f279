"""Reads tables of recorded charging sessions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.importers.mapping import ACN, KNOWN, OWN, FileMapping, SessionColumns
from analytics.importers.reading import Reading, RejectedRow
from analytics.importers.recorded import BilledLine, RecordedSession
from analytics.importers.tables import PLAIN, CsvLayout, Table, read_table
from ocpp_core.domain.errors import ImportRefusedError
from ocpp_core.domain.money import round_to_cents

LONGEST_STAY_H = 24 * 31
_HIGHEST_MEAN_W = 1_000_000.0
"""Above what any charger delivers: a sign of a wrong unit."""
_OWN_MONEY = re.compile(r"revenue_([a-z]{3})")
_YES = {"true", "1", "1.0", "yes"}


def read_sessions(
    path: Path,
    *,
    columns: SessionColumns | None = None,
    rename: Mapping[str, str] | None = None,
    mapping: FileMapping | None = None,
    timezone: ZoneInfo | None = None,
) -> Reading[RecordedSession]:
    """Read a CSV or Parquet file of sessions; rows that cannot be used are rejected with reasons.

    `columns` is found by the file's columns when not given; `rename` maps the file's column names
    to those; `mapping` says both and how the text is written. `timezone` is for times without
    zone. Raises ImportRefusedError for a file that is not understood as a whole, and
    ZoneNeededError when a zone is missing.
    """
    layout: CsvLayout = PLAIN
    if mapping is not None:
        columns, layout = mapping.columns, mapping.layout
        timezone = timezone or mapping.timezone
    table = read_table(path, layout)
    if rename:
        table = replace(table, frame=table.frame.rename(columns=dict(rename)))
    return sessions_of(table, columns or _found(table), timezone)


def sessions_of(
    table: Table, columns: SessionColumns, timezone: ZoneInfo | None
) -> Reading[RecordedSession]:
    """Read the sessions of a table; see `read_sessions`."""
    table.require(*columns.required())
    cells = _Cells(table, columns, timezone)
    rows: list[RecordedSession] = []
    rejected = list(table.malformed)
    seen: set[tuple[str, str, datetime]] = set()
    for line in map(int, table.frame.index):
        found = cells.session(line)
        if isinstance(found, RecordedSession):
            key = (found.station, found.id_token, found.arrival)
            if key not in seen:
                seen.add(key)
                rows.append(found)
                continue
            found = "the same station, token and arrival as an earlier row"
        rejected.append(RejectedRow(line=line, reason=found, content=table.content(line)))
    return Reading(
        importer=columns.importer,
        file_name=table.path.name,
        rows=ordered(rows),
        rejected=tuple(sorted(rejected, key=lambda row: row.line)),
        timezone=timezone.key if timezone and cells.naive else None,
        notes=order_notes(rows),
    )


def ordered(rows: list[RecordedSession]) -> tuple[RecordedSession, ...]:
    """Return sessions by their arrival, as they are written."""
    return tuple(sorted(rows, key=lambda row: (row.arrival, row.line)))


def order_notes(rows: list[RecordedSession]) -> tuple[str, ...]:
    """Say how many rows stand before one that arrived earlier."""
    late = sum(b.arrival < a.arrival for a, b in pairwise(rows))
    if not late:
        return ()
    return (f"the rows are not in order of time ({late} steps back): they were sorted",)


def fault_of(
    station: object, start: datetime | None, end: datetime | None, energy_wh: float | None
) -> str:
    """Say why a session cannot be used; empty: it can."""
    if station is None or not str(station).strip():
        return "no station"
    if start is None or end is None:
        return "arrival or departure is no time, or none that exists once in its zone"
    stay_s = (end - start).total_seconds()
    if stay_s <= 0:
        return "departure is not after arrival"
    if stay_s > LONGEST_STAY_H * 3600:
        return "stays longer than a month"
    if energy_wh is None:
        return "delivered energy is no number"
    if energy_wh < 0:
        return "delivered energy is negative"
    if energy_wh * 3600 / stay_s > _HIGHEST_MEAN_W:
        return (
            f"{energy_wh / 1000:g} kWh in {stay_s / 3600:.2f} h is more than any charger delivers: "
            "is the unit right?"
        )
    return ""


class _Cells:
    """The columns of a table of sessions, converted."""

    def __init__(self, table: Table, columns: SessionColumns, timezone: ZoneInfo | None) -> None:
        self._columns = columns
        self._constants = columns.constants
        arrival, naive = table.instants(columns.arrival, timezone)
        departure, naive_too = table.instants(columns.departure, timezone)
        self.naive = naive or naive_too
        delivered_wh = table.numbers(columns.delivered) * columns.wh_per_unit
        register = columns.wh_per_register_unit
        start_wh = table.numbers(columns.meter_start) * register
        if columns.delivered is None:
            delivered_wh = table.numbers(columns.meter_stop) * register - start_wh
        # Cells by line: looking up one cell of a frame takes as long as a row of these.
        self._arrival, self._departure = arrival.to_dict(), departure.to_dict()
        self._announced = table.instants(columns.announced_departure, timezone)[0].to_dict()
        self._full_at = table.instants(columns.full_at, timezone)[0].to_dict()
        self._stay_s = (table.numbers(columns.duration) * columns.s_per_unit).to_dict()
        self._delivered_wh, self._start_wh = delivered_wh.to_dict(), start_wh.to_dict()
        self._asked_wh = (table.numbers(columns.asked) * columns.wh_per_unit).to_dict()
        self._cost = table.numbers(columns.cost).to_dict()
        self._vat = table.numbers(columns.vat).to_dict()
        named = (
            columns.station, columns.connector, columns.id_token, columns.claimed,
            columns.stop_reason, columns.session_id, columns.currency, columns.departure,
        )  # fmt: skip
        self._cells: dict[str, dict[Any, Any]] = {
            name: table.frame[name].to_dict()
            for name in named
            if name is not None and name in table.frame.columns
        }

    def session(self, line: int) -> RecordedSession | str:
        """Return the session of a row, or why there is none."""
        columns = self._columns
        station = self._text(columns.station, "station", line)
        start, end = _instant(self._arrival[line]), _instant(self._departure[line])
        stay_s = self._stay_s[line]
        if columns.departure is None and start is not None and pd.notna(stay_s):
            end = _instant(self._arrival[line] + pd.Timedelta(seconds=float(stay_s)))
        delivered = self._delivered_wh[line]
        energy_wh = None if pd.isna(delivered) else float(round(delivered))
        if columns.departure in columns.open_ended and self._is_empty(columns.departure, line):
            return "still running: it has no end"
        fault = fault_of(station, start, end, energy_wh)
        if fault:
            return fault
        assert station is not None  # noqa: S101 -- fault_of said so; for the type checker
        assert start is not None  # noqa: S101 -- see above
        assert end is not None  # noqa: S101 -- see above
        assert energy_wh is not None  # noqa: S101 -- see above
        connector = self._text(columns.connector, "connector", line)
        bill: tuple[BilledLine, ...] | None = None
        if columns.cost is not None and pd.notna(self._cost[line]):
            try:
                bill = self._bill(line)
            except InvalidOperation:
                return "cost is no amount of money"
        want, begin = self._asked_wh[line], self._start_wh[line]
        said = self._text(columns.claimed, "claimed", line)
        full_at = _instant(self._full_at[line])
        return RecordedSession(
            line=line,
            station=station if connector is None else f"{station}/{connector}",
            id_token=self._text(columns.id_token, "id_token", line) or "recorded",
            arrival=start,
            departure=end,
            energy_wh=energy_wh,
            asked_wh=None if pd.isna(want) or want <= 0 else float(round(want)),
            announced_departure=_instant(self._announced[line]),
            need_stated=(said or "").casefold() in _YES,
            meter_start_wh=0 if pd.isna(begin) else round(float(begin)),
            # A charger's last report may come a minute after the plug was pulled.
            full_at=None if full_at is None or full_at <= start else min(full_at, end),
            stop_reason=self._text(columns.stop_reason, "stop_reason", line),
            session_id=self._text(columns.session_id, "session_id", line),
            bill=bill,
        )

    def _text(self, column: str | None, part: str, line: int) -> str | None:
        value = self._constants.get(part)
        if column is not None and column in self._cells:
            cell = self._cells[column][line]
            value = None if pd.isna(cell) else _plain(cell)
        return value or None

    def _is_empty(self, column: str | None, line: int) -> bool:
        return column in self._cells and bool(pd.isna(self._cells[column][line]))

    def _bill(self, line: int) -> tuple[BilledLine, ...]:
        amount = round_to_cents(Decimal(repr(float(self._cost[line]))))
        if not amount:
            return ()
        currency = self._text(self._columns.currency, "currency", line) or ""
        vat = self._vat[line]
        return (
            BilledLine(
                kind="OTHER",
                quantity=Decimal(1),
                unit="session",
                amount=amount,
                vat_amount=None if pd.isna(vat) else round_to_cents(Decimal(repr(float(vat)))),
                currency=currency.upper(),
                rule=f"as billed: column {self._columns.cost}",
            ),
        )


def _plain(cell: object) -> str:
    """Write a cell as text; a whole number that a gap made a float is whole again."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _instant(value: Any) -> datetime | None:
    if pd.isna(value):
        return None
    converted: datetime = value.to_pydatetime()
    return converted.astimezone(UTC)


def _found(table: Table) -> SessionColumns:
    for columns in KNOWN:
        if set(columns.required()) <= set(table.frame.columns):
            return _with_own_money(columns, table)
    raise ImportRefusedError(
        f"{table.path}: no sessions are recognised in columns "
        f"{', '.join(map(str, table.frame.columns))}",
        hint=f"name them {', '.join(ACN.required())}, or give a mapping (docs/import.md)",
    )


def _with_own_money(columns: SessionColumns, table: Table) -> SessionColumns:
    """Our CSV has the currency in the name of the column: `revenue_eur`."""
    named = [m for m in map(_OWN_MONEY.fullmatch, map(str, table.frame.columns)) if m]
    if columns is not OWN or not named:
        return columns
    return replace(
        columns,
        cost=named[0][0],
        vat=f"vat_{named[0][1]}",
        currency=None,
        constants={"currency": named[0][1]},
    )
