"""Values of periods in amperes and watts at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ocpp_core.domain.composite.leads import Lead
from ocpp_core.domain.profile import OperationMode, RateUnit, SchedulePeriod

AC_PHASES = 3
"""Phases of a period that does not state them (erratum 3.34 to OCPP 1.6)."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The same flow in both units."""

    a: float
    """On each phase."""
    w: float
    """On all phases together."""

    def __add__(self, other: Flow) -> Flow:
        return Flow(self.a + other.a, self.w + other.w)

    def shared_by(self, number: int) -> Flow:
        """Return an equal part of it."""
        return self if number == 1 else Flow(self.a / number, self.w / number)


NOTHING = Flow(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Grid:
    """What turns one unit into the other at a place."""

    voltage_v: float
    phases: int
    """Phases that may be used there."""

    def amperes(self, value: float) -> Flow:
        """Return a current on each phase as a flow."""
        return Flow(value, value * self.voltage_v * self.phases)

    def flow(self, value: float, unit: RateUnit, stated: int) -> Flow:
        """Return a limit of a period as a flow.

        A = W / (nominal V x stated phases), not rescaled where fewer are used (errata 3.34, 3.69).
        """
        if unit is RateUnit.A:
            return self.amperes(value)
        value_a = value / (self.voltage_v * stated)
        return Flow(value_a, value) if stated == self.phases else self.amperes(value_a)


def limit_of(lead: Lead, grid: Grid, soc_percent: float | None = None) -> Flow | None:
    """Return the limit that a leading profile sets, or None where it sets none."""
    period = lead.period
    if period is None:
        return None
    if period.operation_mode is OperationMode.IDLE:
        return NOTHING
    least = _each(lead, grid, (period.limit, period.limit_l2, period.limit_l3), lowest=True)
    beyond = lead.profile.limit_at_soc
    if beyond is None or soc_percent is None or soc_percent <= beyond.soc_percent:
        return least
    late = grid.flow(beyond.limit, lead.profile.rate_unit, stated_phases(period))
    return late if least is None or late.a < least.a else least


def setpoint_of(lead: Lead, grid: Grid) -> Flow | None:
    """Return what a leading profile wants a car to follow, or None."""
    period = lead.period
    if period is None:
        return None
    values = (period.setpoint, period.setpoint_l2, period.setpoint_l3)
    return _each(lead, grid, values, lowest=True)


def discharge_of(lead: Lead, grid: Grid) -> Flow | None:
    """Return how much may flow back (not positive) by a leading profile, or None."""
    period = lead.period
    if period is None:
        return None
    if period.operation_mode is OperationMode.IDLE:
        return NOTHING
    values = (period.discharge_limit, period.discharge_limit_l2, period.discharge_limit_l3)
    return _each(lead, grid, values, lowest=False)


def stated_phases(period: SchedulePeriod) -> int:
    """Return the phases that a period's values are for."""
    return period.phase_count or AC_PHASES


def phases_used(leads: Iterable[Lead], present: int) -> int:
    """Return the phases that every leading profile lets be used."""
    stated = [lead.period.phase_count or present for lead in leads if lead.period is not None]
    return min([present, *stated])


def lower(one: Flow | None, other: Flow | None) -> Flow | None:
    """Return the lower flow; None is no limit."""
    if one is None or other is None:
        return other if one is None else one
    return other if other.a < one.a else one


def _each(lead: Lead, grid: Grid, values: tuple[float | None, ...], *, lowest: bool) -> Flow | None:
    """Return a value; where phases have their own, the strictest of them counts for each."""
    given = [value for value in values if value is not None]
    if lead.period is None or not given:
        return None
    unit, stated = lead.profile.rate_unit, stated_phases(lead.period)
    value = min(given) if lowest else max(given)
    if len(given) == 1 or unit is RateUnit.A:
        return grid.flow(value, unit, stated)
    return grid.amperes(value / grid.voltage_v)
