"""The table of cars that give back."""

import pytest
from pydantic import ValidationError

from ampherd.config.v2g_spec import V2gSpec
from tests.ampherd.config.conftest import Faults, Load

GOOD = {"depth_wh": 10_000, "wear_price_per_kwh": 0.08}


def test_a_depth_and_a_price_of_wear_suffice() -> None:
    assert 0.95 == V2gSpec.model_validate(GOOD).charge_efficiency


@pytest.mark.parametrize(
    "wrong",
    [
        {"depth_wh": 0},
        {"depth_wh": float("nan")},
        {"wear_price_per_kwh": -0.1},
        {"charge_efficiency": 0},
        {"discharge_efficiency": 1.2},
        {"depth": 5},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        V2gSpec.model_validate(GOOD | wrong)


def test_a_fault_is_told_with_its_line(valid: str, faults: Faults) -> None:
    text = valid + "\n[v2g]\ndepth_wh = -5\nwear_price_per_kwh = 0.1\n"
    line = text.splitlines().index("depth_wh = -5") + 1

    assert [f"site.toml:{line}: v2g.depth_wh: should be greater than 0, not -5."] == faults(text)


def test_the_table_is_read(valid: str, load: Load) -> None:
    spec = load(valid + "\n[v2g]\ndepth_wh = 5000\nwear_price_per_kwh = 0.1\n").spec.v2g

    assert spec is not None
    assert 5000 == spec.depth_wh
    assert load(valid).spec.v2g is None


PRICED = """
[v2g]
depth_wh = 5000
wear_price_per_kwh = 0.1
[tariff.site]
kind = "flat"
price_per_kwh = 0.3
"""


def test_a_table_that_changes_nothing_is_noted(valid: str, load: Load) -> None:
    lines = '[[circuit.lines]]\nname = "A"\nweights = [1, 0, -1]\nlimit_a = 60\n'
    angled = valid.replace("limit_a = 63\n", f"limit_a = 63\n{lines}", 1)

    def told(text: str) -> str:
        return "\n".join(note for note in load(text).notes if "[v2g]" in note)

    assert "" == told(valid)
    assert "" == told(valid + PRICED)
    assert "it would save nothing" in told(valid + PRICED.split("[tariff", maxsplit=1)[0])
    assert "planning.max_starts binds" in told(valid + PRICED + "[planning]\nmax_starts = 2\n")
    assert "below a circuit with lines: grid" in told(angled + PRICED)
