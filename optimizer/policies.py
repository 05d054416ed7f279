"""Policies: in which turn cars charge while any split of the site's power costs the same.

A policy gives each car a hurry. It weighs the tiny price of charging later, and a tinier part of
the credit of energy: both far below any price of energy, so that turns are free.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ocpp_core.domain.plan import SplitPolicy
from optimizer.cars import Car
from optimizer.model import Inputs, patience_h

FAVOUR = 1e-4
"""Credit that the first in turn has more than the last, as a share, where turns decide energy."""

MANY_CARS = 50
CLASSES = 4
"""Steps of hurry on a site of more cars than that. Where hardly two cars are alike the solver
takes five times as long (200 cars: 220 ms, in 4 steps 43 ms)."""

HEAD_START = 1 / 32
"""Hurry by which a running car is then before others of its class, so that it goes on."""

RUNNING = 0.5
"""Head start of a car that charges, under fewest interruptions, in hurry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """How much sooner and rather each car is served than others."""

    hurry: tuple[float, ...]
    """For each car, between 1 and 2."""
    favour: tuple[float, ...]
    """For each car: credit more than others, as a share."""
    even: bool = False
    """Whether energy that does not suffice is shared out evenly."""


def turns(inputs: Inputs, policy: SplitPolicy) -> Turns:
    """Return the turns of every car under a policy."""
    return _POLICIES[policy](inputs)


def in_classes(inputs: Inputs, order: Turns) -> Turns:
    """Round the hurry of many cars to a few classes, running cars first in each."""
    if len(order.hurry) <= MANY_CARS:
        return order
    hurry = tuple(
        round(hurry * CLASSES) / CLASSES + HEAD_START * (car.need.current_a > 0)
        for hurry, car in zip(order.hurry, inputs.cars, strict=True)
    )
    return replace(order, hurry=hurry)


def no_turns(inputs: Inputs) -> Turns:
    """All cars alike: early rather than late, nobody before others."""
    return Turns(hurry=(1.5,) * len(inputs.cars), favour=(0.0,) * len(inputs.cars))


def _laxity_hurry(inputs: Inputs, car: Car) -> float:
    """Between 1 and 2, falling with the time that the car can wait; also below zero."""
    patience = patience_h(inputs, car) / 4
    return 1.5 - 0.5 * patience / (1 + abs(patience))


def fairness(inputs: Inputs) -> Turns:
    """Who can wait least charges first, and energy that does not suffice is shared out evenly."""
    hurry = tuple(_laxity_hurry(inputs, car) for car in inputs.cars)
    return Turns(hurry=hurry, favour=(0.0,) * len(hurry), even=True)


def least_laxity(inputs: Inputs) -> Turns:
    """Who can wait least charges first and goes short last."""
    hurry = tuple(_laxity_hurry(inputs, car) for car in inputs.cars)
    return Turns(hurry=hurry, favour=tuple(FAVOUR * (h - 1) for h in hurry))


def fewest_interruptions(inputs: Inputs) -> Turns:
    """Who charges goes on, the rest by laxity."""
    hurry = tuple(
        1 + RUNNING * (car.need.current_a > 0) + RUNNING * (_laxity_hurry(inputs, car) - 1)
        for car in inputs.cars
    )
    return Turns(hurry=hurry, favour=tuple(FAVOUR * (h - 1) for h in hurry))


def first_come(inputs: Inputs) -> Turns:
    """Who came first charges first and goes short last."""
    now = inputs.snapshot.taken_at
    order = sorted(
        range(len(inputs.cars)), key=lambda i: (inputs.cars[i].need.plugged_in_at or now, i)
    )
    hurry = [1.0] * len(order)
    for place, i in enumerate(order):
        hurry[i] = 2 - place / len(order)
    return Turns(hurry=tuple(hurry), favour=tuple(FAVOUR * (h - 1) for h in hurry))


_POLICIES: dict[SplitPolicy, Callable[[Inputs], Turns]] = {
    SplitPolicy.FAIRNESS: fairness,
    SplitPolicy.LEAST_LAXITY: least_laxity,
    SplitPolicy.FEWEST_INTERRUPTIONS: fewest_interruptions,
    SplitPolicy.FIRST_COME: first_come,
}
