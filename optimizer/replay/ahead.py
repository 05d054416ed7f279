"""What the planner may expect beyond the cars that are there: arrivals, and the month's peak."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ocpp_core.domain.plan import ExpectedArrival
from ocpp_core.domain.units import THREE_PHASES
from optimizer.replay.setup import Setup
from optimizer.replay.situation import Situation
from optimizer.replay.stay import RecordedStay


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is expected, in the planner's terms."""

    arrivals: tuple[ExpectedArrival, ...] = ()
    peak_w: float = 0.0


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
    """Expect what the days before were like (`optimizer.forecast`)."""

    before: tuple[RecordedStay, ...] = ()
    """Stays before the period; those in it are learnt from as they end."""
    peak_quantile: float | None = 0.2
    """Quantile of the month's peak that is taken as given; None: none is."""
    arrivals: bool = True

    def __call__(self, setup: Setup) -> Expect:
        """Return what expects."""
        return _Expecting(self, setup)


class _Expecting:
    def __init__(self, source: FromHistory, setup: Setup) -> None:
        from optimizer.forecast import History, PastStay  # noqa: PLC0415 (only when asked)

        self._source, self._setup = source, setup
        self._zone = setup.site.timezone
        known: Sequence[RecordedStay] = (*source.before, *setup.stays)
        self._history = History.of(
            [
                PastStay(
                    connector=str(stay.ref),
                    driver=stay.driver,
                    arrival=stay.arrival,
                    departure=stay.departure,
                    energy_wh=stay.energy_wh,
                )
                for stay in {stay.session_id: stay for stay in known}.values()
            ],
            self._zone,
        )
        volts = setup.site.voltage_v
        cars = [stay.car(volts) for stay in setup.stays]
        # Nobody knows yet where they will plug in: they weigh on the grid connection, evenly.
        self._most_a = max((car.max_current_a * car.phase_count for car in cars), default=0.0) / 3
        self._day: date | None = None
        self._peak_w = 0.0

    def __call__(self, seen: Situation, end: datetime) -> Expected:
        return Expected(arrivals=self._arrivals(seen, end), peak_w=self._peak(seen))

    def _peak(self, seen: Situation) -> float:
        from optimizer.forecast import day_peaks, expected_peak_w  # noqa: PLC0415 (only when asked)

        quantile = self._source.peak_quantile
        if quantile is None:
            return 0.0
        today = seen.now.astimezone(self._zone).date()
        if today != self._day:
            self._day = today
            most_kw = 3 * self._most_a * self._setup.site.voltage_v / 1000
            self._peaks = day_peaks(self._history, at=seen.now, most_kw=most_kw)
            self._peak_w = expected_peak_w(
                self._peaks, at=seen.now, zone=self._zone, so_far_w=seen.peak_w, quantile=quantile
            )
        return self._peak_w

    def _arrivals(self, seen: Situation, end: datetime) -> tuple[ExpectedArrival, ...]:
        from optimizer.forecast import arrivals_forecast  # noqa: PLC0415 (only when asked)

        if not self._source.arrivals:
            return ()
        cars = arrivals_forecast(self._history, at=seen.now, end=end)
        return tuple(
            ExpectedArrival(
                arrival=car.arrival,
                departure=car.departure,
                energy_wh=car.energy_wh,
                max_current_a=self._most_a,
                phases=THREE_PHASES,
                circuit_id=self._setup.site.root.circuit_id,
                cars=car.number,
            )
            for car in cars
        )
