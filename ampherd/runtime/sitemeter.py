"""The site's own meter: building load, PV, the month's peak, and a simple forecast; pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

QUARTER_HOUR_S = 900


@dataclass(slots=True)
class MonthPeak:
    """Highest 15-minute mean of grid import in the running calendar month, W.

    Means are exact for a piecewise constant power: each reading holds until the next one. Quarter
    hours are those of UTC, months those of the site's zone (every zone in use is offset from UTC
    by whole quarter hours).
    """

    timezone: ZoneInfo
    peak_w: float = 0.0
    month: tuple[int, int] | None = None
    _last_at: datetime | None = None
    _last_w: float = 0.0
    _slot_ws: float = 0.0
    """Energy of the running quarter hour so far, Ws."""
    _since: datetime | None = None
    """First reading."""

    def restore(self, at: datetime, peak_w: float) -> None:
        """Start with the peak that the store knows for the month of `at`."""
        self.month = self._month_of(at)
        self.peak_w = peak_w

    def reading(self, at: datetime, site_w: float) -> None:
        """Take the power that holds from `at` on; readings come in time order."""
        if self._last_at is not None:
            self._run_to(at)
        elif self.month is None:
            self.month = self._month_of(at)
        self._last_at, self._last_w = at, site_w
        self._since = self._since or at

    def quarter_wh(self, at: datetime) -> float | None:
        """Return what was imported in the running quarter hour until `at`, Wh.

        None when it was not metered from its start.
        """
        begun = at - timedelta(seconds=at.timestamp() % QUARTER_HOUR_S)
        if self._last_at is None or self._since is None or self._since > begun:
            return None
        before_ws = self._slot_ws if self._last_at >= begun else 0.0
        running_s = (at - max(self._last_at, begun)).total_seconds()
        return (before_ws + self._last_w * max(0.0, running_s)) / 3600

    def _run_to(self, until: datetime) -> None:
        at = self._last_at
        if at is None:
            return
        while at < until:
            epoch = at.timestamp()
            slot_end = at + timedelta(seconds=QUARTER_HOUR_S - epoch % QUARTER_HOUR_S)
            step_end = min(slot_end, until)
            self._slot_ws += self._last_w * (step_end - at).total_seconds()
            if step_end == slot_end:
                self._close_slot(slot_end)
            at = step_end
        self._last_at = until

    def _close_slot(self, end: datetime) -> None:
        mean_w = self._slot_ws / QUARTER_HOUR_S
        self._slot_ws = 0.0
        month = self._month_of(end - timedelta(seconds=1))
        if month != self.month:
            self.month, self.peak_w = month, 0.0
        self.peak_w = max(self.peak_w, mean_w)

    def _month_of(self, at: datetime) -> tuple[int, int]:
        local = at.astimezone(self.timezone)
        return local.year, local.month


class Outlook(Protocol):
    """What a power is going to be, by its history."""

    def likely_w(self, instant: datetime) -> float | None:
        """Return what is as likely passed as not; None where history says nothing."""
        ...

    def high_w(self, instant: datetime) -> float | None:
        """Return what is seldom passed; None where history says nothing."""
        ...


@dataclass(slots=True)
class MeteredPower:
    """A power that is metered from time to time, with a forecast of how it goes on."""

    outlook: Outlook | None = None
    """By history; None as long as there is none."""
    fade_s: float = 3600.0
    """How long the last reading outweighs history: its difference to history fades linearly."""
    value_w: float | None = None
    at: datetime | None = None

    def reading(self, at: datetime, value_w: float) -> None:
        """Take a reading."""
        self.at, self.value_w = at, value_w

    def forecast(self, otherwise_w: float) -> Callable[[datetime], float]:
        """Return the expected power over time; `otherwise_w` where nothing at all is known."""

        def expected(instant: datetime) -> float:
            usual = None if self.outlook is None else self.outlook.likely_w(instant)
            if self.value_w is None or self.at is None or self.outlook is None:
                known = self.value_w if usual is None else usual
                return otherwise_w if known is None else known
            if usual is None:
                return self.value_w
            usual_then = self.outlook.likely_w(self.at)
            surprise = self.value_w - (usual if usual_then is None else usual_then)
            return max(0.0, usual + surprise * (1 - self._faded(instant)))

        return expected

    def cautious(self, otherwise_w: float) -> Callable[[datetime], float]:
        """Return the power over time that is seldom passed, never below what is expected."""
        forecast = self.forecast(otherwise_w)

        def high(instant: datetime) -> float:
            expected = forecast(instant)
            if self.outlook is None:
                return expected
            usual, most = self.outlook.likely_w(instant), self.outlook.high_w(instant)
            if usual is None or most is None:
                return expected
            return expected + max(0.0, most - usual) * self._faded(instant)

        return high

    def _faded(self, instant: datetime) -> float:
        """Return how much of the last reading's weight is gone by an instant, from 0 to 1."""
        if self.at is None:
            return 1.0
        age_s = max(0.0, (instant - self.at).total_seconds())
        return min(1.0, age_s / self.fade_s)
