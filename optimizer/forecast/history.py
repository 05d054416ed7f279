"""What stays were like until now, as arrays that forecasts weigh and sort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PastStay:
    """A stay that is over: what was said at its start and what came of it."""

    connector: str
    """Reference of the connector, e.g. `CP-7/1`."""
    driver: str | None = None
    """Whatever tells one driver from another, e.g. a token; None: not known."""
    arrival: datetime
    departure: datetime
    energy_wh: float
    """Energy that was taken, Wh."""
    stated_departure: datetime | None = None
    """What the driver said; None: nothing."""
    stated_energy_wh: float | None = None
    """What the driver asked for, Wh; None: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A car that is here, or may come, as far as a forecast needs it."""

    connector: str
    driver: str | None = None
    arrival: datetime
    stated_departure: datetime | None = None
    stated_energy_wh: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Past stays as columns; times in hours since 1970 and in local hours of the day."""

    zone: ZoneInfo
    connector: NDArray[np.str_]
    driver: NDArray[np.str_]
    """Empty where it is not known."""
    arrived_h: Floats
    left_h: Floats
    hour: Floats
    """Of the arrival, local, 0 to 24."""
    day: Ints
    """Of the arrival, local, as a proleptic ordinal."""
    stay_h: Floats
    energy_kwh: Floats
    stated_stay_h: Floats
    """NaN where nothing was said."""
    stated_kwh: Floats
    """NaN where nothing was said."""

    @classmethod
    def of(cls, stays: Sequence[PastStay], zone: ZoneInfo) -> History:
        """Return the history of `stays` in the site's zone; what took no time is left out."""
        kept = sorted(
            (stay for stay in stays if stay.departure > stay.arrival), key=lambda s: s.arrival
        )
        locally = [stay.arrival.astimezone(zone) for stay in kept]
        return cls(
            zone=zone,
            connector=np.array([stay.connector for stay in kept], dtype=np.str_),
            driver=np.array([stay.driver or "" for stay in kept], dtype=np.str_),
            arrived_h=np.array([hours_of(stay.arrival) for stay in kept]),
            left_h=np.array([hours_of(stay.departure) for stay in kept]),
            hour=np.array([hour_of_day(at) for at in locally]),
            day=np.array([at.toordinal() for at in locally], dtype=np.int64),
            stay_h=np.array([_hours(stay.arrival, stay.departure) for stay in kept]),
            energy_kwh=np.array([max(0.0, stay.energy_wh) / 1000 for stay in kept]),
            stated_stay_h=np.array(
                [
                    np.nan
                    if stay.stated_departure is None
                    else _hours(stay.arrival, stay.stated_departure)
                    for stay in kept
                ],
                dtype=np.float64,
            ),
            stated_kwh=np.array(
                [
                    np.nan if stay.stated_energy_wh is None else stay.stated_energy_wh / 1000
                    for stay in kept
                ],
                dtype=np.float64,
            ),
        )

    def __len__(self) -> int:
        """Return the number of stays."""
        return len(self.arrived_h)

    @property
    def weekday(self) -> Ints:
        """Return the local weekday of each arrival, 0 is Monday."""
        return weekday_of(self.day)

    def reaches(self, days: int, at: datetime) -> bool:
        """Tell whether the first stay that was over at an instant came so many days before it."""
        known = self.known_at(at)
        if not known.any():
            return False
        return hours_of(at) - float(self.arrived_h[known].min()) >= 24 * days

    def known_at(self, at: datetime) -> Flags:
        """Tell which stays were over at an instant: no forecast made then may look at others."""
        return self.left_h <= hours_of(at)


def weekday_of(ordinal: Ints) -> Ints:
    """Return the weekday of days, 0 is Monday."""
    return (ordinal - 1) % 7


def hours_of(at: datetime) -> float:
    """Return an instant in hours since 1970."""
    return at.timestamp() / 3600


def hour_of_day(local: datetime) -> float:
    """Return a local time in hours since midnight, as clocks show it."""
    return local.hour + local.minute / 60 + local.second / 3600


def _hours(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 3600
