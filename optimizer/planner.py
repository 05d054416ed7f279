"""Making a plan: read, solve, repair, explain, check; fall back when any of them fails."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from functools import partial

import numpy as np

from ocpp_core.domain.ids import PlanId
from ocpp_core.domain.plan import (
    Fallback,
    Feasible,
    Optimal,
    Plan,
    PlanOptions,
    PlanOutcome,
    SiteSnapshot,
)
from ocpp_core.domain.tariff import site_cost
from optimizer import aggregate, check, explain, fallback, lp
from optimizer.arrays import Floats
from optimizer.balance import hold_balance
from optimizer.beside import notes_on, words_on_arrivals
from optimizer.coarse import coarser
from optimizer.draft import Draft
from optimizer.giveback import give_back
from optimizer.measure import objective_of, relative_gap
from optimizer.model import Inputs, read
from optimizer.policies import turns
from optimizer.problem import Problem, build
from optimizer.repair import repair
from optimizer.runs import broken_rules, rules_of
from optimizer.split import fairness_of, share_out

ENGINE = "pulp-highs"
POOLS = "aggregate"
MOST_CELLS = 30_000
"""Cells above which the repair solves the program of single cars only where it has to."""

OPTIMAL_GAP = 1e-3
"""Relative distance to the bound up to which a plan is called optimal."""

STOPPED = "the solver stopped"
OUT_OF_TIME = f"{STOPPED}: Time limit reached"

SHORT_KWH = 0.05
"""Energy missing together from which it matters who goes without."""


class Planner:
    """Plans for one site after another plan: what is kept in between saves time and nothing else.

    The cost is that of `optimizer.plan`; among plans that cost the same it may choose another.
    """

    def __init__(self) -> None:
        self._kept = lp.Kept()

    def plan(self, snapshot: SiteSnapshot, options: PlanOptions) -> PlanOutcome:
        """See `optimizer.plan`."""
        return make_plan(snapshot, options, self._kept)


def make_plan(
    snapshot: SiteSnapshot, options: PlanOptions, kept: lp.Kept | None = None
) -> PlanOutcome:
    """See `optimizer.plan`; `kept` is the program of the plan before."""
    began = time.perf_counter()
    inputs = read(snapshot)
    try:
        outcome = _optimised(inputs, options, kept or lp.Kept())
        if isinstance(outcome, Fallback) and outcome.why == OUT_OF_TIME:
            outcome = _in_fewer_slots(snapshot, options) or outcome
    except Exception as fault:  # noqa: BLE001  (a site without orders is worse than any bug here)
        outcome = fall_back(inputs, f"the planner failed: {type(fault).__name__}: {fault}")
    plan = replace(outcome.plan, solve_s=time.perf_counter() - began)
    return replace(outcome, plan=plan)


def _in_fewer_slots(snapshot: SiteSnapshot, options: PlanOptions) -> Optimal | Feasible | None:
    """Return a plan in which later slots are longer; None where that does not come about either.

    Half the time at most, so that there is one before the deadline.
    """
    rough = coarser(snapshot)
    if rough is None:
        return None
    less = replace(options, time_limit_s=options.time_limit_s / 2)
    outcome = _optimised(read(rough), less, lp.Kept(), hurried=True)
    if isinstance(outcome, Fallback):
        return None
    note = (
        f"{len(snapshot.sessions)} cars in {len(snapshot.slot_starts)} slots took too long: later "
        f"slots are an hour long, {len(rough.slot_starts)} slots in all"
    )
    return replace(outcome, plan=replace(outcome.plan, notes=(*outcome.plan.notes, note)))


def fall_back(inputs: Inputs, why: str, findings: tuple[str, ...] = ()) -> Fallback:
    """Return equal shares; when not even those pass the check, everybody waits."""
    shared = _balanced(fallback.share_equally(inputs))
    plan = assemble(shared, explain.without_solver(shared, why), "equal-share")
    wrong = check.findings(inputs.snapshot, plan)
    if wrong:
        findings = (*findings, *wrong)
        idle = fallback.nothing(inputs)
        plan = assemble(idle, explain.without_solver(idle, why), "all-wait")
    return Fallback(plan=plan, why=why, findings=findings)


def _balanced(draft: Draft) -> Draft:
    inputs = draft.inputs
    return Draft.of(inputs, hold_balance(inputs, draft.orders))


def _optimised(
    inputs: Inputs, options: PlanOptions, kept: lp.Kept, *, hurried: bool = False
) -> PlanOutcome:
    """Return the best plan, or why there is none; `hurried`: without turns, which takes longer."""
    pools = options.engine == POOLS or (
        options.engine == "auto" and aggregate.may_suit(inputs, options)
    )
    problem = build(inputs, options, alike=pools or hurried)
    model: lp.Model | None = None
    engine = ENGINE
    if not problem.size and (problem.battery is None or not len(problem.hours)):
        relaxed = lp.nothing_to_solve(problem)
        draft = fallback.nothing(inputs)
    elif pools and (found := _by_pools(problem, options)) is not None:
        engine, relaxed = POOLS, found
        shared, split = _as_split(problem, relaxed)
        draft = _from_split(shared, split, options)
    else:
        model, relaxed = kept.solve(problem, options)
        if not relaxed.optimal:
            return fall_back(inputs, f"{STOPPED}: {relaxed.status}")
        draft = _feasible(problem, options, model, relaxed)
    bound, objective = relaxed.objective, objective_of(problem, draft)
    asked = give_back(
        inputs, options, problem, draft, lambda p, m, found: _feasible(p, options, m, found)
    )
    if asked.bound is not None and asked.objective is not None:
        bound, objective = asked.bound, asked.objective
    if (gives := asked.better) is not None:
        engine, draft, objective = ENGINE, gives.draft, gives.objective
        problem, relaxed, model = gives.problem, gives.relaxed, gives.model
    explained = explain.with_solver(draft, problem, relaxed, model)
    plan = assemble(
        draft,
        explained,
        engine,
        bound=bound,
        objective=objective,
        options=options,
        notes=asked.notes,
    )
    wrong = check.findings(inputs.snapshot, plan, options)
    if wrong:
        return fall_back(inputs, "the plan did not pass the check", wrong)
    gap = relative_gap(objective, bound)
    return Optimal(plan=plan, gap=gap) if gap <= OPTIMAL_GAP else Feasible(plan=plan, gap=gap)


def _by_pools(problem: Problem, options: PlanOptions) -> lp.Solution | None:
    """Return what pools find, or None where the full program is to do it."""
    asked = options.engine == POOLS
    found = aggregate.solve(problem, options, rounds=aggregate.rounds(asked=asked))
    return found if found is not None and found.optimal else None


def _from_split(problem: Problem, split: lp.Solution, options: PlanOptions) -> Draft:
    """Return orders that chargers can follow from what pools gave each car.

    Solving the program of single cars takes longer the larger a site is, and most splits hardly
    need it: many cars at full power and few in between.
    """
    if problem.size <= MOST_CELLS:
        return repair(problem, split, _Later(problem, options).solve_within, options)
    refused = replace(lp.nothing_to_solve(problem), optimal=False, feasible=False)
    draft = repair(problem, split, lambda *_: refused, options)
    if relative_gap(objective_of(problem, draft), split.objective) <= OPTIMAL_GAP:
        return draft
    # Half the time at most, so that there is a plan before the deadline.
    later = _Later(problem, replace(options, time_limit_s=options.time_limit_s / 2))
    tries = draft, repair(problem, split, later.solve_within, options)
    return min(tries, key=partial(_rank, problem))


def _rank(problem: Problem, draft: Draft) -> tuple[int, float]:
    """Order of drafts, the best first: the fewest broken rules, then the least cost."""
    broken = sum(1 for _ in broken_rules(problem.inputs, problem.rules, draft.orders))
    return broken, objective_of(problem, draft)


class _Later:
    """The program of single cars, built only when the repair asks for it."""

    def __init__(self, problem: Problem, options: PlanOptions) -> None:
        self._problem, self._options = problem, options
        self._model: lp.Model | None = None

    def solve_within(
        self, lower_kw: Floats, upper_kw: Floats, steps: lp.Steps | None = None
    ) -> lp.Solution:
        """Solve within bounds."""
        if self._model is None:
            self._model = lp.Model(self._problem, self._options)
        return self._model.solve_within(lower_kw, upper_kw, steps)


def _as_split(problem: Problem, relaxed: lp.Solution) -> tuple[Problem, lp.Solution]:
    """Return the problem in which cars want what the split gives them, where some go short.

    Pools know no turns: repair would let others have it.
    """
    if _missing_kwh(problem, relaxed.power_kw) <= SHORT_KWH:
        return problem, relaxed
    cars = len(problem.energy_kwh)
    given = np.bincount(problem.car, weights=relaxed.power_kw * problem.cell_hours, minlength=cars)
    forgone = float(problem.credit @ (problem.energy_kwh - given))
    shared = replace(problem, energy_kwh=given)
    return shared, replace(relaxed, objective=relaxed.objective - forgone)


def _feasible(
    problem: Problem, options: PlanOptions, model: lp.Model, relaxed: lp.Solution
) -> Draft:
    """Return orders that chargers can follow, with what is missing shared out evenly.

    The model is left as it was when it found `relaxed`.
    """
    wanted, asked, basis = relaxed, model, model.basis()
    even = turns(problem.inputs, options.policy).even
    if even and _missing_kwh(problem, relaxed.power_kw) > SHORT_KWH:
        fair = lp.Model(problem, options, fair=True)
        shared = share_out(fair, problem, relaxed)
        if shared.optimal:
            asked, wanted = fair, shared
    draft = repair(problem, wanted, asked.solve_within, options)
    model.restore(basis)
    return draft


def _missing_kwh(problem: Problem, power_kw: Floats) -> float:
    """Energy that cars could take within their stay but do not get, kWh."""
    cars = len(problem.energy_kwh)
    given = np.bincount(problem.car, weights=power_kw * problem.cell_hours, minlength=cars)
    could = np.bincount(problem.car, weights=problem.upper_kw * problem.cell_hours, minlength=cars)
    return float(np.maximum(0.0, np.minimum(problem.energy_kwh, could) - given).sum())


def assemble(
    draft: Draft,
    explained: explain.Explained,
    engine: str,
    *,
    bound: float | None = None,
    objective: float | None = None,
    options: PlanOptions | None = None,
    notes: tuple[str, ...] = (),
) -> Plan:
    """Return the plan for a draft and its reasons."""
    inputs, snapshot = draft.inputs, draft.inputs.snapshot
    charging, battery_kw = draft.charging_kw().tolist(), draft.beside.battery_kw.tolist()
    base = [b - pv for b, pv in zip(inputs.building_kw, inputs.pv_kw, strict=True)]
    site_w = [1000 * sum(kw) for kw in zip(base, charging, battery_kw, strict=True)]
    return Plan(
        plan_id=_plan_id(snapshot),
        made_at=snapshot.taken_at,
        horizon_end=snapshot.horizon_end,
        slot_starts=snapshot.slot_starts,
        slots=explained.slots,
        site_w=tuple(site_w),
        charging_w=tuple(1000 * kw for kw in charging),
        battery_w=tuple(1000 * kw for kw in battery_kw) if snapshot.battery else (),
        unmet=explained.unmet,
        broken_rules=tuple(broken_rules(inputs, rules_of(inputs, options), draft.orders)),
        circuit_prices=explained.prices,
        circuit_values=explained.values,
        fairness=fairness_of(draft),
        cost=_cost(inputs, site_w) - _cost(inputs, [1000 * kw for kw in base]),
        bound=bound,
        objective=objective,
        engine=engine,
        notes=(
            *inputs.notes,
            *notes_on(inputs),
            *notes,
            *words_on_arrivals(inputs, draft.beside),
        ),
    )


def _cost(inputs: Inputs, site_w: list[float]) -> float:
    energy = site_cost.energy_cost(site_w, inputs.hours, inputs.price, inputs.feed_in)
    so_far_w = 1000 * inputs.peak_so_far_kw
    peak_w = site_cost.peak_w(site_w, inputs.starts, inputs.snapshot.horizon_end, so_far_w)
    return energy + site_cost.demand_charge(peak_w / 1000, inputs.demand_charge_per_kw)


def _plan_id(snapshot: SiteSnapshot) -> PlanId:
    """Name a plan by what it is made from: equal snapshots give equal plans."""
    parts = (
        snapshot.site.site_id,
        snapshot.slot_starts,
        snapshot.sessions,
        snapshot.reserves,
        snapshot.limits,
        snapshot.energy_price_per_kwh,
        snapshot.building_w,
        snapshot.building_high_w,
        snapshot.pv_w,
        snapshot.peak_so_far_w,
        snapshot.expected_peak_w,
        snapshot.expected_arrivals,
        snapshot.battery,
        snapshot.carbon_kg_per_kwh,
    )
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=4).hexdigest()
    return PlanId(f"{snapshot.taken_at:%Y%m%dT%H%M%SZ}-{digest}")
