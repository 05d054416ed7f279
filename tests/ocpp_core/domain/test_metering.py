"""Readings: many values of one instant under one layout."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.metering import (
    Label,
    Layout,
    Measurand,
    MeterSample,
    Reading,
    Unit,
    readings_of,
    samples_of,
)
from ocpp_core.domain.units import Phase

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
AMPS, WATTS = Measurand.CURRENT_IMPORT, Measurand.POWER_IMPORT
REGISTER = Measurand.ENERGY_IMPORT_REGISTER

SAMPLES = st.builds(
    MeterSample,
    taken_at=st.integers(0, 3).map(lambda minutes: AT + timedelta(minutes=minutes)),
    measurand=st.sampled_from(Measurand),
    value=st.floats(-1e9, 1e9),
    unit=st.sampled_from(Unit),
    phase=st.none() | st.sampled_from(Phase),
    doubt=st.sampled_from(["", "odd"]),
    raw_value=st.sampled_from(["", "1 kWh"]),
)


def label(measurand: Measurand, phase: Phase | None = None, **fields: str) -> Label:
    return Label(measurand=measurand, unit=Unit.UNKNOWN, phase=phase, **fields)


def layout(*labels: Label) -> Layout:
    return Layout(labels)


@given(st.lists(SAMPLES, max_size=12))
def test_samples_put_together_and_taken_apart_are_the_same(samples: list[MeterSample]) -> None:
    assert tuple(samples) == samples_of(readings_of(samples))


@given(st.lists(SAMPLES, max_size=12))
def test_neighbours_of_one_instant_share_a_reading(samples: list[MeterSample]) -> None:
    instants = [reading.taken_at for reading in readings_of(samples)]

    assert all(one != other for one, other in itertools.pairwise(instants))


def test_a_reading_without_oddities_has_no_raw_values() -> None:
    reading = Reading(taken_at=AT, layout=layout(label(WATTS)), values=(7.0,))

    assert (MeterSample(taken_at=AT, measurand=WATTS, value=7.0, unit=Unit.UNKNOWN),) == samples_of(
        [reading]
    )


def test_currents_stand_with_their_phases() -> None:
    found = layout(label(WATTS), label(AMPS, Phase.L2), label(AMPS))

    assert ((Phase.L2, 1), (None, 2)) == found.currents


def test_power_of_all_phases_and_of_single_ones_are_told_apart() -> None:
    found = layout(label(WATTS, Phase.L1), label(WATTS), label(WATTS, Phase.L2))

    assert (1, (0, 2)) == (found.power, found.phase_powers)


def test_the_register_is_that_of_the_outlet() -> None:
    found = layout(label(REGISTER), label(REGISTER, location="Inlet"), label(REGISTER, Phase.L1))

    assert (0, True) == (found.register, found.has_register)


def test_doubted_values_stand_nowhere() -> None:
    found = layout(label(REGISTER, doubt="odd"), label(WATTS, doubt="odd"), label(AMPS, doubt="?"))

    assert (None, None, (), False) == (
        found.register, found.power, found.currents, found.has_draw,
    )  # fmt: skip
    assert found.has_register


def test_equal_layouts_are_one_key() -> None:
    one, other = layout(label(WATTS), label(AMPS)), layout(label(WATTS), label(AMPS))

    assert one is not other
    assert {one: 1} == {other: 1}
