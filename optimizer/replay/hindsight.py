"""The best that any management could have done, the whole period known: energy first, then cost.

A linear program over all cars and intervals at once. Currents may take any value from 0 on and
batteries do not taper, so that it is a bound: minimum currents, steps and tapering only lower what
is possible. Limits on lines with angles are cut by tangents where they are passed, from outside.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocpp_core.domain.errors import AmpherdError
from optimizer.replay.network import Complex, Floats, Ints, Network
from optimizer.replay.outcome import Outcome, SlotOutcome, StayOutcome
from optimizer.replay.setup import Interval, Setup, demand_window
from optimizer.replay.stay import RecordedStay

ROUNDS = 40
CLOSE = 1e-6
"""Ratio by which an angled limit may be passed: a bound may lie outside."""
RUNNING_KW = 1e-3
"""Power from which a car counts as charging."""


class HindsightError(AmpherdError):
    """The program of a period was not solved."""


@dataclass(slots=True)
class _Rows:
    """Rows to add, in compressed form."""

    column: list[NDArray[Any]] = field(default_factory=list)
    weight: list[NDArray[Any]] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)

    def add(self, column: Any, weight: Any, *, upper: float, lower: float = -np.inf) -> None:
        self.column.append(np.asarray(column, dtype=np.int32))
        self.weight.append(np.asarray(weight, dtype=float))
        self.lower.append(lower)
        self.upper.append(upper)

    def pass_to(self, highs: Any) -> None:
        if not self.lower:
            return
        lengths = np.array([len(column) for column in self.column])
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int32)
        highs.addRows(
            len(self.lower),
            np.array(self.lower),
            np.array(self.upper),
            int(lengths.sum()),
            starts,
            np.concatenate(self.column),
            np.concatenate(self.weight),
        )


@dataclass(slots=True)
class _Columns:
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)

    def add(self, *, lower: float = 0.0, upper: float = np.inf, cost: float = 0.0) -> int:
        self.lower.append(lower)
        self.upper.append(upper)
        self.cost.append(cost)
        return len(self.lower) - 1


class _Program:
    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.network = Network(setup.site)
        self.intervals = setup.intervals
        self.stays = setup.ordered
        self.hours = np.array([one.hours for one in self.intervals])
        base = np.array([one.building_w - one.pv_w for one in self.intervals]) / 1000
        self.base_kw: Floats = base
        starts = np.array([one.start.timestamp() for one in self.intervals])
        car: list[int] = []
        slot: list[int] = []
        for n, stay in enumerate(self.stays):
            first = int(np.searchsorted(starts, stay.arrival.timestamp() - 1e-6))
            last = int(np.searchsorted(starts, stay.departure.timestamp() - 1e-6))
            car += [n] * (last - first)
            slot += range(first, last)
        self.car = np.array(car, dtype=np.int64)
        self.slot = np.array(slot, dtype=np.int64)
        self.cells = len(car)
        self.full_kw = np.array([self._full_kw(stay) for stay in self.stays])
        volts = setup.site.voltage_v
        self.amps_per_kw = np.array(
            [1000 / (max(1, len(stay.phases)) * volts) for stay in self.stays]
        )
        self.weights: Complex = (
            np.array([self.network.weights(stay.ref, stay.phases) for stay in self.stays])
            if self.stays
            else np.zeros((0, len(self.network.rows)), dtype=np.complex128)
        )
        order = np.argsort(self.slot, kind="stable")
        bounds = np.searchsorted(self.slot[order], np.arange(len(self.intervals) + 1))
        self.cells_of = [order[a:b] for a, b in pairwise(bounds.tolist())]

    def _full_kw(self, stay: RecordedStay) -> float:
        volts = self.setup.site.voltage_v
        most_a = min(
            stay.car(volts).max_current_a, self.setup.site.connectors[stay.ref].max_current_a
        )
        return most_a * max(1, len(stay.phases)) * volts / 1000

    def credit(self) -> float:
        """More than a kWh can cost: its price, and the peak that it raises within one window."""
        prices = [abs(one.price_per_kwh) for one in self.intervals]
        dearest = max([*prices, abs(self.setup.feed_in_per_kwh)], default=0.0)
        per_kwh = self.setup.demand_charge_per_kw * 3600 / self.setup.demand_s
        return 2 * (dearest + per_kwh) + 1.0

    def solve(self) -> tuple[Floats, Floats]:
        """Return power in each cell, kW, and of the battery in each interval, kW."""
        import pulp  # noqa: F401, I001, PLC0415  (preloads HiGHS: highspy first can crash)
        import highspy  # noqa: PLC0415  (loads the solver only when asked)

        setup = self.setup
        columns, rows = _Columns(), _Rows()
        credit = self.credit()
        price = np.array([one.price_per_kwh for one in self.intervals])
        # Selling dearer than buying would make the cost concave; then both count as the price.
        feed_in = np.minimum(setup.feed_in_per_kwh, price)
        exporting = (self.base_kw < 0) | (setup.battery is not None)
        marginal = np.where(exporting, feed_in, price)
        per_cell = self.hours[self.slot]
        columns.lower = [0.0] * self.cells
        columns.upper = self.full_kw[self.car].tolist() if self.cells else []
        columns.cost = ((marginal[self.slot] - credit) * per_cell).tolist()
        charge, give = self._battery(columns, rows, marginal)
        for t in np.flatnonzero(exporting).tolist():
            # Import at its price, what is not imported at the feed-in price.
            bought = columns.add(cost=(price[t] - feed_in[t]) * self.hours[t])
            at, weight = self._flow(t, charge, give)
            rows.add([*at, bought], [*weight, -1.0], upper=-self.base_kw[t])
        self._energy(rows)
        self._limits(rows)
        self._demand(columns, rows, charge, give)

        highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # it ships no types
        for name, value in {"output_flag": False, "threads": 1, "solver": "simplex"}.items():
            highs.setOptionValue(name, value)
        none = np.zeros(0, dtype=np.int32)
        highs.addCols(
            len(columns.cost),
            np.array(columns.cost),
            np.array(columns.lower),
            np.array(columns.upper),
            0,
            none,
            none,
            np.zeros(0),
        )
        rows.pass_to(highs)
        power = values = np.zeros(0)
        for _ in range(ROUNDS):
            highs.run()
            status = highs.modelStatusToString(highs.getModelStatus())
            if status not in {"Optimal", "Empty"}:
                raise HindsightError(f"the program of the whole period was not solved: {status}")
            values = np.array(highs.getSolution().col_value)
            # Bounds are kept to the solver's tolerance, and below nothing flows.
            power = np.maximum(0.0, values[: self.cells])
            cuts = self._cuts(power)
            if not cuts.lower:
                break
            cuts.pass_to(highs)
        stored = np.zeros(len(self.intervals))
        if charge is not None and give is not None:
            stored = values[charge] - values[give]
        return power, stored

    def _flow(
        self, t: int, charge: list[int] | None, give: list[int] | None
    ) -> tuple[list[int], list[float]]:
        at = self.cells_of[t].tolist()
        weight = [1.0] * len(at)
        if charge is not None and give is not None:
            at, weight = [*at, charge[t], give[t]], [*weight, 1.0, -1.0]
        return at, weight

    def _battery(
        self, columns: _Columns, rows: _Rows, marginal: Floats
    ) -> tuple[list[int] | None, list[int] | None]:
        battery = self.setup.battery
        if battery is None:
            return None, None
        charge, give, before = [], [], -1
        for t, hours in enumerate(self.hours.tolist()):
            most_in, most_out = battery.max_charge_w / 1000, battery.max_discharge_w / 1000
            wear = battery.cycle_cost_per_kwh
            charge.append(columns.add(upper=most_in, cost=marginal[t] * hours))
            give.append(columns.add(upper=most_out, cost=(wear - marginal[t]) * hours))
            held = columns.add(lower=battery.reserve_wh / 1000, upper=battery.capacity_wh / 1000)
            at = [held, charge[t], give[t]]
            weight = [
                1.0,
                -battery.charge_efficiency * hours,
                hours / battery.discharge_efficiency,
            ]
            start = battery.energy_wh / 1000 if before < 0 else 0.0
            if before >= 0:
                at, weight = [*at, before], [*weight, -1.0]
            rows.add(at, weight, lower=start, upper=start)
            before = held
        return charge, give

    def _energy(self, rows: _Rows) -> None:
        order = np.argsort(self.car, kind="stable")
        bounds = np.searchsorted(self.car[order], np.arange(len(self.stays) + 1))
        for n, stay in enumerate(self.stays):
            at = order[bounds[n] : bounds[n + 1]]
            if len(at):
                rows.add(at, self.hours[self.slot[at]], upper=max(0.0, stay.energy_wh) / 1000)

    def _load(self, t: int, row: int) -> tuple[Ints, Complex]:
        at = self.cells_of[t]
        cars = self.car[at]
        return at, self.weights[cars, row] * self.amps_per_kw[cars]

    def _limits(self, rows: _Rows) -> None:
        """Limits without angles; of those that can bind."""
        for t, interval in enumerate(self.intervals):
            if not len(self.cells_of[t]):
                continue
            base = self.network.base(interval.building_w)
            seen: set[bytes] = set()
            for r, limit in enumerate(self.network.rows):
                if limit.angled:
                    continue
                at, weight = self._load(t, r)
                real = weight.real
                free = max(0.0, limit.limit - base[r].real)
                if not real.any() or float(real @ self.full_kw[self.car[at]]) <= free:
                    continue
                scale = float(np.abs(real).max())
                key = np.append(real, free).round(9).tobytes()
                if key not in seen:
                    seen.add(key)
                    rows.add(at, real / scale, upper=free / scale)

    def _cuts(self, power: Floats) -> _Rows:
        """Tangents to the angled limits that are passed."""
        cuts = _Rows()
        angled = [r for r, limit in enumerate(self.network.rows) if limit.angled]
        if not angled:
            return cuts
        for t, interval in enumerate(self.intervals):
            at = self.cells_of[t]
            if not len(at):
                continue
            base = self.network.base(interval.building_w)
            cars = self.car[at]
            weight = self.weights[cars][:, angled] * self.amps_per_kw[cars][:, None]
            load = power[at] @ weight + base[angled]
            limit = self.network.limits[angled]
            for k in np.flatnonzero(np.abs(load) > limit * (1 + CLOSE)):
                if abs(base[angled[k]]) >= limit[k]:
                    continue
                turn = load[k].conjugate() / abs(load[k])
                real = (weight[:, k] * turn).real
                free = float(limit[k] - (base[angled[k]] * turn).real)
                scale = float(np.abs(real).max())
                cuts.add(at, real / scale, upper=free / scale)
        return cuts

    def _demand(
        self, columns: _Columns, rows: _Rows, charge: list[int] | None, give: list[int] | None
    ) -> None:
        setup = self.setup
        if setup.demand_charge_per_kw <= 0 or not self.intervals:
            return
        windows: dict[tuple[str, int], list[int]] = defaultdict(list)
        for t, one in enumerate(self.intervals):
            windows[one.month, demand_window(one.start, setup.demand_s)].append(t)
        peaks: dict[str, int] = {}
        for (month, _), slots in windows.items():
            if month not in peaks:
                floor_kw = 0.0 if peaks else setup.peak_so_far_w / 1000
                peaks[month] = columns.add(lower=floor_kw, cost=setup.demand_charge_per_kw)
            at, weight, base_kw = [peaks[month]], [-1.0], 0.0
            for t in slots:
                share = self.hours[t] * 3600 / setup.demand_s
                base_kw += share * self.base_kw[t]
                column, sign = self._flow(t, charge, give)
                at += column
                weight += [share * one for one in sign]
            if len(at) > 1 or base_kw > 0:
                rows.add(at, weight, upper=-base_kw)


def hindsight(setup: Setup, *, name: str = "hindsight") -> Outcome:
    """Return the best outcome that the limits allow: most energy, at the least cost for it.

    Raises HindsightError when the solver gives up.
    """
    program = _Program(setup)
    power, stored = program.solve()
    count = len(program.intervals)
    charging = np.bincount(program.slot, weights=power, minlength=count)[:count]
    delivered = np.bincount(
        program.car, weights=power * program.hours[program.slot], minlength=len(program.stays)
    )
    return Outcome(
        strategy=name,
        setup=setup,
        stays=tuple(_stays(program, power, delivered)),
        slots=tuple(
            _slot(program, t, power, float(charging[t]), float(stored[t])) for t in range(count)
        ),
    )


def _slot(
    program: _Program, t: int, power: Floats, charging_kw: float, stored_kw: float
) -> SlotOutcome:
    interval: Interval = program.intervals[t]
    at = program.cells_of[t]
    cars = program.car[at]
    amps = power[at] * program.amps_per_kw[cars]
    load = program.network.base(interval.building_w) + amps @ program.weights[cars]
    return SlotOutcome(
        interval=interval,
        charging_w=1000 * charging_kw,
        battery_w=1000 * stored_kw,
        site_w=1000 * (float(program.base_kw[t]) + charging_kw + stored_kw),
        cars=len(cars),
        limit_ratio=program.network.worst(load),
    )


def _stays(program: _Program, power: Floats, delivered: Floats) -> list[StayOutcome]:
    order = np.argsort(program.car, kind="stable")
    bounds = np.searchsorted(program.car[order], np.arange(len(program.stays) + 1))
    outcomes, begin = [], program.setup.start
    for n, stay in enumerate(program.stays):
        at = order[bounds[n] : bounds[n + 1]]
        kw, slots = power[at], program.slot[at]
        on = kw > RUNNING_KW
        first = program.intervals[slots[int(np.argmax(on))]].start if on.any() else None
        before = np.concatenate([[0.0], kw[:-1]]) if len(kw) else kw
        outcomes.append(
            StayOutcome(
                stay=stay,
                delivered_wh=1000 * float(delivered[n]),
                wait_s=None
                if first is None
                else (first - max(stay.arrival, begin)).total_seconds(),
                charging_s=3600 * float(program.hours[slots[on]].sum()),
                changes=int((np.abs(kw - before) > RUNNING_KW).sum()),
                starts=int((on & (before <= RUNNING_KW)).sum()),
            )
        )
    return outcomes
