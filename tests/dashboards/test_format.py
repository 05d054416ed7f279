import ast
import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dashboards import format as fmt

LA = ZoneInfo("America/Los_Angeles")
UTC_PLUS = ZoneInfo("Asia/Tashkent")
NOW = datetime(2019, 3, 6, 22, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value_w", "text"),
    [
        (0, "0 W"),
        (-0.2, "0 W"),
        (850.4, "850 W"),
        (999.4, "999 W"),
        (999.6, "1.0 kW"),
        (7_200, "7.2 kW"),
        (-3_240, "−3.2 kW"),
        (123_456, "123.5 kW"),
        (999_960, "1.00 MW"),
        (1_254_000, "1.25 MW"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_the_unit_of_power_follows_its_size(value_w: float | None, text: str) -> None:
    assert text == fmt.power(value_w)


def test_energy_has_the_same_steps_as_power() -> None:
    assert ["850 Wh", "7.2 kWh", "1.25 MWh"] == [fmt.energy(v) for v in (850, 7_200, 1_254_000)]


def test_money_names_its_currency_and_keeps_cents() -> None:
    assert "1,234.50 EUR" == fmt.money(Decimal("1234.5"), "EUR")
    assert "−0.07 USD" == fmt.money(-0.07, "USD")
    assert "–" == fmt.money(math.nan, "USD")


def test_a_current_shows_a_decimal_only_where_it_has_one() -> None:
    assert ["16 A", "13.4 A", "0 A"] == [fmt.current(v) for v in (16.0, 13.4, 0.0)]


def test_small_shares_keep_a_decimal() -> None:
    assert ["7.5 %", "42 %", "−1.1 %"] == [fmt.percent(v) for v in (0.075, 0.421, -0.011)]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (40, "40 s"),
        (60, "1 min"),
        (3_570, "1 h 00 min"),
        (11_100, "3 h 05 min"),
        (187_200, "2 d 4 h"),
        (-90, "−2 min"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float, text: str) -> None:
    assert text == fmt.duration(seconds)


def test_a_moment_is_local_and_names_its_zone() -> None:
    assert "Wed 6 Mar 2019 14:32 PST" == fmt.moment(NOW, LA)
    assert "15:32 PDT" == fmt.clock(NOW + timedelta(days=7), LA)


def test_a_zone_without_an_abbreviation_is_named_by_its_offset() -> None:
    assert "03:32 UTC+05" == fmt.clock(NOW, UTC_PLUS)


def test_a_near_time_says_only_what_is_needed() -> None:
    hours = [fmt.clock_near(NOW + timedelta(hours=h), NOW, LA) for h in (2, 16, 24 * 9, -24)]

    assert ["16:32", "Thu 06:32", "15 Mar 15:32", "5 Mar 14:32"] == hours


def test_the_unit_of_an_axis_suits_its_highest_value() -> None:
    assert (1e3, "kW") == fmt.power_unit(44e3)
    assert (1e6, "MW") == fmt.power_unit(2.5e6)
    assert (1e6, "MWh") == fmt.energy_unit(3e6)


def test_what_is_missing_in_a_table_is_a_dash_and_not_the_word_none() -> None:
    pages = Path(fmt.__file__).parent.rglob("*.py")
    calls = [
        (page.name, node.lineno, {argument.arg for argument in node.keywords})
        for page in pages
        for node in ast.walk(ast.parse(page.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.dataframe"
    ]

    assert len(calls) > 9
    assert [] == [(page, line) for page, line, given in calls if "placeholder" not in given]
