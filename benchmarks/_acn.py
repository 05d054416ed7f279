"""A day of recorded sessions as a planning problem: real arrivals, departures and energies.

Sessions of both garages of ACN-Data (Caltech and JPL, 2019 to 2020), drawn with a fixed seed and
put on one day from 05:00, per-car limits of 6.6 kW (a fifth of them 16.5 kW), a site limit of 60 %
of the peak that they would make uncontrolled, SCE TOU-EV-4 summer prices, and 1/30 of a monthly
demand charge of 15.51 $/kW. The folder of the data is AMPHERD_DATA.
"""

from __future__ import annotations

import math
import os
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq

from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    SessionId,
    SiteId,
)
from ocpp_core.domain.plan import PlanOptions, SessionNeed, SiteSnapshot
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site
from ocpp_core.domain.units import THREE_PHASES
from optimizer.model import read
from optimizer.problem import Problem, build

DATA = Path(os.environ.get("AMPHERD_DATA", "../shared/data"))
ZONE = ZoneInfo("America/Los_Angeles")
DAY = datetime(2019, 7, 9, 5, tzinfo=ZONE).astimezone(UTC)
VOLTS = 208.0
LIMIT_SHARE = 0.6
DEMAND_CHARGE = 15.51 / 30
MONEY = PlanOptions(
    unmet_price_per_kwh=20.0, late_price_per_kwh=0.0, energy_first=False, time_limit_s=60.0
)
"""Prices and a tiny preference for early hours; no premium on the last minutes of a stay.

The limit counts on the wall: on a busy machine a second of work may take more than the usual 5 s.
"""


@dataclass(frozen=True, slots=True)
class Stay:
    """A session on the day: hours since its start."""

    comes_h: float
    leaves_h: float
    energy_kwh: float
    amps: float


@cache
def _recorded() -> tuple[tuple[float, float, float], ...]:
    """Return hour of arrival since 05:00, length of stay and energy of every session."""
    found = []
    for site in ("caltech", "jpl"):
        rows = pq.read_table(DATA / f"acn_{site}_sessions_2019_2020.parquet").to_pylist()
        for row in rows:
            local = row["arrival"].astimezone(ZONE)
            comes = (local.hour + local.minute / 60 - 5) % 24
            stay = (row["departure"] - row["arrival"]).total_seconds() / 3600
            if row["delivered_kwh"] > 0.5 and stay > 0.25:
                found.append((comes, stay, float(row["delivered_kwh"])))
    return tuple(found)


def stays(cars: int, slots: int, seed: int, *, aligned: bool = True) -> list[Stay]:
    """Draw a day's sessions; `aligned`: they come and go with the slots, as in the literature."""
    chance = random.Random(seed)
    length_h = 24 / slots
    drawn: list[Stay] = []
    while len(drawn) < cars:
        comes, stay, energy = chance.choice(_recorded())
        leaves = min(24.0, comes + stay)
        if aligned:
            comes = int(comes / length_h) * length_h
            leaves = max(round(leaves / length_h), round(comes / length_h) + 1) * length_h
        if comes >= 24 or leaves > 24 + 1e-9:
            continue
        amps = 79.0 if chance.random() < 0.2 else 31.7
        most = amps * VOLTS / 1000 * (leaves - comes)
        drawn.append(Stay(comes, leaves, min(energy, most), amps))
    return drawn


def snapshot(
    drawn: list[Stay], slots: int, *, start: datetime = DAY, least_share: float = 0.0
) -> SiteSnapshot:
    """Return the snapshot of all sessions, as if every car were there at `start`.

    `least_share`: lowest current other than 0, as a share of the highest; 6 A when it is 0.
    """
    length_h = 24 / slots
    uncontrolled = np.zeros(slots)
    for stay in drawn:
        kw = stay.amps * VOLTS / 1000
        first, last = int(stay.comes_h / length_h), int(stay.leaves_h / length_h)
        for slot in range(first, min(last + 1, slots)):
            done = (slot - first) * length_h * kw
            uncontrolled[slot] += max(0.0, min(kw, (stay.energy_kwh - done) / length_h))
    limit_w = 1000 * LIMIT_SHARE * float(uncontrolled.max())
    points = tuple(
        ChargePoint(
            charge_point_id=ChargePointId(f"CP-{n}"),
            connectors=(
                Connector(
                    ref=ConnectorRef(ChargePointId(f"CP-{n}"), ConnectorId(1)),
                    circuit_id=CircuitId("main"),
                    phases=THREE_PHASES[:1],
                    max_current_a=stay.amps,
                ),
            ),
        )
        for n, stay in enumerate(drawn)
    )
    site = Site(
        site_id=SiteId("bench"),
        name="bench",
        timezone=ZONE,
        currency="USD",
        voltage_v=VOLTS,
        circuits=(Circuit(circuit_id=CircuitId("main"), limit_w=limit_w),),
        charge_points=points,
        building_circuit_id=CircuitId("main"),
    )
    sessions = tuple(
        SessionNeed(
            session_id=SessionId(f"{n:05}"),
            ref=point.connectors[0].ref,
            phases=THREE_PHASES[:1],
            max_current_a=stay.amps,
            energy_wh=1000 * stay.energy_kwh,
            departure=start + timedelta(hours=stay.leaves_h),
            min_current_a=max(6.0, math.ceil(10 * least_share * stay.amps) / 10),
        )
        for n, (stay, point) in enumerate(zip(drawn, points, strict=True))
    )
    starts = tuple(start + timedelta(hours=length_h * n) for n in range(slots))
    return SiteSnapshot(
        taken_at=start,
        site=site,
        slot_starts=starts,
        horizon_end=start + timedelta(hours=24),
        sessions=sessions,
        energy_price_per_kwh=tuple(map(price_at, starts)),
        feed_in_per_kwh=(0.0,) * slots,
        building_w=(0.0,) * slots,
        pv_w=(0.0,) * slots,
        demand_charge_per_kw=DEMAND_CHARGE,
    )


def price_at(instant: datetime) -> float:
    """SCE TOU-EV-4, summer weekdays, $/kWh."""
    local = instant.astimezone(ZONE)
    if local.hour >= 23 or local.hour < 8:
        return 0.05623
    return 0.26668 if 12 <= local.hour < 18 else 0.0925


def day(
    cars: int,
    slots: int,
    seed: int = 1,
    options: PlanOptions = MONEY,
    *,
    least_share: float = 0.0,
) -> Problem:
    """Return the problem of a whole day with every arrival known, all cars alike."""
    drawn = stays(cars, slots, seed)
    arrivals = {n: DAY + timedelta(hours=stay.comes_h) for n, stay in enumerate(drawn)}
    taken = snapshot(drawn, slots, least_share=least_share)
    return build(read(taken), options, arrivals, alike=True)


def released(taken: SiteSnapshot) -> Problem:
    """Return the problem of a snapshot as `plan` has it."""
    return build(read(taken), PlanOptions(), alike=True)
