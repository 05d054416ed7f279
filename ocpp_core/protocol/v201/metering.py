"""Sampled values of OCPP 2.x (MeterValueType, SampledValueType) to readings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from ocpp.v21 import enums
from ocpp.v201.enums import StandardizedUnitsOfMeasureType

from ocpp_core.domain.metering import Measurand, Reading
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Int32
from ocpp_core.protocol.metering import Vocabulary, Words
from ocpp_core.protocol.readings import Shapes, plain_words
from ocpp_core.protocol.v201.message import Wire

OPEN_ENUMS = frozenset({"measurand", "context", "phase", "location"})
"""Fields whose unknown values cost no message."""

_LARGEST = 2**53
"""Beyond it a number of JSON is not exact, and 9,000 TWh are no register of a charger."""

BEGIN, END = "Transaction.Begin", "Transaction.End"


class UnitOfMeasure(Wire, frozen=True, kw_only=True):
    """A unit, and the power of ten that the value is to be multiplied by."""

    unit: str | None = None
    multiplier: Int32 = 0


class SampledValue(Wire, frozen=True, kw_only=True):
    """One sampled value; what is left out has the defaults of SampledValueType."""

    value: float
    context: str = "Sample.Periodic"
    measurand: str = Measurand.ENERGY_IMPORT_REGISTER.value
    phase: str | None = None
    location: str = "Outlet"
    unit_of_measure: UnitOfMeasure = UnitOfMeasure()
    signed_meter_value: Any = None
    """Kept in the raw frame; nothing here verifies signatures."""


class MeterValue(Wire, frozen=True, kw_only=True):
    """Values taken at one instant."""

    timestamp: datetime
    sampled_value: Sequence[SampledValue]


class SpecifiedValue(SampledValue, frozen=True, kw_only=True):
    """One sampled value with words of the specification only: see its namesake of 1.6."""

    context: enums.ReadingContextEnumType = enums.ReadingContextEnumType.sample_periodic
    measurand: enums.MeasurandEnumType = enums.MeasurandEnumType.energy_active_import_register
    phase: enums.PhaseEnumType | None = None
    location: enums.LocationEnumType = enums.LocationEnumType.outlet


class SpecifiedMeterValue(MeterValue, frozen=True, kw_only=True):
    """Such values taken at one instant."""

    sampled_value: list[SpecifiedValue]


def _words(key: tuple[str, UnitOfMeasure, str | None, str, str]) -> Words:
    """Return the words around a value."""
    measurand, unit, phase, context, location = key
    return plain_words((measurand, unit.unit, phase, context, location, unit.multiplier))


_shapes = Shapes(
    # The words of 2.1 hold those of 2.0.1: a charger that is ahead of its version is understood.
    Vocabulary(
        measurands=(measurand.value for measurand in enums.MeasurandEnumType),
        units=(unit.value for unit in StandardizedUnitsOfMeasureType),
        contexts=(context.value for context in enums.ReadingContextEnumType),
        locations=(location.value for location in enums.LocationEnumType),
        synonyms={
            "Current.Import.Offered": Measurand.CURRENT_OFFERED,
            "Power.Import.Offered": Measurand.POWER_OFFERED,
        },
    ),
    _words,
)


def readings_of(
    values: Sequence[MeterValue], received_at: datetime, findings: list[str]
) -> tuple[Reading, ...]:
    """Read every sample, in the order of the message."""
    noted: list[str] = []
    readings: list[Reading] = []
    for value in values:
        taken_at = wiretime.read(value.timestamp, received_at, noted)
        sampled = value.sampled_value
        if not sampled:
            noted.append("a meter value has no samples")
            continue
        shape = _shapes.of(
            tuple(
                [(v.measurand, v.unit_of_measure, v.phase, v.context, v.location) for v in sampled]
            )
        )
        numbers = [one.value for one in sampled]
        reading = shape.plain(taken_at, numbers)
        if reading is None:
            reading = shape.reading(taken_at, numbers, numbers, noted)
        if reading is not None:
            readings.append(reading)
    if noted:
        findings.extend(dict.fromkeys(noted))
    return tuple(readings)


def register_wh(readings: Iterable[Reading], context: str) -> int | None:
    """Return the import register that was read in a context, Wh; None where there is none.

    The last one where there are several; a value that is doubted, or beyond all registers, is none.
    """
    found: float | None = None
    for reading in readings:
        for label, value in zip(reading.layout.labels, reading.values, strict=True):
            if (
                label.context == context
                and label.measurand is Measurand.ENERGY_IMPORT_REGISTER
                and label.phase is None
                and label.location == "Outlet"
                and not label.doubt
            ):
                found = value
    return round(found) if found is not None and abs(found) <= _LARGEST else None
