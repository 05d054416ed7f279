"""How long a plan takes, against the same program straight from arrays to HiGHS.

Made-up cars with a fixed seed on a main fuse with three feeders, a 24-hour horizon in quarters of
an hour, time-of-use prices, PV and a demand charge. CPU time of this process, one thread; what is
compared runs by turns.
"""

import gc
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import optimizer
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
from optimizer import lp
from optimizer.model import read
from optimizer.problem import build
from tests.optimizer import direct as _direct

CASES = ((50, 0.9), (50, 0.45), (200, 0.9), (200, 0.45))
"""Cars, and the main fuse as a share of half their summed currents."""

REPEATS = 7
FEEDERS = 3


def snapshot(cars: int, share: float, seed: int = 1) -> SiteSnapshot:
    """Return a day with `cars` cars plugged in now."""
    chance = random.Random(seed)
    now = datetime(2026, 3, 2, 7, 3, tzinfo=UTC)
    first = datetime(2026, 3, 2, 7, 15, tzinfo=UTC)
    starts = (now, *(first + timedelta(minutes=15 * n) for n in range(95)))
    phases = [(THREE_PHASES[n % 3],) if n % 2 else THREE_PHASES for n in range(cars)]
    amps = [chance.choice([16.0, 32.0]) for _ in range(cars)]
    summed = sum(a * len(p) / 3 for a, p in zip(amps, phases, strict=True))
    main_a = share * 0.5 * summed + 40
    main = CircuitId("main")
    site = Site(
        site_id=SiteId("bench"),
        name="bench",
        timezone=ZoneInfo("Europe/Amsterdam"),
        currency="EUR",
        voltage_v=230,
        circuits=(
            Circuit(circuit_id=main, limit_a=main_a),
            *(
                Circuit(
                    circuit_id=CircuitId(f"feeder-{n}"),
                    parent_id=main,
                    limit_a=1.3 * main_a / FEEDERS,
                )
                for n in range(FEEDERS)
            ),
        ),
        charge_points=tuple(
            ChargePoint(
                charge_point_id=ChargePointId(f"CP-{n}"),
                connectors=(
                    Connector(
                        ref=ConnectorRef(ChargePointId(f"CP-{n}"), ConnectorId(1)),
                        circuit_id=CircuitId(f"feeder-{n % FEEDERS}"),
                        phases=phases[n],
                        max_current_a=32,
                    ),
                ),
            )
            for n in range(cars)
        ),
        building_circuit_id=main,
    )
    sessions = []
    for n, connector in enumerate(site.connectors.values()):
        stay_h = chance.uniform(1, 9)
        most_wh = amps[n] * len(phases[n]) * 230 * stay_h
        sessions.append(
            SessionNeed(
                session_id=SessionId(str(n)),
                ref=connector.ref,
                phases=phases[n],
                max_current_a=amps[n],
                energy_wh=min(chance.uniform(5, 40) * 1000, 0.95 * most_wh),
                departure=now + timedelta(hours=stay_h),
                current_a=chance.choice([0.0, 0.0, 10.0]),
            )
        )
    return SiteSnapshot(
        taken_at=now,
        site=site,
        slot_starts=starts,
        horizon_end=starts[-1] + timedelta(minutes=15),
        sessions=tuple(sessions),
        energy_price_per_kwh=tuple(0.27 if 12 <= s.hour < 18 else 0.09 for s in starts),
        feed_in_per_kwh=(0.03,) * len(starts),
        building_w=(20_000.0,) * len(starts),
        pv_w=tuple(max(0.0, 40_000 * (1 - abs(s.hour - 13) / 5)) for s in starts),
        demand_charge_per_kw=15.51,
        peak_so_far_w=30_000,
    )


def main() -> dict[str, object]:
    """Print the table and return its numbers."""
    print(f"{'cars':>5} {'fuse':>5} {'cells':>6} {'direct':>8} {'PuLP':>8} {'ratio':>6}", end=" ")
    print(f"{'plan':>8} {'ratio':>6} {'gap %':>6} {'unmet kWh':>10}   CPU ms, medians of {REPEATS}")
    rows = []
    options = PlanOptions()
    for cars, share in CASES:
        taken = snapshot(cars, share)
        problem = build(read(taken), options)

        took = _by_turns(
            {
                "direct": lambda: _direct.solve(problem),  # noqa: B023  (called within the round)
                "pulp": lambda: lp.solve(problem, options),  # noqa: B023  (called within the round)
                "plan": lambda: optimizer.plan(taken, options),  # noqa: B023  (as above)
            }
        )
        outcome = optimizer.plan(taken, options)
        same = _direct.solve(problem), lp.solve(problem, options).objective
        row = {
            "cars": cars,
            "fuse_share": share,
            "cells": problem.size,
            "direct_ms": took["direct"],
            "pulp_ms": took["pulp"],
            "pulp_to_direct": took["pulp"] / took["direct"],
            "plan_ms": took["plan"],
            "plan_to_direct": took["plan"] / took["direct"],
            "outcome": type(outcome).__name__,
            "gap": getattr(outcome, "gap", None),
            "unmet_kwh": sum(u.energy_wh for u in outcome.plan.unmet) / 1000,
            "objective_difference": abs(same[0] - same[1]) / max(1.0, abs(same[0])),
        }
        rows.append(row)
        print(
            f"{cars:5} {share:5} {problem.size:6} {took['direct']:8.1f} {took['pulp']:8.1f} "
            f"{row['pulp_to_direct']:6.1f} {took['plan']:8.1f} {row['plan_to_direct']:6.1f} "
            f"{100 * (getattr(outcome, 'gap', None) or 0):6.2f} {row['unmet_kwh']:10.1f}"
        )
    return {"repeats": REPEATS, "time": "CPU ms", "cases": rows}


def _by_turns(work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median CPU time of each piece of work, ms."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for turn in range(REPEATS + 1):
        for name, piece in work.items():
            gc.collect()
            began = time.process_time()
            piece()
            if turn:  # the first round loads libraries
                times[name].append(1000 * (time.process_time() - began))
    return {name: statistics.median(taken) for name, taken in times.items()}
