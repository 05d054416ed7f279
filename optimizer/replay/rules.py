"""Strategies without a solver: what sites without a planner do, and what papers compare with.

They keep every limit exactly (`optimizer.replay.network`), obey minimum currents and steps, know
the same departures and energies as the planner, and know no prices. Earliest deadline and least
laxity serve car after car as in Lee et al., Adaptive Charging Networks, IEEE T-SG 12(5) 2021,
section VI; equal share raises all cars alike (max-min fair, Bertsekas, Gallager, Data Networks,
section 6.5.2) instead of in turns of one step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ocpp_core.domain.ids import SessionId
from optimizer.replay.setup import Pilots, Setup
from optimizer.replay.situation import CarNow, Decide, Decision, Situation


@dataclass(frozen=True, slots=True)
class Rule:
    """A strategy that decides by what it sees alone, at every interval."""

    name: str
    orders: Callable[[Situation, Pilots], dict[SessionId, float]]

    def begin(self, setup: Setup) -> Decide:
        """Return what decides."""
        pilots = setup.pilots
        return lambda seen: Decision(orders_a=self.orders(seen, pilots))


def unmanaged(seen: Situation, pilots: Pilots) -> dict[SessionId, float]:
    """Everybody at full power at once; no limit is looked at."""
    return {car.session_id: pilots.down(car.max_current_a) for car in seen.cars}


def earliest_deadline(seen: Situation, pilots: Pilots) -> dict[SessionId, float]:
    """Who leaves first gets all it can use, then the next."""
    return _in_turn(seen, pilots, sorted(seen.cars, key=lambda car: (car.departure, car.arrival)))


def least_laxity(seen: Situation, pilots: Pilots) -> dict[SessionId, float]:
    """Who can wait least gets all it can use, then the next."""
    order = sorted(seen.cars, key=lambda car: (car.laxity_h(seen.now), car.arrival))
    return _in_turn(seen, pilots, order)


def equal_share(seen: Situation, pilots: Pilots) -> dict[SessionId, float]:
    """All rise alike until a limit or the car stops them; the least served start where few can."""
    return _filled(seen, pilots, sorted(seen.cars, key=lambda car: (car.taken_wh, car.arrival)))


UNMANAGED = Rule("unmanaged", unmanaged)
EDF = Rule("edf", earliest_deadline)
LLF = Rule("llf", least_laxity)
EQUAL_SHARE = Rule("equal-share", equal_share)


def _in_turn(seen: Situation, pilots: Pilots, cars: Sequence[CarNow]) -> dict[SessionId, float]:
    load, orders = seen.base, {}
    for car in cars:
        most_a = car.useful_a(seen.hours, pilots)
        order_a = pilots.down(min(most_a, seen.network.room(load, car.weights)))
        if order_a < _least(car, pilots):
            continue
        orders[car.session_id] = order_a
        load = load + order_a * car.weights
    return orders


def _filled(seen: Situation, pilots: Pilots, cars: Sequence[CarNow]) -> dict[SessionId, float]:
    network, load = seen.network, seen.base
    orders: dict[SessionId, float] = {}
    most = {car.session_id: car.useful_a(seen.hours, pilots) for car in cars}
    grain_a = 1e-6 if pilots.continuous else pilots.step_a - 1e-6
    running = []
    for car in cars:
        least_a = pilots.up(_least(car, pilots))
        if least_a <= most[car.session_id] and network.room(load, car.weights) >= least_a - 1e-9:
            orders[car.session_id] = least_a
            load = load + least_a * car.weights
            running.append(car)
    rising = running
    while rising:
        together = sum((car.weights for car in rising), start=0 * load)
        left = min(most[car.session_id] - orders[car.session_id] for car in rising)
        step_a = pilots.down(min(left, network.room(load, together)))
        load = load + step_a * together
        for car in rising:
            orders[car.session_id] = round(orders[car.session_id] + step_a, 12)
        stuck = {
            car.session_id
            for car in rising
            if min(most[car.session_id] - orders[car.session_id], network.room(load, car.weights))
            < grain_a
        }
        if not stuck and step_a < grain_a:
            if pilots.continuous:
                break
            # Together they cannot rise any more; the single steps that still fit go in turn.
            for car in rising:
                if network.room(load, car.weights) >= grain_a:
                    orders[car.session_id] = round(orders[car.session_id] + pilots.step_a, 12)
                    load = load + pilots.step_a * car.weights
        rising = [car for car in rising if car.session_id not in stuck]
    return {key: value for key, value in orders.items() if value > 0}


def _least(car: CarNow, pilots: Pilots) -> float:
    return 1e-9 if pilots.continuous else car.min_current_a
