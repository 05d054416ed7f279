"""Sampled values of OCPP 1.6 (section 7.43) to readings.

A value that is no number is left out and told.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from ocpp.v16 import enums

from ocpp_core.domain.metering import Measurand, Reading
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Wire
from ocpp_core.protocol.metering import Vocabulary
from ocpp_core.protocol.readings import Shapes, plain_words

OPEN_ENUMS = frozenset({"measurand", "unit", "context", "phase", "location", "format"})
"""Fields whose unknown values cost no message."""

DEFAULT_MEASURAND = Measurand.ENERGY_IMPORT_REGISTER.value


class SampledValue(Wire, frozen=True):
    """One sampled value; what is left out has the defaults of section 7.43."""

    value: str
    context: str = "Sample.Periodic"
    format: str = "Raw"
    measurand: str = DEFAULT_MEASURAND
    phase: str | None = None
    location: str = "Outlet"
    unit: str | None = None


class MeterValue(Wire, frozen=True):
    """Values taken at one instant."""

    timestamp: datetime
    sampled_value: Sequence[SampledValue]


class SpecifiedValue(SampledValue, frozen=True):
    """One sampled value with words of the specification only.

    They are decoded to the same objects each time, whose hashes are known: 1.0 us less for eight
    values than with new strings.
    """

    context: enums.ReadingContext = enums.ReadingContext.sample_periodic
    format: enums.ValueFormat = enums.ValueFormat.raw
    measurand: enums.Measurand = enums.Measurand.energy_active_import_register
    phase: enums.Phase | None = None
    location: enums.Location = enums.Location.outlet
    unit: enums.UnitOfMeasure | None = None


class SpecifiedMeterValue(MeterValue, frozen=True):
    """Such values taken at one instant."""

    sampled_value: list[SpecifiedValue]


_shapes = Shapes(
    Vocabulary(
        measurands=(measurand.value for measurand in enums.Measurand),
        units=(*(unit.value for unit in enums.UnitOfMeasure), "Hertz"),
        contexts=(context.value for context in enums.ReadingContext),
        locations=(location.value for location in enums.Location),
    ),
    plain_words,
)
_floats: Final = msgspec.json.Decoder(list[float])


def readings_of(
    values: Sequence[MeterValue], received_at: datetime, findings: list[str]
) -> tuple[Reading, ...]:
    """Read every sample that is a number, in the order of the message."""
    noted: list[str] = []
    readings: list[Reading] = []
    for value in values:
        taken_at = wiretime.read(value.timestamp, received_at, noted)
        sampled = value.sampled_value
        if not sampled:
            noted.append("a meter value has no samples")
            continue
        texts = [one.value for one in sampled]
        # 0.4 us for eight values; an attrgetter takes 0.9.
        shape = _shapes.of(
            tuple([(v.measurand, v.unit, v.phase, v.context, v.location) for v in sampled])
        )
        numbers = _numbers(texts)
        reading = shape.plain(taken_at, numbers) if numbers else None
        if reading is None:
            found = [_number(one, noted) for one in sampled]
            reading = shape.reading(taken_at, found, texts, noted)
        if reading is not None:
            readings.append(reading)
    if noted:
        findings.extend(dict.fromkeys(noted))
    return tuple(readings)


def _numbers(texts: list[str]) -> list[float] | None:
    """Read all values at once; None when one of them needs a closer look.

    As a list of JSON numbers, which can be neither "nan" nor "1_0" as Python's can: 0.3 us for
    eight values, where one by one with these checks takes 0.7.
    """
    try:
        numbers = _floats.decode(f"[{','.join(texts)}]")
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    return numbers if len(numbers) == len(texts) else None  # not when one is "1,2"


def _number(sampled: SampledValue, noted: list[str]) -> float | None:
    text = sampled.value
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if math.isfinite(number) and "_" not in text:
        return number
    if text.count(",") == 1:
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            number = math.nan
        if math.isfinite(number) and "_" not in text:
            noted.append(f"value {text[:40]!r} has a decimal comma")
            return number
    kind = "a signed value" if sampled.format == "SignedData" else "no number"
    noted.append(f"value {text[:40]!r} of {sampled.measurand[:60]} is {kind}: left out")
    return None
