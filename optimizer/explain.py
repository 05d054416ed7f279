"""Why each connector gets what it gets, in words and numbers.

The reasons are read from the plan itself (what was left free when all orders stood); the values
of one more ampere come from the solver's duals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.plan import CircuitPrice, LimitReason, PlanSlot, Unmet
from optimizer.draft import Draft
from optimizer.lp import Solution
from optimizer.model import DONE_KWH, Car, Inputs, Room
from optimizer.problem import Problem

UNMET_WH = 50.0
"""Energy below which a shortfall is rounding, which the next plan makes good, Wh."""

NAMED = 2
"""Cars named in a sentence; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Everything in a plan that is there for people."""

    slots: tuple[PlanSlot, ...]
    unmet: tuple[Unmet, ...]
    prices: tuple[CircuitPrice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Why:
    reason: LimitReason
    words: str
    circuit_id: CircuitId | None = None


def with_solver(draft: Draft, problem: Problem, solution: Solution) -> Explained:
    """Explain an optimised draft; `solution` gives the peak aimed at and the shadow prices."""
    story = _Story(draft, peak_kw=solution.peak_kw if problem.peaks else None)
    return Explained(
        slots=tuple(story.slots()),
        unmet=tuple(story.unmet()),
        prices=tuple(_prices(problem, solution)),
    )


def without_solver(draft: Draft, why: str) -> Explained:
    """Explain a draft that was made by rule."""
    story = _Story(draft, peak_kw=None, fallback=why)
    return Explained(slots=tuple(story.slots()), unmet=tuple(story.unmet()))


def _prices(problem: Problem, solution: Solution) -> Iterator[CircuitPrice]:
    """Sum the duals of a circuit's limits: one more ampere relaxes them all."""
    volts = problem.inputs.snapshot.site.voltage_v
    value: dict[tuple[CircuitId, int], float] = {}
    for row, dual in zip(problem.rows, solution.limit_dual.tolist(), strict=True):
        room = problem.groups[row.group].room
        kw_per_a = volts / 1000 * (1 if room.phases else 3)
        key = (room.circuit_id, row.slot)
        value[key] = value.get(key, 0.0) - dual * kw_per_a
    for (circuit_id, slot), saved in sorted(value.items()):
        if saved > 1e-9:
            yield CircuitPrice(
                circuit_id=circuit_id, start=problem.inputs.starts[slot], value_per_a=saved
            )


class _Story:
    """Walks a draft and finds the reason for every order."""

    def __init__(self, draft: Draft, *, peak_kw: float | None, fallback: str = "") -> None:
        self.inputs = inputs = draft.inputs
        self.draft = draft
        self.peak_kw = peak_kw
        self.fallback = fallback
        self.power = draft.power_kw
        self.charging = draft.charging_kw()
        self.rooms = [_rooms_of(inputs, car) for car in inputs.cars]
        self.ahead: dict[tuple[int, int], list[Car]] = {}
        self.used: dict[int, list[float]] = {
            id(room): [0.0] * len(inputs.hours) for room in inputs.rooms
        }
        self.runs = [
            [slot for slot, order in enumerate(orders) if order > 0] for orders in draft.orders
        ]
        self.dearest = [
            max((inputs.price[slot] for slot in runs), default=None) for runs in self.runs
        ]
        for car in inputs.cars:
            for room, weight in self.rooms[car.index]:
                used = self.used[id(room)]
                for slot in self.runs[car.index]:
                    used[slot] += draft.orders[car.index][slot] * car.kw_per_deci * weight

    def slots(self) -> Iterator[PlanSlot]:
        """Yield an order for each slot of each session's window, by connector and start."""
        inputs = self.inputs
        known = [car for car in inputs.cars if car.circuit_id is not None]
        for car in sorted(known, key=lambda car: (car.need.ref, car.need.session_id)):
            rest_kwh = car.energy_kwh
            for slot, start in enumerate(inputs.starts):
                if inputs.present_h[car.index][slot] <= 0:
                    continue
                kw = self.power[car.index][slot]
                rest_kwh -= kw * inputs.hours[slot]
                why = self._why(car, slot, rest_kwh)
                yield PlanSlot(
                    ref=car.need.ref,
                    session_id=car.need.session_id,
                    start=start,
                    end=inputs.ends[slot],
                    current_a=self.draft.orders[car.index][slot] / 10,
                    power_w=kw * 1000,
                    reason=why.reason,
                    words=why.words,
                    binding_circuit=why.circuit_id,
                )

    def unmet(self) -> Iterator[Unmet]:
        """Yield who goes without how much, and why."""
        for car in self.inputs.cars:
            given = sum(
                kw * hours
                for kw, hours in zip(self.power[car.index], self.inputs.hours, strict=True)
            )
            short_wh = 1000 * (car.energy_kwh - given)
            if short_wh > UNMET_WH:
                yield Unmet(
                    session_id=car.need.session_id,
                    ref=car.need.ref,
                    energy_wh=short_wh,
                    words=self._short(car, given),
                )

    def _why(self, car: Car, slot: int, rest_kwh: float) -> _Why:
        order = self.draft.orders[car.index][slot]
        amps = f"{order / 10:g} A"
        if car.unable:
            return _Why(reason=LimitReason.MINIMUM_CURRENT, words=f"waits: {car.unable}")
        if order == 0 and rest_kwh <= max(DONE_KWH, 1e-4 * car.energy_kwh):
            return _Why(reason=LimitReason.DONE, words="has all the energy it asked for")
        if self.fallback:
            what = f"charges at {amps}" if order else "waits"
            return _Why(reason=LimitReason.FALLBACK, words=f"{what}: equal shares, {self.fallback}")
        if order == car.max_deci:
            return _Why(
                reason=LimitReason.CAR,
                words=f"charges at {amps}, as fast as the car or its connector allows",
            )
        room, left_deci = self._tightest(car, slot)
        if order == 0:
            return self._waiting(car, slot, room, left_deci)
        if room is not None and left_deci < 1:
            return _Why(
                reason=LimitReason.CIRCUIT,
                words=f"charges at {amps}: {_name(room)} is full",
                circuit_id=room.circuit_id,
            )
        if rest_kwh <= DONE_KWH:
            return _Why(reason=LimitReason.DONE, words=f"charges at {amps}, enough to get done now")
        if self._at_peak(slot, car.kw_per_deci):
            return _Why(
                reason=LimitReason.PEAK,
                words=f"charges at {amps}: more would raise the peak above {self.peak_kw:.1f} kW",
            )
        return _Why(
            reason=LimitReason.PRICE, words=f"charges at {amps}: {self._other_hours(car, slot)}"
        )

    def _waiting(self, car: Car, slot: int, room: Room | None, left_deci: float) -> _Why:
        if self._only_dearer(car, slot):
            return _Why(reason=LimitReason.PRICE, words=f"waits: {self._other_hours(car, slot)}")
        least_a = car.min_deci / 10
        if room is not None and left_deci < car.min_deci:
            others = self._ahead(car, slot, room)
            if left_deci < 1:
                return _Why(
                    reason=LimitReason.CIRCUIT,
                    words=f"waits: {_name(room)} is full{others}",
                    circuit_id=room.circuit_id,
                )
            left_a = int(left_deci) / 10
            return _Why(
                reason=LimitReason.MINIMUM_CURRENT,
                words=f"waits: {left_a:g} A left on {_name(room)}, "
                f"less than the {least_a:g} A minimum{others}",
                circuit_id=room.circuit_id,
            )
        if self._at_peak(slot, car.min_deci * car.kw_per_deci):
            return _Why(
                reason=LimitReason.PEAK,
                words=f"waits: charging now would raise the peak above {self.peak_kw:.1f} kW",
            )
        return _Why(reason=LimitReason.PRICE, words=f"waits: {self._other_hours(car, slot)}")

    def _tightest(self, car: Car, slot: int) -> tuple[Room | None, float]:
        """Return the limit that leaves least for a car, and how much, tenths of an ampere."""
        tightest: Room | None = None
        least = float("inf")
        for room, weight in self.rooms[car.index]:
            free = room.free_kw[slot] - self.used[id(room)][slot]
            left = max(0.0, (free + 1e-6) / (weight * car.kw_per_deci))
            if left < least:
                tightest, least = room, left
        return tightest, least

    def _at_peak(self, slot: int, more_kw: float) -> bool:
        if self.peak_kw is None:
            return False
        base = self.inputs.building_kw[slot] - self.inputs.pv_kw[slot]
        return base + self.charging[slot] + more_kw > self.peak_kw

    def _only_dearer(self, car: Car, slot: int) -> bool:
        """Tell whether every slot in which the car charges is cheaper than this one."""
        dearest = self.dearest[car.index]
        return dearest is not None and dearest < self.inputs.price[slot] - 1e-9

    def _other_hours(self, car: Car, slot: int) -> str:
        runs = [s for s in self.runs[car.index] if s != slot]
        prices, currency = self.inputs.price, self.inputs.snapshot.site.currency
        cheaper = [s for s in runs if prices[s] < prices[slot] - 1e-9]
        if cheaper:
            best = min(cheaper, key=lambda s: (prices[s], s))
            return (
                f"{prices[best]:.3f} {currency}/kWh from {self._clock(self.inputs.starts[best])}, "
                f"{prices[slot]:.3f} now"
            )
        surplus = [s for s in runs if self.inputs.pv_kw[s] > self.inputs.building_kw[s]]
        if surplus and self.inputs.pv_kw[slot] <= self.inputs.building_kw[slot]:
            return f"solar power is left over from {self._clock(self.inputs.starts[surplus[0]])}"
        return "other hours before it leaves cost no more and suffice"

    def _ahead(self, car: Car, slot: int, room: Room) -> str:
        """Name who charges under the same limit in this slot, and why they go first."""
        if (slot, id(room)) not in self.ahead:
            under = [
                other
                for other in self.inputs.cars
                if self.draft.orders[other.index][slot] > 0
                and any(r is room for r, _ in self.rooms[other.index])
            ]
            under.sort(key=lambda other: (-other.need.priority, other.departure, other.index))
            self.ahead[slot, id(room)] = under
        cars = self.ahead[slot, id(room)]
        if not cars:
            return ""
        shown = cars[:NAMED]
        names = [str(other.need.ref) for other in shown]
        if len(cars) > NAMED:
            names = [", ".join(names), f"{len(cars) - NAMED} more"]
        named = " and ".join(names)
        verb = "goes" if len(cars) == 1 else "go"
        if all(other.need.priority > car.need.priority for other in shown):
            return f"; {named} {verb} first by priority"
        if all(other.departure < car.departure for other in shown):
            leave = "leaves" if len(cars) == 1 else "leave"
            at = self._clock(max(other.departure for other in shown))
            return f"; {named} {verb} first, because they {leave} by {at}".replace(
                "they leaves", "it leaves"
            )
        return f"; it is the turn of {named}"

    def _short(self, car: Car, given_kwh: float) -> str:
        if car.unable:
            return f"gets nothing: {car.unable}"
        at = self._clock(car.departure)
        head = f"gets {given_kwh:.1f} of {car.energy_kwh:.1f} kWh by {at}"
        inputs = self.inputs
        if car.departure > inputs.snapshot.horizon_end:
            head = f"gets {given_kwh:.1f} of {car.energy_kwh:.1f} kWh within the planned hours"
        stay_h = sum(inputs.present_h[car.index])
        if car.max_kw * stay_h < car.energy_kwh - UNMET_WH / 1000:
            most = f"{car.max_deci / 10:g} A all the time would give {car.max_kw * stay_h:.1f} kWh"
            head = f"{head}; even {most}"
            if car.max_kw * stay_h - given_kwh < UNMET_WH / 1000:
                return head
        for slot in range(len(inputs.hours)):
            if self.draft.orders[car.index][slot] == 0 and inputs.present_h[car.index][slot] > 0:
                room, left = self._tightest(car, slot)
                if room is not None and left < car.min_deci:
                    return f"{head}; from {self._clock(inputs.starts[slot])} it " + self._waiting(
                        car, slot, room, left
                    ).words.replace("waits: ", "waits, ")
        for slot in range(len(inputs.hours)):
            room, left = self._tightest(car, slot)
            if inputs.present_h[car.index][slot] > 0 and room is not None and left < 1:
                return f"{head}; {_name(room)} is full"
        return head

    def _clock(self, instant: datetime) -> str:
        zone = self.inputs.snapshot.site.timezone
        local = instant.astimezone(zone)
        today = self.inputs.snapshot.taken_at.astimezone(zone).date()
        return f"{local:%H:%M}" if local.date() == today else f"{local:%a %H:%M}"


def _name(room: Room) -> str:
    on = f" {room.phases[0]}" if room.phases else ""
    return f"{room.circuit_id}{on}"


def _rooms_of(inputs: Inputs, car: Car) -> list[tuple[Room, float]]:
    """Limits that a car weighs on, and kW on them for each kW of the car."""
    feeders = set(inputs.feeders(car))
    return [
        (room, 1 / len(car.phases) if room.phases else 1.0)
        for room in inputs.rooms
        if room.circuit_id in feeders
        and not car.reserved
        and (not room.phases or room.phases[0] in car.phases)
    ]
