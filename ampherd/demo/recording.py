"""Recorded sessions, building load and PV, as the demonstration plays them."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.importers import Reading, RecordedSession, read_sessions
from ocpp_core.domain.errors import ImportRefusedError

LONGEST_STAY = timedelta(hours=24)
"""A demonstration ends at most this long after its last day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A file of recorded sessions that can be played: those that took energy."""

    reading: Reading[RecordedSession]
    """The file as the importer reads it."""
    sessions: tuple[RecordedSession, ...]
    """Ascending by arrival."""

    @property
    def stations(self) -> tuple[str, ...]:
        """Return every station, sorted."""
        return tuple(sorted({s.station for s in self.sessions}))

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


def read_recording(path: Path, timezone: ZoneInfo) -> Recording:
    """Read recorded sessions as the importer does; naive times are local to `timezone`.

    Raises ImportRefusedError when the file is not understood or no row can be played.
    """
    reading = read_sessions(path, timezone=timezone)
    sessions = tuple(row for row in reading.rows if row.energy_wh > 0)
    if not sessions:
        raise ImportRefusedError(f"{path}: none of {reading.rows_read} rows is a usable session")
    return Recording(reading=reading, sessions=sessions)


def typical_year(path: Path, column: str, scale: float, timezone: ZoneInfo) -> PowerOverYear:
    """Read a typical year of kW by local time, to be looked up for any year."""
    table = pd.read_parquet(path)
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
