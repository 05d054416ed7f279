"""Meter readings in one vocabulary, whatever the charger called them.

A charger labels its values alike in every message. So a reading is an instant, the values as plain
numbers, and one `Layout` that says what each of them is: made once, shared by all readings that are
labelled alike, and asked instead of each value where every message passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from ocpp_core.domain.quick import quick_dataclass
from ocpp_core.domain.units import Phase


class Measurand(StrEnum):
    """Quantities that Ampherd interprets; names as in OCPP (1.6 section 7.31)."""

    ENERGY_IMPORT_REGISTER = "Energy.Active.Import.Register"
    ENERGY_EXPORT_REGISTER = "Energy.Active.Export.Register"
    ENERGY_IMPORT_INTERVAL = "Energy.Active.Import.Interval"
    POWER_IMPORT = "Power.Active.Import"
    POWER_EXPORT = "Power.Active.Export"
    POWER_OFFERED = "Power.Offered"
    CURRENT_IMPORT = "Current.Import"
    CURRENT_OFFERED = "Current.Offered"
    VOLTAGE = "Voltage"
    SOC = "SoC"
    FREQUENCY = "Frequency"
    TEMPERATURE = "Temperature"
    OTHER = "Other"
    """A quantity we store raw and do not interpret."""


class Unit(StrEnum):
    """Units after normalisation: kWh becomes Wh, kW becomes W, Fahrenheit and Kelvin Celsius."""

    WH = "Wh"
    W = "W"
    A = "A"
    V = "V"
    PERCENT = "Percent"
    HERTZ = "Hz"
    CELSIUS = "Celsius"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a sampled value is, beside its number and its instant."""

    measurand: Measurand
    unit: Unit
    phase: Phase | None = None
    """None: the sum or an unphased quantity."""
    context: str = "Sample.Periodic"
    location: str = "Outlet"
    doubt: str = ""
    """Why the value should not be trusted blindly; empty when nothing was odd."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the values of a reading are labelled, and where in it the often asked ones stand.

    Every position is an index into the values. Doubted values stand in none of them.
    """

    labels: tuple[Label, ...]
    currents: tuple[tuple[Phase | None, int], ...] = field(init=False, repr=False, compare=False)
    """Imported currents with their phases, A."""
    phase_currents: tuple[tuple[Phase, int], ...] = field(init=False, repr=False, compare=False)
    """Those of single phases."""
    power: int | None = field(init=False, repr=False, compare=False)
    """Imported power of all phases together, W; the last one where there are several."""
    phase_powers: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """Imported power of single phases, W."""
    has_draw: bool = field(init=False, repr=False, compare=False)
    """Whether any value says what the car draws."""
    register: int | None = field(init=False, repr=False, compare=False)
    """The import register at the outlet, Wh; the last one where there are several."""
    has_register: bool = field(init=False, repr=False, compare=False)
    """Whether any value is an import register of all phases, doubted or not."""
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Found once and kept in slots: a cached_property costs every message 0.05 us a question.
        currents = tuple(
            (label.phase, at)
            for at, label in self._trusted()
            if label.measurand is Measurand.CURRENT_IMPORT
        )
        power = self._last(Measurand.POWER_IMPORT)
        phase_powers = tuple(
            at
            for at, label in self._trusted()
            if label.measurand is Measurand.POWER_IMPORT and label.phase is not None
        )
        found: dict[str, object] = {
            "currents": currents,
            "phase_currents": tuple((phase, at) for phase, at in currents if phase is not None),
            "power": power,
            "phase_powers": phase_powers,
            "has_draw": bool(currents or phase_powers) or power is not None,
            "register": self._last(Measurand.ENERGY_IMPORT_REGISTER, location="Outlet"),
            "has_register": any(
                label.measurand is Measurand.ENERGY_IMPORT_REGISTER and label.phase is None
                for label in self.labels
            ),
            "_hash": hash(self.labels),
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)

    def __hash__(self) -> int:
        return self._hash

    def _trusted(self) -> Iterator[tuple[int, Label]]:
        return ((at, label) for at, label in enumerate(self.labels) if not label.doubt)

    def _last(self, measurand: Measurand, location: str | None = None) -> int | None:
        found = None
        for at, label in self._trusted():
            if (
                label.measurand is measurand
                and label.phase is None
                and location in (None, label.location)
            ):
                found = at
        return found


@quick_dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything that a charger measured at one instant."""

    taken_at: datetime
    """The charger's timestamp, UTC."""
    layout: Layout
    values: tuple[float, ...]
    """Each in the unit of its label."""
    raw_values: tuple[str, ...] = ()
    """Each as the charger wrote it, with its unit, or empty where it was taken as it is.
    Nothing at all where that holds for all of them."""

    def __iter__(self) -> Iterator[MeterSample]:
        """Yield the values one by one; meant for what does not see every message."""
        raw_values = self.raw_values or ("",) * len(self.values)
        for label, value, raw_value in zip(
            self.layout.labels, self.values, raw_values, strict=True
        ):
            yield MeterSample(
                taken_at=self.taken_at,
                measurand=label.measurand,
                value=value,
                unit=label.unit,
                phase=label.phase,
                context=label.context,
                location=label.location,
                doubt=label.doubt,
                raw_value=raw_value,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSample:
    """One sampled value."""

    taken_at: datetime
    """The charger's timestamp, UTC."""
    measurand: Measurand
    value: float
    """In `unit`."""
    unit: Unit
    phase: Phase | None = None
    """None: the sum or an unphased quantity."""
    context: str = "Sample.Periodic"
    location: str = "Outlet"
    doubt: str = ""
    """Why the value should not be trusted blindly; empty when nothing was odd."""
    raw_value: str = ""
    """As the charger wrote it, with its unit, when it was corrected or not understood."""

    @property
    def label(self) -> Label:
        """Everything but the number and its instant."""
        return Label(
            measurand=self.measurand,
            unit=self.unit,
            phase=self.phase,
            context=self.context,
            location=self.location,
            doubt=self.doubt,
        )


def readings_of(samples: Iterable[MeterSample]) -> tuple[Reading, ...]:
    """Put samples together again; neighbours of one instant become one reading."""
    readings = []
    for taken_at, grouped in groupby(samples, lambda sample: sample.taken_at):
        group = list(grouped)
        readings.append(
            Reading(
                taken_at=taken_at,
                layout=Layout(tuple(sample.label for sample in group)),
                values=tuple(sample.value for sample in group),
                raw_values=_unless_empty(tuple(sample.raw_value for sample in group)),
            )
        )
    return tuple(readings)


def samples_of(readings: Iterable[Reading]) -> tuple[MeterSample, ...]:
    """Return every value of some readings by itself."""
    return tuple(sample for reading in readings for sample in reading)


def _unless_empty(raw_values: tuple[str, ...]) -> tuple[str, ...]:
    return raw_values if any(raw_values) else ()
