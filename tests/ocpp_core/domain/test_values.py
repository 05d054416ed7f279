"""Rules of the small values: ids, units, money, sessions, tariffs, sites, errors."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.errors import AmpherdError, ConfigurationError, PeerError, StoreFullError
from ocpp_core.domain.events import SessionStarted
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    IdToken,
    SiteId,
    TariffId,
)
from ocpp_core.domain.money import Money, round_to_cents
from ocpp_core.domain.session import natural_session_id, session_id_of
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site
from ocpp_core.domain.tariff import (
    DriverTariff,
    FlatPrice,
    PriceBand,
    PriceSeries,
    TimeOfUsePrice,
)
from ocpp_core.domain.units import THREE_PHASES, Phase, current_a, power_w, wire_limit_a

REF = ConnectorRef(ChargePointId("CP-7"), ConnectorId(1))
START = datetime(2026, 3, 1, 8, tzinfo=UTC)


# Ids ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["CP-7/1", "a/b/12"])
def test_a_connector_reference_reads_back_as_written(text: str) -> None:
    assert text == str(ConnectorRef.parse(text))


@pytest.mark.parametrize("text", ["CP-7", "CP-7/", "CP-7/x", "/x", "CP-7/-1"])
def test_what_names_no_connector_is_refused_with_the_right_form(text: str) -> None:
    with pytest.raises(ValueError, match="CHARGE_POINT/NUMBER"):
        ConnectorRef.parse(text)


# Units -------------------------------------------------------------------------------------------


def test_power_and_current_are_each_other_s_inverse() -> None:
    assert 11_040 == power_w(16, 3, 230)
    assert 16 == current_a(11_040, 3, 230)


@given(st.integers(0, 4000))
def test_a_limit_of_one_decimal_stays_what_it_is_on_the_wire(tenths: int) -> None:
    """OCPP.md row 41: 8.1 A is no multiple of 0.1 in floating point."""
    assert tenths / 10 == wire_limit_a(tenths / 10)


@given(st.floats(0, 400))
def test_a_limit_on_the_wire_is_never_higher_than_the_limit(limit_a: float) -> None:
    on_wire = wire_limit_a(limit_a)

    assert on_wire <= limit_a + 1e-6
    assert on_wire > limit_a - 0.1 - 1e-6
    assert on_wire == round(on_wire, 1)


def test_a_negative_limit_is_none_at_all_on_the_wire() -> None:
    assert 0.0 == wire_limit_a(-3.0)


# Money -------------------------------------------------------------------------------------------


def test_cents_are_rounded_halves_up() -> None:
    assert Decimal("0.13") == round_to_cents(Decimal("0.125"))
    assert Money(Decimal("2.35"), "EUR") == Money(Decimal("2.345"), "EUR").rounded()


def test_two_currencies_do_not_add_up() -> None:
    assert "3 EUR" == str(Money(Decimal(1), "EUR") + Money(Decimal(2), "EUR"))
    with pytest.raises(ValueError, match="cannot add USD to EUR"):
        Money(Decimal(1), "EUR") + Money(Decimal(1), "USD")


# Sessions ----------------------------------------------------------------------------------------


def start(**changes: object) -> SessionStarted:
    values = {
        "connector_id": ConnectorId(1),
        "id_token": IdToken("Tag"),
        "at": START,
        "meter_start_wh": 5,
    } | changes
    return SessionStarted(**values)  # type: ignore[arg-type] # the table above is the contract


def test_a_repeated_start_has_the_same_session_id() -> None:
    """OCPP.md row 1; tokens compare without regard to case, times without regard to zone."""
    first = session_id_of(SiteId("s"), REF.charge_point_id, start())
    local = START.astimezone(timezone(timedelta(hours=2)))

    again = session_id_of(
        SiteId("s"), REF.charge_point_id, start(id_token=IdToken("TAG"), at=local)
    )

    assert first == again
    assert first == natural_session_id(SiteId("s"), REF, IdToken("tag"), START, 5)


@pytest.mark.parametrize(
    "change",
    [
        {"connector_id": ConnectorId(2)},
        {"id_token": IdToken("other")},
        {"at": START + timedelta(milliseconds=1)},
        {"meter_start_wh": 6},
    ],
)
def test_any_other_start_has_another_session_id(change: dict[str, object]) -> None:
    assert session_id_of(SiteId("s"), REF.charge_point_id, start()) != session_id_of(
        SiteId("s"), REF.charge_point_id, start(**change)
    )


# Tariffs -----------------------------------------------------------------------------------------

YEAR, WEEK = frozenset(range(1, 13)), frozenset(range(7))


def band(start: time, end: time, value: str, weekdays: frozenset[int] = WEEK) -> PriceBand:
    return PriceBand(months=YEAR, weekdays=weekdays, start=start, end=end, value=Decimal(value))


def test_a_flat_price_always_holds() -> None:
    assert Decimal("0.2") == FlatPrice(value=Decimal("0.2")).price_per_kwh(START)


def local(day: int, hour: int) -> datetime:
    """Return a local time; 2026-03-02 is a Monday."""
    return datetime(2026, 3, day, hour, tzinfo=ZoneInfo("Europe/Amsterdam"))


def test_bands_are_half_open_and_pass_midnight() -> None:
    night = band(time(22), time(6), "0.1")
    mondays = band(time(0), time(0), "1", frozenset({0}))

    assert [True, True, True, False, False] == [
        night.covers(local(2, hour)) for hour in (22, 0, 5, 6, 21)
    ]
    assert mondays.covers(local(2, 13))
    assert not mondays.covers(local(3, 0))


def test_time_of_use_follows_the_site_s_wall_clock_through_the_change_of_season() -> None:
    tariff = TimeOfUsePrice(
        timezone=ZoneInfo("Europe/Amsterdam"),
        bands=(band(time(7), time(23), "0.3"), band(time(23), time(7), "0.1")),
    )

    assert Decimal("0.1") == tariff.price_per_kwh(datetime(2026, 3, 28, 5, 59, tzinfo=UTC))
    assert Decimal("0.3") == tariff.price_per_kwh(datetime(2026, 3, 28, 6, 0, tzinfo=UTC))
    assert Decimal("0.3") == tariff.price_per_kwh(datetime(2026, 3, 29, 5, 0, tzinfo=UTC))


def test_the_first_band_that_covers_counts_and_a_gap_has_no_price() -> None:
    tariff = TimeOfUsePrice(
        timezone=ZoneInfo("UTC"),
        bands=(band(time(8), time(9), "1"), band(time(8), time(10), "2")),
    )

    prices = [tariff.price_per_kwh(START.replace(hour=hour)) for hour in (8, 9, 10)]

    assert [Decimal(1), Decimal(2), None] == prices


def test_a_price_series_has_no_price_outside_of_its_hours() -> None:
    series = PriceSeries(
        starts=(START, START + timedelta(hours=2)),
        values=(Decimal("-0.01"), Decimal("0.05")),
        surcharge=Decimal("0.1"),
    )

    prices = [series.price_per_kwh(START + timedelta(hours=h)) for h in (-0.1, 0, 0.9, 1, 2, 3)]

    assert [None, Decimal("0.09"), Decimal("0.09"), None, Decimal("0.15"), None] == prices


def test_values_cannot_be_changed() -> None:
    tariff = DriverTariff(
        tariff_id=TariffId("t"), version=1, currency="EUR", energy_price_per_kwh=Decimal(1)
    )

    with pytest.raises(FrozenInstanceError):
        tariff.version = 2  # type: ignore[misc] # that it is refused is the point


# Errors ------------------------------------------------------------------------------------------


def test_our_faults_and_the_charger_s_are_different_classes() -> None:
    assert not issubclass(StoreFullError, PeerError)
    assert "free some" == StoreFullError("full", hint="free some").hint
    assert issubclass(ConfigurationError, AmpherdError)


# Site --------------------------------------------------------------------------------------------


def connector(number: int = 1, circuit: str = "grid", *phases: Phase) -> Connector:
    return Connector(
        ref=ConnectorRef(REF.charge_point_id, ConnectorId(number)),
        circuit_id=CircuitId(circuit),
        max_current_a=32,
        phases=phases or THREE_PHASES,
    )


def circuit(name: str, parent: str | None = None, limit_a: float | None = 100) -> Circuit:
    return Circuit(
        circuit_id=CircuitId(name),
        parent_id=None if parent is None else CircuitId(parent),
        limit_a=limit_a,
    )


def site(
    circuits: tuple[Circuit, ...] = (circuit("grid"),),
    connectors: tuple[Connector, ...] = (connector(),),
    building: str = "grid",
) -> Site:
    return Site(
        site_id=SiteId("s"),
        name="Site",
        timezone=ZoneInfo("UTC"),
        currency="EUR",
        voltage_v=230,
        circuits=circuits,
        charge_points=(ChargePoint(charge_point_id=REF.charge_point_id, connectors=connectors),),
        building_circuit_id=CircuitId(building),
    )


def test_a_site_knows_which_circuits_feed_what() -> None:
    tree = (circuit("grid"), circuit("garage", "grid"), circuit("row", "garage"))
    subject = site(tree, (connector(1, "row"), connector(2, "garage")), building="garage")

    assert "grid" == subject.root.circuit_id
    assert ["row", "garage", "grid"] == [c.circuit_id for c in subject.feeders(CircuitId("row"))]
    assert [1, 2] == [c.ref.connector_id for c in subject.connectors_below(CircuitId("garage"))]
    assert [1] == [c.ref.connector_id for c in subject.connectors_below(CircuitId("row"))]
    assert subject.building_weighs_on(CircuitId("grid"))
    assert not subject.building_weighs_on(CircuitId("row"))


@pytest.mark.parametrize(
    ("words", "faulty"),
    [
        ("share an id", {"circuits": (circuit("grid"), circuit("grid", "grid"))}),
        ("must have no parent", {"circuits": (circuit("grid"), circuit("other"))}),
        ("is not defined", {"circuits": (circuit("grid"), circuit("x", "nowhere"))}),
        ("needs limit_a, limit_w or line_limits", {"circuits": (circuit("grid", limit_a=None),)}),
        (
            "feeds itself",
            {"circuits": (circuit("grid"), circuit("a", "b"), circuit("b", "a"))},
        ),
        ("share a reference", {"connectors": (connector(), connector())}),
        ("building circuit", {"building": "nowhere"}),
        ("circuit nowhere is not defined", {"connectors": (connector(1, "nowhere"),)}),
        ("count from 1", {"connectors": (connector(0),)}),
    ],
)
def test_a_site_whose_parts_do_not_fit_is_refused_with_the_reason(
    words: str, faulty: dict[str, object]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        site(**faulty)  # type: ignore[arg-type] # the table above is the contract

    assert any(words in fault for fault in caught.value.faults)


def test_a_connector_without_phases_is_refused() -> None:
    bare = Connector(ref=REF, circuit_id=CircuitId("grid"), max_current_a=32, phases=())

    with pytest.raises(ConfigurationError, match="at least one phase"):
        site(connectors=(bare,))
