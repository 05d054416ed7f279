"""A plan in which cars give back, made from the plan in which nobody does.

First the program with columns for giving decides who gives when. What it decides, in steps of the
chargers, then is as PV is: it lowers imports, and nothing else. With it, a plan is made like any
other, whose cars also want back what they give. At last each car is followed through its slots, and
gives less where it would not have it, or would not get it back. The dearer one of both plans is
dropped, so giving never costs more than not giving.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ocpp_core.domain.plan import PlanOptions
from optimizer import lp
from optimizer.arrays import Floats, Ints
from optimizer.draft import Draft
from optimizer.giving import Giver, Giving, givers_of, worth_trusting
from optimizer.measure import objective_of
from optimizer.model import Inputs
from optimizer.problem import Problem, build

EPSILON_KWH = 1e-6
SHORT_KWH = 1e-3
"""Energy that a car may lack at the end beside the plan in which nobody gives, kWh."""

UPS = (0.5, 0.02)
"""Shares of the lowest order of giving from which it is given rather than nothing: either may be
better, less is given for a price, and a little more than wanted for a peak."""

MOST_CELLS = 30_000
"""Cells above which the programs with giving take too long."""

FEW_CELLS = 12_000
"""Cells up to which everything is tried that might be cheaper."""

type Feasible = Callable[[Problem, lp.Model, lp.Solution], Draft]
"""Makes orders that chargers can follow of a solution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """A cheaper draft in which cars give, and what it is explained and measured by."""

    draft: Draft
    problem: Problem
    """The problem once it is decided who gives."""
    relaxed: lp.Solution
    model: lp.Model
    objective: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of asking who might give."""

    notes: tuple[str, ...] = ()
    """Why cars that were told to give do not."""
    bound: float | None = None
    """Cost that no plan can beat in which cars may give; None where nobody may."""
    objective: float | None = None
    """Cost of the plan in which nobody gives, by the same measure."""
    better: GivenBack | None = None
    """None where giving pays nothing."""


def give_back(
    inputs: Inputs, options: PlanOptions, plain: Problem, base: Draft, feasible: Feasible
) -> Answer:
    """Return a draft that costs less than `base` by what cars give, if there is one."""
    givers, notes = givers_of(inputs, options)
    givers, others = worth_trusting(inputs, givers, plain.charged, plain.credit)
    notes = (*notes, *others)
    if not givers:
        return Answer(notes=notes)
    problem = build(inputs, options, givers=givers)
    giving = problem.giving
    if giving is None or not problem.size:
        return Answer(notes=notes)
    if problem.size > MOST_CELLS:
        return Answer(
            notes=(*notes, "cars give nothing back: they are too many to plan it in time")
        )
    relaxed = lp.Model(problem, options).solve()
    if not relaxed.optimal:
        return Answer(
            notes=(*notes, f"cars give nothing back: the solver stopped: {relaxed.status}")
        )
    goal = _delivered(inputs, base)
    least = objective_of(problem, base)
    answer = Answer(notes=notes, bound=relaxed.objective, objective=least)
    tried: set[bytes] = set()
    few = problem.size <= FEW_CELLS
    for up in UPS if few else UPS[:1]:
        orders = _decided(problem, giving, relaxed, up)
        if not orders.any() or orders.tobytes() in tried:
            continue
        tried.add(orders.tobytes())
        for after in (False, True) if few else (False,):
            made = _made(inputs, options, giving, orders, feasible, after=after)
            if made is None:
                break
            draft = _settled(problem, giving, orders, made.draft, goal)
            objective = objective_of(problem, draft)
            if objective < least:
                least = objective
                answer = replace(answer, better=replace(made, draft=draft, objective=objective))
            if _gives(giving, draft) == int(orders.sum()):
                break  # nothing was lost by energy that the repair moved
    return answer


def _gives(giving: Giving, draft: Draft) -> int:
    return -int(np.minimum(0, draft.orders[[one.car for one in giving.givers]]).sum())


def _delivered(inputs: Inputs, draft: Draft) -> Floats:
    """Return what each car gets, kWh."""
    delivered: Floats = draft.power_kw @ np.array(inputs.hours)
    return delivered


def _decided(problem: Problem, giving: Giving, relaxed: lp.Solution, up: float) -> Ints:
    """Return orders of giving (givers by slots, tenths of an ampere) that a solution stands for."""
    slots = len(problem.hours)
    orders = np.zeros((len(giving.givers), slots), dtype=np.int64)
    power = np.zeros(orders.shape)
    power[giving.giver, giving.slot] = relaxed.values["given"]
    for n, one in enumerate(giving.givers):
        charged = np.zeros(slots)
        cells = np.flatnonzero(problem.car == one.car)
        charged[problem.slot[cells]] = relaxed.power_kw[cells] * problem.cell_hours[cells]
        # Where nothing hinges on it, a solution may charge and give at once.
        both = np.minimum(charged * one.efficiency, power[n] * problem.hours)
        given = np.where(problem.hours > 0, power[n] - both / np.maximum(problem.hours, 1e-9), 0.0)
        orders[n] = _in_steps(one, given, up)
        orders[n] = _within(problem, one, orders[n], charged - both / one.efficiency)[0]
    _hold_back(giving, orders)
    return orders


def _in_steps(one: Giver, power_kw: Floats, up: float) -> Ints:
    deci = power_kw / one.kw_per_deci
    down: Ints = np.floor(deci + 1e-6).astype(np.int64) // one.step_deci * one.step_deci
    small = down < one.min_deci
    down[small] = np.where(deci[small] >= up * one.min_deci, one.min_deci, 0)
    return down


def _hold_back(giving: Giving, orders: Ints) -> None:
    """Lower orders in place until what flows back fits every limit."""
    unit = np.array([one.kw_per_deci for one in giving.givers])
    for back in giving.reverse:
        per_deci = back.weight * unit[back.givers]
        for slot in range(orders.shape[1]):
            over = float(per_deci @ orders[back.givers, slot]) - back.free_kw[slot]
            for place in np.argsort(orders[back.givers, slot], kind="stable").tolist():
                n = int(back.givers[place])
                if over <= 1e-6 or not orders[n, slot]:
                    continue
                left = _lowered(giving.givers[n], int(orders[n, slot]), over / per_deci[place])
                over -= (orders[n, slot] - left) * per_deci[place]
                orders[n, slot] = left


def _lowered(one: Giver, deci: int, by: float) -> int:
    """Return an order that is lower by at least so much, 0 where it falls below the lowest."""
    left = deci - math.ceil(by / one.step_deci - 1e-9) * one.step_deci
    return left if left >= one.min_deci else 0


def _within(problem: Problem, one: Giver, orders: Ints, offered_kwh: Floats) -> tuple[Ints, Floats]:
    """Follow a car: lower what it does not have to give; return that, and what it takes, kWh."""
    held, kept, taken = 0.0, orders.copy(), np.zeros(len(orders))
    per_deci = one.kw_per_deci * problem.hours / one.efficiency
    for slot in np.flatnonzero((orders > 0) | (offered_kwh > 0)).tolist():
        if kept[slot]:
            over = kept[slot] * per_deci[slot] - (held + one.available_kwh + EPSILON_KWH)
            if over > 0:
                kept[slot] = _lowered(one, int(kept[slot]), over / per_deci[slot])
            held -= kept[slot] * per_deci[slot]
        if not kept[slot]:
            taken[slot] = min(offered_kwh[slot], max(0.0, one.wanted_kwh - held))
            held += taken[slot]
    return kept, taken


def _made(
    inputs: Inputs,
    options: PlanOptions,
    giving: Giving,
    orders: Ints,
    feasible: Feasible,
    *,
    after: bool,
) -> GivenBack | None:
    """Make a plan in which it is decided who gives.

    `after`: cars that give charge only after that. The repair may bring charging forward, and a car
    has no room then for what it has not given yet.
    """
    hours = np.array(inputs.hours)
    some = [n for n in range(len(orders)) if orders[n].any()]
    givers = tuple(giving.givers[n] for n in some)
    given = np.array([one.kw_per_deci for one in givers])[:, None] * orders[some]
    owed = given * hours / np.array([one.efficiency for one in givers])[:, None]
    cars, present = list(inputs.cars), inputs.present_h.copy()
    for one, mine, back in zip(givers, orders[some], owed, strict=True):
        wanted = one.wanted_kwh + float(back.sum())
        cars[one.car] = replace(cars[one.car], energy_kwh=wanted)
        blocked = mine > 0
        if after:
            blocked = np.cumsum(mine[::-1])[::-1] > 0
        present[one.car, blocked] = 0.0
    fixed = replace(
        inputs,
        cars=tuple(cars),
        present_h=present,
        pv_kw=tuple((np.array(inputs.pv_kw) + given.sum(axis=0)).tolist()),
    )
    none = np.zeros(0, dtype=np.int64)
    problem = replace(
        build(fixed, options),
        giving=Giving(
            givers=givers,
            giver=none,
            slot=none,
            upper_kw=np.zeros(0),
            cost=np.zeros(0),
            decided_kwh=owed,
            reverse=(),
        ),
    )
    if not problem.size:
        return None
    model = lp.Model(problem, options)
    relaxed = model.solve()
    if not relaxed.optimal:
        return None
    draft = feasible(problem, model, relaxed)
    return GivenBack(draft=draft, problem=problem, relaxed=relaxed, model=model, objective=math.inf)


def _settled(
    problem: Problem, giving: Giving, orders: Ints, made: Draft, goal_kwh: Floats
) -> Draft:
    """Return the draft with what each car gives, lowered until it has that and gets it back."""
    inputs, hours = problem.inputs, problem.hours
    charges, power = made.orders.copy(), made.power_kw.copy()
    whole = np.where(hours > 0, hours, 1.0)
    for n, one in enumerate(giving.givers):
        if not orders[n].any():
            continue
        car = inputs.cars[one.car]
        mine = charges[one.car].copy()
        offered = np.array([car.kw_at(int(order)) for order in mine])
        offered = offered * inputs.present_h[one.car]
        kept = orders[n]
        while True:
            kept, taken = _within(problem, one, kept, offered)
            given = kept * one.kw_per_deci * hours
            short = goal_kwh[one.car] - float(taken.sum()) + float(given.sum()) / one.efficiency
            if short <= SHORT_KWH or not kept.any():
                break
            kept = _less(problem, one, kept, short * one.efficiency)
        charges[one.car] = np.where(taken > 0, mine, 0) - kept
        power[one.car] = (taken - given) / whole
    return Draft(inputs=inputs, orders=charges, power_kw=power, beside=made.beside)


def _less(problem: Problem, one: Giver, orders: Ints, by_kwh: float) -> Ints:
    """Return orders of giving that are lower by some energy, where a kWh is worth the least."""
    left, lowered = by_kwh, orders.copy()
    slots = np.flatnonzero(orders)
    for slot in slots[np.argsort(problem.charged[slots], kind="stable")].tolist():
        if left <= 0:
            break
        per_deci = one.kw_per_deci * problem.hours[slot]
        lowered[slot] = _lowered(one, int(orders[slot]), left / per_deci)
        left -= (orders[slot] - lowered[slot]) * per_deci
    return lowered
