"""What a charger lets flow at one instant, and when that may change by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ocpp_core.domain.composite.flows import (
    AC_PHASES,
    NOTHING,
    Flow,
    Grid,
    discharge_of,
    limit_of,
    lower,
    phases_used,
    setpoint_of,
)
from ocpp_core.domain.composite.leads import Lead, generation_lead, session_leads, shared_leads
from ocpp_core.domain.composite.stack import WHOLE, Stack
from ocpp_core.domain.composite.timeline import changes
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import ChargingProfile

type _Shares = Sequence[tuple[Lead, int]]
"""Leading profiles, each with the number of connectors that share it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What may flow at an instant."""

    most: Flow | None
    """The most that may flow to cars; None: nothing limits it."""
    setpoint: Flow | None = None
    """What a car is to follow, negative for discharging; None: there is nothing to follow."""
    discharge: Flow | None = None
    """The most that may flow back, not positive; None: nothing is said."""
    phase_count: int
    """Phases that may be used."""
    source: ChargingProfile | None = None
    """The profile that binds; None: the connectors' own limits do, or nothing does."""

    @property
    def limit_a(self) -> float | None:
        """The most that may flow to cars on each phase, A; None: nothing limits it."""
        return None if self.most is None else self.most.a

    @property
    def limit_w(self) -> float | None:
        """The most that may flow to cars, W; None: nothing limits it."""
        return None if self.most is None else self.most.w

    @property
    def draw(self) -> Flow | None:
        """The most that an obedient car draws: up to the setpoint and the limit; None: no limit."""
        if self.setpoint is None:
            return self.most
        return lower(self.most, self.setpoint if self.setpoint.a > 0 else NOTHING)


def limit_at(stack: Stack, connector_id: ConnectorId, at: datetime, *, sharers: int = 1) -> Limit:
    """Return what may flow at a connector at an instant; for connector 0 what may in total.

    What limits the whole charge point is divided equally among `sharers`, the connectors that
    charge. OCPP leaves the division to the charger; 1 tells the most that one of them may get.
    """
    shared = shared_leads(stack, at)
    if connector_id == WHOLE:
        return _total(stack, at, shared)
    limit = _merged(stack, connector_id, at, [(lead, sharers) for lead in shared])
    return _raised(
        stack,
        limit,
        (generation_lead(stack, connector_id, at), 1),
        (generation_lead(stack, WHOLE, at), sharers),
    )


def next_change(stack: Stack, connector_id: ConnectorId, after: datetime) -> datetime | None:
    """Return an instant later than `after` before which `limit_at` stays as it is.

    None: it never changes by itself.
    """
    places = list(stack.places) if connector_id == WHOLE else [connector_id]
    first: datetime | None = None
    for each in places or [WHOLE]:
        session = stack.place(each).session
        for profile in (*stack.at(each), *stack.at(WHOLE)):
            for instant in changes(profile, after, stack, session):
                if first is None or instant < first:
                    first = instant
    return first


def _merged(stack: Stack, connector_id: ConnectorId, at: datetime, shared: _Shares) -> Limit:
    """Return what all purposes but local generation let flow at a connector: the lowest."""
    place = stack.place(connector_id)
    shares = [*((lead, 1) for lead in session_leads(stack, connector_id, at)), *shared]
    grid = _grid(stack, shares, place.phase_count)
    limit = _lowest(grid, shares, None if place.session is None else place.session.soc_percent)
    rating_a = place.rating_a
    if rating_a is None or (limit.most is not None and limit.most.a <= rating_a):
        return limit
    return replace(limit, most=grid.amperes(rating_a), source=None)


def _total(stack: Stack, at: datetime, shared: Sequence[Lead]) -> Limit:
    """Return what all connectors together may draw, under what limits the charge point."""
    present = max((place.phase_count for place in stack.places.values()), default=AC_PHASES)
    shares = [(lead, 1) for lead in shared]
    common = _lowest(_grid(stack, shares, present), shares, None)
    drawn = [_merged(stack, each, at, ()).draw for each in stack.places]
    known = [flow for flow in drawn if flow is not None]
    if known and len(known) == len(drawn):
        together = sum(known, start=NOTHING)
        if common.most is None or together.a < common.most.a:
            common = replace(common, most=together, source=None)
    generated = [(generation_lead(stack, each, at), 1) for each in (WHOLE, *stack.places)]
    return _raised(stack, common, *generated)


def _raised(stack: Stack, limit: Limit, *generated: tuple[Lead | None, int]) -> Limit:
    """Add what is generated locally on top of a limit (OCPP 2.1)."""
    grid = Grid(stack.voltage_v, limit.phase_count)
    for lead, sharers in generated:
        more = None if lead is None else limit_of(lead, grid)
        if limit.most is not None and more is not None:
            limit = replace(limit, most=limit.most + more.shared_by(sharers))
    return limit


def _lowest(grid: Grid, shares: _Shares, soc_percent: float | None) -> Limit:
    most: Flow | None = None
    setpoint: Flow | None = None
    discharge: Flow | None = None
    source: ChargingProfile | None = None
    for lead, sharers in shares:
        flow = limit_of(lead, grid, soc_percent)
        if flow is not None:
            flow = flow.shared_by(sharers)
            if most is None or flow.a < most.a:
                most, source = flow, lead.profile
        wanted = setpoint_of(lead, grid)
        if wanted is not None:
            setpoint = lower(setpoint, wanted.shared_by(sharers))
        back = discharge_of(lead, grid)
        if back is not None:
            back = back.shared_by(sharers)
            discharge = back if discharge is None or back.a > discharge.a else discharge
    return Limit(
        most=most, setpoint=setpoint, discharge=discharge, phase_count=grid.phases, source=source
    )


def _grid(stack: Stack, shares: _Shares, present: int) -> Grid:
    return Grid(stack.voltage_v, phases_used((lead for lead, _ in shares), present))
