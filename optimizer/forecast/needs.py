"""What a car is planned for: robust quantiles of its stay and its energy, and words for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from optimizer.forecast.distribution import Distribution
from optimizer.forecast.history import History, Visit
from optimizer.forecast.stay import Prior, energy_forecast, stay_forecast

LEAST_DAYS = 14
"""Days on record from which cars are planned for by forecasts; until then as their drivers said.

As many as the month's peak needs to be told: cautious plans that nothing holds back raise it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """Which quantiles are planned for.

    The lower a departure's and the higher an energy's, the more cars get all they want, and the
    higher the peak.
    """

    departure: float = 0.2
    energy: float = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class CarForecast:
    """What is to be expected of one car, from the moment it came."""

    visit: Visit
    stay: Distribution
    """Length of its stay, h."""
    energy: Distribution
    """What it takes in all, kWh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedNeed:
    """What a car is planned for now."""

    departure: datetime
    """Never before now."""
    energy_wh: float
    """Beyond what it has taken, Wh."""
    departure_assumed: bool
    """True when it is more the prior, or what the driver said, than experience."""
    energy_assumed: bool
    """The same of the energy."""
    words: str


def forecast_car(
    history: History, visit: Visit, *, at: datetime, prior: Prior | None = None
) -> CarForecast:
    """Return what is to be expected of a car, by what was known at `at`."""
    return CarForecast(
        visit=visit,
        stay=stay_forecast(history, visit, at=at, prior=prior),
        energy=energy_forecast(history, visit, at=at, prior=prior),
    )


def expected_need(
    forecast: CarForecast,
    *,
    at: datetime,
    taken_wh: float,
    caution: Caution,
    zone: ZoneInfo,
) -> ExpectedNeed:
    """Return what to plan for, given that the car is still here at `at` and has taken so much."""
    visit = forecast.visit
    elapsed_h = max(0.0, (at - visit.arrival).total_seconds() / 3600)
    stay = forecast.stay.beyond(elapsed_h)
    energy = forecast.energy.beyond(taken_wh / 1000)
    departure = max(at, visit.arrival + timedelta(hours=stay.quantile(caution.departure)))
    total_kwh = energy.quantile(caution.energy)
    return ExpectedNeed(
        departure=departure,
        energy_wh=max(0.0, 1000 * total_kwh - taken_wh),
        departure_assumed=stay.assumed,
        energy_assumed=energy.assumed,
        words="; ".join(
            (
                _departure_in_words(visit, stay, departure, zone),
                _energy_in_words(visit, energy, total_kwh),
            )
        ),
    )


def _departure_in_words(
    visit: Visit, stay: Distribution, departure: datetime, zone: ZoneInfo
) -> str:
    planned = f"planned until {_clock(departure, visit.arrival, zone)}"
    if visit.stated_departure is None:
        why = "nobody said; nothing on record" if stay.assumed else "nobody said; as such stays go"
        return f"{planned} ({why})"
    said = f"driver said {_clock(visit.stated_departure, visit.arrival, zone)}"
    if stay.assumed:
        return f"{planned} ({said}; nothing on record against it)"
    stated_h = (visit.stated_departure - visit.arrival).total_seconds() / 3600
    earlier = round(10 * stay.share_below(stated_h))
    return f"{planned} ({said}; leaves earlier in {earlier} of 10 stays)"


def _energy_in_words(visit: Visit, energy: Distribution, total_kwh: float) -> str:
    planned = f"planned for {total_kwh:.1f} kWh in all"
    if visit.stated_energy_wh is None:
        return f"{planned} ({'nothing on record' if energy.assumed else 'as such stays take'})"
    stated_kwh = visit.stated_energy_wh / 1000
    said = f"driver asked for {stated_kwh:.1f} kWh"
    if energy.assumed:
        return f"{planned} ({said})"
    less = round(10 * energy.share_below(stated_kwh))
    return f"{planned} ({said}; takes less in {less} of 10 stays)"


def _clock(instant: datetime, arrival: datetime, zone: ZoneInfo) -> str:
    local, came = instant.astimezone(zone), arrival.astimezone(zone)
    day = "" if local.date() == came.date() else f"{local:%a} "
    return f"{day}{local:%H:%M}"
