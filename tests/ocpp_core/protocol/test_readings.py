"""Values of one instant become a reading, whose layout is looked up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ocpp_core.domain.metering import Measurand, MeterSample, Reading, Unit
from ocpp_core.domain.units import Phase
from ocpp_core.protocol.metering import Vocabulary, Words
from ocpp_core.protocol.readings import Shapes

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
PLAIN = "Sample.Periodic", "Outlet"


def shapes() -> Shapes:
    return Shapes(
        Vocabulary(
            measurands=["Power.Active.Import", "RPM"],
            units=["W", "kW", "Wh", "A"],
            contexts=["Sample.Periodic"],
            locations=["Outlet"],
        )
    )


def words(measurand: str, unit: str | None = None, phase: str | None = None) -> Words:
    return (measurand, unit, phase, *PLAIN)


POWER = words("Power.Active.Import", "W")
REGISTER = words("Energy.Active.Import.Register", "Wh")


def test_values_with_the_same_words_share_one_layout() -> None:
    known = shapes()
    one = known.of((POWER, REGISTER)).plain(AT, [1.0, 2.0])
    other = known.of((POWER, REGISTER)).plain(AT, [3.0, 4.0])

    assert one is not None
    assert other is not None
    assert one.layout is other.layout


@pytest.mark.parametrize("numbers", [[1.0, 2.0], [0.0, 0.0]])
def test_the_quick_way_says_what_the_thorough_one_says(numbers: list[float]) -> None:
    shape = shapes().of((POWER, REGISTER))

    assert shape.reading(AT, numbers, ["", ""], []) == shape.plain(AT, numbers)


@pytest.mark.parametrize(
    ("around", "number"),
    [
        (words("Power.Active.Import", "kW"), 1.0),
        (words("Power.Active.Import", "A"), 1.0),
        (words("power.active.import", "W"), 1.0),
        (words("RPM"), 1.0),
        (REGISTER, -1.0),
    ],
    ids=["other unit", "wrong unit", "odd word", "not interpreted", "below zero"],
)
def test_whatever_needs_a_word_goes_the_thorough_way(around: Words, number: float) -> None:
    assert shapes().of((around,)).plain(AT, [number]) is None


def test_a_converted_value_keeps_what_was_written() -> None:
    shape = shapes().of((words("Power.Active.Import", "kW", "L1"),))

    assert [
        MeterSample(
            taken_at=AT,
            measurand=Measurand.POWER_IMPORT,
            value=11040.0,
            unit=Unit.W,
            phase=Phase.L1,
            raw_value="11.04 kW",
        )
    ] == list(shape.reading(AT, [11.04], ["11.04"], []) or ())


def test_a_register_below_zero_is_doubted_by_itself() -> None:
    noted: list[str] = []
    shape = shapes().of((POWER, REGISTER))
    reading = shape.reading(AT, [5.0, -1.0], ["5", "-1"], noted)

    assert ["", "a register below zero"] == [sample.doubt for sample in reading or ()]
    assert ["a register below zero"] == noted


def test_a_value_that_is_left_out_takes_its_label_along() -> None:
    shape = shapes().of((POWER, REGISTER))
    reading = shape.reading(AT, [None, 2.0], ["?", "2"], [])

    assert reading is not None
    assert [Measurand.ENERGY_IMPORT_REGISTER] == [
        label.measurand for label in reading.layout.labels
    ]


def test_nothing_is_left_when_all_values_are_left_out() -> None:
    assert shapes().of((POWER,)).reading(AT, [None], ["?"], []) is None


def test_somebody_who_invents_words_costs_a_bounded_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Shapes, "REMEMBERED", 3)
    known = shapes()
    kept = known.of((POWER,))
    for number in range(3):
        known.of((words(f"X{number}"),))

    assert kept is not known.of((POWER,))


def test_words_that_are_too_long_are_not_kept() -> None:
    known = shapes()
    long = (words("X" * Shapes.REMEMBERED_CHARACTERS),)

    assert known.of(long) is not known.of(long)


def test_a_reading_is_the_same_whoever_made_it() -> None:
    reading = shapes().of((POWER,)).plain(AT, [5.0])

    assert reading == shapes().of((POWER,)).plain(AT, [5.0])
    assert isinstance(reading, Reading)
