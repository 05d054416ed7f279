"""Sessions as the planner works with them: orders in tenths of an ampere, powers in kW."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.plan import SessionNeed, SiteSnapshot
from ocpp_core.domain.units import THREE_PHASES, Phase, wire_limit_a

OVERDUE_S = 3600.0
"""A car that is still there after its departure is planned as if it left this much later, s."""

SHORTEST_H = 1 / 3600
"""Part of a slot below which a car counts as gone, h."""

DONE_KWH = 1e-3
"""Energy below which nothing is wanted any more, kWh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """A session as the planner works with it."""

    index: int
    need: SessionNeed
    circuit_id: CircuitId | None
    """Circuit of its connector; None when the site has no such connector."""
    phases: tuple[Phase, ...]
    min_deci: int
    """Lowest order other than 0, tenths of an ampere."""
    max_deci: int
    """Highest order, tenths of an ampere."""
    step_deci: int = 1
    """Orders are multiples of this, the lowest and the highest too."""
    kw_per_deci: float
    """Power drawn for each tenth of an ampere, kW."""
    accepts_kw: float = math.inf
    """Most that the car takes, whatever it is offered, kW."""
    ordered: float = 1.0
    """kW ordered for each kW that it takes; above 1 where it takes less than the lowest order."""
    on: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """kW ordered on L1, L2 and L3 for each kW that it takes."""
    taper_h: float = 0.0
    """How much longer its last energy takes because the car takes less then, h."""
    energy_kwh: float
    taken_kwh: float = 0.0
    """What it has got already."""
    departure: datetime
    """Until when it is planned; later than the stated departure when that has passed."""
    overdue: bool = False
    reserved: bool = False
    """It does not follow orders: what it draws is set aside, its orders use nothing more."""
    unable: str = ""
    """Why it can be given nothing at all, or empty."""

    @property
    def max_kw(self) -> float:
        """Highest power, kW."""
        return self.kw_at(self.max_deci)

    @property
    def least_kw(self) -> float:
        """Power at the lowest order, kW."""
        return self.kw_at(self.min_deci)

    def kw_at(self, order_deci: int) -> float:
        """Return the power that an order leads to, kW."""
        return min(order_deci * self.kw_per_deci, self.accepts_kw)

    @property
    def wants(self) -> bool:
        """Tell whether it takes part in the plan."""
        return not self.unable and self.energy_kwh > DONE_KWH


def number(value: float, otherwise: float = 0.0) -> float:
    """Return a value that can be reckoned with: itself when it is finite."""
    return value if math.isfinite(value) else otherwise


def car_of(index: int, need: SessionNeed, snapshot: SiteSnapshot, notes: list[str]) -> Car:
    """Return a session made usable; what had to be assumed goes into `notes`."""
    site = snapshot.site
    connector = site.connectors.get(need.ref)
    reserved = any(r.ref == need.ref for r in snapshot.reserves)
    unable = ""
    phases = need.phases
    min_a, max_a = number(need.min_current_a), number(need.max_current_a)
    if connector is None:
        unable = f"connector {need.ref} is not part of the site"
    else:
        phases = phases or connector.phases
        min_a = max(min_a, connector.min_current_a)
        max_a = min(max_a, connector.max_current_a)
        reserve = sum(number(r.current_a) for r in snapshot.reserves if r.ref == need.ref)
        if reserved:
            max_a = min(max_a, reserve)
    step_deci = max(1, round(10 * number(need.step_a)))
    phase_count = len(phases) or len(THREE_PHASES)
    kw_per_deci = phase_count * site.voltage_v / 10_000
    min_deci = max(1, _up(math.ceil(min_a * 10 - 1e-6), step_deci))
    max_deci = round(wire_limit_a(max_a) * 10) // step_deci * step_deci
    accepts_kw = math.inf
    if need.accepts_w is not None and math.isfinite(need.accepts_w) and need.accepts_w > 0:
        accepts_kw = need.accepts_w / 1000
        # More than it takes is not offered: it would only use up limits.
        enough = _up(math.ceil(accepts_kw / kw_per_deci - 1e-6), step_deci)
        max_deci = min(max_deci, max(enough, min_deci))
    if not unable and max_deci < min_deci:
        unable = f"it may take {max_a:.1f} A at most, less than the {min_a:g} A minimum"
    departure = need.departure
    overdue = departure <= snapshot.taken_at
    if overdue:
        departure = snapshot.taken_at + timedelta(seconds=OVERDUE_S)
        notes.append(f"{need.ref}: its departure is over, {OVERDUE_S / 60:g} min more assumed")
    if not math.isfinite(need.energy_wh):
        notes.append(f"{need.ref}: energy wanted is not a number, 0 assumed")
    elif need.energy_wh < 0:
        notes.append(f"{need.ref}: energy wanted is negative, 0 assumed")
    ordered = max(1.0, min_deci * kw_per_deci / accepts_kw)
    max_kw = min(max_deci * kw_per_deci / ordered, accepts_kw)
    return Car(
        index=index,
        need=need,
        circuit_id=None if connector is None else connector.circuit_id,
        phases=phases,
        min_deci=min_deci,
        max_deci=max(0, max_deci),
        step_deci=step_deci,
        kw_per_deci=kw_per_deci / ordered,
        ordered=ordered,
        on=_on(phases, ordered),
        accepts_kw=accepts_kw,
        taper_h=_taper_h(need, max_kw),
        energy_kwh=max(0.0, number(need.energy_wh)) / 1000,
        taken_kwh=max(0.0, number(need.taken_wh)) / 1000,
        departure=departure,
        overdue=overdue,
        reserved=reserved,
        unable=unable,
    )


def _on(phases: Sequence[Phase], ordered: float) -> tuple[float, float, float]:
    each = ordered / max(1, len(phases))
    l1, l2, l3 = (each if phase in phases else 0.0 for phase in THREE_PHASES)
    return l1, l2, l3


def _up(deci: int, step_deci: int) -> int:
    return -(-deci // step_deci) * step_deci


def _taper_h(need: SessionNeed, max_kw: float) -> float:
    """Return how much longer the last energy takes than at full power, h.

    Power falls in proportion to what is missing, down to a least share: taking the last `rest` so
    takes rest / power * (1 + ln(1 / least share)).
    """
    taper = need.taper
    if taper is None or max_kw <= 0 or not (taper.rest_wh > 0 and math.isfinite(taper.rest_wh)):
        return 0.0
    least = min(1.0, max(0.01, number(taper.least_share)))
    share = min(1.0, max(0.0, number(need.energy_wh)) / taper.rest_wh)
    if share <= 0:
        return 0.0
    at_full_h = share * taper.rest_wh / 1000 / max_kw
    whole_h = taper.rest_wh / 1000 / max_kw
    falling_h = whole_h * math.log(share / least) if share > least else 0.0
    slow_h = whole_h * min(share, least) / least
    return max(0.0, falling_h + slow_h - at_full_h)


def present_h(
    cars: Sequence[Car], taken_at: datetime, begins_h: Sequence[float], hours: Sequence[float]
) -> NDArray[np.float64]:
    """Return for how long of each slot each car is there: whole slots, a part of one, then none."""
    stay_h = np.array([(car.departure - taken_at).total_seconds() / 3600 for car in cars])
    here = stay_h.reshape(-1, 1) - np.array(begins_h).reshape(1, -1)
    present: NDArray[np.float64] = np.clip(here, 0.0, np.array(hours).reshape(1, -1))
    present[present < SHORTEST_H] = 0.0
    return present
