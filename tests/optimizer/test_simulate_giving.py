"""Cars that give back in the closed loop."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ocpp_core.domain.tariff import PriceSeries, SiteTariff
from optimizer.replay import UNMANAGED, CarsGive, Outcome, Planned, Series, Setup, simulate
from tests.optimizer.builders import START, circuit, site
from tests.optimizer.replay_world import setup, stay

ONE = site(circuit("main", limit_a=32), connectors={"CP-1": "main", "CP-2": "main"})
PRICES = PriceSeries(
    starts=tuple(START + timedelta(hours=n) for n in range(8)),
    values=tuple(map(Decimal, ("0.5", "0.5", "0.5", "0.1", "0.1", "0.1", "0.1", "0.3"))),
    step_s=3600,
)
GIVES = CarsGive(depth_wh=12_000, wear_per_kwh=0.05)


def evening(v2g: CarsGive | None) -> Setup:
    tariff = SiteTariff(currency="EUR", energy=PRICES)
    stays = (
        stay("CP-1", comes_min=0, leaves_min=480, kwh=3),
        stay("CP-2", comes_min=30, leaves_min=120, kwh=4),
    )
    end = START + timedelta(hours=8)
    load = Series(starts=(START,), values=(7000.0,), last_s=8 * 3600, longest_s=8 * 3600)
    return replace(setup(ONE, *stays, hours=8, tariff=tariff), v2g=v2g, building=load, end=end)


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    strategy = Planned(name="lp", slot_s=900, replan_s=1800)
    return {
        "gives": simulate(evening(GIVES), strategy),
        "keeps": simulate(evening(None), strategy),
        "unmanaged": simulate(evening(GIVES), UNMANAGED),
    }


def test_cars_that_give_save_money_and_leave_with_what_they_asked_for(
    outcomes: dict[str, Outcome],
) -> None:
    gives, keeps = outcomes["gives"], outcomes["keeps"]

    assert gives.delivered_wh == pytest.approx(keeps.delivered_wh, abs=60)
    assert gives.money().total < keeps.money().total - 1
    assert min(slot.charging_w for slot in gives.slots) < -4000
    assert 0 == gives.fallbacks == gives.over_s


def test_cars_that_give_feed_the_building_and_no_more_where_feeding_in_pays_nothing(
    outcomes: dict[str, Outcome],
) -> None:
    assert min(slot.site_w for slot in outcomes["gives"].slots) > -100


def test_what_is_lost_on_the_way_is_drawn_besides(outcomes: dict[str, Outcome]) -> None:
    gives = outcomes["gives"]
    flows_wh = [slot.charging_w * slot.interval.hours for slot in gives.slots]

    # One car charges while the other one gives: what is lost is at least that of the net flow.
    given_wh = -sum(min(0.0, wh) for wh in flows_wh)
    assert sum(flows_wh) >= gives.delivered_wh + given_wh * (1 / GIVES.efficiency - 1) - 60


def test_no_rule_lets_a_car_give(outcomes: dict[str, Outcome]) -> None:
    assert min(slot.charging_w for slot in outcomes["unmanaged"].slots) >= 0
