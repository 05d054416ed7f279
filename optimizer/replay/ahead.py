"""What the planner may expect beyond the cars that are there: arrivals, and the month's peak."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from ocpp_core.domain.plan import ExpectedArrival
from optimizer.forecast import (
    BaseLoad,
    Entrance,
    Restraint,
    coming_cars,
    day_peaks,
    given_peak_w,
)
from optimizer.forecast.peak import NO_BASE
from optimizer.replay.information import Information
from optimizer.replay.past import history_of
from optimizer.replay.setup import Setup
from optimizer.replay.situation import Situation
from optimizer.replay.stay import RecordedStay


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is expected, in the planner's terms."""

    arrivals: tuple[ExpectedArrival, ...] = ()
    peak_w: float = 0.0
    restraint: Restraint | None = None
    """Of energy that may not be wanted; None: every kWh is worth what it is worth to the site."""


DEFAULT_RESTRAINT = Restraint()

type Expect = Callable[[Situation, datetime], Expected]
"""Of what is seen now, until the end of the plan."""
type Ahead = Callable[[Setup], Expect]


def nothing_ahead(setup: Setup) -> Expect:
    """Expect no car and no peak."""
    del setup
    return _no_expectation


def _no_expectation(seen: Situation, end: datetime) -> Expected:
    del seen, end
    return Expected()


@dataclass(frozen=True, slots=True, kw_only=True)
class FromHistory:
    """Expect what the days before were like (`optimizer.forecast`), as the server does."""

    before: tuple[RecordedStay, ...] = ()
    """Stays before the period; those in it are learnt from as they end."""
    restraint: Restraint | None = DEFAULT_RESTRAINT
    """How the month's peak is treated; None: as if nothing was known of it.

    For cars of which departure and energy are forecasts; where they are known, holding back costs
    more than it saves.
    """
    arrivals: bool = False
    """Leave room for cars that are still to come."""

    @classmethod
    def for_what_is_told(
        cls, information: Information, before: tuple[RecordedStay, ...]
    ) -> FromHistory:
        """Return what serves best beside what is told of the cars that are there."""
        known = information is Information.PERFECT
        return cls(before=before, restraint=None if known else DEFAULT_RESTRAINT, arrivals=known)

    def __call__(self, setup: Setup) -> Expect:
        """Return what expects."""
        return _Expecting(self, setup)


class _Expecting:
    def __init__(self, source: FromHistory, setup: Setup) -> None:
        self._source, self._setup = source, setup
        self._zone = setup.site.timezone
        self._history = history_of((*source.before, *setup.stays), self._zone)
        volts = setup.site.voltage_v
        cars = [stay.car(volts) for stay in setup.stays]
        self._entrance = Entrance(
            circuit_id=setup.site.root.circuit_id,
            most_w=max((c.max_current_a * c.phase_count * volts for c in cars), default=0.0),
            voltage_v=volts,
        )
        self._day: date | None = None
        self._peak_w = 0.0

    def __call__(self, seen: Situation, end: datetime) -> Expected:
        peak_w = self._given_peak_w(seen)
        return Expected(
            arrivals=self._arrivals(seen, end),
            peak_w=peak_w,
            restraint=self._source.restraint if peak_w > 0 else None,
        )

    def _given_peak_w(self, seen: Situation) -> float:
        restraint = self._source.restraint
        if restraint is None or self._setup.demand_charge_per_kw <= 0:
            return 0.0
        today = seen.now.astimezone(self._zone).date()
        if today != self._day:
            self._day = today
            most_kw = self._entrance.most_w / 1000
            peaks = day_peaks(self._history, at=seen.now, most_kw=most_kw, base=self._base(seen))
            self._peak_w = given_peak_w(peaks, at=seen.now, zone=self._zone, restraint=restraint)
        return self._peak_w

    def _base(self, seen: Situation) -> BaseLoad:
        """Building less PV until now; before the period, as it usually is."""
        setup, first_h = self._setup, self._history.arrived_h
        if (setup.building is None and setup.pv is None) or not len(first_h):
            return NO_BASE
        known = [one for one in setup.intervals if one.end <= seen.now]
        return BaseLoad.of(
            [one.start for one in known],
            [one.building_w - one.pv_w for one in known],
            first=datetime.fromtimestamp(3600 * float(first_h[0]), UTC),
            end=seen.now,
        )

    def _arrivals(self, seen: Situation, end: datetime) -> tuple[ExpectedArrival, ...]:
        if not self._source.arrivals:
            return ()
        return coming_cars(self._history, at=seen.now, end=end, entrance=self._entrance)
