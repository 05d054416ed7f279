"""Composite schedules: what will flow over a stretch of time, as GetCompositeSchedule tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ocpp_core.domain.composite.limits import Limit, limit_at, next_change
from ocpp_core.domain.composite.stack import WHOLE, Session, Stack
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import CompositeSchedule, RateUnit, SchedulePeriod


def composite_schedule(
    stack: Stack,
    connector_id: ConnectorId,
    *,
    start: datetime,
    duration_s: int,
    rate_unit: RateUnit,
    sharers: int = 1,
) -> CompositeSchedule:
    """Return the schedule that a charger is expected to report; a period of None has no limit.

    Connector 0 is what all connectors together are expected to draw from the grid (OCPP 1.6
    section 5.7). A connector without a session is reckoned as if one began at `start`, so by its
    defaults (K08.FR.06). A change within a second is told at the start of that second.
    """
    stack = _occupied(stack, connector_id, start)
    end = start + timedelta(seconds=duration_s)
    periods: list[SchedulePeriod] = []
    at: datetime | None = start
    while at is not None and at < end:
        limit = limit_at(stack, connector_id, at, sharers=sharers)
        period = _period(limit, int((at - start).total_seconds()), rate_unit)
        if periods and periods[-1].start_s == period.start_s:
            periods.pop()
        if not periods or replace(periods[-1], start_s=period.start_s) != period:
            periods.append(period)
        at = next_change(stack, connector_id, at)
    return CompositeSchedule(
        start=start, duration_s=duration_s, rate_unit=rate_unit, periods=tuple(periods)
    )


def _period(limit: Limit, start_s: int, unit: RateUnit) -> SchedulePeriod:
    amperes = unit is RateUnit.A
    most, setpoint, discharge = (
        None if flow is None else flow.a if amperes else flow.w
        for flow in (limit.most, limit.setpoint, limit.discharge)
    )
    return SchedulePeriod(
        start_s=start_s,
        limit=most,
        phase_count=limit.phase_count,
        setpoint=setpoint,
        discharge_limit=discharge,
    )


def _occupied(stack: Stack, connector_id: ConnectorId, start: datetime) -> Stack:
    """Put a session that begins now on every connector that is asked about and has none."""
    places = dict(stack.places)
    for each in tuple(places) if connector_id == WHOLE else (connector_id,):
        place = stack.place(each)
        if place.session is None:
            places[each] = replace(place, session=Session(started_at=start))
    return replace(stack, places=places)
