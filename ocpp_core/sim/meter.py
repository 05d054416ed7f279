"""What a charger's meter shows, before any version of OCPP writes it down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ocpp_core.domain.metering import Measurand
from ocpp_core.sim.outlet import Outlet


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One value with its labels."""

    measurand: str
    value: float
    unit: str
    decimals: int
    """Digits after the point that the display has."""
    context: str
    phase: str | None = None
    location: str = "Outlet"


type Display = Callable[[Outlet, Iterable[str], str], tuple[Sample, ...]]
"""Reads some measurands of an outlet in a context."""


def register_wh(outlet: Outlet) -> int:
    """Return the lifetime register as it is shown: whole Wh, never ahead of the energy."""
    return int(outlet.register_wh + 1e-6)


def read(outlet: Outlet, measurands: Iterable[str], context: str) -> tuple[Sample, ...]:
    """Read the meter of an outlet; measurands it does not have are left out."""
    return tuple(s for measurand in measurands for s in _samples(outlet, measurand, context))


def _samples(outlet: Outlet, measurand: str, context: str) -> Iterator[Sample]:
    def sample(value: float, unit: str, decimals: int, phase: str | None = None) -> Sample:
        return Sample(
            measurand=measurand,
            value=value,
            unit=unit,
            decimals=decimals,
            context=context,
            phase=phase,
        )

    match measurand:
        case Measurand.ENERGY_IMPORT_REGISTER:
            yield sample(register_wh(outlet), "Wh", 0)
        case Measurand.POWER_IMPORT:
            yield sample(outlet.power_w, "W", 1)
        case Measurand.CURRENT_IMPORT:
            for number, phase in enumerate(outlet.connector.phases):
                loaded = number < outlet.loaded_phases
                yield sample(outlet.current_a if loaded else 0.0, "A", 2, phase.value)
        case Measurand.CURRENT_OFFERED:
            yield sample(outlet.offered_a, "A", 2)
        case _:
            return
