"""A plan without a solver: the most urgent get the minimum, then everybody rises alike.

Pure Python on purpose: it must work when numpy, PuLP or HiGHS do not. It looks at one slot after
the other, does not know prices, and keeps every limit.
"""

from __future__ import annotations

from optimizer.cars import Car
from optimizer.draft import Draft
from optimizer.model import Inputs
from optimizer.rooms import Room

EPSILON_KW = 1e-6


def share_equally(inputs: Inputs) -> Draft:
    """Return orders by least laxity and equal shares, under every limit."""
    orders = [[0] * len(inputs.hours) for _ in inputs.cars]
    rest_kwh = [car.energy_kwh for car in inputs.cars]
    present_h = inputs.present_h.tolist()
    limits = _limits_of(inputs)
    for slot, length in enumerate(inputs.hours):
        if length <= 0:
            continue
        here = [
            car
            for car in inputs.cars
            if car.wants and rest_kwh[car.index] > EPSILON_KW and present_h[car.index][slot] > 0
        ]
        here.sort(key=lambda car: _urgency(inputs, car, rest_kwh[car.index], slot))
        given = _share_slot(here, slot, limits)
        for car in here:
            orders[car.index][slot] = given[car.index]
            kw = given[car.index] * car.kw_per_deci
            rest_kwh[car.index] -= kw * present_h[car.index][slot]
    return Draft.of(inputs, orders)


def nothing(inputs: Inputs) -> Draft:
    """Return a draft in which everybody waits; it keeps every limit that can be kept."""
    idle = (0,) * len(inputs.hours)
    return Draft.of(inputs, (idle,) * len(inputs.cars))


def _limits_of(inputs: Inputs) -> dict[int, list[tuple[Room, float]]]:
    limits: dict[int, list[tuple[Room, float]]] = {}
    for car in inputs.cars:
        feeders = set(inputs.feeders(car))
        limits[car.index] = [
            (room, car.kw_per_deci * room.weight_of(car))
            for room in inputs.rooms
            if not car.reserved and room.circuit_id in feeders and room.weight_of(car) > 0
        ]
    return limits


def _urgency(inputs: Inputs, car: Car, rest_kwh: float, slot: int) -> tuple[float, float, int]:
    stay_h = (car.departure - inputs.starts[slot]).total_seconds() / 3600
    return (-car.need.priority, stay_h - rest_kwh / max(car.max_kw, EPSILON_KW), car.index)


def _share_slot(
    cars: list[Car], slot: int, limits: dict[int, list[tuple[Room, float]]]
) -> dict[int, int]:
    """Fill one slot: minimum by urgency, then equal rises until limits or cars stop them."""
    given = dict.fromkeys((car.index for car in cars), 0)
    free = {
        id(room): room.free_kw[slot] + EPSILON_KW for car in cars for room, _ in limits[car.index]
    }
    running = []
    for car in cars:
        if all(free[id(r)] >= car.min_deci * kw for r, kw in limits[car.index]):
            running.append(car)
            _raise(car, car.min_deci, given, free, limits)
    rising = running
    while rising:
        step = min(car.max_deci - given[car.index] for car in rising)
        for key, left in free.items():
            each = sum(kw for car in rising for r, kw in limits[car.index] if id(r) == key)
            if each > 0:
                step = min(step, int(left / each))
        for car in rising:
            _raise(car, step, given, free, limits)
        # What is stuck after the common rise stops; what still fits a single step goes on.
        stuck = set()
        for car in rising:
            fits = all(free[id(r)] >= kw for r, kw in limits[car.index])
            if given[car.index] >= car.max_deci or not fits:
                stuck.add(car.index)
            elif step == 0:
                _raise(car, 1, given, free, limits)
        rising = [car for car in rising if car.index not in stuck]
    return {car.index: given[car.index] // car.step_deci * car.step_deci for car in cars}


def _raise(
    car: Car,
    by: int,
    given: dict[int, int],
    free: dict[int, float],
    limits: dict[int, list[tuple[Room, float]]],
) -> None:
    given[car.index] += by
    for room, kw in limits[car.index]:
        free[id(room)] -= by * kw
