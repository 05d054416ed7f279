"""How long a plan takes, against the same program straight from arrays to HiGHS.

Recorded sessions of a day (see `_acn`), several seeds, quarters of an hour and slots of five
minutes. CPU time of this process, one thread, garbage collected before each turn; what is compared
runs by turns on the same problem, and ratios are of one turn. AMPHERD_SEEDS makes fewer of them.

- direct: arrays to HiGHS, dual simplex, presolve off. Every car's arrival is known.
- pulp: the program in parts, written in PuLP, handed over, solved and read back.
- pools: the aggregate engine on the same problem. A plan is made by it from 10,000 cells on, and 75
  for each slot and kind of cars: here with 1,000 cars and more.
- hot: the kept program after 3 % of the cars want another energy; `again` is PuLP's own solve() of
  the same program. Of 3.4 ms with 200 cars HiGHS itself takes 2.5: 0.55 for a run in which nothing
  changed, and about 35 pivots of 0.055; edits take 0.4, reading back 0.35. `again` is 36 ms, so
  that the solver alone is 14 times faster; 20 times is out of reach with so many pivots, and
  other edge weights, scaling, pricing and perturbation (options of HiGHS) made it no faster.
- repair: program and repair to 0 or at least 6 A, and what that costs more than the program; hard:
  at least 60 % of the highest current.
- plan: everything from the snapshot to the checked plan with its words, all cars there at once;
  `next`: the plan after it, five minutes later.
"""

import gc
import os
import pickle
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import numpy as np
import pulp

from benchmarks import _acn
from ocpp_core.domain.plan import PlanOptions, SiteSnapshot
from optimizer import aggregate, lp
from optimizer.measure import objective_of, relative_gap
from optimizer.planner import Planner, make_plan
from optimizer.problem import Problem
from optimizer.repair import repair
from tests.optimizer import direct

SEEDS = int(os.environ.get("AMPHERD_SEEDS", "10"))
CASES = ((50, 96), (200, 96), (1000, 96), (5000, 96), (50, 288), (200, 288), (1000, 288))
"""Cars and slots of a day."""

HOT_STEPS = 20
HOT_CARS = (50, 200, 1000)
HARD_SHARE = 0.6

type Row = dict[str, object]


def main() -> dict[str, object]:
    """Print the tables and return their numbers."""
    _warm_up()
    return {
        "seeds": SEEDS,
        "time": "CPU ms, one thread",
        "load": os.getloadavg(),
        "engines": [_engines(cars, slots) for cars, slots in CASES],
        "hot": [_hot(cars) for cars in HOT_CARS],
        "repair": [_repair(200, share) for share in (0.0, HARD_SHARE)],
        "plans": [_plans(cars, slots) for cars, slots in CASES],
        "memory": _memory(5000),
    }


def _warm_up() -> None:
    problem = _acn.day(20, 24)
    direct.solve(problem)
    aggregate.solve(problem, _acn.MONEY)
    make_plan(_acn.snapshot(_acn.stays(20, 24, 1), 24), PlanOptions())


def _engines(cars: int, slots: int) -> Row:
    rows = []
    for seed in range(1, SEEDS + 1):
        problem = _acn.day(cars, slots, seed)
        took_direct, cost = _timed(partial(direct.solve, problem))
        took_pulp, by_parts = _timed(partial(lp.solve, problem, _acn.MONEY))
        took_pools, by_pools = _timed(partial(aggregate.solve, problem, _acn.MONEY))
        found = (by_parts.objective, np.nan if by_pools is None else by_pools.objective)
        rows.append(
            {
                "cells": problem.size,
                "direct": took_direct,
                "pulp": took_pulp,
                "pools": took_pools,
                "pulp_to_direct": took_pulp / took_direct,
                "pools_to_direct": took_pools / took_direct,
                "difference": max(abs(one - cost) / abs(cost) for one in found),
            }
        )
    return _told(f"{cars} cars x {slots}", {"cars": cars, "slots": slots}, rows)


def _hot(cars: int) -> Row:
    rows = []
    for seed in range(1, min(SEEDS, 3) + 1):
        chance = random.Random(seed)
        problem = _acn.day(cars, 96, seed)
        kept = lp.Kept()
        kept.solve(problem, _acn.MONEY)
        for _ in range(HOT_STEPS):
            energy = problem.energy_kwh.copy()
            for car in chance.sample(range(cars), max(1, cars * 3 // 100)):
                energy[car] *= chance.uniform(0.5, 1.5)
            problem = replace(problem, energy_kwh=energy)
            hot, (_, found) = _timed(partial(kept.solve, problem, _acn.MONEY))
            build, fresh = _timed(partial(lp.Model, problem, _acn.MONEY))
            again, _ = _timed(partial(fresh.written.solve, _solver()))
            cost = direct.solve(problem)
            rows.append(
                {
                    "hot": hot,
                    "build": build,
                    "again": again,
                    "again_to_hot": again / hot,
                    "difference": abs(found.objective - cost) / abs(cost),
                }
            )
    told = _told(f"hot, {cars} cars", {"cars": cars}, rows)
    times = sorted(row["hot"] for row in rows)
    told["hot_p95"] = times[int(0.95 * (len(times) - 1))]
    print(f"{'':18} hot p95 {told['hot_p95']:.1f} ms")
    return told


def _repair(cars: int, least_share: float) -> Row:
    rows = []
    for seed in range(1, SEEDS + 1):
        problem = _acn.day(cars, 96, seed, least_share=least_share)
        solving, _ = _timed(partial(direct.solve, problem))
        mending, loss = _timed(partial(_mended, problem))
        rows.append(
            {
                "direct": solving,
                "repair": mending,
                "repair_to_direct": mending / solving,
                "loss": loss,
            }
        )
    name = f"repair, {'hard' if least_share else '6 A'}"
    return _told(name, {"cars": cars, "least_share": least_share}, rows)


def _mended(problem: Problem) -> float:
    """Solve and repair; return what that costs more than the program, as a share."""
    model = lp.Model(problem, _acn.MONEY)
    relaxed = model.solve()
    draft = repair(problem, relaxed, model.solve_within, _acn.MONEY)
    return relative_gap(objective_of(problem, draft), relaxed.objective)


def _plans(cars: int, slots: int) -> Row:
    rows, engines = [], set()
    options = PlanOptions()
    for seed in range(1, min(SEEDS, 3) + 1):
        taken = _acn.snapshot(_acn.stays(cars, slots, seed), slots)
        planner = Planner()
        solving, _ = _timed(partial(direct.solve, _acn.released(taken)))
        first, outcome = _timed(partial(planner.plan, taken, options))
        second, _ = _timed(partial(planner.plan, _later(taken), options))
        engines.add(f"{type(outcome).__name__} by {outcome.plan.engine}")
        rows.append(
            {
                "direct": solving,
                "plan": first,
                "next": second,
                "plan_to_direct": first / solving,
                "gap": getattr(outcome, "gap", np.nan),
            }
        )
    told = _told(f"plan, {cars} x {slots}", {"cars": cars, "slots": slots}, rows)
    told["outcomes"] = sorted(engines)
    print(f"{'':18} {', '.join(sorted(engines))}")
    return told


def _later(taken: SiteSnapshot) -> SiteSnapshot:
    """The snapshot five minutes on: the running slot is shorter, or gone."""
    now = taken.taken_at + timedelta(minutes=5)
    starts = [start for start in taken.slot_starts if start >= now]
    if starts[0] > now:
        starts.insert(0, now)
    count = len(starts)
    return replace(
        taken,
        taken_at=now,
        slot_starts=tuple(starts),
        energy_price_per_kwh=taken.energy_price_per_kwh[-count:],
        feed_in_per_kwh=taken.feed_in_per_kwh[-count:],
        building_w=taken.building_w[-count:],
        pv_w=taken.pv_w[-count:],
    )


def _memory(cars: int) -> Row:
    """Return the highest resident memory of a process that plans by pools, MB.

    It gets the problem as a pickle: reading the recorded sessions takes more than planning them.
    """
    program = (
        "import pickle, resource, sys; from optimizer import aggregate\n"
        "def top(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "problem, options = pickle.load(sys.stdin.buffer); before = top()\n"
        "found = aggregate.solve(problem, options); assert found.optimal; print(before, top())"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps((_acn.day(cars, 96), _acn.MONEY)),
        capture_output=True,
        check=True,
    )
    before, after = map(float, run.stdout.split())
    print(f"memory, {cars} cars: {after:.0f} MB at most, {before:.0f} before the engine starts")
    return {"cars": cars, "rss_mb": after, "rss_before_mb": before}


def _solver() -> pulp.HiGHS:
    return pulp.HiGHS(msg=False, threads=1, presolve="off", solver="simplex")


def _timed[T](piece: Callable[[], T]) -> tuple[float, T]:
    """Return the CPU time of a piece of work, ms, and what it made."""
    gc.collect()
    began = time.process_time()
    made = piece()
    return 1000 * (time.process_time() - began), made


def _told(name: str, case: Row, rows: list[dict[str, float]]) -> Row:
    """Print and return the median of each column over the seeds, with its range."""
    told: Row = dict(case)
    words = []
    for column in rows[0]:
        values = [row[column] for row in rows]
        middle, low, high = statistics.median(values), min(values), max(values)
        told[column] = {"median": middle, "min": low, "max": high}
        words.append(f"{column} {middle:.3g} ({low:.2g}-{high:.2g})")
    print(f"{name:18} {'  '.join(words)}", flush=True)
    return told
