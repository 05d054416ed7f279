"""Cars that are still to come, as plans are told of them.

Where they will plug in nobody knows yet, so that they weigh on the grid connection, on three phases
alike. They are the expected ones, no cautious quantile, and not scaled by how many came today: a
plan that trusts a busy morning pays for a peak which a quiet afternoon would not have needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.plan import ExpectedArrival
from ocpp_core.domain.units import THREE_PHASES
from optimizer.forecast.arrivals import arrivals_forecast
from optimizer.forecast.history import History
from optimizer.forecast.needs import LEAST_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Where cars that come weigh on a site, and what one takes at most."""

    circuit_id: CircuitId
    """The grid connection."""
    most_w: float
    voltage_v: float


def coming_cars(
    history: History, *, at: datetime, end: datetime, entrance: Entrance
) -> tuple[ExpectedArrival, ...]:
    """Return the cars that are expected to come in [at, end); none in the first two weeks."""
    if not history.reaches(LEAST_DAYS, at):
        return ()
    most_a = entrance.most_w / len(THREE_PHASES) / entrance.voltage_v
    return tuple(
        ExpectedArrival(
            arrival=car.arrival,
            departure=car.departure,
            energy_wh=car.energy_wh,
            max_current_a=most_a,
            phases=THREE_PHASES,
            circuit_id=entrance.circuit_id,
            cars=car.number,
        )
        for car in arrivals_forecast(history, at=at, end=end)
    )
