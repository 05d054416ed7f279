"""How far a month's peak may be trusted, and when energy that may never be wanted may raise it.

Plans for cautious quantiles of every car ask for more than all cars together will take: the sum of
high quantiles is above the high quantile of the sum. Served at any price, such plans raise the
month's peak for energy that nobody comes for. So the peak that such months need is taken as given,
and beyond it a kW has to bring many kWh in the hours planned, or stays out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from optimizer.forecast.needs import LEAST_DAYS
from optimizer.forecast.peak import DayPeak, expected_peak_w


@dataclass(frozen=True, slots=True, kw_only=True)
class Restraint:
    """How plans for uncertain cars treat the month's peak."""

    quantile: float = 0.5
    """Of the peak that the month would need, had everything been known."""
    margin: float = 1.15
    """By how much more it takes where departures and energies are not known."""
    kwh_per_kw: float = 8.0
    """A kW more of the month's peak has to bring so many kWh within one plan."""
    least_days: int = LEAST_DAYS
    """Days on record before anything is taken as given."""


def given_peak_w(
    days: Sequence[DayPeak], *, at: datetime, zone: tzinfo, restraint: Restraint
) -> float:
    """Return the peak that plans may take as given for the running local month, W.

    0 as long as too little is on record to tell: then every wish is served at its full price.
    """
    if len(days) < restraint.least_days:
        return 0.0
    # Of what was reached so far nothing is said here: with the margin on it, it would grow daily.
    found = expected_peak_w(days, at=at, zone=zone, so_far_w=0.0, quantile=restraint.quantile)
    return restraint.margin * found


def restrained_price(
    prices_per_kwh: Sequence[float], demand_charge_per_kw: float, restraint: Restraint
) -> float | None:
    """Return what a kWh that may not be wanted is worth in a plan, in the site's currency.

    Above every price of energy, and a kW more for `kwh_per_kw` pays for its demand charge. None
    without a demand charge: then there is nothing to hold back for.
    """
    if demand_charge_per_kw <= 0 or not prices_per_kwh:
        return None
    dearest = max(0.0, *prices_per_kwh)
    return dearest + demand_charge_per_kw / restraint.kwh_per_kw
