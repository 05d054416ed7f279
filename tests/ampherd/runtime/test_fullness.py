"""Whether "suspended by the car" means that the car is full."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ampherd.runtime.fullness import FullCars
from ocpp_core.domain.events import AuthorizationStatus, ConnectorStatus
from ocpp_core.domain.ids import ConnectorId, ConnectorRef, IdToken, SessionId, TransactionId
from ocpp_core.domain.live import LiveSite, OpenSession
from tests.analytics.builders import make_site

DAY = datetime(2026, 3, 1, tzinfo=UTC)
FULL = {SessionId("s")}


class Place:
    """One car at one connector."""

    def __init__(self) -> None:
        self.live = LiveSite(make_site(chargers=1))
        (point,) = self.live.charge_points.values()
        self.ref = ConnectorRef(point.charge_point_id, ConnectorId(1))
        self.connector = point.connectors[ConnectorId(1)]
        self.connector.session = OpenSession(
            session_id=SessionId("s"),
            transaction_id=TransactionId(1),
            ref=self.ref,
            id_token=IdToken("T"),
            status=AuthorizationStatus.ACCEPTED,
            started_at=DAY,
            meter_start_wh=0,
            register_wh=5_000,
        )
        self.cars = FullCars()

    def looks(
        self, minute: float, status: ConnectorStatus, order_a: float | None
    ) -> frozenset[SessionId]:
        self.connector.reported = status
        orders_a = {} if order_a is None else {self.ref: order_a}
        return self.cars.look(self.live, orders_a, DAY + timedelta(minutes=minute))


EV, EVSE, CHARGING = (
    ConnectorStatus.SUSPENDED_EV,
    ConnectorStatus.SUSPENDED_EVSE,
    ConnectorStatus.CHARGING,
)


@pytest.mark.parametrize("order_a", [0.0, 5.9])
def test_at_our_own_pause_no_car_is_full(order_a: float) -> None:
    """Quirk status-empty-strings: some chargers blame the car for a limit of 0."""
    place = Place()

    assert set() == place.looks(0, EV, order_a)
    assert set() == place.looks(60, EV, order_a)
    assert set() == place.looks(61, EV, 16.0)


@pytest.mark.parametrize("order_a", [6.0, None])
def test_a_car_that_takes_nothing_of_what_it_may_is_full(order_a: float | None) -> None:
    place = Place()

    assert set() == place.looks(0, CHARGING, order_a)
    assert FULL == place.looks(60, EV, order_a)


def test_a_full_car_that_is_paused_stays_full_and_is_asked_again_later() -> None:
    place = Place()
    place.looks(0, CHARGING, 16.0)
    place.looks(60, EV, 16.0)

    assert FULL == place.looks(61, EV, 0.0)
    assert FULL == place.looks(80, EVSE, 0.0)
    assert set() == place.looks(91, EVSE, 0.0)
    assert set() == place.looks(92, EV, 16.0)
    assert FULL == place.looks(95, EV, 16.0)


def test_a_car_that_draws_again_is_not_full() -> None:
    place = Place()
    place.looks(0, CHARGING, 16.0)
    place.looks(60, EV, 16.0)

    assert set() == place.looks(61, CHARGING, 16.0)


def test_a_car_that_took_nothing_yet_is_not_full() -> None:
    place = Place()
    assert place.connector.session is not None
    place.connector.session.register_wh = 0

    assert set() == place.looks(0, EV, 16.0)
    assert set() == place.looks(60, EV, 16.0)
