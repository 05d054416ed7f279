"""Recorded sessions, building load and PV, as the demonstration plays them."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from ocpp_core.domain.errors import ImportRefusedError

REQUIRED = ("session_id", "station_id", "arrival", "departure", "delivered_kwh")
LONGEST_STAY = timedelta(hours=24)
"""A demonstration ends at most this long after its last day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSession:
    """One row of a sessions file."""

    session_id: str
    station_id: str
    arrival: datetime
    departure: datetime
    energy_wh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A sessions file as read: ascending by arrival, bad rows apart."""

    sessions: tuple[RecordedSession, ...]
    rejected: tuple[str, ...]
    """`row N: why`, one for each row that was left out."""

    @property
    def stations(self) -> tuple[str, ...]:
        """Return every station, sorted."""
        return tuple(sorted({s.station_id for s in self.sessions}))

    def between(self, start: datetime, end: datetime) -> tuple[RecordedSession, ...]:
        """Return the sessions that arrive in [start, end)."""
        arrivals = [s.arrival for s in self.sessions]
        return self.sessions[
            bisect.bisect_left(arrivals, start) : bisect.bisect_left(arrivals, end)
        ]

    def first_day(self, timezone: ZoneInfo) -> date:
        """Return the local day of the first arrival."""
        return self.sessions[0].arrival.astimezone(timezone).date()


def shipped(name: str) -> Path:
    """Return the path of a file that comes with the package."""
    return Path(str(files("ampherd.demo") / "data" / name))


def read_table(path: Path) -> pd.DataFrame:
    """Read a Parquet or CSV file; raises ImportRefusedError when it is neither."""
    try:
        return pd.read_csv(path) if path.suffix.lower() == ".csv" else pd.read_parquet(path)
    except FileNotFoundError:
        raise ImportRefusedError(f"{path}: no such file") from None
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise ImportRefusedError(
            f"{path}: cannot be read: {error}", hint="give a .parquet or .csv file"
        ) from error


def read_sessions(path: Path, timezone: ZoneInfo) -> Recording:
    """Read recorded sessions with the columns of ACN-Data; naive times are local to `timezone`.

    Raises ImportRefusedError when a column is missing or no row is usable.
    """
    table = read_table(path)
    missing = [name for name in REQUIRED if name not in table.columns]
    if missing:
        raise ImportRefusedError(
            f"{path}: column {', '.join(missing)} is missing",
            hint=f"needed are {', '.join(REQUIRED)}",
        )
    for name in ("arrival", "departure"):
        times = pd.to_datetime(table[name], errors="coerce", format="ISO8601")
        if times.dt.tz is None:
            times = times.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
        table[name] = times.dt.tz_convert("UTC")
    table["delivered_kwh"] = pd.to_numeric(table["delivered_kwh"], errors="coerce")
    sessions: list[RecordedSession] = []
    rejected: list[str] = []
    seen: set[str] = set()
    columns = [table[name].tolist() for name in REQUIRED]
    for row, (session_id, station, arrival, departure, kwh) in enumerate(
        zip(*columns, strict=True), start=1
    ):
        fault = _fault(str(session_id) in seen, station, arrival, departure, kwh)
        if fault:
            rejected.append(f"row {row}: {fault}")
            continue
        seen.add(str(session_id))
        sessions.append(
            RecordedSession(
                session_id=str(session_id),
                station_id=str(station),
                arrival=arrival.to_pydatetime(),
                departure=departure.to_pydatetime(),
                energy_wh=float(kwh) * 1000,
            )
        )
    if not sessions:
        raise ImportRefusedError(f"{path}: no usable session in {len(table)} rows")
    sessions.sort(key=lambda s: (s.arrival, s.session_id))
    return Recording(sessions=tuple(sessions), rejected=tuple(rejected))


def _fault(repeated: bool, station: Any, arrival: Any, departure: Any, kwh: Any) -> str:
    # Cells of a table: any of them may be missing (NaN, NaT, None).
    if repeated:
        return "session_id appears twice"
    if pd.isna(station):
        return "no station_id"
    if pd.isna(arrival) or pd.isna(departure):
        return "arrival or departure is no time"
    if departure <= arrival:
        return "departure is not after arrival"
    if pd.isna(kwh) or kwh <= 0:
        return "delivered_kwh is not above 0"
    return ""


def typical_year(path: Path, column: str, scale: float, timezone: ZoneInfo) -> PowerOverYear:
    """Read a typical year of kW by local time, to be looked up for any year."""
    table = read_table(path)
    starts = pd.to_datetime(table["time_local"]).dt.to_pydatetime()
    keys = tuple((t.month, t.day, t.hour * 60 + t.minute) for t in starts)
    values = tuple(float(value) * 1000 * scale for value in table[column])
    return PowerOverYear(keys=keys, values_w=values, timezone=timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerOverYear:
    """Power by month, day and local time of a typical year."""

    keys: tuple[tuple[int, int, int], ...]
    """(month, day, minute of the day), ascending; each holds until the next."""
    values_w: tuple[float, ...]
    timezone: ZoneInfo

    def __call__(self, instant: datetime) -> float:
        """Return the power at `instant`, W."""
        local = instant.astimezone(self.timezone)
        key = (local.month, local.day, local.hour * 60 + local.minute)
        return self.values_w[max(0, bisect.bisect_right(self.keys, key) - 1)]

    @property
    def peak_w(self) -> float:
        """Highest power of the year, W."""
        return max(self.values_w)


def local_midnight(day: date, timezone: ZoneInfo) -> datetime:
    """Return the instant at which a local day begins, UTC."""
    return datetime.combine(day, time(), timezone).astimezone(UTC)


def unmanaged_peak_w(
    sessions: tuple[RecordedSession, ...],
    power_w: float,
    extra_w: Callable[[datetime], float] = lambda _: 0.0,
) -> float:
    """Highest power when every car draws `power_w` from its arrival until it has its energy, W."""
    steps: list[tuple[datetime, float]] = []
    for session in sessions:
        full = session.arrival + timedelta(hours=session.energy_wh / power_w)
        steps += [(session.arrival, power_w), (min(full, session.departure), -power_w)]
    steps.sort()
    peak = now = 0.0
    for at, change in steps:
        now += change
        peak = max(peak, now + extra_w(at))
    return peak
