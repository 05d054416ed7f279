"""Values compare by what they mean, and drift says what is wanted, found and why."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.charger_profile import (
    DesiredSetting,
    DriftState,
    Taken,
    drift_of,
    means_the_same,
)
from ocpp_core.domain.commands import ConfigurationEntry
from ocpp_core.domain.secrecy import MASK

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
INTERVAL = DesiredSetting(name="MeterValueSampleInterval", value="60")
MEASURANDS = DesiredSetting(
    name="MeterValuesSampledData",
    value="Energy.Active.Import.Register,Current.Import",
    fallbacks=("Energy.Active.Import.Register",),
    at_least=True,
)


def entry(
    value: str | None, name: str = INTERVAL.name, *, readonly: bool = False
) -> ConfigurationEntry:
    return ConfigurationEntry(key=name, value=value, readonly=readonly)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("32", "32.00"),
        ("60", " 60 "),
        ("true", "TRUE"),
        ("A,B,C", "C, A,B"),
        ("0", "0.0"),
        ("Energy.Active.Import.Register,Current.Import",
         "Current.Import.L1,Current.Import.L2,Energy.Active.Import.Register"),
        ("Voltage", "Voltage.L1-N"),
    ],
)  # fmt: skip
def test_values_that_mean_the_same_are_no_drift(wanted: str, found: str) -> None:
    """Quirks res-config-vendor-keys (`32.00`) and res-config-value-500 (`Current.Import.L1`)."""
    assert means_the_same(wanted, found)


@pytest.mark.parametrize(
    ("wanted", "found"), [("60", "61"), ("A,B", "A"), ("true", "false"), ("60", ""), ("nan", "x")]
)
def test_values_that_mean_something_else_are(wanted: str, found: str) -> None:
    assert not means_the_same(wanted, found)


@given(st.lists(st.sampled_from(["A.B", "C.D", "E", "7"]), min_size=2, unique=True), st.randoms())
def test_a_list_is_its_members_in_any_order(members: list[str], dice: Random) -> None:
    shuffled = list(members)
    dice.shuffle(shuffled)

    assert means_the_same(",".join(members), ", ".join(shuffled))


@given(st.text(max_size=20), st.text(max_size=20))
def test_meaning_the_same_goes_both_ways_but_for_phases(one: str, other: str) -> None:
    if "." not in one + other:
        assert means_the_same(one, other) == means_the_same(other, one)
    assert means_the_same(one, one)


def test_a_value_of_500_characters_is_read_by_its_members() -> None:
    """Quirk res-config-value-500: the same measurand over and over, some with a phase."""
    found = ",".join(["Energy.Active.Import.Register"] * 17 + ["Current.Import.L1"])
    drift = drift_of(MEASURANDS, entry(found, MEASURANDS.name), at=NOON)

    assert len(found) > 500
    assert DriftState.SET is drift.state
    assert found not in (MEASURANDS.value, *MEASURANDS.fallbacks)  # never written back


def test_more_measurands_than_wanted_are_as_good() -> None:
    found = "SoC,Energy.Active.Import.Register,Current.Import"

    assert not drift_of(MEASURANDS, entry(found, MEASURANDS.name), at=NOON).is_off


@pytest.mark.parametrize(
    ("found", "unknown", "taken", "state"),
    [
        (entry("60"), False, Taken.NO, DriftState.SET),
        (entry("900"), False, Taken.NO, DriftState.DIFFERS),
        (entry("900", readonly=True), False, Taken.NO, DriftState.READONLY),
        (None, True, Taken.NO, DriftState.UNKNOWN),
        (None, False, Taken.NO, DriftState.SILENT),
        (entry("900"), False, Taken.REFUSED, DriftState.REFUSED),
        (entry("900"), False, Taken.UNKNOWN, DriftState.UNKNOWN),
        (entry("900"), False, Taken.SILENT, DriftState.SILENT),
        (entry("900"), False, Taken.ACCEPTED, DriftState.DIFFERS),
        (entry("900"), False, Taken.REBOOT, DriftState.REBOOT_REQUIRED),
        (entry("60"), False, Taken.REBOOT, DriftState.SET),
        (entry(None), False, Taken.ACCEPTED, DriftState.SET),
    ],
)
def test_each_way_to_be_off_has_its_name(
    found: ConfigurationEntry | None, unknown: bool, taken: Taken, state: DriftState
) -> None:
    """OCPP.md row 61: a drift report names what was wanted, what was found, and when."""
    drift = drift_of(INTERVAL, found, at=NOON, is_unknown=unknown, taken=taken)

    assert (state, "60", NOON) == (drift.state, drift.wanted, drift.checked_at)
    assert drift.words.endswith(".")


def test_a_value_that_stands_in_is_told() -> None:
    found = entry("Energy.Active.Import.Register", MEASURANDS.name)
    drift = drift_of(MEASURANDS, found, at=NOON, taken=Taken.REFUSED, reason="Rejected")

    assert "The charger refuses the value: Rejected; it took a value that stands in." == drift.words


def test_a_secret_is_in_no_drift() -> None:
    """Quirk res-config-vendor-keys: PINs in plain text among the settings."""
    secret = DesiredSetting(name="G_CardPin", value="123456")
    drift = drift_of(secret, entry("654321", "G_CardPin"), at=NOON)

    assert (MASK, None) == (drift.wanted, drift.found)
