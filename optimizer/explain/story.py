"""Why each connector gets what it gets, in words.

The reasons are read from the plan itself: what was left free when all orders stood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import IntEnum, auto

import numpy as np
from numpy.typing import NDArray

from ocpp_core.domain.plan import LimitReason, Unmet
from optimizer.arrays import Floats
from optimizer.balance import EPSILON_A, balances
from optimizer.cars import DONE_KWH, Car
from optimizer.draft import Draft
from optimizer.explain.ledger import Ledger
from optimizer.ramp import Ramp, ordered_kw
from optimizer.rooms import Room
from optimizer.runs import RunRule, switching

UNMET_WH = 50.0
"""Energy below which a shortfall is rounding, which the next plan makes good, Wh."""

NAMED = 2
"""Cars named in a sentence; the others are counted."""


class Why(IntEnum):
    """What keeps a car's order from being higher, in the order in which reasons are tried."""

    UNABLE = auto()
    GIVES = auto()
    HAS_ALL = auto()
    BY_RULE = auto()
    AS_FAST_AS_IT_CAN = auto()
    WAITS_STARTED = auto()
    WAITS_DEAR = auto()
    WAITS_FULL = auto()
    WAITS_MINIMUM = auto()
    WAITS_BALANCE = auto()
    WAITS_RAMP = auto()
    WAITS_PEAK = auto()
    WAITS_LATER = auto()
    RUNS_ON = auto()
    FULL = auto()
    ENOUGH = auto()
    BALANCE = auto()
    RAMP = auto()
    PEAK = auto()
    LATER = auto()


_REASON = {
    Why.UNABLE: LimitReason.MINIMUM_CURRENT,
    Why.GIVES: LimitReason.GIVES_BACK,
    Why.HAS_ALL: LimitReason.DONE,
    Why.BY_RULE: LimitReason.FALLBACK,
    Why.AS_FAST_AS_IT_CAN: LimitReason.CAR,
    Why.WAITS_STARTED: LimitReason.RUN,
    Why.WAITS_DEAR: LimitReason.PRICE,
    Why.WAITS_FULL: LimitReason.CIRCUIT,
    Why.WAITS_MINIMUM: LimitReason.MINIMUM_CURRENT,
    Why.WAITS_BALANCE: LimitReason.BALANCE,
    Why.WAITS_RAMP: LimitReason.RAMP,
    Why.WAITS_PEAK: LimitReason.PEAK,
    Why.WAITS_LATER: LimitReason.PRICE,
    Why.RUNS_ON: LimitReason.RUN,
    Why.FULL: LimitReason.CIRCUIT,
    Why.ENOUGH: LimitReason.DONE,
    Why.BALANCE: LimitReason.BALANCE,
    Why.RAMP: LimitReason.RAMP,
    Why.PEAK: LimitReason.PEAK,
    Why.LATER: LimitReason.PRICE,
}


BY_A_LIMIT = (Why.WAITS_FULL, Why.WAITS_MINIMUM, Why.FULL)
"""Reasons that name the circuit that binds."""

OTHER_HOURS = (Why.WAITS_DEAR, Why.WAITS_LATER, Why.LATER)
"""Reasons that name the hours in which the car charges."""


class Story:
    """Finds the reason for every order of a draft."""

    def __init__(
        self,
        draft: Draft,
        *,
        peak_kw: float | None,
        charged: Sequence[float] | None = None,
        ramp: Ramp | None = None,
        rules: Mapping[int, RunRule] | None = None,
        fallback: str = "",
    ) -> None:
        """Read a draft; `peak_kw` is what the demand charge is planned for, None without one.

        `charged` are the prices with emissions, where these count.
        """
        self.inputs = inputs = draft.inputs
        self.draft = draft
        self.peak_kw = peak_kw
        self.ramp = ramp
        self.rules = rules or {}
        self.price = inputs.price if charged is None else tuple(charged)
        self.with_emissions = self.price != inputs.price
        self.fallback = fallback
        self.ledger = Ledger.of(draft)
        self.orders, self.power_kw = draft.orders, draft.power_kw
        self.there = inputs.present_h > 0
        self.rest_kwh = np.array([car.energy_kwh for car in inputs.cars])[:, None] - np.cumsum(
            self.power_kw * np.array(inputs.hours), axis=1
        )
        self.runs = [np.flatnonzero(orders > 0).tolist() for orders in self.orders]
        self.why = self._reasons()
        self._ahead: dict[tuple[int, int], tuple[list[Car], str]] = {}
        self._clocks: dict[datetime, str] = {}
        self._others: dict[tuple[int, float, bool], str] = {}

    def _reasons(self) -> NDArray[np.int64]:
        """Return a reason for each car in each slot."""
        inputs, orders = self.inputs, self.orders
        cars = inputs.cars
        price = np.array(self.price)
        unit_kw = np.array([car.kw_per_deci for car in cars])[:, None]
        least = np.array([car.min_deci for car in cars])[:, None]
        step = np.array([car.step_deci for car in cars])[:, None]
        most = np.array([car.max_deci for car in cars])[:, None]
        enough = np.array([max(DONE_KWH, 1e-4 * car.energy_kwh) for car in cars])[:, None]
        dearest = np.array(
            [max((self.price[t] for t in runs), default=np.inf) for runs in self.runs]
        )[:, None]
        left, waits = self.ledger.left_deci, orders == 0
        running, spent = switching(self.rules, orders, inputs.hours)
        tried = {
            Why.UNABLE: np.array([bool(car.unable) for car in cars], dtype=bool)[:, None],
            Why.GIVES: orders < 0,
            Why.HAS_ALL: waits & (self.rest_kwh <= enough),
            Why.BY_RULE: np.full(orders.shape, bool(self.fallback)),
            Why.AS_FAST_AS_IT_CAN: orders == most,
            Why.WAITS_STARTED: waits & spent,
            Why.WAITS_DEAR: waits & (dearest < price - 1e-9),
            Why.WAITS_FULL: waits & (left < step),
            Why.WAITS_MINIMUM: waits & (left < least),
            Why.WAITS_BALANCE: waits & self._unbalances(least),
            Why.WAITS_RAMP: waits & self._too_steep(least),
            Why.WAITS_PEAK: waits & self._at_peak(least * unit_kw),
            Why.WAITS_LATER: waits,
            Why.RUNS_ON: running & (orders == least),
            Why.FULL: left < step,
            Why.ENOUGH: self.rest_kwh <= DONE_KWH,
            Why.BALANCE: self._unbalances(step),
            Why.RAMP: self._too_steep(step),
            Why.PEAK: self._at_peak(step * unit_kw),
        }
        conditions = [np.broadcast_to(holds, orders.shape) for holds in tried.values()]
        return np.select(conditions, [int(why) for why in tried], default=int(Why.LATER))

    def _unbalances(self, more_deci: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell for each car and slot whether so much more would set phases too far apart."""
        found = np.zeros(self.orders.shape, dtype=bool)
        for one in balances(self.inputs):
            phases = one.on @ self.orders / 10
            for car in np.flatnonzero(one.on.any(axis=0)).tolist():
                raised = phases + one.on[:, car, None] * more_deci[car] / 10
                apart = raised.max(axis=0) - raised.min(axis=0)
                found[car] |= apart > one.limit_a + EPSILON_A
        return found

    def _too_steep(self, more_deci: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell for each car and slot whether so much more would be too steep a rise."""
        if self.ramp is None:
            return np.zeros(self.orders.shape, dtype=bool)
        unit_kw = ordered_kw(self.inputs)
        total = unit_kw @ self.orders
        rise = total - np.concatenate([[self.ramp.now_kw], total[:-1]])
        found: NDArray[np.bool_] = (
            rise + more_deci * unit_kw[:, None] > self.ramp.rise_kw + EPSILON_A
        )
        return found

    def _at_peak(self, more_kw: Floats) -> NDArray[np.bool_]:
        """Tell for each slot whether so much more would raise the planned peak."""
        if self.peak_kw is None:
            return np.zeros((len(more_kw), len(self.inputs.hours)), dtype=bool)
        base = np.array(self.inputs.building_kw) - np.array(self.inputs.pv_kw)
        base = base + self.draft.beside.net_kw
        above: NDArray[np.bool_] = base + self.power_kw.sum(axis=0) + more_kw > self.peak_kw
        return above

    def _room(self, car: Car, slot: int) -> Room | None:
        tightest = int(self.ledger.tightest[car.index, slot])
        return None if tightest < 0 else self.inputs.rooms[tightest]

    def reason(self, why: Why, room: Room | None, slot: int) -> LimitReason:
        """Return the reason as consumers know it; a full circuit may be a line, or an event's."""
        if room is not None and _REASON[why] is LimitReason.CIRCUIT:
            if room.is_line:
                return LimitReason.LINE
            if room.ordered_by(slot):
                return LimitReason.EVENT
        return _REASON[why]

    def words(self, why: Why, car: Car, slot: int) -> str:
        """Say a reason as a sentence."""
        match why:
            case Why.UNABLE:
                return f"waits: {car.unable}"
            case Why.GIVES:
                return self._gives(car, slot)
            case Why.HAS_ALL:
                return "has all the energy it asked for"
            case Why.WAITS_STARTED:
                return "waits: it may not start again before it leaves"
            case Why.WAITS_DEAR | Why.WAITS_LATER:
                return f"waits: {self._other_hours(car, slot)}"
            case Why.WAITS_FULL | Why.WAITS_MINIMUM:
                return self._crowded(car, slot)
            case Why.WAITS_BALANCE:
                return "waits: charging now would set the phases too far apart"
            case Why.WAITS_RAMP:
                return "waits: charging may not rise faster"
            case Why.WAITS_PEAK:
                return f"waits: charging now would raise the peak above {self.peak_kw:.1f} kW"
            case _:
                return self._running(why, car, slot)

    def _running(self, why: Why, car: Car, slot: int) -> str:
        amps = f"{self.draft.orders[car.index][slot] / 10:g} A"
        match why:
            case Why.BY_RULE:
                what = f"charges at {amps}" if self.draft.orders[car.index][slot] else "waits"
                return f"{what}: equal shares, {self.fallback}"
            case Why.AS_FAST_AS_IT_CAN:
                return f"charges at {amps}, as fast as the car or its connector allows"
            case Why.RUNS_ON:
                least = f"{60 * self.rules[car.index].min_run_h:.0f} min"
                return f"charges at {amps}: once started, it charges for {least} at least"
            case Why.FULL:
                room = self._room(car, slot)
                return f"charges at {amps}: {'' if room is None else room.full_words(slot)}"
            case Why.ENOUGH:
                return f"charges at {amps}, enough to get done now"
            case Why.BALANCE:
                return f"charges at {amps}: more would set the phases too far apart"
            case Why.RAMP:
                return f"charges at {amps}: charging may not rise faster"
            case Why.PEAK:
                return f"charges at {amps}: more would raise the peak above {self.peak_kw:.1f} kW"
            case _:
                return f"charges at {amps}: {self._other_hours(car, slot)}"

    def _gives(self, car: Car, slot: int) -> str:
        """Say what giving back is good for: a dear hour, else the peak."""
        amps = f"gives back at {-self.draft.orders[car.index][slot] / 10:g} A"
        best = min(self.runs[car.index], key=lambda t: (self.price[t], t), default=None)
        currency = self.inputs.snapshot.site.currency
        if best is not None and self.price[best] < self.price[slot] - 1e-9:
            clock = self._clock(self.inputs.starts[best])
            now, then = f"{self.price[slot]:.3f}", f"{self.price[best]:.3f}"
            return f"{amps}: {now} {currency}/kWh now, {then} when it charges, from {clock}"
        if self.peak_kw is not None:
            return f"{amps}: keeps the peak at {self.peak_kw:.1f} kW"
        return f"{amps}: it gets it back at no higher price"

    def _crowded(self, car: Car, slot: int) -> str:
        """Say that a limit leaves a car less than its minimum, and who goes first."""
        tightest = int(self.ledger.tightest[car.index, slot])
        room = self.inputs.rooms[tightest]
        others = self._first(car, slot, tightest)
        left_deci = int(self.ledger.left_deci[car.index, slot])
        if left_deci < 1:
            return f"waits: {room.full_words(slot)}{others}"
        return (
            f"waits: {left_deci / 10:g} A left on {room.label}, "
            f"less than the {car.min_deci / 10:g} A minimum{others}"
        )

    def _other_hours(self, car: Car, slot: int) -> str:
        """Say what the hours have to offer in which the car charges."""
        inputs = self.inputs
        in_surplus = inputs.pv_kw[slot] > inputs.building_kw[slot]
        key = (car.index, self.price[slot], in_surplus)
        if key not in self._others:
            self._others[key] = self._hours(self.runs[car.index], self.price[slot], in_surplus)
        return self._others[key]

    def _hours(self, runs: list[int], price: float, in_surplus: bool) -> str:
        prices, starts = self.price, self.inputs.starts
        best = min(runs, key=lambda t: (prices[t], t), default=None)
        if best is not None and prices[best] < price - 1e-9:
            currency = self.inputs.snapshot.site.currency
            what = "/kWh with emissions" if self.with_emissions else "/kWh"
            return (
                f"{prices[best]:.3f} {currency}{what} from {self._clock(starts[best])}, "
                f"{price:.3f} now"
            )
        if not in_surplus:
            for t in runs:
                if self.inputs.pv_kw[t] > self.inputs.building_kw[t]:
                    return f"solar power is left over from {self._clock(starts[t])}"
        return "other hours before it leaves cost no more and suffice"

    def ahead(self, slot: int, tightest: int) -> list[Car]:
        """Return the first of those who charge under a limit in a slot, as sentences name them."""
        return self._ahead_of(slot, tightest)[0][:NAMED]

    def _ahead_of(self, slot: int, tightest: int) -> tuple[list[Car], str]:
        if (slot, tightest) not in self._ahead:
            charge = (self.ledger.weight[tightest] > 0) & (self.orders[:, slot] > 0)
            under = [self.inputs.cars[i] for i in np.flatnonzero(charge).tolist()]
            under.sort(key=lambda other: (-other.need.priority, other.departure, other.index))
            names = [str(other.need.ref) for other in under[:NAMED]]
            if len(under) > NAMED:
                names = [", ".join(names), f"{len(under) - NAMED} more"]
            verb = "goes" if len(under) == 1 else "go"
            self._ahead[slot, tightest] = (under, f"{' and '.join(names)} {verb} first")
        return self._ahead[slot, tightest]

    def _first(self, car: Car, slot: int, tightest: int) -> str:
        """Name who charges under the same limit in this slot, and why they go first."""
        cars, first = self._ahead_of(slot, tightest)
        if not cars:
            return ""
        shown = cars[:NAMED]
        if all(other.need.priority > car.need.priority for other in shown):
            return f"; {first} by priority"
        if all(other.departure < car.departure for other in shown):
            who = "it leaves" if len(cars) == 1 else "they leave"
            at = self._clock(max(other.departure for other in shown))
            return f"; {first}, because {who} by {at}"
        return f"; it is the turn of {first.rsplit(' ', 2)[0]}"

    def unmet(self) -> Iterator[Unmet]:
        """Yield who goes without how much, and why."""
        for car in self.inputs.cars:
            given = float(self.power_kw[car.index] @ np.array(self.inputs.hours))
            short_wh = 1000 * (car.energy_kwh - given)
            if short_wh > UNMET_WH:
                yield Unmet(
                    session_id=car.need.session_id,
                    ref=car.need.ref,
                    energy_wh=short_wh,
                    words=self._short(car, given),
                )

    def _short(self, car: Car, given_kwh: float) -> str:
        if car.unable:
            return f"gets nothing: {car.unable}"
        at = self._clock(car.departure)
        head = f"gets {given_kwh:.1f} of {car.energy_kwh:.1f} kWh by {at}"
        inputs = self.inputs
        if car.departure > inputs.snapshot.horizon_end:
            head = f"gets {given_kwh:.1f} of {car.energy_kwh:.1f} kWh within the planned hours"
        stay_h = float(inputs.present_h[car.index].sum())
        if car.max_kw * stay_h < car.energy_kwh - UNMET_WH / 1000:
            most = f"{car.max_deci / 10:g} A all the time would give {car.max_kw * stay_h:.1f} kWh"
            head = f"{head}; even {most}"
            if car.max_kw * stay_h - given_kwh < UNMET_WH / 1000:
                return head
        left = self.ledger.left_deci[car.index]
        there = self.there[car.index]
        small = np.flatnonzero(there & (self.orders[car.index] == 0) & (left < car.min_deci))
        if len(small):
            slot = int(small[0])
            why = self._crowded(car, slot).replace("waits: ", "waits, ")
            return f"{head}; from {self._clock(inputs.starts[slot])} it {why}"
        full = np.flatnonzero(there & (left < 1))
        if len(full) and (room := self._room(car, int(full[0]))) is not None:
            return f"{head}; {room.full_words(int(full[0]))}"
        return head

    def _clock(self, instant: datetime) -> str:
        if instant not in self._clocks:
            zone = self.inputs.snapshot.site.timezone
            local = instant.astimezone(zone)
            today = self.inputs.snapshot.taken_at.astimezone(zone).date()
            same_day = local.date() == today
            self._clocks[instant] = f"{local:%H:%M}" if same_day else f"{local:%a %H:%M}"
        return self._clocks[instant]
