"""A day as run, unmanaged and at best."""

from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer.replay import Day, quality_of
from tests.optimizer.builders import START, circuit, site
from tests.optimizer.replay_world import setup, stay

ONE = site(circuit("main", limit_a=32), connectors={"CP-1": "main", "CP-2": "main"})
WORLD = replace(setup(ONE, stay("CP-1", comes_min=0, leaves_min=240, kwh=16)), one_bill=True)


def test_a_day_that_went_as_well_as_it_could_has_no_regret() -> None:
    evenly = {START + timedelta(minutes=15 * n): 1_000.0 for n in range(16)}
    quality = quality_of(Day(day=START.date(), setup=WORLD, charged_wh=evenly))

    assert 0 == pytest.approx(quality.regret_share)
    assert quality.unmanaged.total > quality.run.total == pytest.approx(quality.best.total)


def test_a_day_that_charged_at_once_cost_what_unmanaged_costs() -> None:
    at_once = {START + timedelta(minutes=15 * n): wh for n, wh in enumerate([5520, 5520, 4960])}
    quality = quality_of(Day(day=START.date(), setup=WORLD, charged_wh=at_once))

    assert quality.unmanaged.total == pytest.approx(quality.run.total)
    assert quality.regret_share is not None
    assert quality.regret_share > 1
