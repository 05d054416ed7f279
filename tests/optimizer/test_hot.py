"""What is kept between plans saves time and changes no cost."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocpp_core.domain.plan import Fallback, PlanOptions, SiteSnapshot
from optimizer import check, lp
from optimizer.lp.builder import same_shape
from optimizer.lp.edits import edited
from optimizer.model import read
from optimizer.planner import Planner
from optimizer.problem import Problem, build
from tests.optimizer import direct
from tests.optimizer.builders import car, circuit, site, snapshot
from tests.optimizer.strategies import snapshots

OPTIONS = PlanOptions()


@st.composite
def sequences(draw: st.DrawFn, *, least: int = 0) -> list[SiteSnapshot]:
    """A snapshot and what follows: energies change, time goes on, cars leave, limits come."""
    taken = draw(snapshots(least=least))
    follow = [taken]
    for _ in range(draw(st.integers(1, 4))):
        what = draw(st.sampled_from(["energy", "time", "fewer", "limit", "price", "all back"]))
        factor = draw(st.floats(0.2, 1.5))
        if what == "energy":
            sessions = tuple(replace(s, energy_wh=s.energy_wh * factor) for s in taken.sessions)
            taken = replace(taken, sessions=sessions)
        elif what == "time":
            taken = later(taken, minutes=draw(st.integers(1, 40)))
        elif what == "fewer":
            taken = replace(taken, sessions=taken.sessions[1:])
        elif what == "limit":
            root = taken.site.circuits[0]
            wider = replace(root, limit_a=factor * (root.limit_a or 0.0))
            circuits = (wider, *taken.site.circuits[1:])
            taken = replace(taken, site=replace(taken.site, circuits=circuits))
        elif what == "price":
            prices = tuple(p * factor for p in taken.energy_price_per_kwh)
            taken = replace(taken, energy_price_per_kwh=prices)
        else:
            taken = follow[0]
        follow.append(taken)
    return follow


def later(taken: SiteSnapshot, *, minutes: int) -> SiteSnapshot:
    """The same horizon some minutes later: slots that went by are gone, the running one shorter."""
    now = taken.taken_at + timedelta(minutes=minutes)
    left = [t for t, end in enumerate((*taken.slot_starts[1:], taken.horizon_end)) if end > now]
    if not left:
        return taken
    first = left[0]
    return replace(
        taken,
        taken_at=now,
        slot_starts=(now, *taken.slot_starts[first + 1 :]),
        energy_price_per_kwh=taken.energy_price_per_kwh[first:],
        feed_in_per_kwh=taken.feed_in_per_kwh[first:],
        building_w=taken.building_w[first:],
        pv_w=taken.pv_w[first:],
    )


@settings(max_examples=40)
@given(sequences())
def test_a_kept_program_costs_what_a_new_one_costs(follow: list[SiteSnapshot]) -> None:
    kept = lp.Kept()
    for taken in follow:
        problem = build(read(taken), OPTIONS)
        if not problem.size:
            continue

        _, found = kept.solve(problem, OPTIONS)

        assert found.optimal
        assert direct.same(problem, direct.reference(problem, OPTIONS)) == found.objective


@settings(max_examples=15)
@given(sequences(least=1))
def test_hot_plans_have_the_bound_of_cold_ones(follow: list[SiteSnapshot]) -> None:
    planner = Planner()
    for taken in follow:
        outcome = planner.plan(taken, OPTIONS)

        assert not isinstance(outcome, Fallback), (outcome.why, outcome.findings)
        assert () == check.findings(taken, outcome.plan)
        problem = build(read(taken), OPTIONS)
        if problem.size:
            assert direct.same(problem, direct.reference(problem, OPTIONS)) == outcome.plan.bound


def test_other_energies_are_changed_in_place_and_a_gone_car_is_built_anew() -> None:
    names = ["CP-1", "CP-2", "CP-3"]
    on = site(circuit("main", limit_a=30), connectors=dict.fromkeys(names, "main"))
    taken = snapshot(on, *(car(name, kwh=20, hours=3) for name in names))
    thirstier = replace(
        taken, sessions=tuple(replace(s, energy_wh=s.energy_wh + 1000) for s in taken.sessions)
    )
    kept = lp.Kept()

    for each in (taken, thirstier, replace(taken, sessions=taken.sessions[1:])):
        kept.solve(build(read(each), OPTIONS), OPTIONS)

    assert (2, 1) == (kept.builds, kept.edits)


@pytest.mark.parametrize("change", ["energies", "a car has gone"])
def test_a_kept_program_starts_where_the_last_one_ended(change: str) -> None:
    """Counted in pivots of the simplex method, which are what solving costs."""
    names = [f"CP-{number}" for number in range(1, 13)]
    on = site(circuit("main", limit_a=70), connectors=dict.fromkeys(names, "main"))
    cars = [car(name, kwh=8 + n, hours=3 + n % 5) for n, name in enumerate(names)]
    taken = snapshot(on, *cars, demand_charge=5.0)
    left = taken.sessions
    if change == "energies":
        left = (replace(left[0], energy_wh=left[0].energy_wh + 500), *left[1:])
    else:
        left = left[1:]
    after = build(read(replace(taken, sessions=left)), OPTIONS)
    kept = lp.Kept()

    kept.solve(build(read(taken), OPTIONS), OPTIONS)
    again, _ = kept.solve(after, OPTIONS)
    anew, _ = lp.Kept().solve(after, OPTIONS)

    pivots = [model._highs.getInfo().simplex_iteration_count for model in (again, anew)]
    assert 4 * pivots[0] < pivots[1]


def _two_cars(*, limit_a: float, kwh: float) -> Problem:
    on = site(circuit("main", limit_a=limit_a), connectors={"CP-1": "main", "CP-2": "main"})
    cars = car("CP-1", kwh=kwh, hours=3), car("CP-2", kwh=20, hours=4)
    return build(read(snapshot(on, *cars, demand_charge=2.0, pv_w=3000.0)), OPTIONS)


def test_edits_of_energies_make_the_program_that_is_built_anew() -> None:
    first, second = _two_cars(limit_a=30, kwh=9), _two_cars(limit_a=30, kwh=12)

    made = edited(lp.Model(first, OPTIONS).program, first, second)

    built = lp.Model(second, OPTIONS).program
    assert made is not None
    assert same_shape(built, made)
    for name in ("lower", "upper", "cost"):
        assert np.array_equal(getattr(built, name), getattr(made, name))
    for name in ("weight", "lower", "upper"):
        assert np.array_equal(getattr(built.rows, name), getattr(made.rows, name))


def test_another_limit_is_no_edit_of_energies() -> None:
    first, second = _two_cars(limit_a=30, kwh=9), _two_cars(limit_a=25, kwh=9)

    assert edited(lp.Model(first, OPTIONS).program, first, second) is None
