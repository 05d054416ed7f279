"""What is told of a car's departure and energy: the truth, what its driver said, or a forecast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ocpp_core.domain.ids import SessionId
from optimizer.forecast import (
    LEAST_DAYS,
    CarForecast,
    Caution,
    Visit,
    expected_need,
    forecast_car,
)
from optimizer.replay.past import history_of
from optimizer.replay.setup import Setup
from optimizer.replay.stay import RecordedStay

MORE_WH = 5_000.0
"""What a car is taken to want further that draws beyond what was expected, Wh."""
LONGER = timedelta(hours=1)
"""How much longer a car is taken to stay that is still there when it was expected to have left."""


class Information(StrEnum):
    """What a strategy is told about the cars that are there."""

    PERFECT = "perfect"
    """Departure and energy as they came to be."""
    STATED = "stated"
    """What the driver said, else the site's default."""
    FORECAST = "forecast"
    """Quantiles of what such stays were like before, and of what the driver said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What stands in where a driver said nothing."""

    energy_wh: float = 20_000.0
    stay: timedelta = timedelta(hours=8)


DEFAULTS = Defaults()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of a car now."""

    rest_wh: float
    departure: datetime


type Tell = Callable[[RecordedStay, datetime, float, bool], Told]
"""Of a stay, the instant, energy taken (Wh), and whether the car stopped taking any."""


def teller(
    setup: Setup,
    information: Information,
    *,
    defaults: Defaults = DEFAULTS,
    before: Sequence[RecordedStay] = (),
) -> Tell:
    """Return what tells; `before` are stays of the past that forecasts learn from."""
    match information:
        case Information.PERFECT:
            return _truth
        case Information.STATED:
            return lambda stay, now, taken_wh, done: _stated(stay, now, taken_wh, done, defaults)
        case Information.FORECAST:
            return _Forecast(setup, before, defaults)


def _truth(stay: RecordedStay, now: datetime, taken_wh: float, done: bool) -> Told:
    del now, done
    return Told(rest_wh=max(0.0, stay.energy_wh - taken_wh), departure=stay.departure)


def _stated(
    stay: RecordedStay, now: datetime, taken_wh: float, done: bool, defaults: Defaults
) -> Told:
    energy_wh = defaults.energy_wh if stay.stated_energy_wh is None else stay.stated_energy_wh
    departure = stay.stated_departure or stay.arrival + defaults.stay
    return _beyond(energy_wh - taken_wh, departure, now, done)


def _beyond(rest_wh: float, departure: datetime, now: datetime, done: bool) -> Told:
    """A car that is there and draws is taken to want more, and to stay longer, than was said."""
    if done:
        rest_wh = 0.0
    elif rest_wh < 1.0:
        rest_wh = MORE_WH
    return Told(rest_wh=rest_wh, departure=departure if departure > now else now + LONGER)


class _Forecast:
    """Forecasts from stays that were over when each car came; asked again every few minutes.

    What rests on assumptions more than on stays is as stated, as in the server.
    """

    def __init__(self, setup: Setup, before: Sequence[RecordedStay], defaults: Defaults) -> None:
        self._zone = setup.site.timezone
        self._caution = Caution()
        self._defaults = defaults
        self._history = history_of((*before, *setup.stays), self._zone)
        self._cars: dict[SessionId, CarForecast] = {}

    def __call__(self, stay: RecordedStay, now: datetime, taken_wh: float, done: bool) -> Told:
        if not self._history.reaches(LEAST_DAYS, now):
            return _stated(stay, now, taken_wh, done, self._defaults)
        forecast = self._cars.get(stay.session_id)
        if forecast is None:
            visit = Visit(
                connector=str(stay.ref),
                driver=stay.driver,
                arrival=stay.arrival,
                stated_departure=stay.stated_departure,
                stated_energy_wh=stay.stated_energy_wh,
            )
            # What was over when it came: `forecast_car` looks at nothing else.
            forecast = forecast_car(self._history, visit, at=max(stay.arrival, now))
            self._cars[stay.session_id] = forecast
        need = expected_need(
            forecast, at=now, taken_wh=taken_wh, caution=self._caution, zone=self._zone
        )
        told = _stated(stay, now, taken_wh, done, self._defaults)
        return _beyond(
            told.rest_wh if need.energy_assumed else need.energy_wh,
            told.departure if need.departure_assumed else need.departure,
            now,
            done,
        )
