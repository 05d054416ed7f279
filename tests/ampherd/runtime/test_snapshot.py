"""From the site now to what the planner is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampherd.runtime.snapshot import (
    PlanningRules,
    build_snapshot,
    need_of,
    session_need,
    slot_starts,
)
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    IdToken,
    SessionId,
    TransactionId,
)
from ocpp_core.domain.live import LiveConnector, LiveSite, OpenSession
from ocpp_core.domain.session import CarNeed, DriverNeed
from ocpp_core.domain.site import Connector
from tests.optimizer.builders import circuit, site

DAY = datetime(2019, 9, 3, tzinfo=UTC)


@given(st.integers(0, 86_399), st.integers(1, 48 * 3600))
def test_slots_cover_the_horizon_without_gaps_and_lie_on_the_grid(
    second: int, horizon_s: int
) -> None:
    now = DAY + timedelta(seconds=second)

    starts, end = slot_starts(now, 900, now + timedelta(seconds=horizon_s))

    assert starts[0] == now
    assert end >= now + timedelta(seconds=horizon_s) or len(starts) == 1
    assert all(a < b for a, b in zip(starts, [*starts[1:], end], strict=True))
    assert all(start.timestamp() % 900 == 0 for start in (*starts[1:], end))
    first_s = ((*starts, end)[1] - now).total_seconds()
    assert 60 <= first_s < 960


def running() -> OpenSession:
    return OpenSession(
        session_id=SessionId("s"),
        transaction_id=TransactionId(1),
        ref=ConnectorRef(ChargePointId("CP-1"), ConnectorId(1)),
        id_token=IdToken("T"),
        status=AuthorizationStatus.ACCEPTED,
        started_at=DAY,
        meter_start_wh=0,
        register_wh=0,
    )


def test_the_driver_is_believed_before_the_car_and_the_car_before_the_default() -> None:
    rules = PlanningRules(default_energy_wh=20_000, default_stay_s=3600)
    session = running()
    hour, later = DAY + timedelta(hours=1), DAY + timedelta(hours=9)
    default = DriverNeed(energy_wh=20_000, departure=hour, stated=False)
    driver = DriverNeed(energy_wh=5_000, departure=later)
    found = [need_of(session, rules)]
    for car in (
        CarNeed(energy_wh=None, departure=later),
        CarNeed(energy_wh=30_000, departure=None),
    ):
        session.car_need = car
        found.append(need_of(session, rules))
    session.need = default
    found.append(need_of(session, rules))
    session.need = driver
    found.append(need_of(session, rules))

    assert [
        default,
        DriverNeed(energy_wh=20_000, departure=later, stated=False),
        DriverNeed(energy_wh=30_000, departure=hour),
        DriverNeed(energy_wh=30_000, departure=hour),
        driver,
    ] == found


@pytest.mark.parametrize(("full", "rest_wh"), [(False, 15_000), (True, 0)])
def test_a_full_car_wants_no_more(*, full: bool, rest_wh: float) -> None:
    session = running()
    session.register_wh = 5_000
    live = LiveConnector(
        connector=Connector(ref=session.ref, circuit_id=CircuitId("grid"), max_current_a=32),
        max_power_w=22_080,
        session=session,
    )
    rules = PlanningRules(default_energy_wh=20_000)

    need = session_need(live, rules, DAY + timedelta(hours=1), 0.0, full=full)

    assert need is not None
    assert rest_wh == need.energy_wh


def test_emissions_are_those_of_the_local_hour() -> None:
    on = site(circuit("main", limit_a=63), connectors={"CP-1": "main"})
    live = LiveSite(replace(on, timezone=ZoneInfo("Europe/Amsterdam")))

    taken = build_snapshot(
        live,
        now=DAY,
        rules=PlanningRules(carbon_kg_per_kwh=tuple(map(float, range(24))), slot_s=3600),
        tariff=None,
        orders_a={},
        full=frozenset(),
        limits={},
        reserves=(),
        building_w=lambda _: 0.0,
        pv_w=lambda _: 0.0,
        peak_so_far_w=0.0,
    )

    assert (2.0, 3.0, 4.0, 5.0) == taken.carbon_kg_per_kwh
