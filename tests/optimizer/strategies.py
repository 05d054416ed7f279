"""Random sites and snapshots, bad luck included."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.plan import (
    CircuitLimit,
    ExpectedArrival,
    Reserve,
    SiteBattery,
    SiteSnapshot,
    Taper,
)
from ocpp_core.domain.units import THREE_PHASES, Phase
from tests.optimizer.builders import START, car, circuit, ref, site, snapshot

amps = st.floats(0, 120).map(lambda value: round(value, 2))
slot_lengths = st.lists(st.sampled_from([0.05, 0.2, 0.25, 0.5, 1.0]), min_size=1, max_size=8)
weights = st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0])
loads: list[tuple[Phase, ...]] = [THREE_PHASES, (Phase.L1,), (Phase.L2,), (Phase.L1, Phase.L3)]

kinds: dict[str, st.SearchStrategy[Any]] = {
    "step_a": st.sampled_from([0.5, 1.0, 8.0]),
    "accepts_w": st.sampled_from([900.0, 4000.0, 6600.0]),
}
equal_cars: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({}, optional=kinds)
odd_cars: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional=kinds
    | {
        "weight": st.sampled_from([0.5, 2.0]),
        "unmet_price_per_kwh": st.sampled_from([0.0, 0.15, 3.0]),
        "taper": st.just(Taper(rest_wh=5000)),
    },
)
"""What only some cars have."""

batteries = st.builds(
    SiteBattery,
    circuit_id=st.just(CircuitId("main")),
    capacity_wh=st.sampled_from([0.0, 10_000.0, 80_000.0]),
    energy_wh=st.floats(-1000, 90_000),
    max_charge_w=st.sampled_from([0.0, 5000.0, 40_000.0]),
    max_discharge_w=st.sampled_from([0.0, 5000.0, 40_000.0]),
    charge_efficiency=st.sampled_from([0.9, 1.0]),
    cycle_cost_per_kwh=st.sampled_from([0.0, 0.05]),
    reserve_wh=st.sampled_from([0.0, 3000.0]),
)

comers = st.builds(
    ExpectedArrival,
    arrival=st.floats(-1, 4).map(lambda hours: START + timedelta(hours=hours)),
    departure=st.floats(0, 8).map(lambda hours: START + timedelta(hours=hours)),
    energy_wh=st.floats(-1000, 40_000),
    max_current_a=st.sampled_from([16.0, 32.0]),
    phases=st.sampled_from(loads),
    circuit_id=st.just(CircuitId("main")),
    cars=st.sampled_from([0.3, 1.0, 2.5]),
)


@st.composite
def snapshots(
    draw: st.DrawFn,
    *,
    bad_luck: bool = True,
    plain: bool = False,
    least: int = 0,
    equals: bool = False,
) -> SiteSnapshot:
    """Sites of up to four circuits and `least` to seven cars; `bad_luck` adds what should not be.

    `plain` ones have nothing that the textbook model of the tests does not know. Cars that are
    `equals` are worth the same to the site.
    """
    watts = st.none() | st.floats(0, 60_000)
    lines = [] if plain else draw(st.lists(st.tuples(weights, weights, weights, amps), max_size=2))
    lines = [line for line in lines if any(line[:3])]
    circuits = [circuit("main", limit_a=draw(amps), limit_w=draw(watts), lines=lines)]
    if not plain and draw(st.booleans()):
        circuits[0] = replace(circuits[0], max_imbalance_a=draw(amps))
    for name in ("east", "west", "annex")[: draw(st.integers(0, 3))]:
        under = "east" if name == "annex" else "main"
        circuits.append(circuit(name, under=under, limit_a=draw(amps), limit_w=draw(watts)))
    names = [f"CP-{n}" for n in range(1, draw(st.integers(least, 7)) + 1)]
    phases = {name: draw(st.sampled_from(loads)) for name in names}
    at = {name: str(draw(st.sampled_from(circuits)).circuit_id) for name in names}
    on = site(*circuits, connectors=at, phases=phases, building_peak_w=draw(st.floats(0, 9000)))
    earliest = -1.0 if bad_luck else 0.1
    cars = [
        car(
            name,
            kwh=draw(st.floats(0 if bad_luck else 0.01, 40)),
            hours=draw(st.floats(earliest, 6).map(lambda hours: round(hours * 60) / 60)),
            phases=phases[name],
            max_a=draw(st.sampled_from([16.0, 32.0, 20.5, 6.0])),
            priority=draw(st.integers(-1, 2)) if bad_luck else 0,
            current_a=draw(st.sampled_from([0.0, 8.0])),
        )
        for name in names
    ]
    if not plain:
        cars = [replace(one, **draw(equal_cars if equals else odd_cars)) for one in cars]
    slot_h = draw(slot_lengths)
    # Up to the last slot's end, and sometimes beyond.
    count = len(slot_h)

    def series(low: float, high: float) -> list[float]:
        known = st.floats(low, high).map(lambda value: round(value, 4))
        one = known | st.just(float("nan")) if bad_luck else known
        return draw(st.lists(one, min_size=count, max_size=count))

    limits: tuple[CircuitLimit, ...] = ()
    if draw(st.booleans()):
        limits = (
            CircuitLimit(circuit_id=CircuitId("main"), limit_a=draw(st.none() | amps)),
            CircuitLimit(circuit_id=CircuitId("main"), limit_w=draw(watts)),
        )
    if not plain and draw(st.booleans()):
        begins, lasts = draw(st.floats(-1, 3)), draw(st.floats(0.1, 3))
        event = CircuitLimit(
            circuit_id=CircuitId("main"),
            limit_w=draw(watts),
            start=START + timedelta(hours=begins),
            end=START + timedelta(hours=begins + lasts),
            words="grid operator",
        )
        limits = (*limits, event)
    reserves: tuple[Reserve, ...] = ()
    if bad_luck and names and draw(st.booleans()):
        reserves = (Reserve(ref=ref(names[0]), current_a=draw(st.floats(0, 40))),)
    made = snapshot(
        on,
        *cars,
        slot_h=slot_h,
        price=series(-0.5, 0.6),
        feed_in=series(-0.1, 0.2),
        building_w=series(0, 20_000),
        pv_w=series(0, 30_000),
        demand_charge=draw(st.sampled_from([0.0, 15.51])),
        peak_w=draw(st.floats(0, 30_000)),
        reserves=reserves,
        limits=limits,
    )
    if not plain:
        made = replace(
            made,
            battery=draw(st.none() | batteries),
            expected_arrivals=draw(st.lists(comers, max_size=2).map(tuple)),
            expected_peak_w=draw(st.sampled_from([0.0, 20_000.0])),
            carbon_kg_per_kwh=draw(st.sampled_from([(), tuple(series(0, 0.8))])),
        )
    assert made.slot_starts[0] == START
    assert made.horizon_end > START + timedelta(0)
    return made
