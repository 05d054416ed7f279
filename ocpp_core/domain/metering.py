"""Meter samples in one vocabulary, whatever the charger called them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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
