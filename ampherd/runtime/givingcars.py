"""Which cars may give back now, and how much of what they came with they still have to give.

Reckoned with care: a car counts as giving all that it is told to, and as storing what its meter
counted. Who was there before this program started is not asked any more: what it said of itself
since may be missing. What it was told to give until then it gets back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from ocpp_core.domain.ids import ConnectorRef, SessionId
from ocpp_core.domain.live import LiveConnector, LiveSite, OpenSession
from ocpp_core.domain.plan import Discharge
from ocpp_core.domain.session import CarNeed


@dataclass(frozen=True, slots=True, kw_only=True)
class GivingRules:
    """What a site allows."""

    depth_wh: float
    """Most that is taken out of a car below what it came with, Wh."""
    wear_per_kwh: float
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class MayGive:
    """What a car may give, and what it has to get back for what it gave."""

    discharge: Discharge
    owed_wh: float
    """As it has to be charged, Wh."""


@dataclass(slots=True)
class _Given:
    since: datetime
    order_a: float = 0.0
    wh: float = 0.0
    """At the meter."""
    said: CarNeed | None = None
    """What the car last said, and `held_then_wh` what it held more than at first then."""
    held_then_wh: float = 0.0


class GivingCars:
    """Follows what each session was told to give, from look to look."""

    def __init__(
        self,
        rules: GivingRules,
        begun: datetime,
        given_wh: Mapping[SessionId, float] = MappingProxyType({}),
    ) -> None:
        """Begin; sessions from before `begun` give nothing, and are owed what they gave."""
        self._rules, self._begun = rules, begun
        self._given = {name: _Given(since=begun, wh=wh) for name, wh in given_wh.items() if wh > 0}

    def look(
        self,
        live: LiveSite,
        given_a: Mapping[ConnectorRef, float],
        may_give: Callable[[ConnectorRef], bool],
        at: datetime,
    ) -> Mapping[SessionId, MayGive]:
        """Take note of what is given now, and return who may give."""
        known, found = {}, {}
        for session in live.open_sessions():
            connector = live.connector(session.ref)
            before = session.started_at < self._begun
            if connector is None or (before and session.session_id not in self._given):
                continue
            given = self._given.get(session.session_id) or _Given(since=at)
            order_a = given_a.get(session.ref, 0.0)
            hours = max(0.0, (at - given.since).total_seconds() / 3600)
            watts = max(order_a, given.order_a) * _watts_per_a(connector, live)
            now = _Given(
                since=at,
                order_a=order_a,
                wh=given.wh + watts * hours,
                said=session.car_need,
                held_then_wh=given.held_then_wh,
            )
            if now.said is not given.said:
                now.held_then_wh = self._held_wh(session, now.wh)
            known[session.session_id] = now
            asked = not before and may_give(session.ref)
            may = self._may(session, connector, live, now, asked=asked)
            if may is not None:
                found[session.session_id] = may
        self._given = known
        return found

    def _may(
        self,
        session: OpenSession,
        connector: LiveConnector,
        live: LiveSite,
        given: _Given,
        *,
        asked: bool,
    ) -> MayGive | None:
        car, rules = session.car_need, self._rules
        able_w = 0.0 if car is None or car.discharge_w is None else abs(car.discharge_w)
        owed_wh = given.wh / rules.charge_efficiency / rules.discharge_efficiency
        if (able_w <= 0 or not asked) and owed_wh <= 0:
            return None
        held_wh = self._held_wh(session, given.wh)
        left_wh = rules.depth_wh + held_wh
        if car is not None and car.available_wh is not None:
            left_wh = min(left_wh, car.available_wh + held_wh - given.held_then_wh)
        able_a = math.floor(10 * able_w / _watts_per_a(connector, live)) / 10 if asked else 0.0
        site = connector.connector
        return MayGive(
            discharge=Discharge(
                max_current_a=min(able_a, site.max_current_a),
                min_current_a=site.min_current_a,
                available_wh=max(0.0, left_wh),
                charge_efficiency=rules.charge_efficiency,
                discharge_efficiency=rules.discharge_efficiency,
                wear_per_kwh=rules.wear_per_kwh,
            ),
            owed_wh=owed_wh,
        )

    def _held_wh(self, session: OpenSession, given_wh: float) -> float:
        """Return what its battery holds more than when it came, Wh."""
        taken_wh = session.energy_wh * self._rules.charge_efficiency
        return taken_wh - given_wh / self._rules.discharge_efficiency


def _watts_per_a(connector: LiveConnector, live: LiveSite) -> float:
    return len(connector.connector.phases) * live.site.voltage_v
