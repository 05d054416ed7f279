"""Tiles of key figures: words of the dictionary, missing figures with a word why."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from analytics.kpi import KPIS
from analytics.periods import Against
from dashboards import format as fmt
from dashboards import source
from dashboards.format import ABSENT
from dashboards.source import LatestChargers
from dashboards.widgets.kpi_tiles import LOAD, SERVICE, change_words, written
from tests.dashboards.fake_chargers import ChargersReader, charge_points
from tests.dashboards.fakes import DownReader, FakeReader
from tests.dashboards.test_chargers_page import chargers_page
from tests.dashboards.test_views import Open, energy_page, open_page, revenue_page, words

__all__ = ["open_page"]


@pytest.fixture(autouse=True)
def points(monkeypatch: pytest.MonkeyPatch) -> None:
    known = LatestChargers(points=charge_points(), age_s=0.4, fault=None)
    monkeypatch.setattr(source, "charge_points", lambda: known)


def _labels(test: AppTest) -> list[str]:
    return [metric.label for metric in test.metric]


def test_service_tiles_are_those_of_the_dictionary(open_page: Open) -> None:
    test = open_page(chargers_page, reader=ChargersReader())

    assert not test.exception
    assert [KPIS[name].label for name in SERVICE] == _labels(test)
    for name, metric in zip(SERVICE, test.metric, strict=True):
        assert KPIS[name].formula in metric.help
        assert KPIS[name].caveat in metric.help
    uptime = test.metric[0]
    assert ("50 %", "+25.0 points") == (uptime.value, uptime.delta)


def test_the_length_of_the_period_is_in_the_address(open_page: Open) -> None:
    test = open_page(chargers_page, reader=ChargersReader(), days="90")

    assert "The last 90 days" in words(test)


def test_a_charger_has_service_tiles_of_its_own(open_page: Open) -> None:
    reader = ChargersReader()
    test = open_page(chargers_page, reader=reader, charger="CP-1", days="7", against="year")

    assert not test.exception
    assert 2 * [KPIS[name].label for name in SERVICE] == _labels(test)
    assert ["50 %", "100 %"] == [
        m.value for m in test.metric if m.label == KPIS["uptime_share"].label
    ]
    site, one = reader.compared[-2:]
    assert ("charger", Against.YEAR, timedelta(days=7)) == (
        one["split"],
        one["against"],
        one["end"] - one["start"],
    )
    assert site == {**one, "split": "site"}
    assert "against the same dates a year before" in words(test)


def test_a_missing_figure_says_why(open_page: Open) -> None:
    test = open_page(chargers_page, reader=ChargersReader(empty=True))

    assert not test.exception
    assert [ABSENT] * len(SERVICE) == [metric.value for metric in test.metric]
    assert all(metric.delta for metric in test.metric)


def test_without_the_history_there_are_no_tiles_but_words(open_page: Open) -> None:
    test = open_page(chargers_page, reader=DownReader())

    assert not test.exception
    assert not test.metric
    assert test.error


def test_energy_shows_load_and_says_how_emissions_are_imported(open_page: Open) -> None:
    test = open_page(energy_page)

    assert not test.exception
    assert [KPIS[name].label for name in LOAD] == _labels(test)[-len(LOAD) :]
    said = words(test)
    assert "CO2 of charging: – no emission known" in said
    assert "`ampherd import emissions`" in said
    # The days shown begin in the middle of a month: their sums would say nothing.
    assert f"cost {fmt.percent(0.033)} more than at best" in said


@pytest.mark.parametrize("against", list(Against))
def test_revenue_is_compared_with_what_the_address_says(open_page: Open, against: Against) -> None:
    reader = FakeReader()
    test = open_page(revenue_page, reader=reader, against=against.value)

    assert not test.exception
    assert [against] == [asked["against"] for asked in reader.compared]
    assert ("the same dates a year before" in words(test)) is (against is Against.YEAR)


@pytest.mark.parametrize(
    ("name", "value", "before", "said"),
    [
        ("uptime_share", 0.9, 0.95, ("90 %", "-5.0 points")),
        ("faults", 3, 0, ("3", "+3")),
        ("fault_clear_h", 1.5, 2.0, ("1 h 30 min", "-30 min")),
        ("co2_kg", 12.0, 10.0, ("12.0 kg", "+20 %")),
        ("margin", -3.5, 7.0, ("\N{MINUS SIGN}3.50 EUR", "-150 %")),
        ("co2_kg", 12.0, 12.0, ("12.0 kg", "unchanged")),
        ("co2_kg", 12.0, math.nan, ("12.0 kg", "before: not known")),
    ],
)
def test_values_and_changes_have_units(
    name: str, value: float, before: float, said: tuple[str, str]
) -> None:
    kpi = KPIS[name]

    assert said == (written(kpi, value, "EUR"), change_words(kpi, value, before, "EUR"))
