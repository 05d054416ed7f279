"""The table of the stationary battery."""

import pytest

from tests.ampherd.config.conftest import Faults, Load

BATTERY = """
[battery]
capacity_wh = 100000
max_charge_w = 30000
max_discharge_w = 40000
"""


def test_a_table_with_three_numbers_suffices(valid: str, load: Load) -> None:
    spec = load(valid + BATTERY).spec.battery

    assert spec is not None
    assert (100_000, 0.0, 0.95) == (spec.capacity_wh, spec.reserve_wh, spec.charge_efficiency)
    assert load(valid).spec.battery is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("reserve_wh = 100000", "reserve_wh leaves nothing of capacity_wh to use"),
        ("charge_efficiency = 0", "should be greater than 0"),
    ],
)
def test_what_cannot_be_is_refused(valid: str, faults: Faults, wrong: str, words: str) -> None:
    (fault,) = faults(valid + BATTERY + wrong + "\n")

    assert words in fault


def test_one_that_its_circuit_cannot_carry_is_refused(valid: str, faults: Faults) -> None:
    text = valid + BATTERY.replace("40000", "400000")
    line = text.splitlines().index("max_discharge_w = 400000") + 1

    (fault,) = faults(text)

    assert fault.startswith(f"site.toml:{line}: battery.max_discharge_w: is more than circuit")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('circuit = "deck"', 'circuit = "nowhere"'),
        ('id = "grid"', 'id = "grid"\nparent = "nowhere"'),
    ],
)
def test_what_else_is_wrong_is_told_as_without_it(
    valid: str, faults: Faults, right: str, wrong: str
) -> None:
    text = valid.replace(right, wrong, 1)

    assert faults(text) == faults(text + BATTERY)


def test_beside_cars_that_give_back_it_is_refused(valid: str, faults: Faults) -> None:
    text = valid + BATTERY + "[v2g]\ndepth_wh = 5000\nwear_price_per_kwh = 0.1\n"

    (fault,) = faults(text)

    assert "beside [v2g]" in fault


def test_without_prices_a_note_says_that_it_does_nothing(valid: str, load: Load) -> None:
    priced = '[tariff.site]\nkind = "flat"\nprice_per_kwh = 0.3\n'

    assert any("[battery]" in note for note in load(valid + BATTERY).notes)
    assert not any("[battery]" in note for note in load(valid + BATTERY + priced).notes)
