"""Drawn plans: each file of `scenarios/` says what a site should do and how that looks.

In a drawing each line is a connector, each column a slot, a number its order in A (below 0: it
gives back), `.` waiting and `a|b` either of two.
"""

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import optimizer
from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.plan import (
    CircuitLimit,
    Discharge,
    Fallback,
    Plan,
    PlanSlot,
    Reserve,
    SiteSnapshot,
)
from ocpp_core.domain.units import Phase
from optimizer import check
from tests.optimizer.builders import START, car, circuit, ref, site, snapshot

FOLDER = Path(__file__).parent / "scenarios"
FILES = sorted(FOLDER.glob("*.toml"))
SERIES = ("slot_h", "price", "feed_in", "building_w", "pv_w", "demand_charge", "peak_w")
KNOWN = {
    "draw", "total_kw", "reasons", "words", "circuits", "unmet", "unmet_words", "cost", "peak_kw",
    "least_share", "value_of_ampere",
}  # fmt: skip


def read(told: dict[str, Any]) -> SiteSnapshot:
    circuits = [
        circuit(
            name,
            under=at.get("under"),
            limit_a=at.get("limit_a"),
            limit_w=at.get("limit_w"),
            lines=at.get("lines", ()),
            apart_a=at.get("apart_a"),
        )
        for name, at in told["circuits"].items()
    ]
    cars = told["cars"]
    phases = {
        name: tuple(map(Phase, c.get("phases", ["L1", "L2", "L3"]))) for name, c in cars.items()
    }
    on = site(
        *circuits,
        connectors={name: c.get("at", "main") for name, c in cars.items()},
        phases=phases,
    )
    about = ("kwh", "hours", "max_a", "min_a", "priority", "current_a")
    return snapshot(
        on,
        *(
            replace(
                car(name, phases=phases[name], **{key: c[key] for key in about if key in c}),
                max_starts=c.get("max_starts"),
                min_run_s=c.get("min_run_s"),
                discharge=Discharge(max_current_a=c["gives_a"], available_wh=1000 * c["gives_kwh"])
                if "gives_a" in c
                else None,
            )
            for name, c in cars.items()
        ),
        **{key: told[key] for key in SERIES if key in told},
        limits=tuple(
            CircuitLimit(
                circuit_id=CircuitId(name),
                limit_w=at["ordered_w"],
                start=START + timedelta(hours=at.get("from_h", 0)),
                end=START + timedelta(hours=at["until_h"]) if "until_h" in at else None,
                words=at.get("ordered_by", ""),
            )
            for name, at in told["circuits"].items()
            if "ordered_w" in at
        ),
        reserves=tuple(
            Reserve(ref=ref(name), current_a=c["reserve_a"])
            for name, c in cars.items()
            if "reserve_a" in c
        ),
    )


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_site_does_what_was_drawn(path: Path) -> None:
    told = tomllib.loads(path.read_text("utf-8"))
    expect = told["expect"]
    assert set() == set(expect) - KNOWN
    taken = read(told)

    outcome = optimizer.plan(taken)

    plan = outcome.plan
    assert not isinstance(outcome, Fallback), outcome.why
    assert () == check.findings(taken, plan)
    orders = {name: _of(plan, name) for name in told["cars"]}
    for line in expect.get("draw", "").strip().splitlines():
        name, *drawn = line.split()
        found = [f"{slot.current_a:g}" if slot.current_a else "." for slot in orders[name]]
        assert all(f in d.split("|") for f, d in zip(found, drawn, strict=False)), (name, found)
        assert set() == set(found[len(drawn) :]) - {"."}, (name, found)
    if "total_kw" in expect:
        assert [w / 1000 for w in plan.charging_w] == pytest.approx(expect["total_kw"], abs=0.15)
    for name, reasons in expect.get("reasons", {}).items():
        assert reasons == [str(slot.reason) for slot in orders[name]][: len(reasons)]
    for name, words in expect.get("words", {}).items():
        assert words == orders[name][0].words
    for name, binding in expect.get("circuits", {}).items():
        assert binding in {slot.binding_circuit for slot in orders[name]}
    assert expect["unmet"] == sorted(u.ref.charge_point_id for u in plan.unmet)
    for name, words in expect.get("unmet_words", {}).items():
        assert [words] == [u.words for u in plan.unmet if u.ref == ref(name)]
    if "cost" in expect:
        assert plan.cost == pytest.approx(expect["cost"], abs=1e-3)
    if "peak_kw" in expect:
        assert max(plan.site_w) / 1000 <= expect["peak_kw"]
    if "least_share" in expect:
        missing = {u.ref: u.energy_wh for u in plan.unmet}
        shares = [1 - missing.get(need.ref, 0) / need.energy_wh for need in taken.sessions]
        assert min(shares) >= expect["least_share"]
    for name, slots in expect.get("value_of_ampere", {}).items():
        priced = [p for p in plan.circuit_prices if p.circuit_id == name]
        assert all(p.value_per_a > 0 for p in priced)
        assert slots == [plan.slot_starts.index(p.start) for p in priced]


def _of(plan: Plan, name: str) -> list[PlanSlot]:
    return [slot for slot in plan.slots if slot.ref == ref(name)]
