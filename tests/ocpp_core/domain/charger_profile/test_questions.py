"""What is asked, in slices, and what answers tell."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.charger_profile import (
    CAPABILITIES,
    ChargerProfile,
    Evidence,
    Fact,
    Finding,
    ModelKey,
    capability_names,
    found_in_settings,
    next_question,
)
from ocpp_core.domain.commands import ConfigurationEntry

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
EMPTY = ChargerProfile(model=ModelKey(vendor="V", model="M", firmware="1"))


def with_keys(number: str, evidence: Evidence = Evidence.ASKED) -> ChargerProfile:
    finding = Finding(value=number, evidence=evidence, first_at=NOON, last_at=NOON)
    return EMPTY.found({Fact.MAX_KEYS: finding})


@pytest.mark.parametrize("flat", [True, False])
def test_how_many_settings_it_takes_is_asked_first_and_alone(flat: bool) -> None:
    """Quirk res-config-partial: one that is asked for more at once may never answer."""
    question = next_question(EMPTY, capability_names(flat=flat))

    assert question is not None
    assert [Fact.MAX_KEYS] == [CAPABILITIES[name] for name in question.keys]


def test_a_guess_of_how_many_is_asked_about_all_the_same() -> None:
    question = next_question(with_keys("50", Evidence.SHARED), capability_names(flat=True))

    assert question is not None
    assert 1 == len(question.keys)


@given(st.lists(st.text(min_size=1, max_size=5), unique=True), st.integers(1, 60))
def test_no_question_has_more_settings_than_the_charger_takes(names: list[str], most: int) -> None:
    left, profile = list(names), with_keys(str(most))
    while (question := next_question(profile, left)) is not None:
        assert 0 < len(question.keys) <= most
        left = [name for name in left if name not in question.keys]

    assert [] == left


def test_a_charger_that_does_not_say_is_asked_for_few() -> None:
    names = [f"Key{number}" for number in range(40)]
    question = next_question(EMPTY, names)

    assert question is not None
    assert 10 == len(question.keys)


@pytest.mark.parametrize(
    ("key", "value", "fact", "meaning"),
    [
        ("ChargingScheduleAllowedChargingRateUnit", "Current,Power", Fact.RATE_UNITS, "A,W"),
        ("ChargingScheduleAllowedChargingRateUnit", "Current", Fact.RATE_UNITS, "A"),
        ("chargingscheduleallowedchargingrateunit", "W", Fact.RATE_UNITS, "W"),
        ("SmartChargingCtrlr.RateUnit", "A,W", Fact.RATE_UNITS, "A,W"),
        ("ChargeProfileMaxStackLevel", "8.00", Fact.HIGHEST_STACK_LEVEL, "8"),
        ("ConnectorSwitch3to1PhaseSupported", "True", Fact.SWITCHES_PHASES, "true"),
        ("SmartChargingCtrlr.Entries[ChargingProfiles]", "20", Fact.MAX_PROFILES, "20"),
    ],
)
def test_a_capability_is_read_by_its_meaning(
    key: str, value: str, fact: Fact, meaning: str
) -> None:
    """OCPP.md section 2.3: 1.6 says Current and Power, 2.x says A and W."""
    found = found_in_settings([ConfigurationEntry(key=key, value=value, readonly=True)], NOON)

    assert (meaning, Evidence.ASKED) == (found[fact].value, found[fact].evidence)


@pytest.mark.parametrize(
    "odd",
    [
        ("ChargeProfileMaxStackLevel", "lots"),
        ("ChargeProfileMaxStackLevel", None),
        ("ChargeProfileMaxStackLevel", "-1"),
        ("ChargeProfileMaxStackLevel", "inf"),
        ("ChargingScheduleAllowedChargingRateUnit", "Amps"),
        ("ConnectorSwitch3to1PhaseSupported", "maybe"),
        ("G_MaxCurrent", "32.00"),
    ],
)
def test_what_is_odd_or_missing_tells_nothing(odd: tuple[str, str | None]) -> None:
    """Quirk res-config-vendor-keys: keys of their own, standard keys missing, and no KeyError."""
    found = found_in_settings([ConfigurationEntry(key=odd[0], value=odd[1], readonly=False)], NOON)

    assert {} == found
