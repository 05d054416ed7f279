"""Which cars may give back, and what that costs them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ampherd.runtime.givingcars import GivingCars, GivingRules, MayGive
from ampherd.runtime.snapshot import PlanningRules, session_need
from ocpp_core.domain.ids import SessionId
from ocpp_core.domain.live import LiveSite
from ocpp_core.domain.session import CarNeed, DriverNeed
from tests.ampherd.runtime.test_snapshot import DAY, running
from tests.optimizer.builders import circuit, ref, site

HOUR = timedelta(hours=1)
RULES = GivingRules(depth_wh=10_000, wear_per_kwh=0.08, charge_efficiency=0.9)
NAME = SessionId("s")
ABLE = CarNeed(energy_wh=20_000, departure=DAY + 12 * HOUR, discharge_w=11_000.0)


def garage(car: CarNeed | None = ABLE, *, energy_wh: float = 0.0) -> LiveSite:
    live = LiveSite(site(circuit("main", limit_a=63), connectors={"CP-1": "main"}))
    connector = live.connector(ref("CP-1"))
    assert connector is not None
    connector.session = running()
    connector.session.car_need, connector.session.register_wh = car, energy_wh
    return live


def look(
    cars: GivingCars, live: LiveSite, at: datetime, *, given_a: float = 0.0, may: bool = True
) -> MayGive | None:
    return cars.look(live, {ref("CP-1"): given_a}, lambda _: may, at).get(NAME)


def test_a_car_that_said_so_may_give_as_deep_as_the_site_allows() -> None:
    may = look(GivingCars(RULES, DAY), garage(), DAY + HOUR)

    assert may is not None
    assert 10_000 == may.discharge.available_wh
    assert 15.9 == may.discharge.max_current_a  # 11 kW on three phases
    assert 6 == may.discharge.min_current_a
    assert 0 == may.owed_wh


SILENT = (None, replace(ABLE, discharge_w=None), replace(ABLE, discharge_w=0.0))


@pytest.mark.parametrize("car", SILENT)
def test_a_car_that_said_nothing_gives_nothing(car: CarNeed | None) -> None:
    assert look(GivingCars(RULES, DAY), garage(car), DAY + HOUR) is None


def test_a_car_from_before_the_start_is_not_asked() -> None:
    assert look(GivingCars(RULES, DAY + HOUR), garage(), DAY + 2 * HOUR) is None


def test_what_it_was_told_to_give_counts_against_its_depth_and_is_owed() -> None:
    cars, live = GivingCars(RULES, DAY), garage()
    look(cars, live, DAY + HOUR, given_a=10.0)

    may = look(cars, live, DAY + 2 * HOUR)

    given_wh = 10.0 * 690
    assert may is not None
    assert 10_000 - given_wh / 0.95 == pytest.approx(may.discharge.available_wh)
    assert given_wh / 0.95 / 0.9 == pytest.approx(may.owed_wh)


def test_what_it_charged_may_be_given_too() -> None:
    may = look(GivingCars(RULES, DAY), garage(energy_wh=5000.0), DAY + HOUR)

    assert may is not None
    assert 10_000 + 0.9 * 5000 == may.discharge.available_wh


def test_a_car_keeps_what_it_said_must_stay_in_it() -> None:
    cars, live = (
        GivingCars(RULES, DAY),
        garage(replace(ABLE, available_wh=4000.0), energy_wh=1000.0),
    )
    first = look(cars, live, DAY + HOUR)
    connector = live.connector(ref("CP-1"))
    assert connector is not None
    assert connector.session is not None
    connector.session.register_wh = 2000.0

    later = look(cars, live, DAY + 2 * HOUR)

    assert first is not None
    assert later is not None
    assert 4000 == first.discharge.available_wh
    assert 4900 == pytest.approx(later.discharge.available_wh)
    low = look(GivingCars(RULES, DAY), garage(replace(ABLE, available_wh=-500.0)), DAY + HOUR)
    assert low is not None
    assert 0 == low.discharge.available_wh


def test_who_refuses_is_asked_no_more_and_still_gets_back_what_it_gave() -> None:
    cars, live = GivingCars(RULES, DAY), garage()
    look(cars, live, DAY + HOUR, given_a=10.0)

    may = look(cars, live, DAY + 2 * HOUR, may=False)

    assert may is not None
    assert 0 == may.discharge.max_current_a
    assert may.owed_wh > 7000


def test_what_a_car_gave_is_charged_beside_what_it_wants() -> None:
    live = garage(energy_wh=4000.0)
    connector = live.connector(ref("CP-1"))
    assert connector is not None
    assert connector.session is not None
    connector.session.need = DriverNeed(energy_wh=9000.0, departure=DAY + 9 * HOUR, stated=True)
    may = look(GivingCars(RULES, DAY), live, DAY + HOUR)
    assert may is not None
    owing = MayGive(discharge=may.discharge, owed_wh=3000.0)

    need = session_need(connector, PlanningRules(), DAY + HOUR, 0.0, full=False, gives=owing)

    assert need is not None
    assert 8000 == need.energy_wh
    assert need.discharge is may.discharge
