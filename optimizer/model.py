"""What a snapshot means to the planner: cars, slots and room, with every odd input made usable.

Nothing here knows a solver. A missing or impossible value is replaced by a stated assumption and
a note for people, never by an exception: a site must be planned tonight, not after a bug fix.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ocpp_core.domain.ids import CircuitId, ConnectorRef
from ocpp_core.domain.lines import faces
from ocpp_core.domain.plan import CircuitLimit, SessionNeed, SiteSnapshot
from ocpp_core.domain.site import Circuit
from ocpp_core.domain.tariff.site_cost import ends_of
from ocpp_core.domain.units import THREE_PHASES, Phase, wire_limit_a

UNLIMITED = 1e9
"""Stands for no limit in the slots in which an ordered one does not hold, A or W."""

OVERDUE_S = 3600.0
"""A car that is still there after its departure is planned as if it left this much later, s."""

SHORTEST_H = 1 / 3600
"""Part of a slot below which a car counts as gone, h."""

CALM_H = 0.25
"""A running car keeps its turn until another one has this much less time to wait, h."""

DONE_KWH = 1e-3
"""Energy below which nothing is wanted any more, kWh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """A session as the planner works with it."""

    index: int
    need: SessionNeed
    circuit_id: CircuitId | None
    """Circuit of its connector; None when the site has no such connector."""
    phases: tuple[Phase, ...]
    min_deci: int
    """Lowest order other than 0, tenths of an ampere."""
    max_deci: int
    """Highest order, tenths of an ampere."""
    step_deci: int = 1
    """Orders are multiples of this, the lowest and the highest too."""
    kw_per_deci: float
    """Power drawn for each tenth of an ampere, kW."""
    accepts_kw: float = math.inf
    """Most that the car takes, whatever it is offered, kW."""
    ordered: float = 1.0
    """kW ordered for each kW that it takes; above 1 where it takes less than the lowest order."""
    on: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """kW ordered on L1, L2 and L3 for each kW that it takes."""
    taper_h: float = 0.0
    """How much longer its last energy takes because the car takes less then, h."""
    energy_kwh: float
    taken_kwh: float = 0.0
    """What it has got already."""
    departure: datetime
    """Until when it is planned; later than the stated departure when that has passed."""
    overdue: bool = False
    reserved: bool = False
    """It does not follow orders: what it draws is set aside, its orders use nothing more."""
    unable: str = ""
    """Why it can be given nothing at all, or empty."""

    @property
    def max_kw(self) -> float:
        """Highest power, kW."""
        return self.kw_at(self.max_deci)

    @property
    def least_kw(self) -> float:
        """Power at the lowest order, kW."""
        return self.kw_at(self.min_deci)

    def kw_at(self, order_deci: int) -> float:
        """Return the power that an order leads to, kW."""
        return min(order_deci * self.kw_per_deci, self.accepts_kw)

    @property
    def wants(self) -> bool:
        """Tell whether it takes part in the plan."""
        return not self.unable and self.energy_kwh > DONE_KWH


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a circuit leaves for charging in each slot."""

    circuit_id: CircuitId
    label: str
    """What people call the limit, e.g. `main L1`."""
    weights: tuple[float, float, float]
    """What a kW on L1, L2 and L3 weighs on it: one of them for a phase, all of them for power."""
    phase: Phase | None = None
    """The one phase that it is about; None for power and for lines."""
    is_line: bool = False
    """A face of a line limit, of which there are many: rows only where it is passed."""
    free_kw: tuple[float, ...]
    """For each slot, less building load and reserves, never below 0, kW."""
    event: tuple[str, ...] = ()
    """For each slot: who ordered the limit that holds in it, or empty; () when nobody did."""

    def ordered_by(self, slot: int) -> str:
        """Return who ordered the limit that holds in a slot, or empty."""
        return self.event[slot] if self.event else ""

    def full_words(self, slot: int) -> str:
        """Say that it is full."""
        by = self.ordered_by(slot)
        return f"{self.label} is full ({by})" if by else f"{self.label} is full"

    def weight_of(self, car: Car) -> float:
        """Return the kW on the limit for each kW that a car takes.

        Limits count what it is ordered, which may be more than it takes.
        """
        (a, b, c), (x, y, z) = self.weights, car.on
        return a * x + b * y + c * z


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """A snapshot with every gap filled."""

    snapshot: SiteSnapshot
    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]
    hours: tuple[float, ...]
    cars: tuple[Car, ...]
    rooms: tuple[Room, ...]
    price: tuple[float, ...]
    """Of a kWh taken from the grid, in the site's currency."""
    feed_in: tuple[float, ...]
    building_kw: tuple[float, ...]
    pv_kw: tuple[float, ...]
    demand_charge_per_kw: float
    peak_so_far_kw: float
    expected_peak_kw: float
    """Peak that the month is expected to reach anyhow: up to it, importing raises no charge."""
    carbon: tuple[float, ...]
    """Emissions of a kWh taken from the grid, kg; 0 when unknown."""
    quarter_kwh: float | None
    """Grid import of the running quarter of an hour so far; None when it is not known."""
    present_h: tuple[tuple[float, ...], ...]
    """Cars by slots: for how long of the slot the car is there, h."""
    notes: tuple[str, ...]
    """What was wrong or missing, and what stands in for it."""

    def feeders(self, car: Car) -> tuple[CircuitId, ...]:
        """Return the circuits that feed a car, the nearest first."""
        if car.circuit_id is None:
            return ()
        return tuple(c.circuit_id for c in self.snapshot.site.feeders(car.circuit_id))


def laxity_h(inputs: Inputs, car: Car) -> float:
    """Time that a car can wait and still get its energy at full power, h."""
    stay = (car.departure - inputs.snapshot.taken_at).total_seconds() / 3600
    return stay - car.energy_kwh / max(car.max_kw, 1e-6)


def patience_h(inputs: Inputs, car: Car) -> float:
    """Laxity by which cars take turns, h: a running car keeps its turn for a while."""
    return laxity_h(inputs, car) - CALM_H * (car.need.current_a > 0)


def read(snapshot: SiteSnapshot) -> Inputs:
    """Make a snapshot usable."""
    notes: list[str] = []
    starts = snapshot.slot_starts
    ends = ends_of(starts, snapshot.horizon_end)
    hours = tuple(
        max(0.0, (end - start).total_seconds() / 3600)
        for start, end in zip(starts, ends, strict=True)
    )
    if any(h == 0.0 for h in hours):
        notes.append("slots without a length are left out")
    count = len(starts)
    price = _filled(snapshot.energy_price_per_kwh, count, None, "price", notes)
    feed_in = _filled(snapshot.feed_in_per_kwh, count, 0.0, "feed-in price", notes)
    assumed_w = max(0.0, _number(snapshot.site.building_peak_w))
    building = _filled(snapshot.building_w, count, assumed_w, "building load", notes)
    pv = _filled(snapshot.pv_w, count, 0.0, "PV forecast", notes)
    building_kw = tuple(max(0.0, w) / 1000 for w in building)
    taken_at = snapshot.taken_at
    begins_h = [(at - taken_at).total_seconds() / 3600 for at in starts]
    cars = tuple(_car(i, need, snapshot, notes) for i, need in enumerate(snapshot.sessions))
    return Inputs(
        snapshot=snapshot,
        starts=starts,
        ends=ends,
        hours=hours,
        cars=cars,
        rooms=tuple(_rooms(snapshot, building_kw, notes)),
        price=price,
        feed_in=feed_in,
        building_kw=building_kw,
        pv_kw=tuple(max(0.0, w) / 1000 for w in pv),
        demand_charge_per_kw=max(0.0, _number(snapshot.demand_charge_per_kw)),
        peak_so_far_kw=max(0.0, _number(snapshot.peak_so_far_w)) / 1000,
        expected_peak_kw=max(0.0, _number(snapshot.expected_peak_w)) / 1000,
        carbon=_carbon(snapshot, count, notes),
        quarter_kwh=_quarter_kwh(snapshot),
        present_h=tuple(_present_h(car, taken_at, begins_h, hours) for car in cars),
        notes=tuple(notes),
    )


def _carbon(snapshot: SiteSnapshot, count: int, notes: list[str]) -> tuple[float, ...]:
    if not snapshot.carbon_kg_per_kwh:
        return (0.0,) * count
    return _filled(snapshot.carbon_kg_per_kwh, count, None, "emissions of grid power", notes)


def _quarter_kwh(snapshot: SiteSnapshot) -> float | None:
    quarter_wh = snapshot.quarter_wh
    if quarter_wh is None or not math.isfinite(quarter_wh):
        return None
    return max(0.0, quarter_wh) / 1000


def _number(value: float, otherwise: float = 0.0) -> float:
    return value if math.isfinite(value) else otherwise


def _filled(
    values: Sequence[float], count: int, stand_in: float | None, name: str, notes: list[str]
) -> tuple[float, ...]:
    """Return `count` finite values; None as `stand_in` means the mean of those that are known."""
    known = [v for v in values[:count] if math.isfinite(v)]
    if len(known) == count:
        return tuple(values[:count])
    if stand_in is None:
        stand_in = sum(known) / len(known) if known else 0.0
    notes.append(f"{name}: {count - len(known)} of {count} slots unknown, {stand_in:g} assumed")
    padded = [*values[:count], *[math.nan] * (count - len(values))]
    return tuple(v if math.isfinite(v) else stand_in for v in padded)


def _car(index: int, need: SessionNeed, snapshot: SiteSnapshot, notes: list[str]) -> Car:
    site = snapshot.site
    connector = site.connectors.get(need.ref)
    reserved = any(r.ref == need.ref for r in snapshot.reserves)
    unable = ""
    phases = need.phases
    min_a, max_a = _number(need.min_current_a), _number(need.max_current_a)
    if connector is None:
        unable = f"connector {need.ref} is not part of the site"
    else:
        phases = phases or connector.phases
        min_a = max(min_a, connector.min_current_a)
        max_a = min(max_a, connector.max_current_a)
        reserve = sum(_number(r.current_a) for r in snapshot.reserves if r.ref == need.ref)
        if reserved:
            max_a = min(max_a, reserve)
    step_deci = max(1, round(10 * _number(need.step_a)))
    phase_count = len(phases) or len(THREE_PHASES)
    kw_per_deci = phase_count * site.voltage_v / 10_000
    min_deci = max(1, _up(math.ceil(min_a * 10 - 1e-6), step_deci))
    max_deci = round(wire_limit_a(max_a) * 10) // step_deci * step_deci
    accepts_kw = math.inf
    if need.accepts_w is not None and math.isfinite(need.accepts_w) and need.accepts_w > 0:
        accepts_kw = need.accepts_w / 1000
        # More than it takes is not offered: it would only use up limits.
        enough = _up(math.ceil(accepts_kw / kw_per_deci - 1e-6), step_deci)
        max_deci = min(max_deci, max(enough, min_deci))
    if not unable and max_deci < min_deci:
        unable = f"it may take {max_a:.1f} A at most, less than the {min_a:g} A minimum"
    departure = need.departure
    overdue = departure <= snapshot.taken_at
    if overdue:
        departure = snapshot.taken_at + timedelta(seconds=OVERDUE_S)
    if not math.isfinite(need.energy_wh):
        notes.append(f"{need.ref}: energy wanted is not a number, 0 assumed")
    ordered = max(1.0, min_deci * kw_per_deci / accepts_kw)
    max_kw = min(max_deci * kw_per_deci / ordered, accepts_kw)
    return Car(
        index=index,
        need=need,
        circuit_id=None if connector is None else connector.circuit_id,
        phases=phases,
        min_deci=min_deci,
        max_deci=max(0, max_deci),
        step_deci=step_deci,
        kw_per_deci=kw_per_deci / ordered,
        ordered=ordered,
        on=_on(phases, ordered),
        accepts_kw=accepts_kw,
        taper_h=_taper_h(need, max_kw),
        energy_kwh=max(0.0, _number(need.energy_wh)) / 1000,
        taken_kwh=max(0.0, _number(need.taken_wh)) / 1000,
        departure=departure,
        overdue=overdue,
        reserved=reserved,
        unable=unable,
    )


def _on(phases: Sequence[Phase], ordered: float) -> tuple[float, float, float]:
    each = ordered / max(1, len(phases))
    l1, l2, l3 = (each if phase in phases else 0.0 for phase in THREE_PHASES)
    return l1, l2, l3


def _up(deci: int, step_deci: int) -> int:
    return -(-deci // step_deci) * step_deci


def _taper_h(need: SessionNeed, max_kw: float) -> float:
    """Return how much longer the last energy takes than at full power, h.

    Power falls in proportion to what is missing, down to a least share: taking the last `rest` so
    takes rest / power * (1 + ln(1 / least share)).
    """
    taper = need.taper
    if taper is None or max_kw <= 0 or not (taper.rest_wh > 0 and math.isfinite(taper.rest_wh)):
        return 0.0
    least = min(1.0, max(0.01, _number(taper.least_share)))
    share = min(1.0, max(0.0, _number(need.energy_wh)) / taper.rest_wh)
    if share <= 0:
        return 0.0
    at_full_h = share * taper.rest_wh / 1000 / max_kw
    whole_h = taper.rest_wh / 1000 / max_kw
    falling_h = whole_h * math.log(share / least) if share > least else 0.0
    slow_h = whole_h * min(share, least) / least
    return max(0.0, falling_h + slow_h - at_full_h)


def _present_h(
    car: Car, taken_at: datetime, begins_h: Sequence[float], hours: Sequence[float]
) -> tuple[float, ...]:
    """Return for how long of each slot a car is there: whole slots, a part of one, then none."""
    stay_h = (car.departure - taken_at).total_seconds() / 3600
    whole = bisect_right(begins_h, stay_h)
    while whole and stay_h - begins_h[whole - 1] < hours[whole - 1]:
        whole -= 1
    part = stay_h - begins_h[whole] if whole < len(hours) else 0.0
    present = (*hours[:whole], part, *(0.0,) * (len(hours) - whole - 1))[: len(hours)]
    shortest = min(hours[:whole], default=SHORTEST_H)
    if shortest >= SHORTEST_H and (part >= SHORTEST_H or part == 0.0):
        return present
    return tuple(h if h >= SHORTEST_H else 0.0 for h in present)


def _rooms(
    snapshot: SiteSnapshot, building_kw: tuple[float, ...], notes: list[str]
) -> Sequence[Room]:
    site = snapshot.site
    reserve_a: dict[tuple[CircuitId, Phase], float] = {}
    phases_of: dict[ConnectorRef, tuple[Phase, ...]] = {
        need.ref: need.phases for need in snapshot.sessions if need.phases
    }
    for reserve in snapshot.reserves:
        connector = site.connectors.get(reserve.ref)
        if connector is None:
            notes.append(f"reserve for {reserve.ref}: not part of the site")
            continue
        current_a = max(0.0, _number(reserve.current_a, connector.max_current_a))
        for circuit in site.feeders(connector.circuit_id):
            for phase in phases_of.get(reserve.ref, connector.phases):
                key = (circuit.circuit_id, phase)
                reserve_a[key] = reserve_a.get(key, 0.0) + current_a

    slots = list(
        zip(snapshot.slot_starts, ends_of(snapshot.slot_starts, snapshot.horizon_end), strict=True)
    )
    rooms: list[Room] = []
    for circuit in site.circuits:
        loads = _Loads(
            building_kw=building_kw
            if site.building_weighs_on(circuit.circuit_id)
            else (0.0,) * len(building_kw),
            reserved_kw=tuple(
                reserve_a.get((circuit.circuit_id, phase), 0.0) * site.voltage_v / 1000
                for phase in THREE_PHASES
            ),
        )
        over = [limit for limit in snapshot.limits if limit.circuit_id == circuit.circuit_id]
        amps = _in_force(circuit.limit_a, [(o, o.limit_a) for o in over], slots)
        watts = _in_force(circuit.limit_w, [(o, o.limit_w) for o in over], slots)
        if amps is not None:
            limit_kw = [a * site.voltage_v / 1000 for a in amps.values]
            for n, phase in enumerate(THREE_PHASES):
                weights = (float(n == 0), float(n == 1), float(n == 2))
                label = f"{circuit.circuit_id} {phase}"
                free = loads.free_kw(limit_kw, weights)
                rooms.append(
                    Room(
                        circuit_id=circuit.circuit_id,
                        label=label,
                        weights=weights,
                        phase=phase,
                        free_kw=free,
                        event=amps.words,
                    )
                )
        if watts is not None:
            everything = (1.0, 1.0, 1.0)
            free = loads.free_kw([w / 1000 for w in watts.values], everything)
            rooms.append(
                Room(
                    circuit_id=circuit.circuit_id,
                    label=str(circuit.circuit_id),
                    weights=everything,
                    free_kw=free,
                    event=watts.words,
                )
            )
        rooms += _lines(circuit, loads, site.voltage_v, len(slots))
    return rooms


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loads:
    """What weighs on a circuit besides cars that follow orders."""

    building_kw: tuple[float, ...]
    """For each slot; taken as balanced, since it is known as one sum."""
    reserved_kw: tuple[float, ...]
    """On L1, L2 and L3."""

    def free_kw(
        self, limit_kw: Sequence[float], weights: tuple[float, float, float]
    ) -> tuple[float, ...]:
        """Return what a limit leaves in each slot."""
        reserved = sum(w * kw for w, kw in zip(weights, self.reserved_kw, strict=True))
        share = sum(weights) / 3
        return tuple(
            max(0.0, limit - share * kw - reserved)
            for limit, kw in zip(limit_kw, self.building_kw, strict=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _InForce:
    """A limit over the slots, with whoever ordered it."""

    values: tuple[float, ...]
    words: tuple[str, ...]


def _in_force(
    configured: float | None,
    ordered: Sequence[tuple[CircuitLimit, float | None]],
    slots: Sequence[tuple[datetime, datetime]],
) -> _InForce | None:
    """Return the lowest limit of each slot; one that holds in a part of a slot holds in all of it.

    One that is not a number allows nothing.
    """
    told = [(limit, value) for limit, value in ordered if value is not None]
    if configured is None and not told:
        return None
    values, words = [], []
    for start, end in slots:
        holding = [(limit, v) for limit, v in told if limit.holds_within(start, end)]
        lowest = _lowest([configured, *(v for _, v in holding)])
        values.append(UNLIMITED if lowest is None else lowest)
        words.append(next((one.words for one, v in holding if _lowest([v]) == lowest), ""))
    if all(value == UNLIMITED for value in values):
        return None
    return _InForce(values=tuple(values), words=tuple(words) if any(words) else ())


def _lines(circuit: Circuit, loads: _Loads, voltage_v: float, slots: int) -> list[Room]:
    return [
        Room(
            circuit_id=circuit.circuit_id,
            label=f"{circuit.circuit_id} {line.name}",
            weights=face.weights,
            is_line=True,
            free_kw=loads.free_kw([face.limit_a * voltage_v / 1000] * slots, face.weights),
        )
        for line in circuit.line_limits
        for face in faces(line)
    ]


def _lowest(values: Sequence[float | None]) -> float | None:
    """Return the lowest limit; one that is not a number allows nothing."""
    known = [max(0.0, _number(v)) if v != math.inf else v for v in values if v is not None]
    lowest = min(known, default=None)
    return None if lowest == math.inf else lowest
