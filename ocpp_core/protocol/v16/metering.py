"""Sampled values of OCPP 1.6 (section 7.43) to meter samples.

Tables for what the specification names and for the names that chargers use instead. A value whose
meaning is in doubt is kept with the doubt in words; a value that is no number is left out and told.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from ocpp.v16 import enums

from ocpp_core.domain.metering import Measurand, MeterSample, Unit
from ocpp_core.domain.units import Phase
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.v16.message import Wire, reduced, spellings

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
    sampled_value: list[SampledValue]


_MEASURANDS: dict[str, Measurand] = {m.value: Measurand.OTHER for m in enums.Measurand}
_MEASURANDS.update({m.value: m for m in Measurand if m is not Measurand.OTHER})
_MEASURANDS_FOLDED = {name.casefold(): name for name in _MEASURANDS}

_UNIT_OF: dict[Measurand, Unit] = {
    Measurand.ENERGY_IMPORT_REGISTER: Unit.WH,
    Measurand.ENERGY_EXPORT_REGISTER: Unit.WH,
    Measurand.ENERGY_IMPORT_INTERVAL: Unit.WH,
    Measurand.POWER_IMPORT: Unit.W,
    Measurand.POWER_EXPORT: Unit.W,
    Measurand.POWER_OFFERED: Unit.W,
    Measurand.CURRENT_IMPORT: Unit.A,
    Measurand.CURRENT_OFFERED: Unit.A,
    Measurand.VOLTAGE: Unit.V,
    Measurand.SOC: Unit.PERCENT,
    Measurand.FREQUENCY: Unit.HERTZ,
    Measurand.TEMPERATURE: Unit.CELSIUS,
}
"""The dimension of each quantity: its unit where none is named, and the only one it can have."""

_ONE, _KILO, _MILLI = Decimal(1), Decimal(1000), Decimal("0.001")
_UNITS: dict[str, tuple[Unit, Decimal]] = {
    "Wh": (Unit.WH, _ONE),
    "kWh": (Unit.WH, _KILO),
    "W": (Unit.W, _ONE),
    "kW": (Unit.W, _KILO),
    "A": (Unit.A, _ONE),
    "V": (Unit.V, _ONE),
    "Percent": (Unit.PERCENT, _ONE),
    "Hertz": (Unit.HERTZ, _ONE),  # 1.6-J erratum
    "Celsius": (Unit.CELSIUS, _ONE),
    "Celcius": (Unit.CELSIUS, _ONE),  # as misspelt in 1.6
}
_UNIT_ALIASES: dict[str, tuple[Unit, Decimal]] = {
    **{name.casefold(): meaning for name, meaning in _UNITS.items()},
    "hz": (Unit.HERTZ, _ONE),
    "%": (Unit.PERCENT, _ONE),
    "ma": (Unit.A, _MILLI),
    "mv": (Unit.V, _MILLI),
    "mwh": (Unit.WH, _KILO * _KILO),
    "c": (Unit.CELSIUS, _ONE),
    "°c": (Unit.CELSIUS, _ONE),
}
_SPECIFIED_UNITS = frozenset(unit.value for unit in enums.UnitOfMeasure) | {"Hertz"}

_TO_CELSIUS: dict[str, Callable[[float], float]] = {
    "K": lambda kelvin: round(kelvin - 273.15, 3),
    "Fahrenheit": lambda fahrenheit: round((fahrenheit - 32) * 5 / 9, 3),
}

_NEUTRAL = "N"
_PHASES: dict[str, Phase] = {
    "L1": Phase.L1,
    "L2": Phase.L2,
    "L3": Phase.L3,
    "L1-N": Phase.L1,
    "L2-N": Phase.L2,
    "L3-N": Phase.L3,
}
_PHASE_ALIASES: dict[str, Phase] = {
    alias: phase
    for number, (letter, phase) in enumerate(zip("ABC", Phase, strict=True), start=1)
    for alias in (
        f"{number}",
        letter,
        f"L{number}",
        f"L{number}N",
        f"L{number}-N",
        f"L{number}_N",
        f"PHASE{number}",
        f"P{number}",
    )
}
_BETWEEN_LINES = frozenset({"L1-L2", "L2-L3", "L3-L1"})
_CONTEXTS = frozenset(context.value for context in enums.ReadingContext)
_LOCATIONS = frozenset(location.value for location in enums.Location)
_SPELLINGS = spellings(_CONTEXTS | _LOCATIONS)


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a sampled value says beside its number: the same for every value labelled alike."""

    measurand: Measurand
    unit: Unit
    phase: Phase | None
    context: str
    location: str
    convert: Callable[[float], float] | None
    """From the charger's unit to ours; None: they are the same."""
    doubt: str
    notes: tuple[str, ...]


def samples_of(
    values: list[MeterValue], received_at: datetime, findings: list[str]
) -> tuple[MeterSample, ...]:
    """Read every sample that is a number, in the order of the message."""
    noted: list[str] = []
    samples: list[MeterSample] = []
    for value in values:
        taken_at = wiretime.read(value.timestamp, received_at, noted)
        if not value.sampled_value:
            noted.append("a meter value has no samples")
        for sampled in value.sampled_value:
            sample = _sample(sampled, taken_at, noted)
            if sample is not None:
                samples.append(sample)
    if noted:
        findings.extend(dict.fromkeys(noted))
    return tuple(samples)


def _sample(sampled: SampledValue, taken_at: datetime, noted: list[str]) -> MeterSample | None:
    value = _number(sampled, noted)
    if value is None:
        return None
    labels = (sampled.measurand, sampled.unit, sampled.phase, sampled.context, sampled.location)
    meaning = _remembered.get(labels)
    if meaning is None:
        meaning = _meaning(*labels)
        # Labels are a charger's words: few and short, or not worth remembering.
        if len(_remembered) < _REMEMBERED and sum(len(label or "") for label in labels) < 150:
            _remembered[labels] = meaning
    if meaning.notes:
        noted.extend(meaning.notes)
    raw, doubt = "", meaning.doubt
    if meaning.convert is not None:
        value = meaning.convert(value)
        raw = f"{sampled.value} {sampled.unit}"
    if value < 0 and meaning.measurand is Measurand.ENERGY_IMPORT_REGISTER:
        below = "a register below zero"
        noted.append(below)
        doubt = f"{doubt}; {below}" if doubt else below
    if doubt or meaning.measurand is Measurand.OTHER:
        parts = (sampled.measurand, sampled.phase, sampled.value, sampled.unit)
        raw = " ".join(part for part in parts if part)
    return MeterSample(
        taken_at=taken_at,
        measurand=meaning.measurand,
        value=value,
        unit=meaning.unit,
        phase=meaning.phase,
        context=meaning.context,
        location=meaning.location,
        doubt=doubt,
        raw_value=raw,
    )


def _number(sampled: SampledValue, noted: list[str]) -> float | None:
    text = sampled.value
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    # Python reads "1_0" and "nan" as numbers; no meter means them.
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


type _Labels = tuple[str, str | None, str | None, str, str]

_REMEMBERED = 4096
_remembered: dict[_Labels, _Meaning] = {}
"""Meanings by their labels: chargers repeat a few."""


def _meaning(
    name: str, unit_name: str | None, phase_name: str | None, context: str, location: str
) -> _Meaning:
    doubts: list[str] = []
    noted: list[str] = []
    name, phase_name = _split_measurand(name, phase_name, noted)
    measurand = _MEASURANDS.get(name)
    if measurand is None:
        doubts.append(f"measurand {name[:60]!r} is not known")
        measurand = Measurand.OTHER
    phase: Phase | None = None
    if phase_name is not None:
        phase = _PHASES.get(phase_name)
        if phase is None:
            measurand, phase = _odd_phase(measurand, phase_name, doubts, noted)
    unit, convert = _unit(unit_name, measurand, doubts, noted)
    if context not in _CONTEXTS:
        noted.append(f"context {context[:40]!r} is not known")
        context = _SPELLINGS.get(reduced(context), context)
    if location not in _LOCATIONS:
        noted.append(f"location {location[:40]!r} is not known")
        location = _SPELLINGS.get(reduced(location), location)
    return _Meaning(
        measurand=measurand,
        unit=unit,
        phase=phase,
        context=context,
        location=location,
        convert=convert,
        doubt="; ".join(doubts),
        notes=(*noted, *doubts),
    )


def _split_measurand(name: str, phase: str | None, noted: list[str]) -> tuple[str, str | None]:
    """Return the measurand's name and the phase, which some chargers hang onto the name."""
    if name in _MEASURANDS:
        return name, phase
    folded = _MEASURANDS_FOLDED.get(name.casefold())
    if folded is not None:
        noted.append(f"measurand {name!r} read as {folded}")
        return folded, phase
    stem, dot, suffix = name.rpartition(".")
    stem = _MEASURANDS_FOLDED.get(stem.casefold(), "")
    if dot and stem and (suffix.upper() in _PHASE_ALIASES or suffix.upper() == _NEUTRAL):
        noted.append(f"measurand {name!r} read as {stem} of phase {suffix}")
        return stem, phase or suffix
    return name, phase


def _odd_phase(
    measurand: Measurand, name: str, doubts: list[str], noted: list[str]
) -> tuple[Measurand, Phase | None]:
    """Read a phase that is no line conductor as the specification writes it.

    What is measured elsewhere than on a line must not pass for the sum of the lines: it becomes
    OTHER.
    """
    phase = _PHASE_ALIASES.get(name.upper())
    if phase is not None:
        noted.append(f"phase {name!r} read as {phase}")
        return measurand, phase
    if name in _BETWEEN_LINES:
        return Measurand.OTHER, None
    if name.upper() == _NEUTRAL:
        noted.append("a value of the neutral conductor is not counted as a line's")
        return Measurand.OTHER, None
    if not name:
        return measurand, None
    doubts.append(f"phase {name[:20]!r} is not known")
    return Measurand.OTHER, None


def _unit(
    name: str | None, measurand: Measurand, doubts: list[str], noted: list[str]
) -> tuple[Unit, Callable[[float], float] | None]:
    """Return our unit and the conversion to it, if one is needed."""
    expected = _UNIT_OF.get(measurand)
    if not name:
        return expected or Unit.UNKNOWN, None
    known = _UNITS.get(name)
    if known is None:
        if measurand is Measurand.TEMPERATURE and name in _TO_CELSIUS:
            return Unit.CELSIUS, _TO_CELSIUS[name]
        known = _UNIT_ALIASES.get(name.casefold())
        if name not in _SPECIFIED_UNITS:
            noted.append(f"unit {name[:20]!r} is not one of OCPP")
    if known is None:
        if expected is not None:
            doubts.append(f"unit {name[:20]!r} does not belong to {measurand}")
        return expected or Unit.UNKNOWN, None
    unit, factor = known
    if expected is not None and unit is not expected:
        # A wrong dimension is a wrong label or a wrong value: nobody can tell which.
        doubts.append(f"unit {name[:20]!r} does not belong to {measurand}")
        return expected, None
    return unit, None if factor is _ONE else partial(_times, factor)


def _times(factor: Decimal, number: float) -> float:
    """Multiply in decimal, so that 1.001 kWh are 1001 Wh."""
    return float(Decimal(repr(number)) * factor)
