"""What is to be expected of cars, loads and the month's peak, from history; pure.

No forecast looks at anything that was not over at the instant it is made for, and none raises for
want of history: what is assumed instead is said (`Distribution.prior_share`).
"""

from optimizer.forecast.arrivals import TypicalCar, arrivals_forecast, expected_number
from optimizer.forecast.coming import Entrance, coming_cars
from optimizer.forecast.distribution import Distribution
from optimizer.forecast.history import History, PastStay, Visit
from optimizer.forecast.needs import (
    LEAST_DAYS,
    CarForecast,
    Caution,
    ExpectedNeed,
    expected_need,
    forecast_car,
)
from optimizer.forecast.peak import BaseLoad, DayPeak, day_peaks, expected_peak_w, least_peak_w
from optimizer.forecast.power import PowerHistory, learned, power_forecast
from optimizer.forecast.restraint import Restraint, given_peak_w, restrained_price
from optimizer.forecast.stay import Prior, energy_forecast, stay_forecast

__all__ = [
    "LEAST_DAYS",
    "BaseLoad",
    "CarForecast",
    "Caution",
    "DayPeak",
    "Distribution",
    "Entrance",
    "ExpectedNeed",
    "History",
    "PastStay",
    "PowerHistory",
    "Prior",
    "Restraint",
    "TypicalCar",
    "Visit",
    "arrivals_forecast",
    "coming_cars",
    "day_peaks",
    "energy_forecast",
    "expected_need",
    "expected_number",
    "expected_peak_w",
    "forecast_car",
    "given_peak_w",
    "learned",
    "least_peak_w",
    "power_forecast",
    "restrained_price",
    "stay_forecast",
]
