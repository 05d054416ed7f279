"""What one more ampere is worth, as a sentence for an energy manager."""

import pytest

from ampherd.runtime.view import ampere_words
from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.plan import CircuitValue


def value(**parts: float) -> CircuitValue:
    amounts = {"saved": 0.0, "energy_saved": 0.0, "demand_saved": 0.0, "delivered_wh": 0.0}
    return CircuitValue(circuit_id=CircuitId("main"), hours=24.0, **(amounts | parts))


def test_energy_for_cars_comes_first_and_small_change_is_left_out() -> None:
    told = ampere_words(
        value(saved=60, delivered_wh=2760, energy_saved=-0.3, demand_saved=1.2), "EUR"
    )

    assert (
        "One more ampere on main over the next 24 h: 2.8 kWh more for cars, "
        "1.20 EUR less demand charge."
    ) == told


def test_an_ampere_that_only_saves_money_says_how_much_a_month_of_it_is() -> None:
    told = ampere_words(value(saved=0.4, energy_saved=0.4), "EUR")

    assert "0.40 EUR less for energy; 12 EUR in a month of such hours." in told


def test_a_price_that_only_plans_know_is_not_told() -> None:
    assert "" == ampere_words(value(saved=0.02), "EUR")


def test_a_month_pays_its_demand_charge_once_and_counts_no_energy_as_money() -> None:
    worth = value(saved=95.5, energy_saved=0.5, demand_saved=15.0, delivered_wh=4000)

    assert 30 * 0.5 + 15 == pytest.approx(worth.money_in_a_month())
