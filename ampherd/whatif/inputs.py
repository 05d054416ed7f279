"""Sessions and series for a replay, from files that the importers read, or from a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.importers import (
    PowerQuantity,
    RecordedSession,
    SessionFormat,
    find_series,
    read_emissions,
    read_mapping,
    read_power,
    read_session_file,
)
from analytics.importers.tables import read_table
from analytics.reader import Reader
from ocpp_core.domain.errors import ConfigurationError, ImportRefusedError
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef, SessionId
from optimizer.replay import RecordedStay, Series

_TRACE = {"arrival_slot", "departure_slot", "requested_kwh"}
_YEAR = timedelta(days=364)
"""Typical years are laid over others by whole weeks, so that weekdays stay weekdays."""
_MOST_ROWS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Read[T]:
    """What was read, and what was odd about it."""

    value: T
    notes: tuple[str, ...] = ()


def stays_from_file(
    path: Path,
    *,
    zone: ZoneInfo,
    currency: str,
    car_power_w: float | None = None,
    mapping: Path | None = None,
    trace_start: date | None = None,
    longest: timedelta | None = None,
) -> Read[tuple[RecordedStay, ...]]:
    """Read a file of sessions: what `ampherd import sessions` reads, or a trace in 5-min slots.

    Times without a zone are of `zone`. Stays are cut at `longest`, and energy at what then fits
    at `car_power_w`. Raises ConfigurationError with what to do.
    """
    try:
        if path.suffix.lower() == ".parquet" and path.is_file():
            table = read_table(path)
            if set(table.frame.columns) >= _TRACE:
                return _trace(table.frame, path, zone, car_power_w, trace_start, longest)
        reading = read_session_file(
            path,
            currency=currency,
            kind=SessionFormat.AUTO,
            mapping=None if mapping is None else read_mapping(mapping),
            timezone=zone,
        )
    except ImportRefusedError as error:
        raise ConfigurationError(str(error), hint=error.hint) from error
    notes = [f"{path.name}: {note}" for note in reading.notes]
    if reading.timezone is not None:
        notes.append(f"{path.name}: its times have no zone and are taken as {reading.timezone}")
    if reading.rejected:
        first = reading.rejected[0]
        notes.append(
            f"{path.name}: {len(reading.rejected)} rows are left out, the first in line "
            f"{first.line}: {first.reason}"
        )
    if not reading.rows:
        raise ConfigurationError(f"{path}: holds no session that can be replayed")
    stays = [_stay(n, row, car_power_w) for n, row in enumerate(reading.rows)]
    return Read(value=tuple(cut(stay, longest) for stay in stays), notes=tuple(notes))


def stays_from_database(
    reader: Reader,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    car_power_w: float | None = None,
    longest: timedelta | None = None,
) -> Read[tuple[RecordedStay, ...]]:
    """Read ended sessions of a database; raises ConfigurationError when there are none."""
    known = reader.data_range()
    if known is None:
        raise ConfigurationError(
            "the database holds no session yet", hint="import some: ampherd import sessions FILE"
        )
    frame = reader.sessions(start or known.start, end or known.end, limit=_MOST_ROWS)
    running = frame["ended_at"].isna()
    notes = []
    if running.any():
        notes.append(f"sessions that have not ended are left out: {int(running.sum())}")
    stays = []
    for row in frame[~running].to_dict("records"):
        arrival, departure = _instant(row["started_at"]), _instant(row["ended_at"])
        if departure <= arrival:
            continue
        stated = bool(row["need_stated"]) if not pd.isna(row["need_stated"]) else False
        stays.append(
            cut(
                RecordedStay(
                    session_id=SessionId(str(row["session_id"])),
                    ref=ConnectorRef.parse(str(row["connector"])),
                    arrival=arrival,
                    departure=departure,
                    energy_wh=1000 * float(row["energy_kwh"]),
                    max_current_a=float("inf"),
                    phases=(),
                    accepts_w=car_power_w,
                    stated_energy_wh=1000 * float(row["asked_kwh"])
                    if stated and not pd.isna(row["asked_kwh"])
                    else None,
                    stated_departure=_instant(row["departure"])
                    if stated and not pd.isna(row["departure"])
                    else None,
                    driver=None if pd.isna(row["id_token"]) else str(row["id_token"]),
                ),
                longest,
            )
        )
    if not stays:
        raise ConfigurationError("there is no ended session in that time")
    return Read(value=tuple(stays), notes=tuple(notes))


def cut(stay: RecordedStay, longest: timedelta | None) -> RecordedStay:
    """Return a stay of at most `longest`, with the energy that fits into it where that is known."""
    departure = stay.departure
    if longest is not None:
        departure = min(departure, stay.arrival + longest)
    energy_wh = stay.energy_wh
    if stay.accepts_w is not None:
        hours = (departure - stay.arrival).total_seconds() / 3600
        energy_wh = min(energy_wh, stay.accepts_w * hours)
    return RecordedStay(
        session_id=stay.session_id,
        ref=stay.ref,
        arrival=stay.arrival,
        departure=departure,
        energy_wh=energy_wh,
        max_current_a=stay.max_current_a,
        phases=stay.phases,
        accepts_w=stay.accepts_w,
        stated_energy_wh=stay.stated_energy_wh,
        stated_departure=stay.stated_departure,
        driver=stay.driver,
    )


def _stay(number: int, row: RecordedSession, car_power_w: float | None) -> RecordedStay:
    charge_point, _, connector = row.station.rpartition("/")
    ref = (
        ConnectorRef(ChargePointId(charge_point), ConnectorId(int(connector)))
        if charge_point and connector.isdigit()
        else ConnectorRef(ChargePointId(row.station), ConnectorId(1))
    )
    return RecordedStay(
        session_id=SessionId(row.session_id or f"{number:06}"),
        ref=ref,
        arrival=row.arrival,
        departure=row.departure,
        energy_wh=row.energy_wh,
        max_current_a=float("inf"),
        phases=(),
        accepts_w=car_power_w,
        stated_energy_wh=row.asked_wh if row.need_stated else None,
        stated_departure=row.announced_departure if row.need_stated else None,
        driver=row.id_token or None,
    )


def _trace(
    frame: pd.DataFrame,
    path: Path,
    zone: ZoneInfo,
    car_power_w: float | None,
    trace_start: date | None,
    longest: timedelta | None,
) -> Read[tuple[RecordedStay, ...]]:
    if trace_start is None:
        raise ConfigurationError(
            f"{path}: counts slots of 5 minutes and does not say from when",
            hint="say on which day they begin: --trace-start 2019-03-01",
        )
    begin = datetime.combine(trace_start, time(0), zone).astimezone(UTC)
    slot = timedelta(minutes=5)
    stays = []
    for row in frame.to_dict("records"):
        arrival = begin + int(row["arrival_slot"]) * slot
        departure = begin + int(row["departure_slot"]) * slot
        if departure <= arrival:
            continue
        most_w = car_power_w or 1000 * float(row.get("max_power_kw", float("nan")))
        estimated = row.get("estimated_departure_slot")
        stays.append(
            cut(
                RecordedStay(
                    session_id=SessionId(str(row["session_id"])),
                    ref=ConnectorRef(ChargePointId(str(row["station_id"])), ConnectorId(1)),
                    arrival=arrival,
                    departure=departure,
                    energy_wh=1000 * float(row["requested_kwh"]),
                    max_current_a=float("inf"),
                    phases=(),
                    accepts_w=most_w if most_w == most_w else None,  # noqa: PLR0124 - NaN is not
                    stated_energy_wh=1000 * float(row["requested_kwh"]),
                    stated_departure=None
                    if estimated is None or pd.isna(estimated)
                    else begin + int(estimated) * slot,
                ),
                longest,
            )
        )
    return Read(value=tuple(stays))


def read_power_series(
    path: Path, *, quantity: str, zone: ZoneInfo, start: datetime, end: datetime
) -> Read[Series]:
    """Read building load or PV in W; a series of another year is laid over the period by weeks.

    Raises ConfigurationError with what to do.
    """
    try:
        found = find_series(path)
        reading = read_power(
            path,
            quantity=PowerQuantity(quantity),
            time=found.time,
            power_kw=found.value,
            unit=found.unit or "kW",
            timezone=zone,
        )
    except ImportRefusedError as error:
        raise ConfigurationError(str(error), hint=error.hint) from error
    points = [(row.starts_at, row.power_w, row.step_s) for row in reading.rows]
    return _laid(points, path, start, end)


def read_carbon(path: Path, *, zone: ZoneInfo, start: datetime, end: datetime) -> Read[Series]:
    """Read marginal emissions in kg/kWh; raises ConfigurationError with what to do."""
    try:
        found = find_series(path)
        reading = read_emissions(path, time=found.time, value=found.value, timezone=zone)
    except ImportRefusedError as error:
        raise ConfigurationError(str(error), hint=error.hint) from error
    points = [(row.starts_at, row.kg_per_kwh, row.step_s) for row in reading.rows]
    return _laid(points, path, start, end)


def _laid(
    points: Sequence[tuple[datetime, float, int]], path: Path, start: datetime, end: datetime
) -> Read[Series]:
    ordered = sorted(points)
    if not ordered:
        raise ConfigurationError(f"{path}: holds no value that can be used")
    longest = 2.5 * max(step for _, _, step in ordered)
    series = Series(
        starts=tuple(at.astimezone(UTC) for at, _, _ in ordered),
        values=tuple(value for _, value, _ in ordered),
        last_s=ordered[-1][2],
        longest_s=longest,
    )
    if series.starts[0] < end and series.starts[-1] > start:
        return Read(value=series)
    weeks = 52 * round((start - series.starts[0]) / _YEAR - 0.499)
    # Twice, one behind the other, so that a period may span the end of the laid year.
    starts, values = list(series.starts), list(series.values)
    again = [at + _YEAR for at in starts]
    kept = [n for n, at in enumerate(starts) if at < again[0]]
    laid = Series(
        starts=(*(starts[n] for n in kept), *again),
        values=(*(values[n] for n in kept), *values),
        last_s=series.last_s,
        longest_s=longest,
    )
    note = f"{path.name}: is of another time; laid over the period by {weeks} weeks"
    return Read(value=laid.shifted(timedelta(weeks=weeks)), notes=(note,))


def constant(value: float, start: datetime, end: datetime) -> Series:
    """Return a series that holds one value over a period."""
    # Between two times of one zone Python reckons by the clock on the wall.
    seconds = (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() + 1
    return Series(starts=(start.astimezone(UTC),), values=(value,), last_s=seconds)


def by_hour(values: Sequence[float], zone: ZoneInfo, start: datetime, end: datetime) -> Series:
    """Return a series of one value for each hour of the local day, or of one for all of them."""
    hour = timedelta(hours=1)
    # By the site's clock, which may be half an hour off that of UTC.
    first = start.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    starts = [first + n * hour for n in range(max(1, -(-(end.astimezone(UTC) - first) // hour)))]
    return Series(
        starts=tuple(starts),
        values=tuple(values[at.astimezone(zone).hour % len(values)] for at in starts),
    )


def power_from_database(reader: Reader, *, start: datetime, end: datetime) -> dict[str, Series]:
    """Return the recorded building load and PV, W, by `building` and `pv`, as far as there are."""
    frame = reader.site_power(start, end, step_s=900)
    series = {}
    for name in ("building", "pv"):
        known = frame[frame[f"{name}_w"].notna()]
        if len(known):
            series[name] = Series(
                starts=tuple(_instant(at) for at in known["at"]),
                values=tuple(float(watts) for watts in known[f"{name}_w"]),
                last_s=900.0,
                longest_s=3600.0,
            )
    return series


def _instant(value: Any) -> datetime:
    found: datetime = pd.Timestamp(value).to_pydatetime()
    return found.astimezone(UTC)
