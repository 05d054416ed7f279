"""Rules of the physics of a connector."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.car import Car
from ocpp_core.sim.outlet import Draw, Outlet
from tests.ocpp_core.sim.conftest import START, point

CONNECTOR = point().connectors[0]


class Bench:
    """An outlet whose offer follows a table of (second, A)."""

    def __init__(self, *offers: tuple[float, float], register_wh: float = 0.0) -> None:
        self.offers = dict(offers)
        self.draws: list[Draw] = []
        self.outlet = Outlet(
            CONNECTOR,
            at=START,
            offer=self.offer,
            next_offer=self.next_offer,
            register_wh=register_wh,
            listener=self.draws.append,
        )

    def offer(self, at: datetime) -> float:
        second = (at - START).total_seconds()
        return self.offers[max(s for s in self.offers if s <= second)]

    def next_offer(self, after: datetime) -> datetime | None:
        second = (after - START).total_seconds()
        later = [s for s in self.offers if s > second]
        return self.at(min(later)) if later else None

    @staticmethod
    def at(second: float) -> datetime:
        return START + timedelta(seconds=second)

    def charge(self, car: Car) -> None:
        self.outlet.plug(car, START)
        self.outlet.switch(on=True, at=START)

    def integral_wh(self, until_s: float) -> float:
        """Energy by the reported draws alone."""
        ends = [*(d.at for d in self.draws[1:]), self.at(until_s)]
        return sum(
            d.power_w * max(0.0, (end - d.at).total_seconds()) / 3600
            for d, end in zip(self.draws, ends, strict=True)
        )


def car(energy_wh: float = 10_000, taper_share: float = 0.05, phases: int = 3) -> Car:
    return Car(
        energy_wh=energy_wh,
        max_current_a=16,
        phase_count=phases,
        voltage_v=230,
        taper_share=taper_share,
    )


OFFERS = st.dictionaries(st.integers(1, 7_200_000), st.integers(0, 400), max_size=8).map(
    lambda later: ((0.0, 32.0), *((ms / 1000, tenths / 10) for ms, tenths in later.items()))
)


@given(
    offers=OFFERS,
    looks=st.lists(st.floats(0, 8000), max_size=12),
    taper_share=st.sampled_from([0.0, 0.05]),
)
def test_the_register_is_the_integral_of_the_power_whenever_one_looks(
    offers: tuple[tuple[float, float], ...], looks: list[float], taper_share: float
) -> None:
    watched, alone = Bench(*offers), Bench(*offers)
    for bench in (watched, alone):
        bench.charge(car(taper_share=taper_share))
    for second in sorted(looks):
        watched.outlet.advance(watched.at(second))
    for bench in (watched, alone):
        bench.outlet.advance(bench.at(8000))

    assert pytest.approx(alone.outlet.register_wh, abs=1e-6) == watched.outlet.register_wh
    for bench in (watched, alone):
        assert pytest.approx(bench.integral_wh(8000), abs=0.01) == bench.outlet.register_wh


@given(offers=OFFERS)
def test_the_current_is_never_above_the_offer_and_nothing_flows_below_the_minimum(
    offers: tuple[tuple[float, float], ...],
) -> None:
    bench = Bench(*offers)
    bench.charge(car(energy_wh=1e6))
    for second in range(0, 8000, 50):
        bench.outlet.advance(bench.at(second))
        offered_a = bench.offer(bench.at(second))
        assert bench.outlet.current_a <= offered_a
        if offered_a < 6:
            assert 0.0 == bench.outlet.power_w
    assert all(draw.current_a == 0.0 or draw.current_a >= 6.0 for draw in bench.draws)


def test_without_a_taper_energy_is_power_times_time() -> None:
    bench = Bench((0, 16.0), (600, 8.0), (1200, 0.0), (1800, 5.9), (2400, 32.0))
    bench.charge(car(energy_wh=1e6, taper_share=0.0))
    bench.outlet.advance(bench.at(3000))

    energy_wh = (16 + 8 + 0 + 0 + 16) * 600 * 690 / 3600
    assert pytest.approx(energy_wh, abs=1e-9) == bench.outlet.register_wh


def test_the_taper_ends_exactly_full() -> None:
    bench = Bench((0, 32.0), register_wh=123.4)
    bench.charge(car())
    bench.outlet.advance(bench.at(7200))

    assert bench.outlet.is_full
    assert 10_000 == bench.outlet.delivered_wh
    assert pytest.approx(10_123.4, abs=1e-9) == bench.outlet.register_wh
    assert 0.0 == bench.draws[-1].power_w
    powers = [draw.power_w for draw in bench.draws]
    assert sorted(powers, reverse=True) == powers


def test_nothing_flows_while_the_contactor_is_open() -> None:
    bench = Bench((0, 32.0))
    bench.outlet.plug(car(), START)
    bench.outlet.advance(bench.at(600))
    bench.outlet.switch(on=True, at=bench.at(600))
    bench.outlet.switch(on=False, at=bench.at(1200))
    bench.outlet.advance(bench.at(1800))

    assert pytest.approx(1840) == bench.outlet.unplug(bench.at(1800))
    assert pytest.approx(1840) == bench.outlet.register_wh


def test_a_car_with_fewer_phases_loads_the_first_ones() -> None:
    bench = Bench((0, 32.0))
    bench.charge(car(phases=1))

    assert ("L1",) == bench.draws[0].phases
    assert 3680.0 == bench.draws[0].power_w


def test_an_offer_that_somebody_changed_counts_from_then_on() -> None:
    bench = Bench((0, 16.0))
    bench.charge(car(energy_wh=1e6))
    bench.outlet.advance(bench.at(1800))
    bench.offers = {0: 8.0}
    bench.outlet.offer_changed(bench.at(1800))
    bench.outlet.advance(bench.at(3600))

    assert pytest.approx(12 * 690) == bench.outlet.register_wh
