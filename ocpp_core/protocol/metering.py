"""What chargers call their meter values, whichever version they speak.

Tables for what the specifications name and for the names that chargers use instead. A value whose
meaning is in doubt is kept with the doubt in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from ocpp_core.domain.metering import Label, Measurand, Unit
from ocpp_core.domain.units import Phase
from ocpp_core.protocol.words import reduced, spellings

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
type Words = (
    tuple[str, str | None, str | None, str, str] | tuple[str, str | None, str | None, str, str, int]
)
"""Measurand, unit, phase, context and location, as they are on the wire.

In OCPP 2.x also the power of ten that the value is to be multiplied by (UnitOfMeasureType).
"""

_MAX_MULTIPLIER = 9
"""A power of ten beyond this is no prefix of a unit that a charger measures in."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a value says beside its number: the same for every value with the same words."""

    label: Label
    convert: Callable[[float], float] | None
    """From the charger's unit to ours; None: they are the same."""
    notes: tuple[str, ...]
    """What was odd, in words."""


class Vocabulary:
    """The words that one version of OCPP has for meter values."""

    def __init__(
        self,
        *,
        measurands: Iterable[str],
        units: Iterable[str],
        contexts: Iterable[str],
        locations: Iterable[str],
        synonyms: Mapping[str, Measurand] | None = None,
    ) -> None:
        self._measurands = dict.fromkeys(measurands, Measurand.OTHER)
        self._measurands.update(synonyms or {})
        self._measurands.update({m.value: m for m in Measurand if m is not Measurand.OTHER})
        self._folded = {name.casefold(): name for name in self._measurands}
        self._units = frozenset(units)
        self._contexts = frozenset(contexts)
        self._locations = frozenset(locations)
        self._spellings = spellings(self._contexts | self._locations)

    def meaning(self, words: Words) -> Meaning:
        """Read the words around a value, with charity."""
        name, unit_name, phase_name, context, location = words[:5]
        multiplier = words[5] if len(words) == 6 else 0
        doubts: list[str] = []
        noted: list[str] = []
        name, phase_name = self._split_measurand(name, phase_name, noted)
        measurand = self._measurands.get(name)
        if measurand is None:
            doubts.append(f"measurand {name[:60]!r} is not known")
            measurand = Measurand.OTHER
        phase: Phase | None = None
        if phase_name is not None:
            phase = _PHASES.get(phase_name)
            if phase is None:
                measurand, phase = _odd_phase(measurand, phase_name, doubts, noted)
        unit, convert = self._unit(unit_name, measurand, doubts, noted)
        if multiplier:
            convert = _scaled(convert, multiplier, doubts)
        if context not in self._contexts:
            noted.append(f"context {context[:40]!r} is not known")
            context = self._spellings.get(reduced(context), context)
        if location not in self._locations:
            noted.append(f"location {location[:40]!r} is not known")
            location = self._spellings.get(reduced(location), location)
        label = Label(
            measurand=measurand,
            unit=unit,
            phase=phase,
            context=context,
            location=location,
            doubt="; ".join(doubts),
        )
        return Meaning(label, convert, (*noted, *doubts))

    def _split_measurand(
        self, name: str, phase: str | None, noted: list[str]
    ) -> tuple[str, str | None]:
        """Return the measurand's name and the phase, which some chargers hang onto the name."""
        if name in self._measurands:
            return name, phase
        folded = self._folded.get(name.casefold())
        if folded is not None:
            noted.append(f"measurand {name!r} read as {folded}")
            return folded, phase
        stem, dot, suffix = name.rpartition(".")
        stem = self._folded.get(stem.casefold(), "")
        if dot and stem and (suffix.upper() in _PHASE_ALIASES or suffix.upper() == _NEUTRAL):
            noted.append(f"measurand {name!r} read as {stem} of phase {suffix}")
            return stem, phase or suffix
        return name, phase

    def _unit(
        self, name: str | None, measurand: Measurand, doubts: list[str], noted: list[str]
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
            if name not in self._units:
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


def _scaled(
    convert: Callable[[float], float] | None, multiplier: int, doubts: list[str]
) -> Callable[[float], float] | None:
    """Multiply by a power of ten first."""
    if abs(multiplier) > _MAX_MULTIPLIER:
        doubts.append(f"multiplier {multiplier} is out of range")
        return convert
    scale = partial(_times, Decimal(10) ** multiplier)
    return scale if convert is None else partial(_both, scale, convert)


def _both(
    first: Callable[[float], float], second: Callable[[float], float], number: float
) -> float:
    return second(first(number))


def _times(factor: Decimal, number: float) -> float:
    """Multiply in decimal, so that 1.001 kWh are 1001 Wh."""
    return float(Decimal(repr(number)) * factor)
