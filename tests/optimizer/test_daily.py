"""A day as run, unmanaged and at best, each after days of its own kind."""

from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer.replay import Day, Peaks, Series, quality_of
from tests.optimizer.builders import START, circuit, site
from tests.optimizer.replay_world import setup, stay

ONE = site(circuit("main", limit_a=32), connectors={"CP-1": "main", "CP-2": "main"})
WORLD = replace(setup(ONE, stay("CP-1", comes_min=0, leaves_min=240, kwh=16)), one_bill=True)
EVENLY = {START + timedelta(minutes=15 * n): 1_000.0 for n in range(16)}
AT_ONCE = {START + timedelta(minutes=15 * n): wh for n, wh in enumerate([5520, 5520, 4960])}


def test_a_day_that_went_as_well_as_it_could_has_no_regret() -> None:
    quality = quality_of(Day(day=START.date(), setup=WORLD, charged_wh=EVENLY))

    assert quality.unmanaged.total > quality.run.total == pytest.approx(quality.best.total)


def test_a_day_that_charged_at_once_cost_what_unmanaged_costs() -> None:
    quality = quality_of(Day(day=START.date(), setup=WORLD, charged_wh=AT_ONCE))

    assert quality.unmanaged.total == pytest.approx(quality.run.total)
    assert quality.run.total > 2 * quality.best.total


def test_a_day_is_charged_what_it_adds_to_the_peak_of_its_own_course() -> None:
    first = quality_of(Day(day=START.date(), setup=WORLD, charged_wh=AT_ONCE))
    again = quality_of(Day(day=START.date(), setup=WORLD, charged_wh=EVENLY, before=first.peaks))

    assert pytest.approx(first.run.demand_charge) == first.run.demand_so_far
    assert [0.0, 0.0, 0.0] == pytest.approx(
        [one.demand_charge for one in (again.run, again.unmanaged, again.best)]
    )
    assert first.peaks == again.peaks
    assert 22_080 == pytest.approx(again.peaks.run_w)


def test_the_best_uses_the_peak_that_its_own_days_have_paid_for() -> None:
    free = Peaks(best_w=22_080.0)
    quality = quality_of(Day(day=START.date(), setup=WORLD, charged_wh=AT_ONCE, before=free))

    assert 0.0 == pytest.approx(quality.best.demand_charge)
    assert quality.run.demand_charge > 0


def test_a_day_without_cars_bears_the_peak_of_its_building_alike() -> None:
    building = Series(starts=(START,), values=(8_000.0,), last_s=4 * 3600)
    quiet = replace(setup(ONE), one_bill=True, building=building)
    quality = quality_of(
        Day(day=START.date(), setup=quiet, charged_wh={}, before=Peaks(run_w=9_000.0))
    )

    assert 0 == quality.sessions
    assert [9_000.0, 8_000.0, 8_000.0] == pytest.approx(
        [quality.peaks.run_w, quality.peaks.unmanaged_w, quality.peaks.best_w]
    )
    assert 0.0 == quality.run.total < quality.best.total
