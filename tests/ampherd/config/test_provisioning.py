"""Groups of chargers: who belongs to them, what they set, and what may not be set."""

from __future__ import annotations

import pytest

from ampherd.config.provisioning import OWN_DEFAULTS, ChargerGroupSpec, wishes_for
from ocpp_core.domain.charger_profile import ModelKey
from ocpp_core.domain.ids import ChargePointId
from tests.ampherd.config.conftest import Faults

CP1, CP2 = ChargePointId("CP-1"), ChargePointId("CP-2")
ALFEN = ModelKey(vendor="Alfen BV", model="NG910", firmware="6")
OTHER = ModelKey(vendor="ABB", model="Terra AC", firmware="1")


def wanted(
    *groups: ChargerGroupSpec, model: ModelKey = ALFEN, defaults: bool = False
) -> dict[str, str]:
    found = wishes_for(CP1, model, groups=groups, defaults=defaults)
    return {wish.name: wish.value for wish in found}


def test_without_groups_the_defaults_are_wanted_and_may_be_switched_off() -> None:
    assert {wish.name: wish.value for wish in OWN_DEFAULTS} == wanted(defaults=True)
    assert {} == wanted()


def test_a_group_without_members_is_for_all_and_its_values_replace_defaults() -> None:
    group = ChargerGroupSpec(name="all", settings={"metervaluesampleinterval": 30})
    values = wanted(group, defaults=True)

    assert "30" == values["metervaluesampleinterval"]
    assert "MeterValueSampleInterval" not in values


def test_what_a_group_leaves_is_not_wanted() -> None:
    group = ChargerGroupSpec(name="all", leave=("WebSocketPingInterval",))

    assert "WebSocketPingInterval" not in wanted(group, defaults=True)


def test_a_later_group_counts_before_an_earlier_one() -> None:
    first = ChargerGroupSpec(name="first", settings={"X": 1, "Y": 1})
    second = ChargerGroupSpec(name="second", members=(CP1,), settings={"X": 2})

    assert {"X": "2", "Y": "1"} == wanted(first, second)


@pytest.mark.parametrize(
    ("group", "belongs"),
    [
        (ChargerGroupSpec(name="g", members=(CP2,)), False),
        (ChargerGroupSpec(name="g", vendor="alfen*"), True),
        (ChargerGroupSpec(name="g", vendor="ABB"), False),
        (ChargerGroupSpec(name="g", vendor="*", model="NG9*"), True),
        (ChargerGroupSpec(name="g", members=(CP1,), model="Terra*"), False),
    ],
)
def test_members_vendor_and_model_say_who_belongs(group: ChargerGroupSpec, belongs: bool) -> None:
    assert belongs is group.has(CP1, ALFEN)


def test_values_are_written_as_chargers_take_them() -> None:
    group = ChargerGroupSpec(
        name="g", settings={"A": True, "B": 60, "C": ("x", "y"), "D": "as it is"}
    )

    assert {"A": "true", "B": "60", "C": "x,y", "D": "as it is"} == wanted(group, model=OTHER)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('settings = { AuthorizationKey = "00" }', "AuthorizationKey is a secret"),
        ("settings = { SecurityProfile = 0 }", "SecurityProfile is a secret or a matter of"),
        ('settings = { "SmartChargingCtrlr.Enabled" = false }', "no limit of the guard"),
        ('members = ["CP-9"]', "no charge point is called 'CP-9'"),
        ("sets = {}", "is not a setting. Did you mean 'settings'?"),
    ],
)
def test_what_must_not_be_set_is_a_fault_with_its_reason(
    valid: str, faults: Faults, table: str, words: str
) -> None:
    [fault] = faults(f'{valid}\n[[charger_group]]\nname = "g"\n{table}\n')

    assert words in fault


def test_fewest_phases_are_not_more_than_there_are(valid: str, faults: Faults) -> None:
    few = 'max_current_a = 32, phases = ["L1"], fewest_phases = 3 }'
    [fault] = faults(valid.replace("max_current_a = 32 }", few))

    assert "fewest_phases 3 is more than the phases" in fault
