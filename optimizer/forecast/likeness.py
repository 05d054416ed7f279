"""How much a past stay says of a new one: from the same driver down to any car of the site.

Each level of likeness (driver, connector, the site at this time of day, the site at any time)
counts n past stays, weighed by how alike they are, and gets n / (n + k) of what the more specific
levels left over; the prior gets the rest. So little history is worth little, and a new driver is
forecast from the site (shrinkage as in credibility theory: Bühlmann, ASTIN Bulletin 4(3), 1967).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from optimizer.forecast.history import SATURDAY, Flags, Floats, History, hour_of_day, hours_of

DRIVER_K = 2.0
CONNECTOR_K = 30.0
HOUR_K = 6.0
SITE_K = 6.0
"""Number of alike stays at which a level and all more general ones count the same."""

HALF_LIFE_D = 60.0
"""A stay this much older counts half."""
SAME_CLASS = 0.7
OTHER_CLASS = 0.1
"""How alike two weekdays are: both workdays or both not; one of each. The same weekday: 1."""
OTHER_WAY = 0.3
"""How alike two stays are of which only one came with a statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """Past stays by how much they say."""

    weights: Floats
    """For each past stay; sum to `1 - prior_share`."""
    alike: Floats
    """How alike each is to the new one, whoever drove it."""
    evidence: float
    prior_share: float


def weigh(
    history: History,
    *,
    at: datetime,
    arrival: datetime,
    connector: str,
    driver: str | None,
    hour_width: float,
    stated: Floats,
    statement: float | None,
    statement_width: float,
) -> Weighing:
    """Weigh past stays for a car that came at `arrival`, by what was over at `at`.

    `stated` holds what drivers said (NaN: nothing), `statement` what this one said, in a unit in
    which differences of `statement_width` matter.
    """
    known = history.known_at(at)
    age_d = np.maximum(0.0, hours_of(at) - history.left_h) / 24
    recent = np.where(known, 0.5 ** (age_d / HALF_LIFE_D), 0.0)
    local = arrival.astimezone(history.zone)
    apart = np.abs(history.hour - hour_of_day(local))
    alike = recent * _bell(np.minimum(apart, 24 - apart) / hour_width)
    alike = alike * _days_alike(history, local.weekday())
    alike = alike * _statements_alike(stated, statement, statement_width)
    everybody = np.ones(len(history), dtype=np.bool_)
    nobody = np.zeros(len(history), dtype=np.bool_)
    levels: list[tuple[Flags, Floats, float]] = [
        (history.driver == driver if driver else nobody, alike, DRIVER_K),
        (history.connector == connector, alike, CONNECTOR_K),
        (everybody, alike, HOUR_K),
        (everybody, recent, SITE_K),
    ]
    weights, left, evidence = np.zeros(len(history)), 1.0, 0.0
    for members, closeness, k in levels:
        mine = np.where(members, closeness, 0.0)
        count = float(mine.sum())
        if count <= 0.0:
            continue
        share = left * count / (count + k)
        weights += share * mine / count
        evidence += share * count
        left -= share
    return Weighing(weights=weights, alike=alike, evidence=evidence, prior_share=left)


def _bell(distance: Floats) -> Floats:
    bell: Floats = np.exp(-0.5 * distance**2)
    return bell


def _days_alike(history: History, weekday: int) -> Floats:
    same_class = (history.weekday >= SATURDAY) == (weekday >= SATURDAY)
    return np.where(history.weekday == weekday, 1.0, np.where(same_class, SAME_CLASS, OTHER_CLASS))


def _statements_alike(stated: Floats, statement: float | None, width: float) -> Floats:
    said = np.isfinite(stated)
    if statement is None:
        return np.where(said, OTHER_WAY, 1.0)
    return np.where(said, _bell((np.where(said, stated, 0.0) - statement) / width), OTHER_WAY)


def moved(values: Floats, alike: Floats, features: list[tuple[Floats, float, float]]) -> Floats:
    """Return what past values would have been with the new car's features.

    `features` are (difference to the new car, lowest and highest slope that makes sense); slopes
    are those of a weighted local regression, pulled towards zero where there is little to go by
    (local linear smoothing: Cleveland, JASA 74(368), 1979).
    """
    total = float(alike.sum())
    if total <= 0.0 or not features:
        return values
    apart = np.stack([f[0] for f in features])
    # Sums without BLAS: starting its threads costs more than such sums, on a busy machine far more.
    centred = apart - np.einsum("n,fn->f", alike, apart)[:, None] / total
    rest = values - float(np.einsum("n,n->", alike, values)) / total
    weighed = centred * alike
    square = np.einsum("fn,gn->fg", weighed, centred) + np.eye(len(features))
    slopes = np.linalg.solve(square, np.einsum("fn,n->f", weighed, rest))
    slopes = np.clip(slopes, [f[1] for f in features], [f[2] for f in features])
    shifted: Floats = values - np.einsum("f,fn->n", slopes, apart)
    return shifted
