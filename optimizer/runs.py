"""Rules of how cars switch: the shortest run, and how often a car may start.

A run is a time in which a car is ordered more than 0 without a break. The one that is under way
goes on from when it began. The last run of a stay or of the plan may be shorter: the car leaves, or
the next plan goes on with it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocpp_core.domain.plan import BrokenRule, PlanOptions
from optimizer.cars import Car
from optimizer.model import Inputs

EPSILON_H = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRule:
    """What a car has to keep to from now on."""

    min_run_h: float
    starts_left: int | None
    """None for any number."""
    running: bool
    """It charges now."""
    ran_h: float
    """For how long it has."""

    @property
    def owed_h(self) -> float:
        """For how much longer the present run has to last."""
        return max(0.0, self.min_run_h - self.ran_h) if self.running else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of a car's orders: slots from `first` up to and with `last`."""

    first: int
    last: int
    goes_on: bool
    """It was under way before the plan."""


def rules_of(inputs: Inputs, options: PlanOptions | None) -> dict[int, RunRule]:
    """Return the rules of the cars that have any, by the car's number."""
    rules: dict[int, RunRule] = {}
    site = options or PlanOptions()
    needs = inputs.snapshot.sessions
    own = any(need.min_run_s is not None or need.max_starts is not None for need in needs)
    if not own and site.min_run_s <= 0 and site.max_starts is None:
        return rules
    for car in inputs.cars:
        rule = _rule(inputs, site, car)
        if rule is not None:
            rules[car.index] = rule
    return rules


def _rule(inputs: Inputs, options: PlanOptions, car: Car) -> RunRule | None:
    need = car.need
    min_run_s = options.min_run_s if need.min_run_s is None else need.min_run_s
    if not (math.isfinite(min_run_s) and min_run_s > 0):
        min_run_s = 0.0
    most = options.max_starts if need.max_starts is None else need.max_starts
    if (min_run_s <= 0 and most is None) or car.reserved or not car.wants:
        return None
    running = need.current_a > 0
    since = need.running_since
    ran_s = (inputs.snapshot.taken_at - since).total_seconds() if running and since else 0.0
    return RunRule(
        min_run_h=min_run_s / 3600,
        starts_left=None if most is None else max(0, most - max(need.starts, int(running))),
        running=running,
        ran_h=max(0.0, ran_s) / 3600,
    )


def runs_of(orders: Sequence[int], hours: Sequence[float], *, running: bool) -> tuple[Run, ...]:
    """Return the runs of a car's orders; slots without a length are passed over."""
    runs: list[Run] = []
    first: int | None = None
    before = True  # nothing but slots without a length so far
    begins = running
    last = 0
    for slot, order in enumerate(orders):
        if hours[slot] <= 0:
            continue
        if order > 0 and first is None:
            first, begins = slot, running and before
        elif order <= 0 and first is not None:
            runs.append(Run(first=first, last=last, goes_on=begins))
            first = None
        before, last = False, slot
    if first is not None:
        runs.append(Run(first=first, last=last, goes_on=begins))
    return tuple(runs)


def broken(
    rule: RunRule, orders: Sequence[int], hours: Sequence[float], present_h: Sequence[float]
) -> str:
    """Say how a car's orders break its rule; empty where they keep it."""
    runs = runs_of(orders, hours, running=rule.running)
    end = max((t for t, there in enumerate(present_h) if there > 0), default=-1)
    if rule.owed_h > EPSILON_H and not (runs and runs[0].goes_on) and end >= 0:
        return f"it stops after {_minutes(rule.ran_h)}, {_minutes(rule.min_run_h)} wanted"
    for run in runs:
        length_h = sum(hours[run.first : run.last + 1]) + (rule.ran_h if run.goes_on else 0.0)
        if length_h < rule.min_run_h - EPSILON_H and run.last < end:
            return f"it charges for {_minutes(length_h)}, {_minutes(rule.min_run_h)} wanted"
    starts = sum(not run.goes_on for run in runs)
    if rule.starts_left is not None and starts > rule.starts_left:
        times = "once" if starts == 1 else f"{starts} times"
        return f"it starts {times} more, {rule.starts_left} allowed"
    return ""


def switching(
    rules: Mapping[int, RunRule], orders: NDArray[np.int64], hours: Sequence[float]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell, cars by slots, where a run has to go on, and where no start is left any more."""
    goes_on, spent = np.zeros(orders.shape, dtype=bool), np.zeros(orders.shape, dtype=bool)
    for index, rule in rules.items():
        runs = runs_of(orders[index].tolist(), hours, running=rule.running)
        for run in runs:
            ran_h = rule.ran_h if run.goes_on else 0.0
            for slot in range(run.first, run.last + 1):
                owed = ran_h < rule.min_run_h - EPSILON_H
                goes_on[index, slot] = owed and (slot > run.first or run.goes_on)
                ran_h += hours[slot]
        if rule.starts_left is not None:
            begun = [run for run in runs if not run.goes_on]
            if len(begun) >= rule.starts_left:
                spent[index, (runs[-1].last + 1 if runs else 0) :] = True
    return goes_on, spent


def broken_rules(
    inputs: Inputs, rules: Mapping[int, RunRule], orders: NDArray[np.int64]
) -> Iterator[BrokenRule]:
    """Yield the rules that orders break, with why they may."""
    for index, rule in rules.items():
        words = broken(rule, orders[index].tolist(), inputs.hours, inputs.present_h[index])
        if words:
            need = inputs.cars[index].need
            yield BrokenRule(
                session_id=need.session_id,
                ref=need.ref,
                words=f"{words}: energy and limits go first",
            )


def _minutes(hours: float) -> str:
    return f"{60 * hours:.0f} min"
