"""Rules of the ground truth."""

from datetime import datetime, timedelta

import pytest

from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.units import THREE_PHASES, Phase
from ocpp_core.sim.outlet import Draw
from ocpp_core.sim.truth import Curve, GroundTruth
from tests.ocpp_core.sim.conftest import START
from tests.ocpp_core.sim.test_site import site

SITE = site(2, limit_a=40)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def draw(truth: GroundTruth, second: float, number: int, current_a: float, phases: int = 3) -> None:
    truth.drawn(
        Draw(
            at=at(second),
            connector=SITE.charge_points[number].connectors[0],
            power_w=current_a * phases * 230,
            current_a=current_a,
            phases=THREE_PHASES[:phases],
        )
    )


def test_a_curve_holds_each_value_until_the_next() -> None:
    curve = Curve(steps=((at(0), 100.0), (at(60), 300.0), (at(90), 0.0)), end=at(3600))

    assert 300.0 == curve.peak
    assert (60 * 100 + 30 * 300) / 3600 == curve.integral_h
    assert [90.0, 30.0, 0.0] == [curve.seconds_above(limit) for limit in (99, 100, 300)]


def test_a_value_that_held_for_no_time_is_no_peak() -> None:
    assert 1.0 == Curve(steps=((at(0), 9.0), (at(0), 1.0)), end=at(1)).peak
    assert 0.0 == Curve(steps=(), end=at(1)).peak


def test_means_are_of_clock_aligned_quarter_hours() -> None:
    curve = Curve(steps=((at(-300), 900.0), (at(600), 1800.0), (at(900), 0.0)), end=at(1350))

    assert [at(-900), at(0), at(900)] == [start for start, _ in curve.means()]
    assert pytest.approx([900.0, 1200.0, 0.0]) == [mean for _, mean in curve.means()]


def test_connectors_add_up_even_when_their_changes_come_out_of_order() -> None:
    truth = GroundTruth(SITE, START)
    draw(truth, 10, 0, 16)
    draw(truth, 30, 0, 0)
    draw(truth, 5, 1, 10)
    draw(truth, 20, 1, 0)
    truth.until(at(60))

    assert (26 * 690, 10.0) == (truth.peak_w, truth.seconds_above(20 * 690))
    assert pytest.approx((16 * 20 + 10 * 15) * 690 / 3600) == truth.charging.integral_h


def test_load_counts_the_building_and_grid_also_the_sun() -> None:
    truth = GroundTruth(SITE, START)
    truth.metered(at(0), 5000.0, 0.0)
    truth.metered(at(60), 1000.0, 7000.0)
    draw(truth, 30, 0, 10)
    truth.until(at(90))

    assert 11_900.0 == truth.load.peak
    assert [5000.0, 11_900.0, 900.0] == [value for _, value in truth.grid.steps]


def test_every_circuit_is_judged_on_each_phase() -> None:
    truth = GroundTruth(SITE, START)
    draw(truth, 0, 0, 32, phases=1)
    draw(truth, 10, 1, 16, phases=3)
    draw(truth, 25, 0, 0)
    truth.until(at(60))

    grid = CircuitId("grid")
    assert (48.0, 16.0) == tuple(truth.circuit_a(grid, p).peak for p in (Phase.L1, Phase.L2))
    assert {grid: 15.0, CircuitId("row"): 0.0} == truth.seconds_over_limits()
    assert 48 * 230 + 2 * 16 * 230 == truth.circuit_w(grid).peak
    assert 16 * 690 == truth.circuit_w(CircuitId("row")).peak


def test_the_building_loads_the_three_phases_of_its_circuit_alike() -> None:
    truth = GroundTruth(SITE, START)
    truth.metered(at(0), 41 * 690.0, 0.0)
    truth.until(at(60))

    assert pytest.approx(41.0) == truth.circuit_a(CircuitId("grid"), Phase.L3).peak
    assert 0.0 == truth.circuit_a(CircuitId("row"), Phase.L3).peak
    assert 60.0 == truth.seconds_over_limits()[CircuitId("grid")]
