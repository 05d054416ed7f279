"""Rules of the profile of a made-up fleet: what it means, and every fault of it at once."""

from pathlib import Path

import pytest

from ampherd.simulate.profile import example, load_profile
from ampherd.simulate.spec import FAULT_SPECS
from ocpp_core.domain.errors import ConfigurationError
from ocpp_core.sim.dialect import Version
from ocpp_core.sim.faults import FAULTS, ClockOffset, RejectsProfiles

DOCS = Path(__file__).parents[3] / "docs" / "simulate.md"


def loaded(folder: Path, text: str) -> list[str]:
    """Return the faults of a profile."""
    path = folder / "faulty.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError) as error:
        load_profile(path)
    return [fault.removeprefix(f"{path}:") for fault in error.value.faults]


def test_the_example_is_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_text(example(), "utf-8")
    simulation = load_profile(path)

    assert (50, 2) == (simulation.mix.chargers, simulation.mix.connectors)
    assert {Version.V16: 5, Version.V201: 3, Version.V21: 2} == simulation.mix.versions
    assert (5000.0, 40_000.0) == simulation.mix.cars.energy_wh
    offset = simulation.mix.faults[0]
    assert (ClockOffset(seconds=90), 0.2) == (offset.fault, offset.chargers)


def test_nothing_is_needed(tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text("", "utf-8")
    simulation = load_profile(tmp_path / "empty.toml")

    assert {Version.V16: 1} == simulation.mix.versions
    assert () == simulation.mix.faults


def test_every_fault_is_told_with_its_line_and_a_hint(tmp_path: Path) -> None:
    faults = loaded(
        tmp_path,
        """\
charger = 5
speed = 0
[cars]
energy_kwh = [40, 5]
stay = 5
[[fault]]
kind = "clock-ofset"
[[fault]]
kind = "lost-answers"
share = 2
[[fault]]
chargers = 0.5
[[fault]]
kind = "malformed-frames"
shapes = ["brokn"]
""",
    )

    assert [
        "1: charger: is not a setting. Did you mean 'chargers'?",
        "2: speed: should be greater than 0.",
        "5: cars.stay: is not a setting. Did you mean 'stay_s'?",
        "7: fault[0].kind: 'clock-ofset' is no fault. Did you mean 'clock-offset'?",
        "10: fault[1].share: should be less than or equal to 1.",
    ] == faults[:5]
    assert faults[5].startswith("11: fault[2].kind: needs the key kind. One of offline, ")
    assert "15: fault[3].shapes: 'brokn' is not known. Did you mean 'broken'?" == faults[6]


def test_what_does_not_fit_together_is_told(tmp_path: Path) -> None:
    faults = loaded(
        tmp_path,
        """\
chargers = 2
passwords = { "SIM-003" = "x" }
[cars]
energy_kwh = [40, 5]
[tls]
key_file = "key.pem"
""",
    )

    assert [
        "2: passwords.SIM-003: no such charger. The first is SIM-001.",
        "4: cars.energy_kwh: the least is above the most. Write [least, most].",
        "5: tls: certificate_file and key_file go together.",
    ] == faults


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("chargers = = 1", "utf-8")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        load_profile(tmp_path / "bad.toml")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_profile(tmp_path / "none.toml")


@pytest.mark.parametrize("word", sorted(FAULTS))
def test_every_fault_can_stand_in_a_profile_with_its_defaults(tmp_path: Path, word: str) -> None:
    path = tmp_path / "one.toml"
    path.write_text(f'[[fault]]\nkind = "{word}"\n', "utf-8")

    assert FAULTS[word]() == load_profile(path).mix.faults[0].fault


@pytest.mark.parametrize("word", sorted(FAULTS))
def test_every_fault_and_its_keys_are_in_the_documentation(word: str) -> None:
    row = next(
        line for line in DOCS.read_text("utf-8").splitlines() if line.startswith(f"| `{word}` |")
    )
    keys = FAULT_SPECS[word].model_fields.keys() - {"kind", "chargers"}

    assert [] == [key for key in keys if f"`{key}`" not in row]


def test_lists_and_empty_values_of_faults_are_read(tmp_path: Path) -> None:
    path = tmp_path / "lists.toml"
    path.write_text(
        '[[fault]]\nkind = "rejects-profiles"\nabove_level = 0\nunits = ["W"]\n', "utf-8"
    )

    assert RejectsProfiles(above_level=0, units=("W",)) == load_profile(path).mix.faults[0].fault
