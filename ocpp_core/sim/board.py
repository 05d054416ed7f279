"""The power side of a charger: connectors, the profiles it keeps, what it offers each car."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from ocpp_core.domain.clock import AlarmClock
from ocpp_core.domain.composite import WHOLE, Place, StackingRules, composite_schedule
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import ChargingProfile, CompositeSchedule, RateUnit
from ocpp_core.domain.site import ChargePoint, Connector
from ocpp_core.sim.bay import Bay
from ocpp_core.sim.nap import Nap
from ocpp_core.sim.outlet import Outlet, PowerListener
from ocpp_core.sim.stack import ProfileStack, Refusal


class PowerBoard:
    """Offers each car the lower of the connector's rating and the limit in force."""

    def __init__(
        self,
        *,
        point: ChargePoint,
        clock: AlarmClock,
        voltage_v: float,
        reaction_s: float,
        obeys_profiles: bool,
        rules: StackingRules,
        registers_wh: Mapping[ConnectorId, float],
        on_power: PowerListener | None,
    ) -> None:
        self.stack = ProfileStack(
            since=clock.now(), voltage_v=voltage_v, reaction_s=reaction_s, rules=rules
        )
        self._clock = clock
        self._obeys_profiles = obeys_profiles
        self.bays = {
            c.ref.connector_id: self._bay(c, registers_wh.get(c.ref.connector_id, 0.0), on_power)
            for c in point.connectors
        }

    def advance(self) -> None:
        """Bring every connector to the present."""
        for bay in self.bays.values():
            bay.outlet.advance(self._clock.now())

    def switch(self, bay: Bay, *, on: bool) -> None:
        """Close or open a connector's contactor; the others may share a limit with it."""
        self.advance()
        bay.outlet.switch(on=on, at=self._clock.now())
        self._offers_changed()

    def install(self, connector_id: ConnectorId, profile: ChargingProfile) -> Refusal | None:
        """Keep a profile, or say why not."""
        bay = self.bays.get(connector_id)
        if bay is None and connector_id != WHOLE:
            return Refusal(f"there is no connector {connector_id}")
        self.advance()
        refusal = self.stack.install(
            connector_id,
            profile,
            at=self._clock.now(),
            session=None if bay is None else bay.running,
        )
        if refusal is None:
            self._offers_changed()
        return refusal

    def prefer(self, bay: Bay, *, activated: bool) -> None:
        """Let a connector's PriorityCharging profile count, or not (OCPP 2.1 K21)."""
        self.advance()
        bay.preferred = activated
        self._offers_changed()

    def clear(self, matches: Callable[[ConnectorId, ChargingProfile], bool]) -> int:
        """Remove the profiles that match and return how many."""
        self.advance()
        removed = self.stack.clear(matches, at=self._clock.now())
        self._offers_changed()
        return removed

    def link(self, *, online: bool) -> None:
        """The link to the server broke or is back; some profiles of OCPP 2.1 depend on it."""
        self.advance()
        self.stack.link(online=online, at=self._clock.now())
        self._offers_changed()

    def composite(
        self, connector_id: ConnectorId, duration_s: int, unit: RateUnit
    ) -> CompositeSchedule:
        """Return what will be offered; for connector 0 by all connectors together.

        Without a transaction it is what one that starts now would be offered.
        """
        charging = sum(b.outlet.switched_on for b in self.bays.values())
        stack = self.stack.stack_installed(self._places)
        return composite_schedule(
            stack if self._obeys_profiles else replace(stack, profiles={}),
            connector_id,
            start=self._clock.now(),
            duration_s=duration_s,
            rate_unit=unit,
            sharers=max(1, charging),
        )

    @property
    def _places(self) -> dict[ConnectorId, Place]:
        return {
            number: Place(
                phase_count=len(bay.connector.phases),
                rating_a=bay.connector.max_current_a,
                session=bay.running,
            )
            for number, bay in self.bays.items()
        }

    def _bay(self, connector: Connector, register_wh: float, on_power: PowerListener | None) -> Bay:
        number = connector.ref.connector_id
        outlet = Outlet(
            connector,
            at=self._clock.now(),
            offer=lambda at: self._offer(self.bays[number], at),
            next_offer=lambda at: self._next_offer(self.bays[number], at),
            register_wh=register_wh,
            listener=on_power,
        )
        return Bay(connector=connector, outlet=outlet, nap=Nap(self._clock))

    def _offer(self, bay: Bay, at: datetime) -> float:
        rating_a = bay.connector.max_current_a
        if not self._obeys_profiles:
            return rating_a
        limit_a = self.stack.limit_a(
            bay.connector_id,
            at,
            session=bay.running,
            sharers=sum(b.outlet.switched_on for b in self.bays.values()),
        )
        return rating_a if limit_a is None else min(rating_a, limit_a)

    def _next_offer(self, bay: Bay, after: datetime) -> datetime | None:
        return self.stack.next_change(bay.connector_id, after, session=bay.running)

    def _offers_changed(self) -> None:
        for bay in self.bays.values():
            bay.outlet.offer_changed(self._clock.now())
            bay.nap.wake()
