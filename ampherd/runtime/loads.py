"""What history says of building load and PV: learned in the background, looked up by the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pandas as pd

from ampherd.runtime.sitemeter import MeteredPower
from analytics import Reader
from optimizer.forecast import Distribution, PowerHistory, learned, power_forecast

SPAN = timedelta(days=70)
"""Of the measurements that forecasts learn from."""
SLOT = timedelta(minutes=15)
LIKELY, HIGH = 0.5, 0.9
"""Quantiles that cost is reckoned with, and that limits leave room for."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedPower:
    """Quantiles for each quarter of an hour from a start on; beyond the last one, as a day before.

    None where nothing was measured at this time of day.
    """

    start: datetime
    """On the quarter hour."""
    likely: tuple[float | None, ...]
    """At least a day, W."""
    high: tuple[float | None, ...]

    def likely_w(self, instant: datetime) -> float | None:
        """Return the median, W."""
        return self.likely[self._slot(instant)]

    def high_w(self, instant: datetime) -> float | None:
        """Return the high quantile, W."""
        return self.high[self._slot(instant)]

    def _slot(self, instant: datetime) -> int:
        slot, day = (instant - self.start) // SLOT, DAY // SLOT
        if slot >= len(self.likely):
            slot -= day * -(-(slot - len(self.likely) + 1) // day)
        return slot if slot >= 0 else slot % day


class LoadForesight:
    """Keeps the outlooks of a site's building load and PV; without history there are none."""

    def __init__(
        self,
        reader: Callable[[], AbstractContextManager[Reader]],
        zone: ZoneInfo,
        *,
        building: MeteredPower,
        pv: MeteredPower,
        ahead: timedelta,
    ) -> None:
        """`ahead` is how far plans look."""
        self._reader = reader
        self._zone = zone
        self._building = building
        self._pv = pv
        # What is learned now has to do until it is learned again.
        self._ahead = max(DAY, ahead + timedelta(hours=2))

    async def learn(self, at: datetime) -> None:
        """Read what was measured before an instant."""
        building, pv = await asyncio.to_thread(self._recall, at)
        self._building.outlook, self._pv.outlook = building, pv

    def _recall(self, at: datetime) -> tuple[LearnedPower | None, LearnedPower | None]:
        with self._reader() as reader:
            frame = reader.site_power(at - SPAN, at, step_s=int(SLOT.total_seconds()))
        return (
            self._learned(frame, "building_w", at, by_weekday=True),
            self._learned(frame, "pv_w", at, by_weekday=False),
        )

    def _learned(
        self, frame: pd.DataFrame, column: str, at: datetime, *, by_weekday: bool
    ) -> LearnedPower | None:
        known = frame.loc[frame[column].notna(), ["at", column]]
        if known.empty:
            return None
        history = learned(
            PowerHistory.of(
                [stamp.to_pydatetime() for stamp in known["at"]],
                known[column].astype(float).tolist(),
                zone=self._zone,
                by_weekday=by_weekday,
                slot_s=int(SLOT.total_seconds()),
            ),
            at=at,
        )
        start = at - timedelta(seconds=at.timestamp() % SLOT.total_seconds())
        instants = [start + n * SLOT for n in range(-(-self._ahead // SLOT))]
        found = power_forecast(history, instants, at=at)
        return LearnedPower(
            start=start,
            likely=tuple(map(partial(_quantile, LIKELY), found)),
            high=tuple(map(partial(_quantile, HIGH), found)),
        )


def _quantile(share: float, found: Distribution | None) -> float | None:
    return None if found is None else max(0.0, found.quantile(share))
