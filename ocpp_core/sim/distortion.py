"""Faults of a charger's clock, of its meter, and of what it takes for a charging profile."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from ocpp_core.domain.metering import Measurand
from ocpp_core.domain.profile import ChargingProfile, RateUnit
from ocpp_core.domain.units import MIN_CHARGING_CURRENT_A
from ocpp_core.sim import faults
from ocpp_core.sim.faults import (
    BeginZero,
    ClockDrift,
    ClockOffset,
    Faults,
    LocalTime,
    RegisterJumps,
    RejectsProfiles,
    SessionRegister,
    WrongPhases,
    WrongUnits,
)
from ocpp_core.sim.meter import Sample, read, register_wh
from ocpp_core.sim.outlet import Outlet
from ocpp_core.sim.stack import Refusal
from ocpp_core.sim.stamp import Stamp, utc

_DAY_S = 86_400
_SAMPLED = frozenset({"Sample.Periodic", "Sample.Clock", "Trigger"})


def stamp_of(given: Faults, since: datetime) -> Stamp:
    """Return how a charger that runs since then writes instants."""
    offset = timedelta(
        seconds=sum(fault.seconds for fault in faults.of(given, ClockOffset)),
        hours=sum(fault.hours for fault in faults.of(given, LocalTime)),
    )
    drift = sum(fault.seconds_per_day for fault in faults.of(given, ClockDrift)) / _DAY_S
    return lambda at: utc(at + offset + (at - since) * drift)


class Meter:
    """A meter with the faults that it was given; `count` hears of each wrong value."""

    def __init__(self, given: Faults, count: Callable[[str], object]) -> None:
        self._faults = given
        self._count = count
        self._begun_wh: dict[int, float] = {}
        """Register at the start of each connector's transaction."""
        self._readings = 0

    def __call__(
        self, outlet: Outlet, measurands: Iterable[str], context: str
    ) -> tuple[Sample, ...]:
        """Read some measurands of an outlet."""
        if context == "Transaction.Begin":
            self._begun_wh[outlet.connector.ref.connector_id] = register_wh(outlet)
        self._readings += context in _SAMPLED
        samples = read(outlet, measurands, context)
        return tuple(self._distorted(sample, outlet) for sample in samples)

    def _distorted(self, sample: Sample, outlet: Outlet) -> Sample:
        for fault in self._faults:
            distorted = self._by(fault, sample, outlet)
            if distorted is not sample:
                self._count(fault.kind)
            sample = distorted
        return sample

    def _by(self, fault: faults.Fault, sample: Sample, outlet: Outlet) -> Sample:
        sampled = sample.context in _SAMPLED
        register = sample.measurand == Measurand.ENERGY_IMPORT_REGISTER
        match fault:
            case BeginZero() if register and sample.context == "Transaction.Begin":
                return replace(sample, value=0.0)
            case SessionRegister() if register and sampled:
                begun_wh = self._begun_wh.get(outlet.connector.ref.connector_id, 0.0)
                return replace(sample, value=sample.value - begun_wh)
            case RegisterJumps(every=every, wh=wh) if (
                register and sampled and self._readings % every == 0
            ):
                return replace(sample, value=max(0.0, sample.value + wh))
            case WrongUnits(energy=True) if register and sampled:
                return replace(sample, value=sample.value / 1000, decimals=3)
            case WrongUnits(power=True) if sample.measurand == Measurand.POWER_IMPORT:
                return replace(sample, value=sample.value / 1000, decimals=4)
            case WrongPhases() if (
                sample.measurand == Measurand.CURRENT_IMPORT and outlet.loaded_phases == 1
            ):
                return replace(sample, value=outlet.current_a)
            case _:
                return sample


def refusal_of(given: Faults, profile: ChargingProfile, voltage_v: float) -> Refusal | None:
    """Return why a profile is rejected that the rules would allow."""
    for fault in faults.of(given, RejectsProfiles):
        if fault.above_level is not None and profile.stack_level > fault.above_level:
            return Refusal(f"stack level above {fault.above_level}")
        if profile.purpose in fault.purposes:
            return Refusal(f"{profile.purpose} is not supported")
        if profile.rate_unit in fault.units:
            return Refusal(f"limits in {profile.rate_unit} are not supported")
        if fault.zero and _least_a(profile, voltage_v) < MIN_CHARGING_CURRENT_A:
            return Refusal(f"a limit below {MIN_CHARGING_CURRENT_A:g} A")
    return None


def _least_a(profile: ChargingProfile, voltage_v: float) -> float:
    def amperes(limit: float, phases: int | None) -> float:
        return limit if profile.rate_unit is RateUnit.A else limit / (voltage_v * (phases or 3))

    return min(
        (amperes(p.limit, p.phase_count) for p in profile.periods if p.limit is not None),
        default=MIN_CHARGING_CURRENT_A,
    )
