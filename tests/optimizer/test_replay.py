"""What a day would have been, and what it could have been."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from ocpp_core.domain.ids import SessionId
from ocpp_core.domain.site import Site
from ocpp_core.domain.tariff.site_cost import power_bill
from ocpp_core.domain.units import THREE_PHASES, Phase
from optimizer.replay import UNMANAGED, Pilots, RecordedStay, Series, Setup, hindsight, simulate
from tests.optimizer.builders import START, VOLTS, circuit, ref, site

STARTS = [START + timedelta(minutes=5 * n) for n in range(288)]
END = START + timedelta(days=1)


def stay(
    name: str,
    *,
    comes_h: float,
    leaves_h: float,
    kwh: float,
    max_a: float = 32.0,
    phases: tuple[Phase, ...] = THREE_PHASES,
) -> RecordedStay:
    return RecordedStay(
        session_id=SessionId(f"{name}-{comes_h}"),
        ref=ref(name),
        arrival=START + timedelta(hours=comes_h),
        departure=START + timedelta(hours=leaves_h),
        energy_wh=kwh * 1000,
        max_current_a=max_a,
        phases=phases,
    )


def possible_wh(on: Site, stays: Sequence[RecordedStay], building_w: Sequence[float] = ()) -> float:
    building = Series(starts=tuple(STARTS), values=tuple(building_w)) if building_w else None
    return hindsight(
        Setup(site=on, stays=tuple(stays), start=START, end=END, building=building)
    ).delivered_wh


def unmanaged_w(stays: Sequence[RecordedStay]) -> list[float]:
    """Means of five minutes."""
    on = site(circuit("main", limit_a=1), connectors={"CP-1": "main"})
    free = Setup(site=on, stays=tuple(stays), start=START, end=END, pilots=Pilots(continuous=True))
    watts = [0.0] * len(STARTS)
    for slot in simulate(free, UNMANAGED).slots:
        n = int((slot.interval.start - START) / timedelta(minutes=5))
        watts[n] += slot.charging_w * slot.interval.hours * 12
    return watts


def energy_wh(series: Sequence[float]) -> float:
    return sum(series) / 12


def test_unmanaged_cars_charge_at_once_and_at_full_power() -> None:
    series = unmanaged_w([stay("CP-1", comes_h=1, leaves_h=5, kwh=22.08)])

    assert [0.0] * 12 + [22_080.0] * 12 + [0.0] * 264 == pytest.approx(series, abs=1e-6)


def test_unmanaged_cars_leave_with_what_they_have() -> None:
    stays = [stay("CP-1", comes_h=0.02, leaves_h=0.52, kwh=50)]

    assert 11_040 == pytest.approx(energy_wh(unmanaged_w(stays)))


def test_hindsight_gives_everything_where_there_is_room() -> None:
    on = site(circuit("main", limit_a=63), connectors={"CP-1": "main"})
    stays = [
        stay("CP-1", comes_h=0, leaves_h=2, kwh=20),
        stay("CP-1", comes_h=3, leaves_h=3.5, kwh=20),
        stay("CP-1", comes_h=30, leaves_h=31, kwh=20),
    ]

    assert 20_000 + 11_040 == pytest.approx(possible_wh(on, stays))


def test_hindsight_keeps_every_limit_with_the_building_s_load() -> None:
    on = site(
        circuit("main", limit_a=40),
        circuit("feeder", under="main", limit_a=10),
        connectors={"CP-1": "feeder", "CP-2": "main"},
    )
    stays = [
        stay("CP-1", comes_h=0, leaves_h=2, kwh=50),
        stay("CP-2", comes_h=0, leaves_h=2, kwh=90),
    ]
    building = [20 * 3 * VOLTS] * 288
    lower_on = replace(on, circuits=(replace(on.circuits[0], limit_a=35), on.circuits[1]))

    free = possible_wh(on, stays)
    loaded = possible_wh(on, stays, building)
    lower = possible_wh(lower_on, stays, building)

    assert [40 * 2, 20 * 2, 15 * 2] == pytest.approx(
        [wh / (3 * VOLTS) for wh in (free, loaded, lower)]
    )


def test_hindsight_is_never_below_what_a_single_phase_allows() -> None:
    on = site(circuit("main", limit_a=16), connectors={"CP-1": "main", "CP-2": "main"})
    one = stay("CP-1", comes_h=0, leaves_h=1, kwh=9, phases=(Phase.L1,))
    two = stay("CP-2", comes_h=0, leaves_h=1, kwh=9, phases=(Phase.L1,))

    assert 16 * VOLTS == pytest.approx(possible_wh(on, [one, two]))


def test_no_stays_need_no_energy() -> None:
    on = site(circuit("main", limit_a=16), connectors={"CP-1": "main"})

    assert 0.0 == possible_wh(on, [])
    assert 0.0 == sum(unmanaged_w([]))


def test_many_stays_get_no_more_than_they_asked_for_and_the_fuse_allows() -> None:
    names = [f"CP-{n}" for n in range(50)]
    on = site(circuit("main", limit_a=150), connectors=dict.fromkeys(names, "main"))
    stays = [
        stay(name, comes_h=n % 12, leaves_h=n % 12 + 1 + n % 9, kwh=5 + n % 30)
        for n, name in enumerate(names)
    ]
    possible = possible_wh(on, stays, [9_000.0] * 288)

    asked = sum(s.energy_wh for s in stays)
    assert 0.5 * asked < possible <= min(asked, 24 * (150 * 3 * VOLTS - 9_000))


def test_a_bill_charges_import_and_the_highest_quarter_of_an_hour() -> None:
    watts = [6_000.0, 0.0, 0.0, -12_000.0] + [0.0] * 284

    charged = power_bill(
        watts,
        STARTS,
        END,
        price_per_kwh=[0.30] * 288,
        feed_in_per_kwh=[0.10] * 288,
        demand_charge_per_kw=15.0,
        peak_so_far_w=1_000.0,
    )

    assert 2_000 == pytest.approx(charged.peak_w)
    assert 30.0 == pytest.approx(charged.demand_charge)
    assert 0.5 * 0.30 - 1.0 * 0.10 == pytest.approx(charged.energy_cost)
    assert charged.total == pytest.approx(30.0 + 0.05)


def test_the_month_s_peak_so_far_is_paid_for_anyway() -> None:
    charged = power_bill(
        [0.0] * 288,
        STARTS,
        END,
        price_per_kwh=[0.0] * 288,
        feed_in_per_kwh=[0.0] * 288,
        demand_charge_per_kw=15.0,
        peak_so_far_w=1_000.0,
    )

    assert 15.0 == pytest.approx(charged.total)
