"""The site's own meter: building load, PV, the month's peak, and a simple forecast; pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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


@dataclass(slots=True)
class QuarterHourProfile:
    """Mean power by local quarter hour, workdays and other days apart: a forecast from history."""

    timezone: ZoneInfo
    mean_w: dict[tuple[bool, int], float] = field(default_factory=dict)
    """By (is a workday, quarter hour of the day)."""

    def at(self, instant: datetime) -> float | None:
        """Return the expected power, or None where history says nothing."""
        local = instant.astimezone(self.timezone)
        return self.mean_w.get((local.weekday() < 5, local.hour * 4 + local.minute // 15))


@dataclass(slots=True)
class MeteredPower:
    """A power that is metered from time to time, with a forecast of how it goes on."""

    profile: QuarterHourProfile
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
            usual = self.profile.at(instant)
            if self.value_w is None or self.at is None:
                return otherwise_w if usual is None else usual
            if usual is None:
                return self.value_w
            usual_then = self.profile.at(self.at)
            surprise = self.value_w - (usual if usual_then is None else usual_then)
            age_s = max(0.0, (instant - self.at).total_seconds())
            return max(0.0, usual + surprise * max(0.0, 1 - age_s / self.fade_s))

        return expected
