"""What power costs the site, and what of it is charging's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.tariff import (
    FlatPrice,
    PriceSeries,
    SiteCostKind,
    SiteCostLine,
    SiteSlot,
    SiteTariff,
    SlotPrices,
    monthly_lines,
    site_tariff_from_json,
    site_tariff_to_json,
)
from ocpp_core.domain.tariff.site_cost import charging_cost, flow_cost

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
PRICES = SlotPrices(
    energy_per_kwh=Decimal("0.20"), grid_fee_per_kwh=Decimal("0.05"),
    feed_in_per_kwh=Decimal("0.08"), demand_charge_per_kw=Decimal(10), currency="EUR", version=1,
)  # fmt: skip

powers = st.integers(-200, 400).map(lambda kw: kw * 250.0)


def slot(site_kw: float | None, charging_kw: float = 0.0, number: int = 0) -> SiteSlot:
    return SiteSlot(
        start=START + timedelta(minutes=15 * number),
        site_w=None if site_kw is None else 1000 * site_kw,
        charging_w=1000 * charging_kw,
    )


def lines(*slots: SiteSlot) -> dict[SiteCostKind, SiteCostLine]:
    return {line.kind: line for line in monthly_lines(slots, lambda _: PRICES, BERLIN)}


def test_charging_from_the_grid_costs_the_energy_price() -> None:
    assert Decimal("0.500") == charging_cost(
        Decimal("2.5"), Decimal(0), Decimal("0.20"), Decimal("0.08")
    )


def test_pv_that_the_building_leaves_costs_the_feed_in_price_that_it_would_have_earned() -> None:
    # 10 kW of charging: 4 kW from PV at 0.08, 6 kW from the grid at 0.20
    cost = charging_cost(Decimal(10), Decimal(-4), Decimal("0.20"), Decimal("0.08"))

    assert 4 * Decimal("0.08") + 6 * Decimal("0.20") == cost


@given(powers, powers, st.integers(-30, 60), st.integers(0, 30))
def test_what_charging_costs_is_the_bill_with_it_less_the_bill_without(
    charging: float, rest: float, price: int, feed_in: int
) -> None:
    charging = abs(charging)
    whole = flow_cost(rest + charging, float(price), float(feed_in))
    surplus = max(0.0, -rest)
    by_source = min(charging, surplus) * feed_in + max(0.0, charging - surplus) * price

    assert charging_cost(charging, rest, float(price), float(feed_in)) == whole - flow_cost(
        rest, float(price), float(feed_in)
    )
    assert by_source == charging_cost(charging, rest, float(price), float(feed_in))


def test_a_month_has_a_line_for_energy_grid_fee_feed_in_and_demand() -> None:
    found = lines(slot(30), slot(-10, number=1), slot(35, 20, number=2))
    amounts = {kind: (line.amount, line.of_charging) for kind, line in found.items()}

    assert {
        SiteCostKind.ENERGY: (Decimal("3.25"), Decimal("1.00")),
        SiteCostKind.GRID_FEE: (Decimal("0.81"), Decimal("0.25")),
        SiteCostKind.FEED_IN: (Decimal("-0.20"), Decimal("0.00")),
        SiteCostKind.DEMAND: (Decimal("350.00"), Decimal("50.00")),
    } == amounts
    assert (
        "highest quarter of an hour 35.000 kW at 2026-03-02 13:30 x 10 EUR/kW; without charging "
        "30.000 kW = 350.00"
    ) == found[SiteCostKind.DEMAND].rule


def test_charging_with_pv_gives_up_the_feed_in() -> None:
    found = lines(slot(0, 4))

    assert (Decimal("0.00"), Decimal("0.08")) == (
        found[SiteCostKind.FEED_IN].amount,
        found[SiteCostKind.FEED_IN].of_charging,
    )
    assert SiteCostKind.ENERGY not in found


def test_charging_below_the_building_s_peak_adds_no_demand_charge() -> None:
    assert Decimal(0) == lines(slot(30), slot(25, 10, number=1))[SiteCostKind.DEMAND].of_charging


def test_feeding_in_all_month_has_no_demand_charge() -> None:
    assert Decimal(0) == lines(slot(-30))[SiteCostKind.DEMAND].amount


def test_a_site_that_is_not_metered_pays_for_charging_and_no_demand() -> None:
    found = lines(slot(None, 10))

    assert Decimal("0.50") == found[SiteCostKind.ENERGY].amount
    assert "in 1 of 1 quarters of an hour only charging is known" in found[SiteCostKind.ENERGY].rule
    assert SiteCostKind.DEMAND not in found


def test_energy_without_a_price_is_counted_and_in_no_sum() -> None:
    unknown = SlotPrices(
        energy_per_kwh=None, grid_fee_per_kwh=Decimal(0), feed_in_per_kwh=Decimal(0),
        demand_charge_per_kw=Decimal(0), currency="EUR", version=1,
    )  # fmt: skip
    found = monthly_lines([slot(10)], lambda _: unknown, BERLIN)

    assert [(SiteCostKind.UNPRICED, Decimal("2.5"), Decimal(0))] == [
        (line.kind, line.quantity, line.amount) for line in found
    ]


def test_months_are_those_of_the_site_s_clocks() -> None:
    slots = [
        SiteSlot(start=datetime(2026, 3, 31, 21, 45, tzinfo=UTC), site_w=4000.0, charging_w=0.0),
        SiteSlot(start=datetime(2026, 3, 31, 22, 0, tzinfo=UTC), site_w=8000.0, charging_w=0.0),
    ]
    found = monthly_lines(slots, lambda _: PRICES, BERLIN)
    demand = [(n.month, n.amount) for n in found if n.kind is SiteCostKind.DEMAND]

    assert [(date(2026, 3, 1), Decimal(40)), (date(2026, 4, 1), Decimal(80))] == demand


def test_many_prices_share_a_line_and_lose_no_energy() -> None:
    def by_hour(at: datetime) -> SlotPrices:
        step = Decimal((at - START) // timedelta(minutes=15))
        return SlotPrices(
            energy_per_kwh=step / 100, grid_fee_per_kwh=Decimal(0), feed_in_per_kwh=Decimal(0),
            demand_charge_per_kw=Decimal(0), currency="EUR", version=1,
        )  # fmt: skip

    (line,) = monthly_lines([slot(4, number=n) for n in range(20)], by_hour, BERLIN)

    assert (Decimal(20), Decimal("1.90"), None) == (line.quantity, line.amount, line.unit_price)
    assert "20 prices from 0 to 0.19, mean 0.095000 EUR/kWh" in line.rule


def test_the_text_of_a_site_tariff_gives_it_back_with_recorded_prices_for_a_series() -> None:
    recorded = FlatPrice(value=Decimal("0.11"))
    series = SiteTariff(
        currency="EUR",
        energy=PriceSeries(starts=(START,), values=(Decimal("0.1"),)),
        grid_fee=FlatPrice(value=Decimal("0.05")),
        feed_in_per_kwh=Decimal("0.08"),
        demand_charge_per_kw=Decimal("9.5"),
    )
    again = site_tariff_from_json(site_tariff_to_json(series), recorded)

    assert (recorded, series.grid_fee, series.feed_in_per_kwh) == (
        again.energy, again.grid_fee, again.feed_in_per_kwh,
    )  # fmt: skip
    assert Decimal("0.16") == again.import_price_per_kwh(START)
