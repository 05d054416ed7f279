"""How long a car stays and how much it takes, given who it is, when it came and what it said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import NormalDist

import numpy as np

from optimizer.forecast.distribution import Distribution, distribution
from optimizer.forecast.history import Floats, History, Visit, hour_of_day
from optimizer.forecast.likeness import Weighing, moved, weigh

HOUR_WIDTH = 1.0
"""Arrivals this far apart are still alike where it is about the length of a stay, h."""
STATED_STAY_WIDTH = 1.0
"""The same for the stay that drivers state, h."""
ENERGY_HOUR_WIDTH = 2.0
STATED_ENERGY_WIDTH = 0.25
"""The same for the energy that drivers state: a factor of e to this."""
SHORTEST_H = 1 / 60
LEAST_KWH = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is assumed of a car before there is any history: wide, around the site's defaults."""

    stay_h: float = 8.0
    """Median stay of a driver who stated none, h."""
    energy_kwh: float = 20.0
    """Median energy of a driver who stated none, kWh."""
    spread: float = 0.6
    """Standard deviation of the logarithm of both."""


def stay_forecast(
    history: History, visit: Visit, *, at: datetime, prior: Prior | None = None
) -> Distribution:
    """Return how long a car will stay in all, h, by what was known at `at`.

    Without history: what the driver stated, else the prior. Of a car that is still here, ask
    `beyond(elapsed)`.
    """
    prior = prior or Prior()
    stated = visit.stated_departure
    statement = None if stated is None else (stated - visit.arrival).total_seconds() / 3600
    if statement is not None and statement <= 0:
        statement = None
    weighing = weigh(
        history,
        at=at,
        arrival=visit.arrival,
        connector=visit.connector,
        driver=visit.driver,
        hour_width=HOUR_WIDTH,
        stated=history.stated_stay_h,
        statement=statement,
        statement_width=STATED_STAY_WIDTH,
    )
    hour = hour_of_day(visit.arrival.astimezone(history.zone))
    features = [((history.hour - hour + 12) % 24 - 12, -1.0, 0.5)]
    if statement is not None:
        said = np.isfinite(history.stated_stay_h)
        apart = np.where(said, history.stated_stay_h - statement, 0.0)
        features.append((np.clip(apart, -4, 4), 0.0, 1.0))
    values = moved(history.stay_h, weighing.alike, _near(features))
    return _with_prior(
        np.maximum(values, SHORTEST_H), weighing, statement, prior.stay_h, prior.spread
    )


def energy_forecast(
    history: History, visit: Visit, *, at: datetime, prior: Prior | None = None
) -> Distribution:
    """Return how much energy a car takes in all, kWh, by what was known at `at`.

    Without history: what the driver stated, else the prior. Of a car that has taken some and
    takes more, ask `beyond(taken)`.
    """
    prior = prior or Prior()
    stated_wh = visit.stated_energy_wh
    stated = None if stated_wh is None or stated_wh <= 0 else stated_wh / 1000
    statement = None if stated is None else float(np.log(stated))
    logs = np.log(np.maximum(history.stated_kwh, LEAST_KWH))
    weighing = weigh(
        history,
        at=at,
        arrival=visit.arrival,
        connector=visit.connector,
        driver=visit.driver,
        hour_width=ENERGY_HOUR_WIDTH,
        stated=logs,
        statement=statement,
        statement_width=STATED_ENERGY_WIDTH,
    )
    values = np.log(np.maximum(history.energy_kwh, LEAST_KWH))
    if statement is not None:
        apart = np.where(np.isfinite(logs), logs - statement, 0.0)
        values = moved(values, weighing.alike, [(np.clip(apart, -1, 1), 0.0, 1.0)])
    return _with_prior(np.exp(values), weighing, stated, prior.energy_kwh, prior.spread)


def _near(features: list[tuple[Floats, float, float]]) -> list[tuple[Floats, float, float]]:
    """Do not carry a slope further than it was seen: 4 hours."""
    return [(np.clip(apart, -4, 4), low, high) for apart, low, high in features]


def _with_prior(
    values: Floats, weighing: Weighing, stated: float | None, median: float, spread: float
) -> Distribution:
    if stated is not None:
        assumed = np.array([stated])
    else:
        shares = (np.arange(20) + 0.5) / 20
        assumed = median * np.exp(spread * np.array([NormalDist().inv_cdf(s) for s in shares]))
    share = weighing.prior_share
    return distribution(
        np.concatenate([values, assumed]),
        np.concatenate([weighing.weights, np.full(len(assumed), share / len(assumed))]),
        evidence=weighing.evidence,
        prior_share=share,
    )
