"""Chargers that draw more than they were told (OCPP.md row 30)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ocpp_core.domain.metering import Measurand, MeterSample, Unit, readings_of
from ocpp_core.domain.plan import Reserve
from ocpp_core.domain.units import Phase
from optimizer.control.compliance import Compliance, measured_current_a
from tests.optimizer.control.chargers import START, point, ref

A = ref("A")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_drawing_too_much_beyond_the_reaction_time_reserves_what_is_drawn() -> None:
    """OCPP.md row 30."""
    watch = Compliance()

    assert not watch.measured(A, at(0), 16, allowed_a=6)
    assert not watch.measured(A, at(20), 17, allowed_a=6)
    assert watch.measured(A, at(60), 16, allowed_a=6)

    assert (Reserve(ref=A, current_a=17),) == watch.reserves()
    assert "A/1 draws 17.0 A although it may draw 6.0 A" in watch.alarms()[0]


def test_a_charger_that_reacts_in_time_is_not_accused() -> None:
    watch = Compliance()

    watch.measured(A, at(0), 16, allowed_a=6)
    watch.measured(A, at(60), 6.4, allowed_a=6)
    watch.measured(A, at(120), 16, allowed_a=6)

    assert () == watch.reserves()
    assert () == watch.alarms()


def test_following_again_for_a_while_lifts_the_reserve() -> None:
    watch = Compliance()
    watch.measured(A, at(0), 16, allowed_a=6)
    watch.measured(A, at(60), 16, allowed_a=6)

    assert not watch.measured(A, at(120), 6, allowed_a=6)
    assert (Reserve(ref=A, current_a=16),) == watch.reserves()
    assert watch.measured(A, at(240), 6, allowed_a=6)

    assert () == watch.reserves()


def test_a_relapse_starts_the_while_again() -> None:
    watch = Compliance()
    for second, current_a in ((0, 16), (60, 16), (120, 6), (180, 16), (240, 6), (300, 6)):
        watch.measured(A, at(second), current_a, allowed_a=6)

    assert (Reserve(ref=A, current_a=16),) == watch.reserves()


def test_a_reserve_grows_with_what_is_drawn() -> None:
    watch = Compliance()
    watch.measured(A, at(0), 10, allowed_a=6)
    watch.measured(A, at(60), 10, allowed_a=6)

    assert watch.measured(A, at(120), 20, allowed_a=6)

    assert (Reserve(ref=A, current_a=20),) == watch.reserves()


def test_the_end_of_the_session_lifts_the_reserve() -> None:
    watch = Compliance()
    watch.measured(A, at(0), 16, allowed_a=6)
    watch.measured(A, at(60), 16, allowed_a=6)

    assert watch.ended(A)
    assert not watch.ended(A)
    assert () == watch.reserves()


def sample(
    measurand: Measurand, value: float, phase: Phase | None = None, *, age_s: float = 0
) -> MeterSample:
    unit = Unit.A if measurand is Measurand.CURRENT_IMPORT else Unit.W
    return MeterSample(
        taken_at=at(-age_s), measurand=measurand, value=value, unit=unit, phase=phase
    )


AMPS, WATTS = Measurand.CURRENT_IMPORT, Measurand.POWER_IMPORT


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([sample(AMPS, 15, Phase.L1), sample(AMPS, 16, Phase.L2), sample(WATTS, 9e9)], 16),
        ([sample(WATTS, 6_900)], 10),
        ([sample(WATTS, 2_300, Phase.L1), sample(WATTS, 2_530, Phase.L2)], 11),
        ([sample(AMPS, 16, Phase.L1, age_s=600)], None),
        ([], None),
        ([sample(WATTS, 33_120), sample(AMPS, 48)], 16),
        ([sample(WATTS, 6_900), sample(AMPS, 30)], 10),
        ([sample(WATTS, 11_040), sample(AMPS, 16)], 16),
        ([sample(AMPS, 48)], 16),
        ([sample(AMPS, 30)], 30),
    ],
    ids=[
        "currents",
        "power",
        "power of each phase",
        "old",
        "none",
        "quirk mv-current-is-sum",
        "sum by its power",
        "current of one phase",
        "current above the rating",
        "current alone",
    ],
)
def test_the_highest_phase_current_counts(
    samples: list[MeterSample], expected: float | None
) -> None:
    connector = point("A").connectors[0]

    found = measured_current_a(readings_of(samples), connector, 230, watch=Compliance(), at=START)

    assert expected == (None if found is None else pytest.approx(found))
