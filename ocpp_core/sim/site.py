"""A whole simulated site: its chargers, the cars that come and go, its meter, and the truth.

    async with SimulatedSite(site=site, visits=visits, url=url, clock=clock) as simulated:
        await simulated.finished()
    print(simulated.truth.peak_w, simulated.outcomes)

With a `PacedClock`, somebody must `run()` it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from ocpp_core.domain.clock import AlarmClock
from ocpp_core.domain.ids import ChargePointId, ConnectorRef, TransactionId
from ocpp_core.domain.site import Connector, Site
from ocpp_core.sim.bay import Transaction
from ocpp_core.sim.cars import RecordedVisit, car_for
from ocpp_core.sim.charger import SimulatedCharger
from ocpp_core.sim.dialect import Version
from ocpp_core.sim.link import FrameWitness
from ocpp_core.sim.terminal import AnsweredListener
from ocpp_core.sim.traits import ChargerTraits
from ocpp_core.sim.truth import GroundTruth

type PowerOverTime = Callable[[datetime], float]
"""Power at an instant, W."""

type SiteMeterListener = Callable[[datetime, float, float], Awaitable[None]]
"""Told at each reading of the site meter: instant, building W, PV W."""

type PluggedListener = Callable[[RecordedVisit, Transaction], Awaitable[None]]
"""Told when the server has answered a visit's start; time stands still until it returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitOutcome:
    """How a visit went."""

    visit: RecordedVisit
    plugged_at: datetime | None
    """Later than its arrival when the connector was occupied; None: it never got one."""
    transaction_id: TransactionId | None
    """None when the server never gave one, e.g. because it refused the token."""
    delivered_wh: float

    @property
    def turned_away(self) -> bool:
        """Whether the connector was occupied for the whole visit."""
        return self.plugged_at is None


class SimulatedSite:
    """Starts one charger for each charge point and plays the visits at their times.

    A visit to an occupied connector waits until it is free; when that is not before its departure
    it is turned away, which `outcomes` tells.
    """

    def __init__(
        self,
        *,
        site: Site,
        visits: Iterable[RecordedVisit],
        url: str,
        clock: AlarmClock,
        building_w: PowerOverTime = lambda _: 0.0,
        pv_w: PowerOverTime = lambda _: 0.0,
        on_site_meter: SiteMeterListener | None = None,
        on_plugged: PluggedListener | None = None,
        on_answered: AnsweredListener | None = None,
        site_meter_interval_s: float = 60.0,
        meter_interval_s: int = 60,
        traits: Mapping[ChargePointId, ChargerTraits] | None = None,
        passwords: Mapping[ChargePointId, bytes] | None = None,
        registers_wh: Mapping[ConnectorRef, float] | None = None,
        seed: int = 0,
        witness: Callable[[Version], FrameWitness] | None = None,
    ) -> None:
        self.site = site
        self.clock = clock
        self.truth = GroundTruth(site, clock.now())
        self.outcomes: list[VisitOutcome] = []
        """Visits that are over, in the order of their ends."""
        behaviour = {
            point.charge_point_id: (traits or {}).get(point.charge_point_id, ChargerTraits())
            for point in site.charge_points
        }
        self.chargers = {
            point.charge_point_id: SimulatedCharger(
                point=point,
                url=url,
                clock=clock,
                voltage_v=site.voltage_v,
                password=(passwords or {}).get(point.charge_point_id),
                meter_interval_s=meter_interval_s,
                traits=behaviour[point.charge_point_id],
                witness=(
                    None if witness is None else witness(behaviour[point.charge_point_id].version)
                ),
                registers_wh={
                    c.ref.connector_id: (registers_wh or {}).get(c.ref, 0.0)
                    for c in point.connectors
                },
                on_power=self.truth.drawn,
                on_answered=on_answered,
                seed=seed,
            )
            for point in site.charge_points
        }
        self._visits = _by_connector(visits, site)
        self._building_w = building_w
        self._pv_w = pv_w
        self._on_site_meter = on_site_meter
        self._on_plugged = on_plugged
        self._site_meter_interval = timedelta(seconds=site_meter_interval_s)
        self._played = asyncio.Event()
        self._main: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._main = asyncio.create_task(self.run(), name=f"simulated site {self.site.site_id}")
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._main is not None:
            self._main.cancel()
            with suppress(asyncio.CancelledError):
                await self._main

    async def run(self) -> None:
        """Be a site until cancelled; a fault of the simulation itself is raised here."""
        try:
            async with asyncio.TaskGroup() as group:
                for charger in self.chargers.values():
                    group.create_task(charger.run())
                group.create_task(self._meter())
                players = [
                    group.create_task(self._play(ref, visits, group))
                    for ref, visits in self._visits.items()
                ]
                if players:
                    await asyncio.wait(players)
                self._played.set()
        finally:
            self._bring_up_to_date()

    async def ready(self) -> None:
        """Wait until every charger is connected and accepted."""
        await self._unless_it_fails(self._all_ready)

    async def finished(self) -> None:
        """Wait until the last car has left; raises what went wrong in the simulation."""
        await self._unless_it_fails(self._played_out)

    async def unplug_all(self) -> None:
        """Let every car leave now."""
        for charger in self.chargers.values():
            for connector_id, bay in charger.bays.items():
                if bay.outlet.car is not None:
                    await charger.unplug(connector_id)

    @property
    def delivered_wh(self) -> dict[str, float]:
        """Energy that each finished visit got, by its id, Wh."""
        return {o.visit.visit_id: o.delivered_wh for o in self.outcomes}

    @property
    def turned_away(self) -> tuple[RecordedVisit, ...]:
        """Visits that never got their connector."""
        return tuple(o.visit for o in self.outcomes if o.turned_away)

    async def _play(
        self, ref: ConnectorRef, visits: list[RecordedVisit], group: asyncio.TaskGroup
    ) -> None:
        charger = self.chargers[ref.charge_point_id]
        connector = self.site.connectors[ref]
        for visit in visits:
            await self.clock.sleep_until(visit.arrival)
            if self.clock.now() >= visit.departure:
                self.outcomes.append(
                    VisitOutcome(
                        visit=visit, plugged_at=None, transaction_id=None, delivered_wh=0.0
                    )
                )
                continue
            await self._stay(charger, connector, visit, group)

    async def _stay(
        self,
        charger: SimulatedCharger,
        connector: Connector,
        visit: RecordedVisit,
        group: asyncio.TaskGroup,
    ) -> None:
        with self.clock.hold():
            plugged_at = self.clock.now()
            car = car_for(visit, connector, self.site.voltage_v)
            transaction = await charger.plug_in(connector.ref.connector_id, car, visit.id_token)
            if transaction is not None and transaction.started.done():
                await self._tell(visit, transaction)
            elif transaction is not None:
                # Offline: the id comes once the start has been delivered.
                group.create_task(self._tell(visit, transaction))
        await self.clock.sleep_until(visit.departure)
        delivered_wh = await charger.unplug(connector.ref.connector_id)
        self.outcomes.append(
            VisitOutcome(
                visit=visit,
                plugged_at=plugged_at,
                transaction_id=transaction.transaction_id if transaction else None,
                delivered_wh=delivered_wh,
            )
        )

    async def _tell(self, visit: RecordedVisit, transaction: Transaction) -> None:
        await asyncio.wait({transaction.started})
        if transaction.transaction_id is not None and self._on_plugged is not None:
            with self.clock.hold():
                await self._on_plugged(visit, transaction)

    async def _meter(self) -> None:
        while True:
            at = self.clock.now()
            building_w, pv_w = self._building_w(at), self._pv_w(at)
            self.truth.metered(at, building_w, pv_w)
            if self._on_site_meter is not None:
                with self.clock.hold():
                    await self._on_site_meter(at, building_w, pv_w)
            await self.clock.sleep_until(at + self._site_meter_interval)

    def _bring_up_to_date(self) -> None:
        now = self.clock.now()
        for charger in self.chargers.values():
            for bay in charger.bays.values():
                bay.outlet.advance(now)
        self.truth.until(now)

    async def _all_ready(self) -> None:
        for charger in self.chargers.values():
            await charger.ready()

    async def _played_out(self) -> None:
        await self._played.wait()
        self._bring_up_to_date()

    async def _unless_it_fails(self, wait: Callable[[], Awaitable[None]]) -> None:
        if self._main is None:
            raise RuntimeError("the site has not been started: use `async with`")
        waiting = asyncio.ensure_future(wait())
        try:
            await asyncio.wait({waiting, self._main}, return_when=asyncio.FIRST_COMPLETED)
            if self._main.done():
                await self._main
            await waiting
        finally:
            waiting.cancel()


def _by_connector(
    visits: Iterable[RecordedVisit], site: Site
) -> dict[ConnectorRef, list[RecordedVisit]]:
    by_ref: defaultdict[ConnectorRef, list[RecordedVisit]] = defaultdict(list)
    for visit in visits:
        if visit.ref not in site.connectors:
            raise ValueError(f"visit {visit.visit_id}: the site has no connector {visit.ref}")
        by_ref[visit.ref].append(visit)
    for queue in by_ref.values():
        queue.sort(key=lambda visit: (visit.arrival, visit.visit_id))
    return dict(by_ref)
