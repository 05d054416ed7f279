"""What a session costs the driver, and what charging costs the site."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from analytics.tariffs import SlotLoad, price_session, site_cost
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef, IdToken, SessionId
from ocpp_core.domain.session import SessionRecord
from ocpp_core.domain.tariff import CostKind
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF


def record(energy_wh: float, *, hours: float = 2.0, running: bool = False) -> SessionRecord:
    return SessionRecord(
        session_id=SessionId("s"),
        ref=ConnectorRef(ChargePointId("CP-1"), ConnectorId(1)),
        id_token=IdToken("T"),
        transaction_id=None,
        started_at=NOON,
        ended_at=None if running else NOON + timedelta(hours=hours),
        meter_start_wh=0,
        meter_stop_wh=None,
        energy_wh=energy_wh,
    )


def amounts(energy_wh: float, last_energy_at: datetime | None) -> dict[CostKind, Decimal]:
    return {
        line.kind: line.amount for line in price_session(record(energy_wh), TARIFF, last_energy_at)
    }


def test_energy_is_billed_by_the_wh_and_rounded_to_cents_halves_up() -> None:
    # 12.5 kWh x 0.39 = 4.875; 12.5 x 0.3 would not show the rounding
    assert Decimal("4.88") == amounts(12_500, None)[CostKind.ENERGY]


def test_the_session_fee_is_billed_once() -> None:
    assert Decimal("0.50") == amounts(12_500, None)[CostKind.FLAT]


def test_no_energy_costs_nothing() -> None:
    assert {} == amounts(0, None)


def test_idle_time_is_billed_beyond_the_grace_time() -> None:
    # 90 min idle, 30 min of grace, 6 an hour
    bill = amounts(5000, NOON + timedelta(minutes=30))

    assert Decimal("6.00") == bill[CostKind.PARKING_TIME]


def test_idle_time_within_the_grace_time_is_free() -> None:
    assert CostKind.PARKING_TIME not in amounts(5000, NOON + timedelta(minutes=95))


def test_a_running_session_is_not_billed_for_idle_time() -> None:
    lines = price_session(record(5000, running=True), TARIFF, NOON)

    assert [CostKind.ENERGY, CostKind.FLAT] == [line.kind for line in lines]


@given(st.integers(0, 10**8), st.integers(0, 10**5))
def test_every_line_is_quantity_times_price_and_says_so(energy_wh: int, idle_s: int) -> None:
    last = NOON + timedelta(hours=2) - timedelta(seconds=idle_s)
    for line in price_session(record(float(energy_wh)), TARIFF, last):
        exact = line.quantity * line.unit_price
        # Cents are rounded once for the bill: a line may bear the cent of those before it.
        assert abs(line.amount - exact) < Decimal("0.01")
        assert str(line.amount) in line.rule
        assert line.amount >= 0


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_energy_never_costs_less(first_wh: int, second_wh: int) -> None:
    low, high = sorted((first_wh, second_wh))

    assert sum(amounts(low, None).values()) <= sum(amounts(high, None).values())


def slot(
    charging_kw: float, building_kw: float = 0.0, pv_kw: float = 0.0, number: int = 0
) -> SlotLoad:
    return SlotLoad(
        start=NOON + timedelta(minutes=15 * number),
        charging_wh=charging_kw * 250,
        building_wh=building_kw * 250,
        pv_wh=pv_kw * 250,
    )


def test_charging_from_the_grid_costs_the_energy_price() -> None:
    assert Decimal("0.5") == site_cost([slot(10)], SITE_TARIFF).energy_cost


def test_pv_that_the_building_leaves_costs_the_feed_in_price_that_it_would_have_earned() -> None:
    # 10 kW of charging: 4 kW from PV at 0.08, 6 kW from the grid at 0.20
    cost = site_cost([slot(10, building_kw=3, pv_kw=7)], SITE_TARIFF).energy_cost

    assert Decimal("0.25") * (4 * Decimal("0.08") + 6 * Decimal("0.20")) == cost


def test_the_demand_charge_of_charging_is_what_it_adds_to_the_month_s_peak() -> None:
    # peak without charging: 30 kW; with: 35 kW in another slot
    loads = [slot(0, building_kw=30), slot(20, building_kw=15, number=1)]

    assert Decimal(50) == site_cost(loads, SITE_TARIFF).demand_charge


def test_charging_below_the_building_s_peak_adds_no_demand_charge() -> None:
    loads = [slot(0, building_kw=30), slot(10, building_kw=15, number=1)]

    assert Decimal(0) == site_cost(loads, SITE_TARIFF).demand_charge


def test_energy_without_a_price_is_counted_and_in_no_sum() -> None:
    class Unknown:
        def price_per_kwh(self, instant: datetime) -> Decimal | None:
            return None

    cost = site_cost([slot(10)], replace(SITE_TARIFF, energy=Unknown()))

    assert (Decimal(0), 2500) == (cost.energy_cost, cost.unpriced_wh)
