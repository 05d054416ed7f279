"""What has to be known besides the numbers of a replay."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ampherd import whatif
from ampherd.whatif.compare import within
from ampherd.whatif.notes import notes_of
from ocpp_core.domain.errors import ConfigurationError
from ocpp_core.domain.tariff import PriceSeries
from optimizer.replay import Series
from tests.optimizer.builders import START, circuit, site
from tests.optimizer.replay_world import TARIFF, setup, stay

ONE = site(circuit("main", limit_a=32), connectors={"CP-1": "main"})
HOUR = timedelta(hours=1)


def prices(*hours: int) -> PriceSeries:
    """Return a price for some hours after the start."""
    return PriceSeries(
        starts=tuple(START + n * HOUR for n in hours),
        values=tuple(Decimal("0.2") for _ in hours),
        step_s=3600,
    )


def test_hours_without_a_price_are_told_and_a_period_without_any_is_refused() -> None:
    some = setup(ONE, tariff=replace(TARIFF, energy=prices(0, 3), demand_charge_per_kw=Decimal(0)))
    none = setup(ONE, tariff=replace(TARIFF, energy=prices(9)))

    assert ("for 2 h no price is known; the last one before counts, or else the first",) == (
        notes_of(some)
    )
    with pytest.raises(ConfigurationError, match="no price of energy"):
        notes_of(none)


def test_a_demand_charge_for_a_part_of_a_month_is_told() -> None:
    [words] = notes_of(setup(ONE))

    assert words.endswith("2026-03 (1 of 31 days)")
    assert () == notes_of(replace(setup(ONE), one_bill=True))


def test_limits_that_let_nobody_charge_are_told() -> None:
    tight = site(circuit("main", limit_a=5), connectors={"CP-1": "main"})
    load = Series(starts=(START,), values=(12_000.0,), last_s=2 * 3600)
    found = notes_of(replace(setup(tight, tariff=None), building=load))

    assert [
        "what the site pays is not known: all energy is planned and told as free",
        "the building's load is not known for 2 h: then it counts as none",
        "the building alone is above a limit for 2 h, so that nobody can charge then",
        "limits allow no car its minimum current at CP-1/1; nobody can charge there",
    ] == list(found)


def test_a_stay_counts_for_what_the_period_has_of_it() -> None:
    long = stay("CP-1", comes_min=0, leaves_min=600, kwh=60, max_a=16)
    volts = ONE.voltage_v
    before, after = (
        within(long, START + HOUR, START + 10 * HOUR, volts),
        within(long, START, START + 2 * HOUR, volts),
    )

    assert long is within(long, START, START + 10 * HOUR, volts)
    assert 60_000 - 11_040 == pytest.approx(before.energy_wh)
    assert START + 2 * HOUR == after.departure
    assert 2 * 11_040 == pytest.approx(after.energy_wh)


def test_who_was_there_before_waits_from_the_begin_on() -> None:
    found = whatif.replay(
        sessions=[stay("CP-1", comes_min=-600, leaves_min=60, kwh=300)], site=ONE, start=START,
        strategies=["unmanaged", "hindsight"], tariff=TARIFF, workers=1,
    )  # fmt: skip

    assert [0.0, 0.0] == found.table["wait_min"].tolist()


def test_where_nobody_charges_no_wait_is_told_and_free_energy_is_said() -> None:
    tight = site(circuit("main", limit_a=2), connectors={"CP-1": "main"})
    found = whatif.replay(
        sessions=[stay("CP-1", comes_min=0, leaves_min=60, kwh=3)], site=tight, start=START,
        strategies=["edf"], workers=1,
    )  # fmt: skip

    assert (0.0, True) == (
        found.table["delivered_kwh"].iloc[0], found.table["wait_min"].isna().iloc[0],
    )  # fmt: skip
    assert "what the site pays is not known: all energy is planned and told as free" in found.notes


def test_a_constant_load_holds_over_a_change_of_clocks() -> None:
    zone = ZoneInfo("Europe/Berlin")
    series = whatif.constant(
        5.0, datetime(2026, 10, 25, tzinfo=zone), datetime(2026, 10, 26, tzinfo=zone)
    )

    assert 5.0 == series.at(datetime(2026, 10, 25, 22, 59, tzinfo=UTC))


def test_values_by_hour_follow_the_sites_clock_over_its_change_and_half_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    changing = whatif.by_hour(
        tuple(map(float, range(24))),
        berlin,
        datetime(2026, 10, 25, 0, 30, tzinfo=berlin),
        datetime(2026, 10, 26, 0, 30, tzinfo=berlin),
    )
    kolkata = ZoneInfo("Asia/Kolkata")
    start = datetime(2026, 10, 25, 5, 45, tzinfo=kolkata)
    shifted = whatif.by_hour(
        tuple(map(float, range(24))), kolkata, start, start + timedelta(hours=1)
    )

    assert [2.0, 2.0, 0.0] == [
        changing.at(datetime(2026, 10, 25, hour, 15, tzinfo=UTC)) for hour in (0, 1, 23)
    ]
    assert [5.0, 6.0] == [shifted.at(start), shifted.at(start + timedelta(minutes=15))]
