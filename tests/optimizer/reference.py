"""The planning problem a second time: a textbook model, dense, straight to HiGHS.

It reads the snapshot itself and knows none of the planner's shortcuts: a column for every car and
slot, a row for every circuit, phase and slot, slack for missing energy, import and export apart.
"""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pulp  # noqa: F401  (preloads HiGHS for highspy, which is imported when needed)

from ocpp_core.domain.plan import SiteSnapshot
from ocpp_core.domain.units import THREE_PHASES

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
TIE = 1e-3
"""What a kWh given costs beyond its wear, so that a car without a reason rests."""


class Model:
    """A linear program that grows row by row."""

    def __init__(self) -> None:
        self.cost: list[float] = []
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.rows: list[tuple[dict[int, float], float, float]] = []

    def column(self, cost: float, lower: float = 0.0, upper: float = math.inf) -> int:
        self.cost.append(cost)
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.cost) - 1

    def row(self, terms: dict[int, float], lower: float, upper: float) -> None:
        self.rows.append((terms, lower, upper))

    def minimum(self) -> float:
        import highspy  # noqa: PLC0415  (after pulp: the other order can crash)

        highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # it ships no types
        for option, value in (("output_flag", False), ("presolve", "off"), ("solver", "simplex")):
            highs.setOptionValue(option, value)
        empty = np.zeros(0, dtype=np.int32)
        highs.addCols(
            len(self.cost),
            np.array(self.cost),
            np.array(self.lower),
            np.array(self.upper),
            0,
            empty,
            empty,
            np.zeros(0),
        )
        for terms, lower, upper in self.rows:
            index = np.array(list(terms), dtype=np.int32)
            highs.addRow(lower, upper, len(terms), index, np.array(list(terms.values())))
        highs.run()
        assert highs.modelStatusToString(highs.getModelStatus()) == "Optimal"
        return float(highs.getObjectiveValue())


def least_cost(snapshot: SiteSnapshot, unmet_price: float) -> float:
    """Cost of energy, demand and unmet energy of the best plan without minimum currents."""
    site, volts = snapshot.site, snapshot.site.voltage_v
    ends = (*snapshot.slot_starts[1:], snapshot.horizon_end)
    hours = [
        (end - start).total_seconds() / 3600
        for start, end in zip(snapshot.slot_starts, ends, strict=True)
    ]
    slots = range(len(hours))
    model = Model()
    power = {}
    for i, need in enumerate(snapshot.sessions):
        most = min(need.max_current_a, site.connectors[need.ref].max_current_a)
        for t in slots:
            power[i, t] = model.column(0.0, 0.0, most * len(need.phases) * volts / 1000)

    def there(i: int, t: int) -> float:
        end = min(ends[t], snapshot.sessions[i].departure)
        return max(0.0, (end - snapshot.slot_starts[t]).total_seconds() / 3600)

    given: dict[tuple[int, int], int] = {}
    both: dict[int, float] = {}
    for i, need in enumerate(snapshot.sessions):
        told = need.discharge
        if told is None:
            continue
        both[i] = told.charge_efficiency * told.discharge_efficiency
        most = min(told.max_current_a, site.connectors[need.ref].max_current_a)
        for t in slots:
            price, feed_in = snapshot.energy_price_per_kwh[t], snapshot.feed_in_per_kwh[t]
            if there(i, t) >= hours[t] and price > 0 and min(price, feed_in) >= 0:
                wear = (told.wear_per_kwh + TIE) * hours[t]
                given[i, t] = model.column(wear, 0.0, most * len(need.phases) * volts / 1000)

    for i, need in enumerate(snapshot.sessions):
        missing = model.column(unmet_price)
        wanted = need.energy_wh / 1000
        terms = {power[i, t]: there(i, t) for t in slots if there(i, t) > 0}
        back = {given[i, t]: -hours[t] / both[i] for t in slots if (i, t) in given}
        model.row({**terms, **back, missing: 1.0}, wanted, wanted)
        if need.discharge is not None:
            least = -need.discharge.available_wh / 1000 / need.discharge.charge_efficiency
            for last in slots:
                known = {power[i, t] for t in slots[: last + 1]}
                known |= {given[i, t] for t in slots[: last + 1] if (i, t) in given}
                until = {k: v for k, v in (terms | back).items() if k in known}
                model.row(until, least, wanted)
        for t in slots:
            if there(i, t) == 0:
                model.row({power[i, t]: 1.0}, 0.0, 0.0)

    for circuit in site.circuits:
        below = {c.ref for c in site.connectors_below(circuit.circuit_id)}
        weighs = site.building_weighs_on(circuit.circuit_id)
        loads = [i for i, need in enumerate(snapshot.sessions) if need.ref in below]
        limits_a = [circuit.limit_a]
        limits_w = [circuit.limit_w]
        for limit in snapshot.limits:
            if limit.circuit_id == circuit.circuit_id:
                limits_a.append(limit.limit_a)
                limits_w.append(limit.limit_w)
        for t in slots:
            building = snapshot.building_w[t] / 1000 if weighs else 0.0
            for limit_a in (a for a in limits_a if a is not None):
                for phase in THREE_PHASES:
                    terms = {
                        power[i, t]: 1000 / volts / len(snapshot.sessions[i].phases)
                        for i in loads
                        if phase in snapshot.sessions[i].phases
                    }
                    free = max(0.0, limit_a - building * 1000 / 3 / volts)
                    model.row(terms, -math.inf, free)
            for limit_w in (w for w in limits_w if w is not None):
                free = max(0.0, limit_w / 1000 - building)
                model.row({power[i, t]: 1.0 for i in loads}, -math.inf, free)
            # What flows back alone, with all that PV may feed in; a limit counts as it is.
            pv = snapshot.pv_w[t] / 1000 if weighs else 0.0
            for limit_a in (a for a in limits_a if a is not None):
                for phase in THREE_PHASES:
                    terms = {
                        given[i, t]: 1 / len(snapshot.sessions[i].phases)
                        for i in loads
                        if (i, t) in given and phase in snapshot.sessions[i].phases
                    }
                    model.row(terms, -math.inf, max(0.0, limit_a * volts / 1000 - pv / 3))
            for limit_w in (w for w in limits_w if w is not None):
                terms = {given[i, t]: 1.0 for i in loads if (i, t) in given}
                model.row(terms, -math.inf, max(0.0, limit_w / 1000 - pv))

    for t in slots:
        price = snapshot.energy_price_per_kwh[t]
        bought = model.column(price * hours[t])
        sold = model.column(-min(price, snapshot.feed_in_per_kwh[t]) * hours[t])
        base = (snapshot.building_w[t] - snapshot.pv_w[t]) / 1000
        terms = {
            power[i, t]: there(i, t) / hours[t]
            for i in range(len(snapshot.sessions))
            if there(i, t) > 0
        }
        terms |= {column: -1.0 for (_, at), column in given.items() if at == t}
        model.row({bought: 1.0, sold: -1.0, **{k: -v for k, v in terms.items()}}, base, base)
        if price < 0:
            # Paid for buying: without this, buying and selling at once would be free money.
            model.row({bought: 1.0}, -math.inf, 1e4)

    peak = model.column(snapshot.demand_charge_per_kw, snapshot.peak_so_far_w / 1000)
    quarters: dict[int, dict[int, float]] = {}
    for t in slots:
        at = snapshot.slot_starts[t]
        while at < ends[t]:
            quarter = (at - EPOCH) // QUARTER
            upto = min(ends[t], EPOCH + (quarter + 1) * QUARTER)
            quarters.setdefault(quarter, {})[t] = (upto - at).total_seconds()
            at = upto
    for part in quarters.values():
        # A car that leaves within a slot counts as if it stayed: see the planner's program.
        whole = sum(part.values())
        terms, base = {}, 0.0
        for t, seconds in part.items():
            base += seconds / whole * (snapshot.building_w[t] - snapshot.pv_w[t]) / 1000
            for i in range(len(snapshot.sessions)):
                terms[power[i, t]] = seconds / whole
            terms |= {column: -seconds / whole for (_, at), column in given.items() if at == t}
        model.row({**terms, peak: -1.0}, -math.inf, -base)
    return model.minimum()
